//! What is sent beside the spans before questions are asked: log records of them, and metrics, so that each page has something to answer
//! from.

use crate::requests::{now, spread, text, trace_id, whole};
use crate::sender::{Connection, Signal};
use anyhow::Result;
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric::Data, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

/// The histogram's and the counter's names.
pub const DURATION: &str = "http.server.request.duration";
pub const ORDERS: &str = "shop.orders";

/// Log records of a request.
const RECORDS: u64 = 100;
/// Series of each metric and service: routes.
const SERIES: u64 = 200;
/// Points of each series, ten seconds apart.
const POINTS: u64 = 60;
const STEP: u64 = 10_000_000_000;
const SERVICES: [&str; 4] = ["gateway", "inventory", "payments", "worker"];

/// How much was sent.
pub struct Sent {
    /// Log records.
    pub records: u64,
    /// Data points.
    pub points: u64,
}

/// Sends log records for one span of each hundred, and ten minutes of metrics.
pub async fn send(port: u16, spans: u64) -> Result<Sent> {
    let mut connection = Connection::open(port).await?;
    let requests = spans / 1_000;
    for request in 0..requests {
        connection.export(Signal::Logs, framed(&logs(request))).await?;
    }
    let start = now() - (POINTS + 1) * STEP;
    for step in 0..POINTS {
        for service in SERVICES {
            connection.export(Signal::Metrics, framed(&metrics(service, start, step))).await?;
        }
    }
    Ok(Sent { records: requests * RECORDS, points: POINTS * SERIES * 2 * SERVICES.len() as u64 })
}

fn framed(message: &impl Message) -> Bytes {
    let body = message.encode_to_vec();
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], &length[..], &body].concat().into()
}

fn resource(service: &str) -> Option<Resource> {
    Some(Resource { attributes: vec![text("service.name", service)], ..Resource::default() })
}

/// Records of spans' traces; one of fifty has an exception.
fn logs(request: u64) -> ExportLogsServiceRequest {
    let log_records = (0..RECORDS).map(|index| record(request * RECORDS + index)).collect();
    let service = SERVICES[(request % 4) as usize];
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs =
        vec![ResourceLogs { resource: resource(service), scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }
}

fn record(number: u64) -> LogRecord {
    let failed = number.is_multiple_of(50);
    let mut attributes = vec![
        text("user.id", &format!("user-{}", number * 101 % 10_000)),
        whole("order.items", (number % 7) as i64),
    ];
    if failed {
        attributes.push(text("exception.type", ["Declined", "Timeout", "SoldOut"][(number % 3) as usize]));
        attributes.push(text("exception.message", &format!("payment {number} was refused")));
    }
    let body = format!(
        "order {} of user-{} was {}",
        number,
        number * 101 % 10_000,
        if failed { "refused" } else { "paid" }
    );
    LogRecord {
        time_unix_nano: now(),
        severity_number: if failed { 17 } else { 9 },
        body: Some(AnyValue { value: Some(Value::StringValue(body)) }),
        attributes,
        trace_id: id_of(number),
        ..LogRecord::default()
    }
}

fn id_of(number: u64) -> Vec<u8> {
    let text = trace_id(number);
    (0..16).filter_map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()).collect()
}

/// All series of a service that runs since then, so many steps later.
fn metrics(service: &str, start: u64, step: u64) -> ExportMetricsServiceRequest {
    let time = start + (step + 1) * STEP;
    let cumulative = AggregationTemporality::Cumulative as i32;
    let attributes = |series: u64| {
        vec![text("http.route", &format!("/api/resource{series}/{{id}}")), text("http.request.method", "GET")]
    };
    let histogram = |series: u64| HistogramDataPoint {
        attributes: attributes(series),
        start_time_unix_nano: start,
        time_unix_nano: time,
        count: 14 * (step + 1),
        sum: Some((step + 1) as f64),
        explicit_bounds: vec![0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5],
        bucket_counts: vec![step + 1; 14],
        ..HistogramDataPoint::default()
    };
    let number = |series: u64| NumberDataPoint {
        attributes: attributes(series),
        start_time_unix_nano: start,
        time_unix_nano: time,
        value: Some(number_data_point::Value::AsInt((spread(series) % 100 * (step + 1)) as i64)),
        ..NumberDataPoint::default()
    };
    let data_points = (0..SERIES).map(histogram).collect();
    let duration = Data::Histogram(Histogram { data_points, aggregation_temporality: cumulative });
    let data_points = (0..SERIES).map(number).collect();
    let orders = Data::Sum(Sum { data_points, aggregation_temporality: cumulative, is_monotonic: true });
    let metric = |name: &str, data| Metric { name: name.into(), data: Some(data), ..Metric::default() };
    let scope_metrics = vec![ScopeMetrics {
        metrics: vec![metric(DURATION, duration), metric(ORDERS, orders)],
        ..ScopeMetrics::default()
    }];
    let resource_metrics =
        vec![ResourceMetrics { resource: resource(service), scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }
}
