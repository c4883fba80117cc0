//! prometheus, the older client that most services have: a vector of metrics, its labels a slice of strings.

use std::any::Any;
use std::borrow::Cow;

use anyhow::Result;
use bytes::Bytes;
use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
};

use super::{Contestant, Meters};
use crate::collected::Format;
use crate::measurements::{self, Attributes, BOUNDARIES, Instrument, Labels, NAME, Takes, Work};

/// Through its own API. Values are given in the order that was declared, so there is no other.
pub const CONTESTANT: Contestant = Contestant {
    name: "prometheus",
    takes: |work| !work.in_span && work.attributes != Attributes::ChangingOrder,
    set_up: |work| Ok(Box::new(Client::new(work)?)),
    instruments: Some(instruments),
    format: Some(Format::Text),
};

const LABELS: [&str; 3] = ["method", "route", "status"];

struct Client {
    work: Work,
    registry: Registry,
    metric: Metric,
}

impl Client {
    fn new(work: Work) -> Result<Self> {
        let registry = Registry::new();
        let metric = Metric::new(&registry, work.instrument, NAME.to_owned())?;
        match &metric {
            Metric::Counter(counter) => registry.register(Box::new(counter.bare.clone()))?,
            Metric::Histogram(histogram) => registry.register(Box::new(histogram.bare.clone()))?,
        }
        Ok(Self { work, registry, metric })
    }
}

impl Meters for Client {
    fn measure(&self, measurements: u64) {
        match &self.metric {
            Metric::Counter(counter) => measurements::run(counter, &self.work, measurements),
            Metric::Histogram(histogram) => measurements::run(histogram, &self.work, measurements),
        }
    }

    fn collect(&self) -> Result<Vec<Bytes>> {
        Ok(vec![TextEncoder::new().encode_to_string(&self.registry.gather())?.into()])
    }
}

fn instruments(instrument: Instrument, names: Vec<String>) -> Result<Box<dyn Any>> {
    let registry = Registry::new();
    let mut metrics = Vec::with_capacity(names.len());
    for name in names {
        metrics.push(Metric::new(&registry, instrument, name)?);
    }
    Ok(Box::new((registry, metrics)))
}

/// Values are borrowed from the caller, whatever they are.
type Values = [Cow<'static, str>; 3];

impl Labels for Values {
    fn fixed(route: &'static str) -> Self {
        ["GET".into(), route.into(), "200".into()]
    }

    fn in_order(route: &'static str, order: usize) -> Self {
        measurements::ordered(Self::fixed(route), order)
    }

    fn owned(route: &'static str) -> Self {
        ["GET".to_owned().into(), route.to_owned().into(), "200".into()]
    }
}

enum Metric {
    Counter(Metrics<IntCounterVec, IntCounter>),
    Histogram(Metrics<HistogramVec, Histogram>),
}

impl Metric {
    fn new(registry: &Registry, instrument: Instrument, name: String) -> Result<Self> {
        let bare = format!("{NAME}_bare");
        Ok(match instrument {
            Instrument::Counter => Self::Counter(Metrics {
                vector: registered(registry, IntCounterVec::new(Opts::new(name, "help"), &LABELS)?)?,
                bare: IntCounter::new(bare, "help")?,
            }),
            Instrument::Histogram => Self::Histogram(Metrics {
                vector: registered(registry, HistogramVec::new(histogram(name), &LABELS)?)?,
                bare: Histogram::with_opts(histogram(bare))?,
            }),
        })
    }
}

fn histogram(name: String) -> HistogramOpts {
    HistogramOpts::new(name, "help").buckets(BOUNDARIES.to_vec())
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

/// A vector, and a metric alone for work without attributes.
struct Metrics<V, M> {
    vector: V,
    bare: M,
}

impl Takes for Metrics<IntCounterVec, IntCounter> {
    type Labels = Values;
    type Bound = IntCounter;

    fn bare(&self, _turn: usize) {
        self.bare.inc();
    }

    fn take(&self, _turn: usize, labels: &Values) {
        self.vector.with_label_values(labels).inc();
    }

    fn bind(&self, labels: &Values) -> IntCounter {
        self.vector.with_label_values(labels)
    }

    fn take_bound(_turn: usize, bound: &IntCounter) {
        bound.inc();
    }
}

impl Takes for Metrics<HistogramVec, Histogram> {
    type Labels = Values;
    type Bound = Histogram;

    fn bare(&self, turn: usize) {
        self.bare.observe(measurements::seconds(turn));
    }

    fn take(&self, turn: usize, labels: &Values) {
        self.vector.with_label_values(labels).observe(measurements::seconds(turn));
    }

    fn bind(&self, labels: &Values) -> Histogram {
        self.vector.with_label_values(labels)
    }

    fn take_bound(turn: usize, bound: &Histogram) {
        bound.observe(measurements::seconds(turn));
    }
}
