//! Operations and the service map, from spans to what a page shows.

#![allow(clippy::unwrap_used)]

mod support;

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind as Kind};
use pilotlight_view::query::{Edge, NodeKind, OperationQuestion, ServiceMap, SpanKind, SpanQuestion};
use support::{failed, int, span, span_id, spans, store, text, trace_id, with};

fn of(kind: Kind, mut span: Span) -> Span {
    span.kind = kind.into();
    span
}

fn everything() -> SpanQuestion {
    SpanQuestion::default()
}

fn drawn(map: &ServiceMap) -> Vec<String> {
    let arrow = |edge: &Edge| {
        let errors = if edge.errors > 0 { format!(" {} failed", edge.errors) } else { String::new() };
        let what = if edge.messages { "messages" } else { "calls" };
        format!("{} -> {}: {} {what}{errors}", edge.from, edge.to, edge.count)
    };
    map.edges.iter().map(arrow).collect()
}

#[tokio::test]
async fn operations_are_told_with_rate_errors_and_durations() {
    let store = store();
    let fast = (1..=95).map(|i| span(i, i as u64, 0, "GET /orders", 100 * i as u64, 10));
    let slow =
        (96..=100).map(|i| failed(span(i, i as u64, 0, "GET /orders", 100 * i as u64, 1_000), "timeout"));
    let inner = of(Kind::Internal, span(1, 900, 1, "parse", 0, 1));
    let query = of(Kind::Client, span(1, 901, 1, "SELECT", 0, 2));
    store.keep(spans("shop", fast.chain(slow).chain([inner, query]).collect())).await.unwrap();
    let list = store.operations(&everything()).unwrap();
    let names: Vec<_> = list.operations.iter().map(|o| (o.name.as_str(), o.kind, o.count)).collect();
    assert_eq!(names, [("GET /orders", SpanKind::Server, 100), ("SELECT", SpanKind::Client, 1)]);
    let orders = &list.operations[0];
    assert_eq!((orders.errors, orders.max_ms), (5, 1_000.0));
    assert!((orders.p50_ms - 10.0).abs() < 0.2 && (orders.p95_ms - 10.0).abs() < 0.2, "{orders:?}");
    assert!((orders.p99_ms - 1_000.0).abs() < 20.0);
    assert!((orders.rate - 10.0).abs() < 0.2, "a hundred in ten seconds");
    assert_eq!(orders.counts.iter().sum::<u32>(), 100);
    assert!(list.complete && list.left_out == 0);
    let filtered = SpanQuestion { filter: "span.status=error".into(), ..everything() };
    assert_eq!(store.operations(&filtered).unwrap().operations[0].count, 5);
}

#[tokio::test]
async fn an_operation_is_shown_over_time() {
    let store = store();
    let all = vec![
        span(1, 1, 0, "GET /", 0, 10),
        failed(span(2, 2, 0, "GET /", 9_999, 30), ""),
        span(3, 3, 0, "other", 5_000, 1),
    ];
    store.keep(spans("shop", all)).await.unwrap();
    let question = OperationQuestion {
        service: "shop".into(),
        name: "GET /".into(),
        steps: Some(10),
        ..OperationQuestion::default()
    };
    let series = store.operation(&question).unwrap();
    let some: Vec<bool> = series.p50_ms.iter().map(Option::is_some).collect();
    assert_eq!(some, [true, false, false, false, false, false, false, false, false, true]);
    assert!((series.step_ms - 1_000.0).abs() < 1.0 && series.errors[9] > 0.9 && series.errors[0] == 0.0);
    assert!(store.operation(&OperationQuestion::default()).is_err());
}

#[tokio::test]
async fn services_that_call_each_other_are_joined_by_their_spans() {
    let store = store();
    let root = span(1, 1, 0, "GET /buy", 0, 100);
    let call = of(Kind::Client, span(1, 2, 1, "POST", 10, 80));
    // It comes in a request of its own, before its caller's.
    let answer = failed(span(1, 3, 2, "POST /pay", 20, 40), "declined");
    let query = |id, status: bool| {
        let query = of(Kind::Client, span(1, id, 3, "SELECT", 25, 4));
        let query = with(query, &[text("db.system.name", "postgresql"), text("db.namespace", "shop")]);
        if status { failed(query, "gone") } else { query }
    };
    let outside = with(
        of(Kind::Client, span(1, 6, 3, "GET", 30, 5)),
        &[text("server.address", "bank.example"), int("server.port", 443)],
    );
    store.keep(spans("payment", vec![answer, query(4, false), query(5, true), outside])).await.unwrap();
    store.keep(spans("gateway", vec![root, call])).await.unwrap();
    let map = store.map(&everything()).unwrap();
    assert_eq!(
        drawn(&map),
        [
            "service:gateway -> service:payment: 1 calls 1 failed",
            "service:payment -> database:postgresql shop: 2 calls 1 failed",
            "service:payment -> host:bank.example:443: 1 calls",
        ]
    );
    assert!((map.edges[0].p95_ms - 80.0).abs() < 1.6, "as the caller saw it");
    let nodes: Vec<_> = map.nodes.iter().map(|node| (node.id.as_str(), node.kind, node.count)).collect();
    assert_eq!(
        nodes,
        [
            ("database:postgresql shop", NodeKind::Database, 2),
            ("host:bank.example:443", NodeKind::External, 1),
            ("service:gateway", NodeKind::Service, 1),
            ("service:payment", NodeKind::Service, 1),
        ]
    );
}

#[tokio::test]
async fn messages_lead_from_producer_to_consumer_by_parent_or_link_and_through_a_broker_otherwise() {
    let store = store();
    let broker = [text("messaging.system", "nats"), text("messaging.destination.name", "orders")];
    let send = |trace, id| with(of(Kind::Producer, span(trace, id, 0, "send orders", 0, 1)), &broker);
    let take = |trace, id, parent| {
        with(of(Kind::Consumer, span(trace, id, parent, "process orders", 5, 3)), &broker)
    };
    let mut linked = take(9, 22, 0);
    linked.links.push(Link { trace_id: trace_id(2), span_id: span_id(12), ..Link::default() });
    store.keep(spans("shop", vec![send(1, 11), send(2, 12), send(3, 13)])).await.unwrap();
    store.keep(spans("mailer", vec![take(1, 21, 11), linked])).await.unwrap();
    store.keep(spans("stranger", vec![take(7, 23, 0)])).await.unwrap();
    assert_eq!(
        drawn(&store.map(&everything()).unwrap()),
        [
            "messaging:nats orders -> service:stranger: 1 messages",
            "service:shop -> messaging:nats orders: 1 messages",
            "service:shop -> service:mailer: 2 messages",
        ]
    );
}

#[tokio::test]
async fn a_client_span_around_another_one_is_no_call_of_its_own() {
    let store = store();
    let outer = with(of(Kind::Client, span(1, 1, 0, "pay", 0, 50)), &[text("server.address", "payment")]);
    let inner = with(of(Kind::Client, span(1, 2, 1, "POST", 5, 40)), &[text("server.address", "payment")]);
    store.keep(spans("gateway", vec![outer, inner])).await.unwrap();
    store.keep(spans("payment", vec![span(1, 3, 2, "POST /pay", 10, 20)])).await.unwrap();
    assert_eq!(drawn(&store.map(&everything()).unwrap()), ["service:gateway -> service:payment: 1 calls"]);
}

#[tokio::test]
async fn more_nodes_than_can_be_drawn_are_one() {
    let store = store();
    let to = |i: u64| {
        let host = format!("host-{i}");
        with(of(Kind::Client, span(1, i, 0, "GET", 0, 1)), &[text("server.address", &host)])
    };
    store.keep(spans("crawler", (1..=2_000).map(to).collect())).await.unwrap();
    let map = store.map(&everything()).unwrap();
    assert_eq!(map.nodes.len(), 500);
    let others = map.nodes.iter().find(|node| node.id == "host:others").unwrap();
    assert_eq!(others.count, 1_502);
    assert_eq!(map.edges.iter().map(|edge| edge.count).sum::<u64>(), 2_000);
}

#[tokio::test]
async fn more_edges_than_can_be_read_are_counted() {
    let store = store();
    let to = |i: u64| {
        let host = format!("host-{i}");
        with(of(Kind::Client, span(1, i, 0, "GET", 0, 1)), &[text("server.address", &host)])
    };
    for caller in 0..60 {
        store.keep(spans(&format!("crawler-{caller}"), (1..=100).map(to).collect())).await.unwrap();
    }
    let map = store.map(&everything()).unwrap();
    assert_eq!((map.edges.len(), map.complete), (5_000, true));
    assert!(map.edges_left_out.abs_diff(1_000) < 100, "{} are left out", map.edges_left_out);
    let asked: u64 = map.nodes.iter().map(|node| node.count).sum();
    assert!(asked >= 6_000, "what is asked of a node is counted with or without an edge");
}

#[tokio::test]
async fn a_span_that_is_its_own_parent_and_calls_in_circles_end() {
    let store = store();
    let itself = span(1, 1, 1, "a", 0, 1);
    let circle = [of(Kind::Client, span(1, 2, 3, "b", 0, 1)), span(1, 3, 2, "c", 0, 1)];
    store.keep(spans("shop", [vec![itself], circle.to_vec()].concat())).await.unwrap();
    assert_eq!(drawn(&store.map(&everything()).unwrap()), ["service:shop -> service:shop: 1 calls"]);
}
