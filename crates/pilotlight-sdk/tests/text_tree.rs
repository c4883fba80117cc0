//! Traces as the plain text that tests compare.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::scene::{Scene, elsewhere};
use opentelemetry::trace::{Span, SpanContext, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::transport::{TextTree, text_tree};

/// A request with two children, the second of which fails; they end in the wrong order.
fn request() -> Scene {
    let scene = Scene::new();
    let root = scene
        .tracer
        .span_builder("POST /api/orders")
        .with_kind(SpanKind::Server)
        .with_attributes([KeyValue::new("http.route", "/api/orders"), KeyValue::new("ratio", 0.5)])
        .start_with_context(&scene.tracer, &Context::new());
    let root = Context::new().with_span(root);
    scene.pass(1);
    let mut first = scene.tracer.start_with_context("validateOrder", &root);
    scene.pass(1);
    let second = scene.tracer.start_with_context("processPayment", &root);
    let second = Context::new().with_span(second);
    let query = scene.tracer.span_builder("SELECT users").with_kind(SpanKind::Client);
    query
        .with_attributes([KeyValue::new("db.system.name", "sqlite")])
        .start_with_context(&scene.tracer, &second)
        .end();
    second.span().add_event("exception", vec![KeyValue::new("exception.type", "Declined")]);
    second.span().set_status(Status::error("card declined"));
    scene.end(&second);
    first.set_status(Status::Ok);
    first.end();
    scene.end(&root);
    scene
}

#[test]
fn a_trace_is_drawn_the_way_a_person_would() {
    assert_eq!(
        text_tree(&request().spans()),
        "\
POST /api/orders [server]
  http.route: /api/orders
  ratio: 0.5
  ├─ validateOrder ✓
  └─ processPayment ✗ card declined
       • exception
           exception.type: Declined
       └─ SELECT users [client]
            db.system.name: sqlite
"
    );
}

#[test]
fn attributes_and_events_can_be_left_out() {
    assert_eq!(
        TextTree::new().without_attributes().without_events().draw(&request().spans()),
        "\
POST /api/orders [server]
  ├─ validateOrder ✓
  └─ processPayment ✗ card declined
       └─ SELECT users [client]
"
    );
}

#[test]
fn attributes_can_be_chosen_by_key() {
    assert_eq!(
        TextTree::new().with_attributes(["ratio", "exception.type"]).draw(&request().spans()),
        "\
POST /api/orders [server]
  ratio: 0.5
  ├─ validateOrder ✓
  └─ processPayment ✗ card declined
       • exception
           exception.type: Declined
       └─ SELECT users [client]
"
    );
}

#[test]
fn children_that_start_together_are_in_the_order_of_their_names() {
    let scene = Scene::new();
    let root = Context::new().with_span(scene.tracer.start_with_context("root", &Context::new()));
    for name in ["c", "a", "b"] {
        scene.tracer.start_with_context(name, &root).end();
    }
    scene.end(&root);
    assert_eq!(text_tree(&scene.spans()), "root\n  ├─ a\n  ├─ b\n  └─ c\n");
}

#[test]
fn a_link_names_the_span_it_leads_to_when_that_is_there() {
    let scene = Scene::new();
    let mut cause = scene.tracer.start_with_context("publish", &Context::new());
    let mut consumer = scene.tracer.start_with_context("consume", &Context::new());
    consumer.add_link(cause.span_context().clone(), vec![KeyValue::new("n", 1)]);
    consumer.add_link(SpanContext::NONE, vec![]);
    consumer.add_link(elsewhere(7, 8, true).span().span_context().clone(), vec![]);
    cause.end();
    scene.pass(1);
    consumer.end();
    let spans = scene.spans();
    let tree = text_tree(&spans);
    assert!(tree.contains("  → publish\n      n: 1\n"), "{tree}");
    assert!(tree.contains("  → a span elsewhere\n"), "{tree}");
    assert_eq!(TextTree::new().without_links().draw(&spans), "consume\n\npublish\n");
}

#[test]
fn a_remote_parent_is_mentioned_and_a_missing_one_has_a_placeholder() {
    let scene = Scene::new();
    scene.tracer.start_with_context("from remote", &elsewhere(7, 8, true)).end();
    scene.pass(1);
    scene.tracer.start_with_context("orphan", &elsewhere(7, 9, false)).end();
    scene.pass(1);
    scene.tracer.start_with_context("its sibling", &elsewhere(7, 9, false)).end();
    assert_eq!(
        text_tree(&scene.spans()),
        "\
from remote (remote parent)
(missing parent)
  ├─ orphan
  └─ its sibling
"
    );
}

#[test]
fn a_remote_parent_among_the_spans_is_a_parent_like_others() {
    let scene = Scene::new();
    let client = scene.tracer.span_builder("GET").with_kind(SpanKind::Client);
    let mut client = client.start_with_context(&scene.tracer, &elsewhere(7, 8, true));
    scene.tracer.start_with_context("handler", &elsewhere(7, 1, true)).end();
    client.end();
    assert_eq!(text_tree(&scene.spans()), "GET [client] (remote parent)\n  └─ handler\n");
}

#[test]
fn every_span_of_a_cycle_is_drawn_once() {
    let scene = Scene::with_span_ids([1, 2, 3]);
    for (name, parent) in [("a", 2), ("b", 1), ("selfish", 3)] {
        scene.tracer.start_with_context(name, &elsewhere(7, parent, false)).end();
    }
    assert_eq!(text_tree(&scene.spans()), "a (its own ancestor)\n  └─ b\nselfish (its own ancestor)\n");
}

#[test]
fn of_spans_with_one_id_the_earliest_has_the_children() {
    let scene = Scene::with_span_ids([1, 1, 2]);
    for name in ["first", "second"] {
        scene.tracer.start_with_context(name, &elsewhere(7, 8, true)).end();
        scene.pass(1);
    }
    scene.tracer.start_with_context("child", &elsewhere(7, 1, false)).end();
    assert_eq!(text_tree(&scene.spans()), "first (remote parent)\n  └─ child\nsecond (remote parent)\n");
}

#[test]
fn what_was_refused_at_a_limit_is_mentioned() {
    let scene = Scene::new();
    let attributes = (0..10).map(|i| KeyValue::new(format!("k{i}"), i));
    scene.tracer.span_builder("many").with_attributes(attributes).start(&scene.tracer).end();
    let tree = text_tree(&scene.spans());
    assert!(tree.ends_with("  k7: 7\n  (dropped 2 attributes)\n"), "{tree}");
}

#[test]
fn hostile_text_stays_on_its_line() {
    let scene = Scene::new();
    let span = scene.tracer.span_builder("a\nb\u{1b}[2J");
    span.with_attributes([KeyValue::new("k\r", "v\u{202e}")]).start(&scene.tracer).end();
    assert_eq!(text_tree(&scene.spans()), "a\\nb\\u{1b}[2J\n  k\\r: v\\u{202e}\n");
}

#[test]
fn a_very_deep_trace_is_drawn_in_full() {
    let scene = Scene::new();
    let mut contexts = vec![Context::new()];
    for _ in 0..3000 {
        let span = scene.tracer.start_with_context("x", contexts.last().unwrap());
        contexts.push(Context::new().with_span(span));
    }
    contexts.iter().for_each(|context| scene.end(context));
    assert_eq!(text_tree(&scene.spans()).lines().count(), 3000);
}

#[test]
fn no_spans_are_an_empty_text() {
    assert_eq!(text_tree(&[]), "");
}
