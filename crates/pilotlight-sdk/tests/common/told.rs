//! What a reader was told, series by series, decoded by generated types.

use std::collections::BTreeMap;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};
use pilotlight_sdk::batch::ManualReader;
use pilotlight_sdk::transport::Batch;
use prost::Message;

/// How often a series was measured, where its points tell, and its sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    pub count: u64,
    pub sum: f64,
}

/// Every series of one metric, by its attributes in the order of their keys.
pub type Series = BTreeMap<String, Told>;

/// The metrics of one collection by name.
pub fn collect(reader: &ManualReader) -> BTreeMap<String, Series> {
    decode(&reader.collect(Duration::from_secs(60)).unwrap())
}

pub fn decode(batches: &[Batch]) -> BTreeMap<String, Series> {
    let mut told = BTreeMap::new();
    for batch in batches {
        let request = ExportMetricsServiceRequest::decode(&batch.request[..]).unwrap();
        let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        for metric in scopes.flat_map(|scope| scope.metrics) {
            let series: &mut Series = told.entry(metric.name).or_default();
            for (attributes, point) in points(metric.data.unwrap()) {
                let earlier = series.insert(show(attributes), point);
                assert_eq!(earlier, None, "one series, two points");
            }
        }
    }
    told
}

/// Adds the changes of an interval to what was told before.
pub fn add_to(all: &mut BTreeMap<String, Series>, changes: BTreeMap<String, Series>) {
    for (name, series) in changes {
        let all = all.entry(name).or_default();
        for (attributes, change) in series {
            let told = all.entry(attributes).or_default();
            *told = Told { count: told.count + change.count, sum: told.sum + change.sum };
        }
    }
}

fn points(data: metric::Data) -> Vec<(Vec<KeyValue>, Told)> {
    match data {
        metric::Data::Sum(sum) => sum.data_points.into_iter().map(number).collect(),
        metric::Data::Gauge(gauge) => gauge.data_points.into_iter().map(number).collect(),
        metric::Data::Histogram(histogram) => {
            let told = histogram.data_points.into_iter().map(|point| {
                assert_eq!(point.count, point.bucket_counts.iter().sum::<u64>());
                (point.attributes, Told { count: point.count, sum: point.sum.unwrap() })
            });
            told.collect()
        }
        metric::Data::ExponentialHistogram(histogram) => {
            let told = histogram.data_points.into_iter().map(|point| {
                let buckets = [&point.positive, &point.negative].into_iter().flatten();
                let counted: u64 = buckets.flat_map(|buckets| &buckets.bucket_counts).sum();
                assert_eq!(point.count, counted + point.zero_count);
                (point.attributes, Told { count: point.count, sum: point.sum.unwrap() })
            });
            told.collect()
        }
        metric::Data::Summary(_) => panic!("nothing makes summaries"),
    }
}

fn number(point: opentelemetry_proto::tonic::metrics::v1::NumberDataPoint) -> (Vec<KeyValue>, Told) {
    let sum = match point.value.unwrap() {
        number_data_point::Value::AsInt(value) => value as f64,
        number_data_point::Value::AsDouble(value) => value,
    };
    (point.attributes, Told { count: 0, sum })
}

fn show(mut attributes: Vec<KeyValue>) -> String {
    attributes.sort_by(|a, b| a.key.cmp(&b.key));
    let shown = super::attributes(&attributes);
    shown.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}
