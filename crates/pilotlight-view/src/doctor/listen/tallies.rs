//! How much came of each signal, when, in which ways, from whom.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, ResourceMetrics, metric};
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::receive::{Arrival, Compression, Data, Protocol, Received, Signal};

/// All of it.
#[derive(Debug, Default)]
pub(in crate::doctor) struct Tallies {
    pub(in crate::doctor) traces: Tally,
    pub(in crate::doctor) metrics: Tally,
    pub(in crate::doctor) logs: Tally,
    /// Names of services, at most [`NAMES_MAX`].
    pub(in crate::doctor) services: BTreeSet<String>,
    /// Requests with nothing in them.
    pub(in crate::doctor) empty: u64,
    /// Whether metrics came that say what is new since the last time, and nothing when nothing is.
    pub(in crate::doctor) deltas: bool,
}

/// What came of one signal.
#[derive(Debug, Default, Clone)]
pub(in crate::doctor) struct Tally {
    pub(in crate::doctor) requests: u64,
    pub(in crate::doctor) items: u64,
    /// When the last one came, also one with nothing in it; nanoseconds since 1970.
    pub(in crate::doctor) last: u64,
    /// `grpc gzip from agent/1`. At most [`NAMES_MAX`].
    pub(in crate::doctor) ways: BTreeSet<String>,
}

/// More services and senders than anybody debugs at once; further ones are counted with the rest.
const NAMES_MAX: usize = 40;
/// Of a name.
const NAME_CHARS_MAX: usize = 100;

impl Tallies {
    /// Counts a request; what is new about it, in lines.
    pub(super) fn note(&mut self, received: &Received) -> Vec<String> {
        let items = items(&received.data);
        let signal = received.data.signal();
        let arrival = &received.arrival;
        let tally = self.of_mut(signal);
        tally.last = tally.last.max(arrival.unix_nano);
        if items == 0 {
            self.empty += 1;
            return Vec::new();
        }
        self.deltas |= has_deltas(&received.data);
        let mut news = Vec::new();
        let tally = self.of_mut(signal);
        tally.requests += 1;
        tally.items += items;
        let way = way(arrival);
        if tally.ways.len() < NAMES_MAX && tally.ways.insert(way.clone()) {
            news.push(format!("{}s come over {way}, at port {}", item_of(signal), arrival.port));
        }
        for service in services(&received.data) {
            if self.services.len() < NAMES_MAX && self.services.insert(service.clone()) {
                news.push(match service.is_empty() {
                    true => "they are of a service without a name".to_owned(),
                    false => format!("they are of the service {service}"),
                });
            }
        }
        news
    }

    pub(in crate::doctor) fn of(&self, signal: Signal) -> &Tally {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
            Signal::Logs => &self.logs,
        }
    }

    fn of_mut(&mut self, signal: Signal) -> &mut Tally {
        match signal {
            Signal::Traces => &mut self.traces,
            Signal::Metrics => &mut self.metrics,
            Signal::Logs => &mut self.logs,
        }
    }

    /// Whether anything came.
    pub(in crate::doctor) fn any(&self) -> bool {
        self.traces.items + self.metrics.items + self.logs.items > 0
    }
}

/// What one of the signal's items is called.
pub(super) fn item_of(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "span",
        Signal::Metrics => "data point",
        Signal::Logs => "log record",
    }
}

/// `1 span`, `2 spans`.
pub(super) fn many(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

fn way(arrival: &Arrival) -> String {
    let protocol = match arrival.protocol {
        Protocol::Grpc => "gRPC",
        Protocol::HttpProtobuf => "HTTP with protobuf",
        Protocol::HttpJson => "HTTP with JSON",
        Protocol::File => "a file",
    };
    let compression = match arrival.compression {
        Compression::None => "uncompressed",
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    };
    let agent = arrival.user_agent.as_deref().map(|name| format!(", from {}", short(name)));
    format!("{protocol}, {compression}{}", agent.unwrap_or_default())
}

fn items(data: &Data) -> u64 {
    let count = match data {
        Data::Traces(all) => {
            all.iter().flat_map(|of| &of.scope_spans).map(|of| of.spans.len()).sum::<usize>()
        }
        Data::Logs(all) => all.iter().flat_map(|of| &of.scope_logs).map(|of| of.log_records.len()).sum(),
        Data::Metrics(all) => data_of(all).map(points).sum(),
    };
    count as u64
}

fn data_of(all: &[ResourceMetrics]) -> impl Iterator<Item = &metric::Data> {
    let metrics = all.iter().flat_map(|of| &of.scope_metrics).flat_map(|of| &of.metrics);
    metrics.filter_map(|metric| metric.data.as_ref())
}

fn has_deltas(data: &Data) -> bool {
    let Data::Metrics(all) = data else { return false };
    data_of(all).any(|data| {
        let temporality = match data {
            metric::Data::Sum(data) => data.aggregation_temporality(),
            metric::Data::Histogram(data) => data.aggregation_temporality(),
            metric::Data::ExponentialHistogram(data) => data.aggregation_temporality(),
            metric::Data::Gauge(_) | metric::Data::Summary(_) => return false,
        };
        temporality == AggregationTemporality::Delta
    })
}

fn points(data: &metric::Data) -> usize {
    match data {
        metric::Data::Gauge(data) => data.data_points.len(),
        metric::Data::Sum(data) => data.data_points.len(),
        metric::Data::Histogram(data) => data.data_points.len(),
        metric::Data::ExponentialHistogram(data) => data.data_points.len(),
        metric::Data::Summary(data) => data.data_points.len(),
    }
}

fn services(data: &Data) -> Vec<String> {
    match data {
        Data::Traces(all) => all.iter().map(|of| service(of.resource.as_ref())).collect(),
        Data::Metrics(all) => all.iter().map(|of| service(of.resource.as_ref())).collect(),
        Data::Logs(all) => all.iter().map(|of| service(of.resource.as_ref())).collect(),
    }
}

fn service(resource: Option<&Resource>) -> String {
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    let name = attributes.iter().find(|attribute| attribute.key == "service.name");
    match name.and_then(|name| name.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(name)) => short(name),
        _ => String::new(),
    }
}

fn short(text: &str) -> String {
    text.chars().take(NAME_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, NumberDataPoint, ScopeMetrics, Sum};

    use super::*;

    fn metrics(unix_nano: u64, data: Option<metric::Data>) -> Received {
        let metrics = vec![Metric { data, ..Metric::default() }];
        let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
        let arrival = Arrival {
            unix_nano,
            port: 4318,
            protocol: Protocol::HttpProtobuf,
            compression: Compression::None,
            bytes: 0,
            user_agent: None,
        };
        let data = Data::Metrics(vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }]);
        Received { arrival, data, encoded: bytes::Bytes::new() }
    }

    fn sum(temporality: AggregationTemporality) -> Option<metric::Data> {
        let data_points = vec![NumberDataPoint::default()];
        Some(metric::Data::Sum(Sum {
            data_points,
            aggregation_temporality: temporality.into(),
            ..Sum::default()
        }))
    }

    #[test]
    fn a_request_with_nothing_in_it_shows_that_its_sender_lives() {
        let mut tallies = Tallies::default();
        let gauge = metric::Data::Gauge(Gauge { data_points: vec![NumberDataPoint::default()] });
        tallies.note(&metrics(1, Some(gauge)));
        tallies.note(&metrics(2, None));
        assert_eq!((tallies.metrics.requests, tallies.metrics.last, tallies.empty), (1, 2, 1));
    }

    #[test]
    fn deltas_are_told_from_totals() {
        for (temporality, deltas) in
            [(AggregationTemporality::Cumulative, false), (AggregationTemporality::Delta, true)]
        {
            let mut tallies = Tallies::default();
            tallies.note(&metrics(1, sum(temporality)));
            assert_eq!(tallies.deltas, deltas);
        }
    }
}
