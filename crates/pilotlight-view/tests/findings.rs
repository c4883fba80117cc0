//! What is said about telemetry that is wrong, and that nothing is said about telemetry that is not.

#![allow(clippy::unwrap_used)]

mod support;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data as Points;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as Kind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use pilotlight_view::finding::{Finding, Severity};
use pilotlight_view::receive::{Data, Incident, IncidentKind, Journal, Limits, Protocol, Received};
use pilotlight_view::store::{Options, Store};
use prost::Message;
use support::{NOON, SECOND, int, log, log_of, logs, received, resource, scope, span, store, text, with};

/// A minute ago, in nanoseconds since 1970.
fn a_minute_ago() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_nanos()).unwrap() - 60 * SECOND
}

/// Spans of a service as they come a little after they have ended, which was a minute ago.
fn sent(service: &str, spans: Vec<Span>) -> Received {
    sent_by(resource(service), spans)
}

fn sent_by(resource: Option<Resource>, mut spans: Vec<Span>) -> Received {
    let base = a_minute_ago();
    for span in &mut spans {
        span.start_time_unix_nano = span.start_time_unix_nano - NOON + base;
        span.end_time_unix_nano = (span.end_time_unix_nano + base).saturating_sub(NOON);
    }
    let scope_spans = vec![ScopeSpans { scope: scope(), spans, schema_url: String::new() }];
    let resource_spans = vec![ResourceSpans { resource, scope_spans, schema_url: String::new() }];
    let encoded = ExportTraceServiceRequest { resource_spans: resource_spans.clone() }.encode_to_vec();
    received(Data::Traces(resource_spans), encoded)
}

fn counter(
    service: &str,
    name: &str,
    attributes: &[KeyValue],
    temporality: AggregationTemporality,
    value: f64,
) -> Received {
    let point = NumberDataPoint {
        attributes: attributes.to_vec(),
        start_time_unix_nano: a_minute_ago(),
        time_unix_nano: a_minute_ago() + 10 * SECOND,
        value: Some(number_data_point::Value::AsDouble(value)),
        ..NumberDataPoint::default()
    };
    let sum =
        Sum { data_points: vec![point], aggregation_temporality: temporality.into(), is_monotonic: true };
    let metrics = vec![Metric { name: name.to_owned(), data: Some(Points::Sum(sum)), ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { scope: scope(), metrics, schema_url: String::new() }];
    let resource_metrics =
        vec![ResourceMetrics { resource: resource(service), scope_metrics, schema_url: String::new() }];
    let encoded = ExportMetricsServiceRequest { resource_metrics: resource_metrics.clone() }.encode_to_vec();
    received(Data::Metrics(resource_metrics), encoded)
}

fn of(kind: Kind, mut span: Span) -> Span {
    span.kind = kind.into();
    span
}

fn http(span: Span, more: &[KeyValue]) -> Span {
    let status = int("http.response.status_code", 200);
    with(with(span, &[text("http.request.method", "GET"), status]), more)
}

fn found(store: &Store) -> Vec<Finding> {
    store.findings(&Journal::default()).findings
}

/// The ids of what is found.
fn ids(store: &Store) -> Vec<String> {
    found(store).into_iter().map(|finding| finding.id).collect()
}

/// The one thing that is found.
fn only(store: &Store) -> Finding {
    let mut all = found(store);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

async fn keep(requests: impl IntoIterator<Item = Received>) -> Store {
    let store = store();
    for request in requests {
        store.keep(request).await.unwrap();
    }
    store
}

/// An order as the shop's services tell it: a request from outside, a call, a query, a message that is taken later.
fn order(i: u64) -> [Received; 3] {
    let (trace, id, at) = (u128::from(i), i * 10, i * 500);
    let route = [text("http.route", "/orders/{id}"), text("url.path", &format!("/orders/{i}"))];
    let root = http(span(trace, id + 1, 0, "GET /orders/{id}", at, 100), &route);
    let call = http(
        of(Kind::Client, span(trace, id + 2, id + 1, "POST", at + 5, 50)),
        &[text("server.address", "payment")],
    );
    let broker = [text("messaging.system.name", "nats"), text("messaging.destination.name", "orders")];
    let send = with(of(Kind::Producer, span(trace, id + 3, id + 1, "send orders", at + 60, 2)), &broker);
    let pay = http(span(trace, id + 4, id + 2, "POST /pay", at + 10, 40), &[text("http.route", "/pay")]);
    let query = [text("db.system.name", "postgresql"), text("db.query.text", "SELECT 1")];
    let query = with(of(Kind::Client, span(trace, id + 5, id + 4, "SELECT", at + 12, 4)), &query);
    // Nobody has a route for this.
    let mut missing = span(trace + 1_000, id + 6, 0, "GET", at, 1);
    missing.attributes = vec![text("http.request.method", "GET"), int("http.response.status_code", 404)];
    let take = with(of(Kind::Consumer, span(trace, id + 7, id + 3, "process orders", at + 70, 9)), &broker);
    [
        sent("payment", vec![pay, query]),
        sent("gateway", vec![root, call, send, missing]),
        sent("mailer", vec![take]),
    ]
}

#[tokio::test]
async fn nothing_is_found_where_nothing_is_wrong() {
    use AggregationTemporality::Cumulative;
    let store = keep((1..=40).flat_map(order)).await;
    let component = [text("otel.component.name", "batching_span_processor/0")];
    store
        .keep(counter("gateway", "otel.sdk.processor.span.processed", &component, Cumulative, 40.0))
        .await
        .unwrap();
    store.keep(counter("gateway", "http.server.requests", &[], Cumulative, 40.0)).await.unwrap();
    let records = (1..=40).map(|i| {
        let mut record = log_of(log(&format!("order {i} paid"), 9, 0), i, 1);
        record.flags = 1;
        record
    });
    store.keep(logs("gateway", records.collect())).await.unwrap();
    let list = store.findings(&Journal::default());
    assert_eq!(list.findings, []);
    assert!(list.checked.len() >= 15, "what was looked for is told all the same");
}

#[tokio::test]
async fn nothing_is_found_where_nothing_has_come() {
    assert_eq!(found(&store()), []);
}

#[tokio::test]
async fn services_without_a_name_are_found() {
    let one = || vec![span(1, 1, 0, "work", 0, 1)];
    let unknown = only(&keep([sent("unknown_service:node", one())]).await);
    assert_eq!((unknown.id.as_str(), unknown.severity), ("unknown-service", Severity::Warning));
    assert_eq!(unknown.title, "A service is called unknown_service:node");
    assert_eq!(unknown.link.as_deref(), Some("/traces?filter=service%3D%22unknown_service%3Anode%22"));
    assert!(unknown.next.contains("OTEL_SERVICE_NAME"));
    assert_eq!(ids(&keep([sent_by(None, one())]).await), ["no-service-name"]);
}

#[tokio::test]
async fn two_processes_with_one_instance_id_are_found_and_a_restart_is_not() {
    let process = |pid: i64, id: u64| {
        let attributes =
            vec![text("service.name", "shop"), text("service.instance.id", "one"), int("process.pid", pid)];
        sent_by(Some(Resource { attributes, ..Resource::default() }), vec![span(1, id, 0, "work", 0, 1)])
    };
    let in_turns = keep((1..=8).map(|i| process(i64::try_from(i % 2).unwrap(), i))).await;
    assert_eq!(only(&in_turns).id, "shared-instance");
    let restart = keep((1..=8).map(|i| process(i64::from(i > 4), i))).await;
    assert_eq!(found(&restart), []);
    let from_file = |mut request: Received| {
        request.arrival.protocol = Protocol::File;
        request
    };
    let imported = keep((1..=8).map(|i| from_file(process(i64::try_from(i % 2).unwrap(), i)))).await;
    assert_eq!(found(&imported), []);
}

#[tokio::test]
async fn services_beyond_those_that_are_looked_at_are_told() {
    let one = |i: u64| sent(&format!("shop-{i}"), vec![span(u128::from(i), i, 0, "work", 0, 1)]);
    let found = only(&keep((1..=201).map(one)).await);
    assert_eq!((found.id.as_str(), found.severity), ("services-left-out", Severity::Note));
    assert_eq!(found.title, "Findings have left out 1 service");
}

#[tokio::test]
async fn old_names_are_found_with_the_new_ones() {
    let old = with(span(1, 1, 0, "GET /", 0, 1), &[text("http.method", "GET"), text("http.route", "/")]);
    let found = only(&keep([sent("shop", vec![old])]).await);
    assert_eq!((found.id.as_str(), found.severity), ("deprecated-names", Severity::Note));
    assert_eq!(found.evidence, ["http.method, now http.request.method: 1 time"]);
    assert_eq!(found.link.as_deref(), Some("/traces?filter=service%3D%22shop%22%20http.method%3F"));
    let metric = counter("shop", "http.server.duration", &[], AggregationTemporality::Cumulative, 1.0);
    assert_eq!(only(&keep([metric]).await).link.as_deref(), Some("/metrics?name=http.server.duration"));
    let mut record = log("hello", 9, 0);
    record.attributes.push(text("code.function", "main"));
    let link = only(&keep([logs("shop", vec![record])]).await).link;
    assert_eq!(link.as_deref(), Some("/logs?filter=service%3D%22shop%22%20code.function%3F"));
}

#[tokio::test]
async fn requests_without_a_route_and_names_with_ids_are_found() {
    let request = |i: u64| http(span(u128::from(i), i, 0, &format!("GET /orders/{i}"), 0, 1), &[]);
    let mut found = ids(&keep([sent("shop", (1..=30).map(request).collect())]).await);
    found.sort();
    assert_eq!(found, ["missing-route", "names-with-ids"]);
}

#[tokio::test]
async fn parents_that_never_came_are_found_and_callers_elsewhere_are_told_apart() {
    let lost = |i: u64| of(Kind::Internal, span(u128::from(i), i, 90 + i, "inner", 0, 1));
    let some = keep([sent("shop", (1..=4).map(lost).collect())]).await;
    assert_eq!(found(&some), [], "so few may come of a process that was stopped");
    let found = only(&keep([sent("shop", (1..=5).map(lost).collect())]).await);
    assert_eq!((found.id.as_str(), found.severity), ("orphans", Severity::Warning));
    let entry = |i: u64| span(u128::from(i), i, 99, "GET /", 0, 1);
    let found = only(&keep([sent("shop", (1..=6).map(entry).collect())]).await);
    assert_eq!((found.id.as_str(), found.severity), ("callers-elsewhere", Severity::Note));
}

#[tokio::test]
async fn parents_that_are_in_the_file_only_are_not_missed() {
    let store = Store::open(Options { memory_bytes_max: 4 << 20, ..Options::default() }).unwrap();
    let parent = |i: u64| of(Kind::Internal, span(1, 90 + i, 0, "outer", 0, 1));
    store.keep(sent("shop", (1..=5).map(parent).collect())).await.unwrap();
    for batch in 0..200 {
        let root = |i: u64| of(Kind::Internal, span(1_000 + u128::from(i), i, 0, "work", 0, 1));
        let spans: Vec<Span> = (batch * 100 + 1_000..batch * 100 + 1_100).map(root).collect();
        while store.keep(sent("shop", spans.clone())).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
    assert!(store.state().held.spans < 20_000);
    let child = |i: u64| of(Kind::Internal, span(1, i, 90 + i, "inner", 0, 1));
    store.keep(sent("shop", (1..=5).map(child).collect())).await.unwrap();
    support::until("everything is written", || store.state().held.spans_on_disk == 20_010).await;
    assert_eq!(ids(&store), Vec::<String>::new());
    let lost = |i: u64| of(Kind::Internal, span(2, i + 10, 80 + i, "inner", 0, 1));
    store.keep(sent("shop", (1..=5).map(lost).collect())).await.unwrap();
    assert_eq!(ids(&store), ["orphans"]);
}

#[tokio::test]
async fn parents_may_take_a_while() {
    // It ended ten seconds ago; its parent may be open still.
    let young = of(Kind::Internal, span(1, 2, 99, "inner", 49_999, 1));
    assert_eq!(found(&keep([sent("shop", vec![young])]).await), []);
}

#[tokio::test]
async fn clocks_that_are_ahead_or_behind_are_found_by_the_end_of_spans() {
    let ahead = only(&keep([sent("shop", vec![span(1, 1, 0, "work", 120_000, 1)])]).await);
    assert_eq!(ahead.id, "clock-ahead");
    let late = |i| {
        sent(
            "shop",
            vec![of(
                Kind::Internal,
                Span {
                    start_time_unix_nano: NOON,
                    end_time_unix_nano: NOON + 1,
                    ..span(u128::from(i), i, 0, "work", 0, 0)
                },
            )],
        )
    };
    let shifted = |i| {
        let mut request = late(i);
        if let Data::Traces(all) = &mut request.data {
            let span = &mut all[0].scope_spans[0].spans[0];
            span.start_time_unix_nano -= 3_600 * SECOND;
            span.end_time_unix_nano -= 3_600 * SECOND;
        }
        request
    };
    assert_eq!(only(&keep((1..=6).map(shifted)).await).id, "clock-behind");
    // A span of ten days is long, and nothing else.
    let mut long = sent("shop", vec![span(1, 1, 0, "work", 0, 1)]);
    if let Data::Traces(all) = &mut long.data {
        all[0].scope_spans[0].spans[0].start_time_unix_nano -= 10 * 24 * 3_600 * SECOND;
    }
    assert_eq!(found(&keep([long]).await), []);
}

#[tokio::test]
async fn answers_before_their_requests_tell_that_clocks_differ() {
    let pair = |i: u64| {
        let call = of(Kind::Client, span(u128::from(i), i * 10, 0, "POST", 1_000, 50));
        let answer = span(u128::from(i), i * 10 + 1, i * 10, "POST /pay", 800, 10);
        [sent("gateway", vec![call]), sent("payment", vec![answer])]
    };
    let found = only(&keep((1..=6).flat_map(pair)).await);
    assert_eq!(found.id, "clocks-differ");
    assert_eq!(found.evidence, ["6 of 6 answers begin before their requests, by up to 200.0 ms"]);
}

#[tokio::test]
async fn impossible_times_are_found() {
    let mut request = sent("shop", vec![span(1, 1, 0, "work", 0, 1), span(2, 2, 0, "back", 0, 1)]);
    if let Data::Traces(all) = &mut request.data {
        let spans = &mut all[0].scope_spans[0].spans;
        (spans[0].start_time_unix_nano, spans[0].end_time_unix_nano) = (1, u64::MAX);
        spans[1].end_time_unix_nano = spans[1].start_time_unix_nano - 5;
    }
    let mut found = ids(&keep([request]).await);
    found.sort();
    assert_eq!(found, ["ends-before-it-begins", "impossible-times"]);
}

#[tokio::test]
async fn two_spans_with_one_id_are_found_and_a_repeated_one_is_not() {
    let twice = vec![span(1, 1, 0, "one", 0, 1), span(1, 1, 0, "other", 5, 1)];
    assert_eq!(only(&keep([sent("shop", twice)]).await).id, "duplicate-span-ids");
    let again = sent("shop", vec![span(1, 1, 0, "one", 0, 1)]);
    assert_eq!(found(&keep([again.clone(), again]).await), []);
}

#[tokio::test]
async fn a_trace_that_ends_between_two_services_is_found() {
    let pair = |i: u64| {
        let at = i * 1_000;
        let call = http(
            of(Kind::Client, span(u128::from(i), i * 10, 0, "GET", at, 50)),
            &[text("server.address", "b")],
        );
        let answer = http(
            span(u128::from(i) + 500, i * 10 + 1, 0, "GET /pay", at + 5, 10),
            &[text("http.route", "/pay")],
        );
        // One base for both.
        let mut both = sent("a", vec![call, answer]);
        if let Data::Traces(all) = &mut both.data {
            let answer = all[0].scope_spans[0].spans.pop().unwrap();
            let mut other = all[0].clone();
            other.resource = resource("b");
            other.scope_spans[0].spans = vec![answer];
            all.push(other);
        }
        both
    };
    assert_eq!(only(&keep((1..=10).map(pair)).await).id, "propagation-broken");
}

#[tokio::test]
async fn an_exporter_that_traces_itself_is_found() {
    let export = |i: u64| {
        let target = [text("url.full", "http://localhost:4318/v1/traces")];
        http(of(Kind::Client, span(u128::from(i), i, 0, "POST", 0, 1)), &target)
    };
    assert_eq!(only(&keep([sent("shop", (1..=3).map(export).collect())]).await).id, "exporter-traces-itself");
    let noise = (0..100).map(|_| {
        let mut record = log("frame", 5, 0);
        record.attributes.push(text("log.target", "h2::codec::framed_write"));
        record
    });
    assert_eq!(only(&keep([logs("shop", noise.collect())]).await).id, "exporter-logs-itself");
}

#[tokio::test]
async fn losses_deltas_and_large_requests_are_found() {
    let full = [text("error.type", "queue_full"), text("otel.component.name", "batching/0")];
    let name = "otel.sdk.processor.span.processed";
    let lost = keep([counter("shop", name, &full, AggregationTemporality::Cumulative, 12.0)]).await;
    let found = only(&lost);
    assert_eq!((found.id.as_str(), found.title.as_str()), ("telemetry-lost", "Senders have lost 12 items"));
    assert_eq!(lost.losses().losses[0].count, 12);
    let delta = keep([counter("shop", "orders", &[], AggregationTemporality::Delta, 1.0)]).await;
    delta.keep(counter("shop", "orders", &[], AggregationTemporality::Delta, 1.0)).await.unwrap();
    let found = only(&delta);
    assert_eq!(found.id, "delta-temporality");
    assert_eq!(found.evidence, ["1 metric with deltas", "for example \"orders\""]);
    let many =
        keep((0..220).map(|i| {
            counter("shop", &format!("orders.{}", i % 110), &[], AggregationTemporality::Delta, 1.0)
        }));
    let evidence = only(&many.await).evidence;
    assert_eq!((evidence[0].as_str(), evidence.len()), ("at least 100 metrics with deltas", 4));
    let large = with(span(1, 1, 0, "work", 0, 1), &[text("body", &"x".repeat(4_000_000))]);
    assert_eq!(only(&keep([sent("shop", vec![large])]).await).id, "requests-nearly-too-large");
}

#[tokio::test]
async fn logs_of_traces_that_are_not_sampled_are_found() {
    let records = (1..=20).map(|i| log_of(log("hello", 9, 0), i, 1));
    assert_eq!(only(&keep([logs("shop", records.collect())]).await).id, "nothing-sampled");
}

#[tokio::test]
async fn what_was_refused_is_told_and_is_an_error_where_nothing_else_came() {
    let journal = Journal::default();
    let path = |detail: &str| Incident {
        kind: IncidentKind::UnknownPath,
        port: 4318,
        protocol: Some(Protocol::HttpProtobuf),
        detail: detail.to_owned(),
        user_agent: Some("sdk/1".to_owned()),
    };
    journal.record(path("POST /v1/v1/traces"));
    journal.record(path("POST /v1/v1/traces"));
    let empty = store();
    let found = empty.findings(&journal).findings.remove(0);
    assert_eq!((found.id.as_str(), found.severity), ("unknown-path", Severity::Error));
    assert_eq!(found.evidence, ["port 4318: POST /v1/v1/traces, from sdk/1"]);
    let busy = keep([sent("shop", vec![span(1, 1, 0, "work", 0, 1)])]).await;
    assert_eq!(busy.findings(&journal).findings[0].severity, Severity::Warning);
}

#[tokio::test]
async fn the_limits_of_requests_are_told_as_they_are() {
    let journal = Journal::default();
    journal.record(Incident {
        kind: IncidentKind::TooLarge,
        port: 4318,
        protocol: Some(Protocol::HttpProtobuf),
        detail: "21 MiB".to_owned(),
        user_agent: None,
    });
    let found = store().findings(&journal).findings.remove(0);
    let limits = Limits::default();
    for bytes in [limits.grpc_bytes_max, limits.http_bytes_max] {
        assert!(found.cause.contains(&format!("{} MiB", bytes >> 20)), "{}", found.cause);
    }
    assert!(found.next.contains("--grpc-max") && found.next.contains("--http-max"), "{}", found.next);
}
