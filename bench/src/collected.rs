//! What a collection says, read with decoders that are not ours.

use anyhow::{Context, Result};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, number_data_point};
use prost::Message;

use crate::measurements::NAME;

/// How a contestant's collection leaves the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An OTLP request as protobuf.
    Otlp,
    /// Prometheus' text.
    Text,
}

/// What was found in a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Series with a measurement at least.
    pub series: u64,
    /// Measurements: a counter's sum, or a histogram's count.
    pub measurements: u64,
    /// Exemplars.
    pub exemplars: u64,
}

impl Collected {
    /// Reads a collection: one message or several.
    ///
    /// # Errors
    ///
    /// When it is not in the format.
    pub fn read(format: Format, collection: &[Bytes]) -> Result<Self> {
        let mut collected = Self::default();
        for message in collection {
            match format {
                Format::Otlp => collected.otlp(message).context("the collection is not OTLP")?,
                Format::Text => collected.text(message).context("the collection is not Prometheus' text")?,
            }
        }
        Ok(collected)
    }

    fn otlp(&mut self, message: &[u8]) -> Result<()> {
        let request = ExportMetricsServiceRequest::decode(message)?;
        let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        let metrics = scopes.flat_map(|scope| scope.metrics).filter(|metric| metric.name == NAME);
        for data in metrics.filter_map(|metric| metric.data) {
            match data {
                Data::Sum(sum) => sum.data_points.iter().for_each(|point| {
                    self.add(number(point.value.as_ref()), &point.exemplars);
                }),
                Data::Histogram(histogram) => histogram.data_points.iter().for_each(|point| {
                    self.add(point.count, &point.exemplars);
                }),
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&mut self, message: &[u8]) -> Result<()> {
        for line in str::from_utf8(message)?.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            // A counter is its name, perhaps with `_total`; a histogram has three suffixes, and `_count` is the one.
            let counts = !name.ends_with("_bucket") && !name.ends_with("_sum");
            if name.starts_with(NAME) && counts {
                let (_, value) = line.rsplit_once(' ').with_context(|| format!("no value in {line:?}"))?;
                self.add(value.parse::<f64>()? as u64, &[]);
            }
        }
        Ok(())
    }

    fn add(&mut self, measurements: u64, exemplars: &[Exemplar]) {
        self.series += u64::from(measurements > 0);
        self.measurements += measurements;
        self.exemplars += exemplars.len() as u64;
    }
}

fn number(value: Option<&number_data_point::Value>) -> u64 {
    match value {
        Some(number_data_point::Value::AsInt(value)) => value.unsigned_abs(),
        Some(number_data_point::Value::AsDouble(value)) => *value as u64,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_in_text_are_counted_by_series_and_by_measurement() {
        let text = "# TYPE requests counter\n\
                    requests_total{route=\"/a b\"} 2\n\
                    requests_total{route=\"/c\"} 3\n\
                    requests_total 0\n\
                    other 9\n";
        let collected = Collected::read(Format::Text, &[text.into()]).unwrap();
        assert_eq!(collected, Collected { series: 2, measurements: 5, exemplars: 0 });
    }

    #[test]
    fn histograms_in_text_are_counted_once() {
        let text = "requests_bucket{le=\"+Inf\"} 7\nrequests_sum 1.5\nrequests_count 7\n";
        let collected = Collected::read(Format::Text, &[text.into()]).unwrap();
        assert_eq!(collected, Collected { series: 1, measurements: 7, exemplars: 0 });
    }
}
