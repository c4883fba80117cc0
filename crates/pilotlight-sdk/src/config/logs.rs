//! Everything about logs.

use opentelemetry::logs::Severity;

use super::batch::{self, BatchSettings, Batching};
use super::builder::SettingsBuilder;
use super::chain::{Chain, Chosen};
use super::choice::{self, Choice};
use super::limits::Limits;
use super::log_lines::{LogLinesCode, LogLinesSettings};
use super::otlp::OtlpConfig;
use super::otlp_code::Otlp;
use super::propagators::deduplicated;
use super::shared::Shared;
use crate::record::LogLimits;
use crate::transport::Signal;

/// Which log records are kept and where they go. All values are valid.
///
/// Its default is what nothing set amounts to, but without an exporter.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogsSettings {
    /// Where log records go besides the lines on standard output.
    pub exporters: Vec<LogsExporter>,
    /// Log records as lines on standard output.
    pub lines: LogLinesSettings,
    /// The least severity kept; `None` keeps all, and records without a severity are always kept.
    pub minimum_severity: Option<Severity>,
    /// Whether log records of traces that are not sampled are left out.
    pub trace_based: bool,
    /// How much one log record may hold.
    pub limits: LogLimits,
    /// How log records wait and are grouped on their way to the exporters.
    pub batch: BatchSettings,
}

impl Default for LogsSettings {
    fn default() -> Self {
        Self {
            exporters: Vec::new(),
            lines: LogLinesSettings::default(),
            minimum_severity: None,
            trace_based: false,
            limits: LogLimits::default(),
            batch: BatchSettings::for_logs(),
        }
    }
}

/// A destination for log records, with what it needs.
///
/// The console is not among them: see [`LogsSettings::lines`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LogsExporter {
    /// A collector.
    Otlp(Box<OtlpConfig>),
}

/// A destination by its name in `OTEL_LOGS_EXPORTER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogsExporterKind {
    /// `otlp`.
    Otlp,
    /// `console`: the lines on standard output.
    Console,
}

impl Choice for LogsExporterKind {
    const NAMES: &'static [(&'static str, Self)] = &[("otlp", Self::Otlp), ("console", Self::Console)];
}

/// What code says about logs.
#[derive(Clone, Debug, Default)]
pub(super) struct Logs {
    exporters: Option<Vec<LogsExporterKind>>,
    pub(super) lines: LogLinesCode,
    minimum_severity: Option<Severity>,
    trace_based: bool,
    batching: Batching,
    otlp: Otlp,
}

/// Specification: "Logs SDK", <https://opentelemetry.io/docs/specs/otel/logs/sdk/>.
impl SettingsBuilder {
    /// Where log records go; nowhere but to [the lines on standard output](Self::log_lines) when empty.
    ///
    /// Default OTLP. `OTEL_LOGS_EXPORTER`: `otlp`, `console` or `none`, several between commas. Repeated names count
    /// once. Unknown ones (`otlp/stdout`, …) are warned about and left out; when nothing remains the variable counts as
    /// unset. `none` overrules the others.
    ///
    /// `console` means the lines, which are there whatever is chosen here unless they are turned
    /// [off](super::LogLines::Off): a service's log must not vanish from its output because a collector gets it too.
    /// Asking for `console` alone keeps log records from OTLP.
    pub fn logs_exporters(mut self, exporters: impl IntoIterator<Item = LogsExporterKind>) -> Self {
        self.logs.exporters = Some(deduplicated(exporters));
        self
    }

    /// Leaves out log records that are less severe, wherever they would go. Those without a severity are kept.
    ///
    /// Default: none is left out. No variable; what comes through `tracing` or `log` is filtered before, by
    /// [`log_filter`](Self::log_filter), which costs less.
    ///
    /// Specification: `minimum_severity` of "LoggerConfig",
    /// <https://opentelemetry.io/docs/specs/otel/logs/sdk/#loggerconfig>.
    pub fn logs_minimum_severity(mut self, severity: Severity) -> Self {
        self.logs.minimum_severity = Some(severity);
        self
    }

    /// Whether log records of traces that are not sampled are left out, wherever they would go. Those outside of any
    /// trace are kept.
    ///
    /// Default false: a log is complete whatever is sampled. No variable.
    ///
    /// Specification: `trace_based` of "LoggerConfig",
    /// <https://opentelemetry.io/docs/specs/otel/logs/sdk/#loggerconfig>.
    pub fn logs_trace_based(mut self, trace_based: bool) -> Self {
        self.logs.trace_based = trace_based;
        self
    }

    /// How log records are batched on their way to the exporters. What it does not set comes from `OTEL_BLRP_…`. The
    /// lines on standard output do not wait for it.
    pub fn logs_batching(mut self, batching: Batching) -> Self {
        self.logs.batching = batching;
        self
    }

    /// The OTLP exporter of logs alone: stronger than [`otlp`](Self::otlp), and its endpoint is used as it is. What it
    /// does not set comes from there, then from `OTEL_EXPORTER_OTLP_LOGS_…`, then from `OTEL_EXPORTER_OTLP_…`.
    pub fn otlp_logs(mut self, otlp: Otlp) -> Self {
        self.logs.otlp = otlp;
        self
    }
}

impl Logs {
    pub(super) fn resolve(self, chain: &mut Chain<'_>, shared: &Shared, limits: Limits) -> LogsSettings {
        let kinds = self.resolve_kinds(chain, shared);
        LogsSettings {
            lines: self.lines.resolve(chain, &kinds),
            minimum_severity: self.minimum_severity,
            trace_based: self.trace_based,
            limits: limits.resolve_logs(chain),
            batch: self.batching.resolve(chain, &batch::LOGS),
            exporters: resolve_exporters(chain, &kinds.value, self.otlp, shared),
        }
    }

    fn resolve_kinds(&self, chain: &mut Chain<'_>, shared: &Shared) -> Chosen<Vec<LogsExporterKind>> {
        let default = match shared.console_is_default(chain, Signal::Logs, &self.otlp) {
            true => LogsExporterKind::Console,
            false => LogsExporterKind::Otlp,
        };
        chain
            .setting()
            .code(self.exporters.clone())
            .variable("OTEL_LOGS_EXPORTER", choice::list)
            .or_chosen(vec![default])
    }
}

/// Reads OTLP's variables only when OTLP is wanted: nobody needs warnings about what is not in use.
fn resolve_exporters(
    chain: &mut Chain<'_>,
    kinds: &[LogsExporterKind],
    own: Otlp,
    shared: &Shared,
) -> Vec<LogsExporter> {
    if !kinds.contains(&LogsExporterKind::Otlp) {
        return Vec::new();
    }
    vec![LogsExporter::Otlp(Box::new(shared.resolve_otlp(chain, Signal::Logs, own)))]
}
