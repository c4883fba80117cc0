//! Everything about traces.

use super::batch::{self, BatchSettings, Batching};
use super::builder::SettingsBuilder;
use super::chain::Chain;
use super::choice::{self, Choice};
use super::limits::Limits;
use super::otlp::OtlpConfig;
use super::otlp_code::Otlp;
use super::propagators::deduplicated;
use super::sampler::{self, SamplerSetting};
use super::shared::Shared;
use crate::record::SpanLimits;
use crate::transport::Signal;

/// How traces are made and where they go. All values are valid.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TracesSettings {
    /// Where finished spans go; nowhere when empty.
    pub exporters: Vec<TracesExporter>,
    /// Which traces are recorded.
    pub sampler: SamplerSetting,
    /// How much one span may hold.
    pub limits: SpanLimits,
    /// How spans wait and are grouped.
    pub batch: BatchSettings,
}

/// A destination for spans, with what it needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TracesExporter {
    /// A collector.
    Otlp(Box<OtlpConfig>),
    /// Standard output, for people.
    Console,
}

/// A destination by its name in `OTEL_TRACES_EXPORTER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExporterKind {
    /// `otlp`.
    Otlp,
    /// `console`.
    Console,
}

impl Choice for ExporterKind {
    const NAMES: &'static [(&'static str, Self)] = &[("otlp", Self::Otlp), ("console", Self::Console)];
}

/// What code says about traces.
#[derive(Clone, Debug, Default)]
pub(super) struct Traces {
    exporters: Option<Vec<ExporterKind>>,
    pub(super) sampler: Option<SamplerSetting>,
    batching: Batching,
    otlp: Otlp,
}

impl SettingsBuilder {
    /// Where spans go; nowhere when empty.
    ///
    /// Default OTLP. `OTEL_TRACES_EXPORTER`: `otlp`, `console` or `none`, several between commas. Repeated names
    /// count once. Unknown ones (`zipkin`, …) are warned about and left out; when nothing remains the variable counts
    /// as unset. `none` overrules the others.
    pub fn traces_exporters(mut self, exporters: impl IntoIterator<Item = ExporterKind>) -> Self {
        self.traces.exporters = Some(deduplicated(exporters));
        self
    }

    /// How spans are batched. What it does not set comes from `OTEL_BSP_…`.
    pub fn traces_batching(mut self, batching: Batching) -> Self {
        self.traces.batching = batching;
        self
    }

    /// The OTLP exporter of traces alone: stronger than [`otlp`](Self::otlp), and its endpoint is used as it is. What
    /// it does not set comes from there, then from `OTEL_EXPORTER_OTLP_TRACES_…`, then from `OTEL_EXPORTER_OTLP_…`.
    pub fn otlp_traces(mut self, otlp: Otlp) -> Self {
        self.traces.otlp = otlp;
        self
    }
}

impl Traces {
    pub(super) fn resolve(self, chain: &mut Chain<'_>, shared: &Shared, limits: Limits) -> TracesSettings {
        let kinds = self.resolve_kinds(chain, shared);
        TracesSettings {
            sampler: sampler::resolve(chain, self.sampler),
            limits: limits.resolve_spans(chain),
            batch: self.batching.resolve(chain, &batch::SPANS),
            exporters: resolve_exporters(chain, &kinds, self.otlp, shared),
        }
    }

    fn resolve_kinds(&self, chain: &mut Chain<'_>, shared: &Shared) -> Vec<ExporterKind> {
        let default = match shared.console_is_default(chain, Signal::Traces, &self.otlp) {
            true => ExporterKind::Console,
            false => ExporterKind::Otlp,
        };
        chain
            .setting()
            .code(self.exporters.clone())
            .variable("OTEL_TRACES_EXPORTER", choice::list)
            .or(vec![default])
    }
}

/// Reads OTLP's variables only when OTLP is wanted: nobody needs warnings about what is not in use.
fn resolve_exporters(
    chain: &mut Chain<'_>,
    kinds: &[ExporterKind],
    own: Otlp,
    shared: &Shared,
) -> Vec<TracesExporter> {
    let otlp = kinds
        .contains(&ExporterKind::Otlp)
        .then(|| Box::new(shared.resolve_otlp(chain, Signal::Traces, own)));
    kinds
        .iter()
        .filter_map(|kind| match kind {
            ExporterKind::Otlp => otlp.clone().map(TracesExporter::Otlp),
            ExporterKind::Console => Some(TracesExporter::Console),
        })
        .collect()
}
