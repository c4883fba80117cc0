//! From an instrument to its streams: which views select it, what each reader wants, and which readers can share.

use std::sync::Arc;

use crate::config::ExemplarFilter;
use crate::record::{Scope, Temporality};

use super::cell::Aggregator;
use super::exemplar::{ExemplarSettings, ReservoirKind};
use super::instrument::Observed;
use super::kind::InstrumentKind;
use super::meter_core::{MeterCore, Registry, StreamEntry, Streams};
use super::observed_stream::{ObservedSettings, ObservedStream};
use super::registration::Request;
use super::stream::{Stream, StreamDescriptor, StreamSettings};
use super::view::{Aggregation, Candidate, View};

/// The specification's default boundaries, made for milliseconds.
const DEFAULT_BOUNDARIES: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1_000.0, 2_500.0, 5_000.0, 7_500.0,
    10_000.0,
];

/// How many exemplars an exponential histogram keeps at most, as the specification proposes.
const EXPONENTIAL_EXEMPLARS: usize = 20;

/// What readers may share: everything that a cell depends on.
#[derive(Clone, Debug, PartialEq)]
struct Storage {
    aggregation: Aggregation,
    cardinality_limit: usize,
    temporality: Temporality,
}

impl Registry {
    /// Makes the streams of a new instrument: for each view that selects it, for each reader.
    pub(super) fn make_streams(
        &mut self,
        core: &MeterCore,
        scope: &Scope,
        name: &str,
        request: &Request,
        warnings: &mut Vec<String>,
    ) -> Streams {
        let candidate = Candidate { name, kind: request.kind, unit: &request.unit, scope: &scope.scope };
        let selected: Vec<&View> = core.views.iter().filter(|view| view.selects(candidate)).collect();
        let views: Vec<Option<&View>> =
            if selected.is_empty() { vec![None] } else { selected.into_iter().map(Some).collect() };
        let first = self.streams.len();
        for view in views {
            let making = Making { core, scope, name, request, view };
            self.warn_of_rename(&making, first, warnings);
            let storages = making.storages(warnings);
            self.streams
                .extend(storages.into_iter().map(|(storage, readers)| making.entry(storage, readers)));
        }
        gather(request.kind, &self.streams[first..])
    }

    /// A view's new name may be taken.
    fn warn_of_rename(&self, making: &Making<'_>, first: usize, warnings: &mut Vec<String>) {
        let name = making.stream_name();
        let same = |entry: &&StreamEntry| {
            let descriptor = entry.descriptor();
            descriptor.scope == making.scope.id && descriptor.name.eq_ignore_ascii_case(name)
        };
        let is_renamed = making.view.is_some_and(|view| view.name.is_some()) || first < self.streams.len();
        if is_renamed && self.streams.iter().any(|entry| same(&entry)) {
            warnings.push(format!(
                "a view makes instrument \"{}\" a second metric \"{name}\"; both are exported, and a backend may mix them up",
                making.name
            ));
        }
    }
}

fn gather(kind: InstrumentKind, entries: &[StreamEntry]) -> Streams {
    if kind.is_observable() {
        let streams = entries
            .iter()
            .flat_map(|entry| entry.readers.iter().map(|reader| (*reader, entry.stream.clone())));
        return Streams::Observed(streams.collect());
    }
    let measured = entries.iter().filter_map(|entry| match &entry.stream {
        Observed::Measurement(stream) => Some(Arc::clone(stream)),
        Observed::Value(_) => None,
    });
    Streams::Measured(measured.collect())
}

/// One instrument under one view.
struct Making<'a> {
    core: &'a MeterCore,
    scope: &'a Scope,
    name: &'a str,
    request: &'a Request,
    /// `None` when no view selects the instrument.
    view: Option<&'a View>,
}

impl Making<'_> {
    /// What has to be stored, and for which readers. Readers of totals since the start share; others cannot, since each has
    /// an interval of its own.
    fn storages(&self, warnings: &mut Vec<String>) -> Vec<(Storage, Vec<usize>)> {
        let mut storages: Vec<(Storage, Vec<usize>)> = Vec::new();
        for (reader, profile) in self.core.readers.iter().enumerate() {
            let aggregation = self.aggregation(profile.aggregation(self.request.kind), warnings);
            if aggregation == Aggregation::Drop {
                continue;
            }
            let limit = self.view.and_then(|view| view.cardinality_limit);
            let storage = Storage {
                aggregation,
                cardinality_limit: limit.unwrap_or(profile.cardinality_limit),
                temporality: profile.temporality(self.request.kind),
            };
            let can_share =
                storage.temporality == Temporality::Cumulative && !self.request.kind.is_observable();
            match storages.iter_mut().find(|(other, _)| can_share && *other == storage) {
                Some((_, readers)) => readers.push(reader),
                None => storages.push((storage, vec![reader])),
            }
        }
        storages
    }

    /// The view's aggregation, or the reader's, or what suits the kind.
    fn aggregation(&self, of_reader: Aggregation, warnings: &mut Vec<String>) -> Aggregation {
        let kind = self.request.kind;
        let wanted = self.view.map(|view| view.aggregation.clone()).unwrap_or_default();
        let wanted = if wanted == Aggregation::Default { of_reader } else { wanted };
        if !suits(&wanted, kind) {
            let name = self.name;
            warnings.push(format!(
                "{} \"{name}\" cannot be aggregated as {wanted:?}; its default is used",
                kind.label()
            ));
            return self.with_boundaries(default_of(kind));
        }
        self.with_boundaries(if wanted == Aggregation::Default { default_of(kind) } else { wanted })
    }

    /// Boundaries that nobody chose are the instrument's own, or the specification's.
    fn with_boundaries(&self, aggregation: Aggregation) -> Aggregation {
        match aggregation {
            Aggregation::ExplicitBucketHistogram { boundaries: None } => {
                let advised = self.request.boundaries.clone();
                let boundaries = advised.unwrap_or_else(|| DEFAULT_BOUNDARIES.to_vec());
                Aggregation::ExplicitBucketHistogram { boundaries: Some(boundaries) }
            }
            other => other,
        }
    }

    fn entry(&self, storage: Storage, readers: Vec<usize>) -> StreamEntry {
        let kind = self.request.kind;
        let is_value = matches!(storage.aggregation, Aggregation::Sum | Aggregation::LastValue);
        let stream = if kind.is_observable() && is_value {
            Observed::Value(Arc::new(self.observed(storage)))
        } else {
            Observed::Measurement(Arc::new(self.measured(storage)))
        };
        StreamEntry { stream, readers }
    }

    fn observed(&self, storage: Storage) -> ObservedStream {
        let settings = ObservedSettings {
            number: self.request.number,
            is_sum: storage.aggregation == Aggregation::Sum,
            temporality: storage.temporality,
            filter: self.view.and_then(|view| view.filter.clone()),
            cardinality_limit: storage.cardinality_limit,
        };
        ObservedStream::new(self.descriptor(), self.description(), settings, self.core.clock.unix_nanos())
    }

    fn measured(&self, storage: Storage) -> Stream {
        let aggregator = self.aggregator(&storage.aggregation);
        let settings = StreamSettings {
            exemplars: self.exemplars(&aggregator),
            aggregator,
            filter: self.view.and_then(|view| view.filter.clone()),
            cardinality_limit: storage.cardinality_limit,
        };
        let clock = self.core.clock.clone();
        Stream::new(self.descriptor(), self.description(), settings, clock, storage.temporality)
    }

    fn aggregator(&self, aggregation: &Aggregation) -> Aggregator {
        let number = self.request.number;
        match aggregation {
            Aggregation::LastValue => Aggregator::LastValue(number, self.core.clock.clone()),
            Aggregation::ExplicitBucketHistogram { boundaries } => {
                let boundaries = boundaries.as_deref().unwrap_or(&DEFAULT_BOUNDARIES).into();
                Aggregator::Histogram { boundaries }
            }
            Aggregation::Base2ExponentialHistogram { size_max, scale_max } => {
                Aggregator::Exponential { size_max: *size_max, scale_max: *scale_max }
            }
            Aggregation::Default | Aggregation::Drop | Aggregation::Sum => Aggregator::Sum(number),
        }
    }

    fn exemplars(&self, aggregator: &Aggregator) -> ExemplarSettings {
        let chosen = self.view.and_then(|view| view.reservoir.clone()).map(ReservoirKind::Custom);
        let kind = chosen.unwrap_or_else(|| match aggregator {
            Aggregator::Histogram { boundaries, .. } => ReservoirKind::Aligned(boundaries.len() + 1),
            Aggregator::Exponential { size_max, .. } => {
                ReservoirKind::Fixed(EXPONENTIAL_EXEMPLARS.min(usize::from(*size_max)))
            }
            Aggregator::Sum(_) | Aggregator::LastValue(..) => ReservoirKind::Fixed(processors()),
        });
        // A callback observes what happened before, in no span.
        let is_measured = !self.request.kind.is_observable();
        let filter = if is_measured { self.core.exemplar_filter } else { ExemplarFilter::AlwaysOff };
        ExemplarSettings { filter, kind, clock: self.core.clock.clone() }
    }

    fn stream_name(&self) -> &str {
        self.view.and_then(|view| view.name.as_deref()).unwrap_or(self.name)
    }

    fn descriptor(&self) -> StreamDescriptor {
        StreamDescriptor {
            scope: self.scope.id,
            name: self.stream_name().to_owned(),
            unit: self.request.unit.clone(),
            is_monotonic: self.request.kind.is_monotonic(),
            is_redescribed: self.view.is_some_and(|view| view.description.is_some()),
        }
    }

    fn description(&self) -> String {
        let own = self.view.and_then(|view| view.description.clone());
        own.unwrap_or_else(|| self.request.description.clone())
    }
}

/// As many exemplars of a sum as threads may measure it at once, as the specification proposes.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Specification: "Default aggregation", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#default-aggregation>.
fn default_of(kind: InstrumentKind) -> Aggregation {
    match kind {
        InstrumentKind::Gauge | InstrumentKind::ObservableGauge => Aggregation::LastValue,
        InstrumentKind::Histogram => Aggregation::ExplicitBucketHistogram { boundaries: None },
        _ => Aggregation::Sum,
    }
}

/// Sums of what cannot be added up, and last values of what is added up, say nothing.
fn suits(aggregation: &Aggregation, kind: InstrumentKind) -> bool {
    match aggregation {
        Aggregation::Sum => !kind.is_gauge(),
        Aggregation::LastValue => kind.is_gauge(),
        _ => true,
    }
}
