//! What meters and instruments need of their provider.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::batch::Measurements;
use crate::config::ExemplarFilter;
use crate::diagnostics;
use crate::record::clock::Clock;
use crate::record::{ScopeId, ScopeTable, Temporality};
use crate::resource::Resource;
use crate::sync::{Mutex, lock};

use super::callback::Callbacks;
use super::instrument::Observed;
use super::kind::InstrumentKind;
use super::number::NumberType;
use super::observed_stream::ObservedStream;
use super::reader_profile::ReaderProfile;
use super::stream::{Stream, StreamDescriptor};
use super::view::View;

/// How many instruments a provider tells apart. More means that something puts request data into names. Beyond the bound
/// new ones record nothing, and a warning says so once.
pub(crate) const INSTRUMENTS_MAX: usize = 16_384;

/// What meters and instruments need of their provider.
pub(crate) struct MeterCore {
    pub(crate) scopes: Arc<ScopeTable>,
    pub(crate) resource: Arc<Resource>,
    pub(crate) clock: Clock,
    pub(super) views: Vec<View>,
    pub(super) readers: Vec<ReaderProfile>,
    pub(super) exemplar_filter: ExemplarFilter,
    /// Held while an instrument is made or the streams are listed, never while anything is measured.
    pub(super) registry: Mutex<Registry>,
    pub(crate) callbacks: Callbacks,
    is_shut_down: AtomicBool,
    /// Whether it was said that a sum has become infinite.
    is_infinite_told: AtomicBool,
    /// Relaxed, like all counters: nobody synchronises by them.
    refused: AtomicU64,
    late: AtomicU64,
    callbacks_panicked: AtomicU64,
    callbacks_late: AtomicU64,
}

/// All instruments and streams of a provider.
#[derive(Debug, Default)]
pub(super) struct Registry {
    /// By scope and name in lower case.
    pub(super) instruments: HashMap<(ScopeId, String), Vec<Registered>>,
    pub(super) instrument_count: usize,
    /// Whether it was said that there are too many.
    pub(super) is_full_told: bool,
    /// In the order they were made.
    pub(super) streams: Vec<StreamEntry>,
}

/// An instrument that was made before.
#[derive(Clone, Debug)]
pub(super) struct Registered {
    /// As it was first written.
    pub(super) name: Arc<str>,
    pub(super) kind: InstrumentKind,
    pub(super) number: NumberType,
    pub(super) unit: String,
    /// The advice it was first given.
    pub(super) boundaries: Option<Vec<f64>>,
    /// Whether it was said that it was registered again as something else.
    pub(super) is_difference_told: bool,
    pub(super) streams: Streams,
}

/// What becomes of an instrument's measurements or observations.
#[derive(Clone, Debug)]
pub(super) enum Streams {
    Measured(Vec<Arc<Stream>>),
    Observed(Arc<[(usize, Observed)]>),
}

/// A stream and who reads it.
#[derive(Clone, Debug)]
pub(crate) struct StreamEntry {
    pub(crate) stream: Observed,
    pub(crate) readers: Vec<usize>,
}

impl MeterCore {
    pub(super) fn new(
        resource: Resource,
        clock: Clock,
        views: Vec<View>,
        readers: Vec<ReaderProfile>,
        exemplar_filter: ExemplarFilter,
    ) -> Self {
        Self {
            scopes: Arc::default(),
            resource: Arc::new(resource),
            clock,
            views,
            readers,
            exemplar_filter,
            registry: Mutex::new(Registry::default()),
            callbacks: Callbacks::default(),
            is_shut_down: AtomicBool::new(false),
            is_infinite_told: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            late: AtomicU64::new(0),
            callbacks_panicked: AtomicU64::new(0),
            callbacks_late: AtomicU64::new(0),
        }
    }

    #[inline]
    pub(crate) fn is_shut_down(&self) -> bool {
        // Relaxed: a measurement more or less around the shutdown is not in the last collection either way.
        self.is_shut_down.load(Ordering::Relaxed)
    }

    /// Answers whether it was already.
    pub(crate) fn set_shut_down(&self) -> bool {
        self.is_shut_down.swap(true, Ordering::AcqRel)
    }

    /// The streams that reader number `reader` collects, in the order they were made.
    pub(crate) fn streams_of(&self, reader: usize) -> Vec<StreamEntry> {
        let registry = lock(&self.registry);
        registry.streams.iter().filter(|entry| entry.readers.contains(&reader)).cloned().collect()
    }

    /// A value that an instrument cannot take.
    #[cold]
    pub(super) fn refuse(&self, kind: InstrumentKind, name: &str, value: f64) {
        if self.refused.fetch_add(1, Ordering::Relaxed) == 0 {
            diagnostics::warn(format_args!(
                "{} \"{name}\" was given {value}, which it cannot take: the measurement is left out, and so are \
                 others like it, of any instrument, without a further word",
                kind.label()
            ));
        }
    }

    /// The sum of metric `name` has become too large for a float.
    #[cold]
    pub(crate) fn say_infinite(&self, name: &str) {
        if !self.is_infinite_told.swap(true, Ordering::Relaxed) {
            diagnostics::warn(format_args!(
                "the sum of metric \"{name}\" has become too large for a 64-bit float: it is exported as infinite, or left \
                 out of a histogram, and so are others, of any metric, without a further word. Is the unit right?"
            ));
        }
    }

    pub(super) fn count_late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers how many there have been, this one included.
    pub(crate) fn count_callback_panic(&self) -> u64 {
        self.callbacks_panicked.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn count_callback_late(&self) {
        self.callbacks_late.fetch_add(1, Ordering::Relaxed);
    }

    /// What did not become part of a data point as it was meant to.
    pub(crate) fn troubles(&self) -> Measurements {
        let overflowed = lock(&self.registry).streams.iter().map(StreamEntry::overflowed).sum();
        Measurements {
            overflowed,
            refused: self.refused.load(Ordering::Relaxed),
            late: self.late.load(Ordering::Relaxed),
            callbacks_panicked: self.callbacks_panicked.load(Ordering::Relaxed),
            callbacks_late: self.callbacks_late.load(Ordering::Relaxed),
        }
    }
}

impl StreamEntry {
    pub(crate) fn descriptor(&self) -> &StreamDescriptor {
        match &self.stream {
            Observed::Value(stream) => &stream.descriptor,
            Observed::Measurement(stream) => &stream.descriptor,
        }
    }

    pub(crate) fn description(&self) -> &Mutex<String> {
        match &self.stream {
            Observed::Value(stream) => &stream.description,
            Observed::Measurement(stream) => &stream.description,
        }
    }

    /// `None` for gauges: the last value is of no span of time.
    pub(crate) fn temporality(&self) -> Option<Temporality> {
        match &self.stream {
            Observed::Value(stream) => stream.is_sum.then_some(stream.temporality),
            Observed::Measurement(stream) => {
                stream.settings.aggregator.has_temporality().then_some(stream.temporality)
            }
        }
    }

    /// Those of a histogram.
    pub(crate) fn boundaries(&self) -> &[f64] {
        match &self.stream {
            Observed::Measurement(stream) => stream.settings.aggregator.boundaries(),
            Observed::Value(_) => &[],
        }
    }

    fn overflowed(&self) -> u64 {
        match &self.stream {
            Observed::Value(stream) => stream.overflowed.load(Ordering::Relaxed),
            Observed::Measurement(stream) => stream.overflowed.load(Ordering::Relaxed),
        }
    }

    /// The stream of observed values, if it is one.
    pub(crate) fn observed(&self) -> Option<&Arc<ObservedStream>> {
        match &self.stream {
            Observed::Value(stream) => Some(stream),
            Observed::Measurement(_) => None,
        }
    }
}

impl fmt::Debug for MeterCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterProvider")
            .field("views", &self.views)
            .field("readers", &self.readers.len())
            .field("exemplar_filter", &self.exemplar_filter)
            .finish_non_exhaustive()
    }
}
