//! The `metrics` facade with metrics-exporter-prometheus behind it.
//!
//! What its macros expand to, written out, so that the labels can come from elsewhere; prepared attributes are what
//! a macro makes of literals. The recorder is the thread's own rather than the global one: both are one look away.

use anyhow::Result;
use bytes::Bytes;
use metrics::{Counter, Histogram, Key, Label, Level, Metadata, with_local_recorder, with_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::{Contestant, Meters};
use crate::collected::Format;
use crate::measurements::{self, BOUNDARIES, Instrument, Labels, NAME, Takes, Work};

/// Through the facade.
pub const CONTESTANT: Contestant = Contestant {
    name: "metrics + exporter-prometheus",
    takes: |work| !work.in_span,
    set_up: |work| Ok(Box::new(Facade::new(work)?)),
    instruments: None,
    format: Some(Format::Text),
};

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

struct Facade {
    work: Work,
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Facade {
    fn new(work: Work) -> Result<Self> {
        let recorder = PrometheusBuilder::new().set_buckets(&BOUNDARIES)?.build_recorder();
        let handle = recorder.handle();
        Ok(Self { work, recorder, handle })
    }
}

impl Meters for Facade {
    fn measure(&self, measurements: u64) {
        with_local_recorder(&self.recorder, || match self.work.instrument {
            Instrument::Counter => measurements::run(&Counting, &self.work, measurements),
            Instrument::Histogram => measurements::run(&Recording, &self.work, measurements),
        });
    }

    fn settle(&self) {
        self.handle.run_upkeep();
    }

    fn collect(&self) -> Result<Vec<Bytes>> {
        Ok(vec![self.handle.render().into()])
    }
}

/// A key is the name and the labels.
impl Labels for Key {
    fn fixed(route: &'static str) -> Self {
        Key::from_parts(NAME, labels(route).to_vec())
    }

    fn in_order(route: &'static str, order: usize) -> Self {
        Key::from_parts(NAME, measurements::ordered(labels(route), order).to_vec())
    }

    fn owned(route: &'static str) -> Self {
        let labels = vec![
            Label::new("http.request.method", "GET".to_owned()),
            Label::new("http.route", route.to_owned()),
            Label::new("http.response.status_code", "200"),
        ];
        Key::from_parts(NAME, labels)
    }
}

fn labels(route: &'static str) -> [Label; 3] {
    [
        Label::new("http.request.method", "GET"),
        Label::new("http.route", route),
        Label::new("http.response.status_code", "200"),
    ]
}

static BARE: Key = Key::from_static_name(NAME);

struct Counting;

impl Takes for Counting {
    type Labels = Key;
    type Bound = Counter;

    fn bare(&self, turn: usize) {
        self.take(turn, &BARE);
    }

    fn take(&self, _turn: usize, key: &Key) {
        self.bind(key).increment(1);
    }

    fn bind(&self, key: &Key) -> Counter {
        with_recorder(|recorder| recorder.register_counter(key, &METADATA))
    }

    fn take_bound(_turn: usize, bound: &Counter) {
        bound.increment(1);
    }
}

struct Recording;

impl Takes for Recording {
    type Labels = Key;
    type Bound = Histogram;

    fn bare(&self, turn: usize) {
        self.take(turn, &BARE);
    }

    fn take(&self, turn: usize, key: &Key) {
        self.bind(key).record(measurements::seconds(turn));
    }

    fn bind(&self, key: &Key) -> Histogram {
        with_recorder(|recorder| recorder.register_histogram(key, &METADATA))
    }

    fn take_bound(turn: usize, bound: &Histogram) {
        bound.record(measurements::seconds(turn));
    }
}
