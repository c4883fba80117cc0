//! prometheus-client, the official client: a family, its labels a struct.

use std::any::Any;
use std::borrow::Cow;

use anyhow::Result;
use bytes::Bytes;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric as Registrable, Registry};

use super::{Contestant, Meters};
use crate::collected::Format;
use crate::measurements::{self, Attributes, BOUNDARIES, Instrument, Labels, NAME, Takes, Work};

/// Through its own API. A struct's fields have no order.
pub const CONTESTANT: Contestant = Contestant {
    name: "prometheus-client",
    takes: |work| !work.in_span && work.attributes != Attributes::ChangingOrder,
    set_up: |work| Ok(Box::new(Client::new(work))),
    instruments: Some(instruments),
    format: Some(Format::Text),
};

struct Client {
    work: Work,
    registry: Registry,
    metric: Metric,
}

impl Client {
    fn new(work: Work) -> Self {
        let mut registry = Registry::default();
        let metric = Metric::new(&mut registry, work.instrument, NAME.to_owned());
        let name = format!("{NAME}_bare");
        match &metric {
            Metric::Counter(counter) => registry.register(name, "", counter.bare.clone()),
            Metric::Histogram(histogram) => registry.register(name, "", histogram.bare.clone()),
        }
        Self { work, registry, metric }
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
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(vec![text.into()])
    }
}

fn instruments(instrument: Instrument, names: Vec<String>) -> Result<Box<dyn Any>> {
    let mut registry = Registry::default();
    let mut metrics = Vec::with_capacity(names.len());
    metrics.extend(names.into_iter().map(|name| Metric::new(&mut registry, instrument, name)));
    Ok(Box::new((registry, metrics)))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: Cow<'static, str>,
    route: Cow<'static, str>,
    status: i64,
}

impl Labels for Request {
    fn fixed(route: &'static str) -> Self {
        Self { method: "GET".into(), route: route.into(), status: 200 }
    }

    fn in_order(route: &'static str, _order: usize) -> Self {
        Self::fixed(route)
    }

    fn owned(route: &'static str) -> Self {
        Self { method: "GET".to_owned().into(), route: route.to_owned().into(), status: 200 }
    }
}

enum Metric {
    Counter(Metrics<Counter>),
    Histogram(Metrics<Histogram>),
}

impl Metric {
    fn new(registry: &mut Registry, instrument: Instrument, name: String) -> Self {
        match instrument {
            Instrument::Counter => Self::Counter(Metrics::new(registry, name, Counter::default)),
            Instrument::Histogram => {
                Self::Histogram(Metrics::new(registry, name, || Histogram::new(BOUNDARIES)))
            }
        }
    }
}

/// A family, and a metric alone for work without attributes.
struct Metrics<M> {
    family: Family<Request, M, fn() -> M>,
    bare: M,
}

impl<M: Registrable + TypedMetric + Clone> Metrics<M> {
    fn new(registry: &mut Registry, name: String, metric: fn() -> M) -> Self {
        let family = Family::new_with_constructor(metric);
        registry.register(name, "", family.clone());
        Self { family, bare: metric() }
    }
}

impl Takes for Metrics<Counter> {
    type Labels = Request;
    type Bound = Counter;

    fn bare(&self, _turn: usize) {
        self.bare.inc();
    }

    fn take(&self, _turn: usize, labels: &Request) {
        self.family.get_or_create(labels).inc();
    }

    fn bind(&self, labels: &Request) -> Counter {
        self.family.get_or_create_owned(labels)
    }

    fn take_bound(_turn: usize, bound: &Counter) {
        bound.inc();
    }
}

impl Takes for Metrics<Histogram> {
    type Labels = Request;
    type Bound = Histogram;

    fn bare(&self, turn: usize) {
        self.bare.observe(measurements::seconds(turn));
    }

    fn take(&self, turn: usize, labels: &Request) {
        self.family.get_or_create(labels).observe(measurements::seconds(turn));
    }

    fn bind(&self, labels: &Request) -> Histogram {
        self.family.get_or_create_owned(labels)
    }

    fn take_bound(turn: usize, bound: &Histogram) {
        bound.observe(measurements::seconds(turn));
    }
}
