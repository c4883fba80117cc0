//! The hand-made spans, drawn as trees.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used)]

mod support;

use std::fmt::Write;
use std::sync::OnceLock;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use opentelemetry::global;
use opentelemetry::trace::{FutureExt, SpanId, Status, TraceContextExt, TraceId, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use support::{Running, start_with};

const GOOD_ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#;

#[tokio::test]
async fn a_good_order_is_four_steps_side_by_side() {
    let shop = traced_shop(&[]).await;

    let (id, tree) = shop.order(GOOD_ORDER).await;

    let id = id.unwrap();
    assert_tree(
        &tree.replace(&id, "ID"),
        "
        request [Internal] order.user_id=42 order.items_count=2 order.total=99.5 order.id=ID
          processOrder [Internal]
            validateOrder [Internal] validation.passed=true
              SELECT users [Client] db.system.name=sqlite db.operation.name=SELECT db.collection.name=users \
         db.query.summary=SELECT users db.query.text=SELECT id, name, email FROM users WHERE id = ?
            reserveInventory [Internal]
            processPayment [Internal] payment.amount=99.5 payment.currency=USD payment.status=approved
            saveOrder [Internal] order.id=ID
              INSERT orders [Client] db.system.name=sqlite db.operation.name=INSERT db.collection.name=orders \
         db.query.summary=INSERT orders db.query.text=INSERT INTO orders (user_id, items, total) VALUES (?, ?, ?) RETURNING id
        ",
    );
}

#[tokio::test]
async fn a_declined_payment_fails_on_its_own_span_and_nothing_is_saved() {
    let shop = traced_shop(&["--payment-limit=50"]).await;

    let (_, tree) = shop.order(GOOD_ORDER).await;

    assert_tree(
        &without_databases(&tree),
        "
        request [Internal] order.user_id=42 order.items_count=2 order.total=99.5
          processOrder [Internal] error.type=payment_declined !the payment of 99.5 USD was declined: the limit is 50
            validateOrder [Internal] validation.passed=true
            reserveInventory [Internal]
            processPayment [Internal] payment.amount=99.5 payment.currency=USD payment.status=declined \
         error.type=payment_declined !the payment of 99.5 USD was declined: the limit is 50 +exception
        ",
    );
}

#[tokio::test]
async fn an_unknown_user_fails_the_validation_and_not_the_query() {
    let shop = traced_shop(&[]).await;

    let (_, tree) = shop.order(r#"{"user_id":"101","items":["lamp"],"total":5.5}"#).await;

    assert_tree(
        &without_attributes_of_databases(&tree),
        "
        request [Internal] order.user_id=101 order.items_count=1 order.total=5.5
          processOrder [Internal] error.type=unknown_user !there is no user \"101\" to order for
            validateOrder [Internal] validation.passed=false error.type=unknown_user \
!there is no user \"101\" to order for +exception
              SELECT users [Client]
        ",
    );
}

#[tokio::test]
async fn a_failed_statement_is_recorded_on_its_span_with_the_databases_code() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/shop.db", folder.path().display());
    let shop = traced_shop(&[&format!("--database-url={url}")]).await;
    let elsewhere = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::raw_sql("DROP TABLE orders").execute(&elsewhere).await.unwrap();

    let (_, tree) = shop.order(GOOD_ORDER).await;

    let insert = tree.lines().find(|line| line.contains("INSERT orders [Client]")).unwrap();
    assert!(insert.contains(" db.response.status_code=1 error.type=1 !INSERT orders failed: "), "{tree}");
    assert_eq!(tree.matches("+exception").count(), 1, "{tree}");
    assert!(insert.ends_with("+exception"), "{tree}");
}

#[tokio::test]
async fn a_user_is_one_query_under_the_request() {
    let shop = traced_shop(&[]).await;

    let answer = shop.running.get("/api/users/7").await;

    assert_tree(
        &without_attributes_of_databases(&tree_of(&answer.headers)),
        "
        request [Internal] user.id=7
          SELECT users [Client]
        ",
    );
}

struct TracedShop {
    running: Running,
}

impl TracedShop {
    /// The new order's id, if there is one, and the request's tree.
    async fn order(&self, body: &str) -> (Option<String>, String) {
        let answer = self.running.order(body).await;
        (answer.body["order_id"].as_str().map(String::from), tree_of(&answer.headers))
    }
}

/// A shop whose requests each run in a span, which tells its trace id in a header.
async fn traced_shop(flags: &[&str]) -> TracedShop {
    finished_spans();
    let change = |router: Router| router.layer(middleware::from_fn(in_request_span));
    TracedShop { running: start_with(flags, change).await }
}

async fn in_request_span(request: Request, next: Next) -> Response {
    let context = Context::new().with_span(global::tracer("test").start("request"));
    let trace = context.span().span_context().trace_id();
    let mut response = next.run(request).with_context(context.clone()).await;
    context.span().end();
    response.headers_mut().insert("trace", trace.to_string().parse().unwrap());
    response
}

/// The spans of all tests: one process has one provider, so each test looks for its own trace.
fn finished_spans() -> Vec<SpanData> {
    static EXPORTER: OnceLock<InMemorySpanExporter> = OnceLock::new();
    let exporter = EXPORTER.get_or_init(|| {
        let exporter = InMemorySpanExporter::default();
        global::set_tracer_provider(
            SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build(),
        );
        exporter
    });
    exporter.get_finished_spans().unwrap()
}

/// One line a span, indented by its depth: name, kind, attributes, `!` status, `+` events.
fn tree_of(headers: &hyper::HeaderMap) -> String {
    let trace = TraceId::from_hex(headers["trace"].to_str().unwrap()).unwrap();
    let mut spans = finished_spans();
    spans.retain(|span| span.span_context.trace_id() == trace);
    spans.sort_by_key(|span| span.start_time);
    let mut tree = String::new();
    draw(&spans, SpanId::INVALID, 0, &mut tree);
    tree
}

fn draw(spans: &[SpanData], parent: SpanId, depth: usize, tree: &mut String) {
    for span in spans.iter().filter(|span| span.parent_span_id == parent) {
        write!(tree, "{:indent$}{} [{:?}]", "", span.name, span.span_kind, indent = depth * 2).unwrap();
        for KeyValue { key, value, .. } in &span.attributes {
            write!(tree, " {key}={value}").unwrap();
        }
        if let Status::Error { description } = &span.status {
            write!(tree, " !{description}").unwrap();
        }
        for event in &span.events.events {
            write!(tree, " +{}", event.name).unwrap();
        }
        tree.push('\n');
        draw(spans, span.span_context.span_id(), depth + 1, tree);
    }
}

fn without_databases(tree: &str) -> String {
    tree.lines().filter(|line| !line.contains("[Client]")).map(|line| format!("{line}\n")).collect()
}

fn without_attributes_of_databases(tree: &str) -> String {
    tree.lines().map(|line| format!("{}\n", line.split(" db.").next().unwrap())).collect()
}

/// Compares a tree with a drawing that may be indented as a whole, and whose long lines may be continued.
fn assert_tree(tree: &str, drawing: &str) {
    let lines: Vec<&str> = drawing.lines().filter(|line| !line.trim().is_empty()).collect();
    let margin = lines[0].len() - lines[0].trim_start().len();
    let expected: String = lines.iter().map(|line| format!("{}\n", &line[margin..])).collect();
    assert!(tree == expected, "\nexpected:\n{expected}\nfound:\n{tree}");
}
