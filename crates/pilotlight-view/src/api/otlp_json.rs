//! OTLP as JSON: a request in one line.

use crate::receive::Data;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use serde::Serialize;
use serde_json::Error;

mod numbers;

use numbers::Spelled;

/// Writes `{"resourceSpans":…}` or its siblings, and a line's end. What cannot be written leaves `out` as it was.
pub(super) fn write_line(data: Data, out: &mut Vec<u8>) -> Result<(), Error> {
    let before = out.len();
    let written = match data {
        Data::Traces(resource_spans) => write(&ExportTraceServiceRequest { resource_spans }, out),
        Data::Metrics(resource_metrics) => write(&ExportMetricsServiceRequest { resource_metrics }, out),
        Data::Logs(resource_logs) => write(&ExportLogsServiceRequest { resource_logs }, out),
    };
    match written {
        Ok(()) => out.push(b'\n'),
        Err(_) => out.truncate(before),
    }
    written
}

fn write<T: Serialize>(request: &T, out: &mut Vec<u8>) -> Result<(), Error> {
    Spelled(request).serialize(&mut serde_json::Serializer::new(out))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use opentelemetry_proto::tonic::metrics::v1 as metrics;
    use opentelemetry_proto::tonic::trace::v1 as trace;

    fn line(data: Data) -> String {
        let mut out = Vec::new();
        write_line(data, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn ids_are_hexadecimal_and_large_numbers_are_strings() {
        let span =
            trace::Span { trace_id: vec![0xab; 16], end_time_unix_nano: u64::MAX, ..Default::default() };
        let scope = trace::ScopeSpans { spans: vec![span], ..Default::default() };
        let line =
            line(Data::Traces(vec![trace::ResourceSpans { scope_spans: vec![scope], ..Default::default() }]));
        assert!(line.starts_with("{\"resourceSpans\":["), "{line}");
        assert!(line.contains("\"traceId\":\"abababababababababababababababab\""), "{line}");
        assert!(line.contains("\"endTimeUnixNano\":\"18446744073709551615\""), "{line}");
        assert_eq!(line.matches('\n').count(), 1);
    }

    #[test]
    fn numbers_that_json_lacks_are_spelled_out() {
        let point = |value| metrics::NumberDataPoint {
            value: Some(metrics::number_data_point::Value::AsDouble(value)),
            ..Default::default()
        };
        let data_points = vec![point(f64::NAN), point(f64::INFINITY), point(f64::NEG_INFINITY), point(1.5)];
        let metric = metrics::Metric {
            data: Some(metrics::metric::Data::Gauge(metrics::Gauge { data_points })),
            ..Default::default()
        };
        let scope = metrics::ScopeMetrics { metrics: vec![metric], ..Default::default() };
        let line = line(Data::Metrics(vec![metrics::ResourceMetrics {
            scope_metrics: vec![scope],
            ..Default::default()
        }]));
        for value in ["\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "1.5"] {
            assert!(line.contains(&format!("\"asDouble\":{value}")), "{value} in {line}");
        }
    }
}
