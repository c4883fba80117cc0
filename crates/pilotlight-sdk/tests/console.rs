//! What a person sees of a trace on the console.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::scene::{Scene, elsewhere};
use common::screen::{Closed, Screen, block_on};
use opentelemetry::trace::{Span, SpanKind, Status, TraceContextExt, Tracer, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::record::TracerProvider;
use pilotlight_sdk::transport::{Batch, ConsoleExporter, ExportError, Exporter};

struct Console {
    exporter: ConsoleExporter,
    screen: Screen,
}

impl Console {
    fn new() -> Self {
        let screen = Screen::default();
        Self { exporter: ConsoleExporter::new(screen.clone()), screen }
    }

    fn export(&self, batch: Batch) {
        block_on(self.exporter.export(batch)).unwrap();
    }

    fn flush(&self) {
        block_on(self.exporter.force_flush()).unwrap();
    }

    /// What was drawn since the last look.
    fn drawn(&self) -> String {
        self.screen.take()
    }
}

fn under(span: impl Span + Send + Sync + 'static) -> Context {
    Context::new().with_span(span)
}

/// Draws one batch as it comes, and whatever is left.
fn draw(scene: &Scene) -> String {
    let console = Console::new();
    console.export(scene.batch());
    console.flush();
    console.drawn()
}

#[test]
fn a_trace_is_a_tree_with_times_bars_and_everything_recorded() {
    let scene = Scene::new();
    let tracer = &scene.tracer;
    let root = tracer.span_builder("POST /api/orders").with_kind(SpanKind::Server).with_attributes([
        KeyValue::new("http.request.method", "POST"),
        KeyValue::new("http.route", "/api/orders"),
        KeyValue::new("http.response.status_code", 500),
    ]);
    let root = under(root.start_with_context(tracer, &elsewhere(0xabcd, 0x00f0_67aa_0ba9_02b7, true)));
    let mut validate = tracer.start_with_context("validateOrder", &root);
    scene.pass(1);
    validate.set_status(Status::Ok);
    validate.end();
    scene.pass(1);
    let mut pay = tracer.start_with_context("processPayment", &root);
    scene.pass(10);
    pay.add_event(
        "exception",
        vec![
            KeyValue::new("exception.type", "Declined"),
            KeyValue::new("exception.message", "card \"1\" declined"),
        ],
    );
    pay.add_link(elsewhere(7, 8, true).span().span_context().clone(), vec![KeyValue::new("attempt", 1)]);
    pay.set_status(Status::error("card declined"));
    scene.pass(2);
    pay.end();
    root.span().set_status(Status::error(""));
    scene.end(&root);
    assert_eq!(
        draw(&scene),
        "\
shop  trace 0000000000000000000000000000abcd  2023-11-14 22:13:20.000 UTC  14.0 ms
POST /api/orders [server] ✗  14.0 ms  █████████████████████████
│ continues from remote parent 00f067aa0ba902b7
│ http.request.method=POST http.route=/api/orders http.response.status_code=500
├─ validateOrder ✓            1.0 ms  █
└─ processPayment ✗          12.0 ms     ██████████████████████
     error: card declined
     • exception +10.0 ms exception.type=Declined exception.message=\"card \\\"1\\\" declined\"
     → trace 00000000000000000000000000000007 span 0000000000000008 attempt=1

"
    );
}

#[test]
fn a_trace_is_kept_until_its_root_has_ended() {
    let (scene, console) = (Scene::new(), Console::new());
    let root = under(scene.tracer.start_with_context("root", &Context::new()));
    scene.tracer.start_with_context("child", &root).end();
    console.export(scene.batch());
    assert_eq!(console.drawn(), "");
    scene.end(&root);
    console.export(scene.batch());
    assert_eq!(
        console.drawn(),
        "\
shop  trace 0000000000000000000000000000abc0  2023-11-14 22:13:20.000 UTC  0 ns
root      0 ns  █████████████████████████
└─ child  0 ns  █████████████████████████

"
    );
    console.flush();
    assert_eq!(console.drawn(), "", "nothing is left");
}

#[test]
fn late_spans_are_added_below_the_name_of_their_parent() {
    let (scene, console) = (Scene::new(), Console::new());
    let root = under(scene.tracer.start_with_context("root", &Context::new()));
    let late = under(scene.tracer.start_with_context("late", &root));
    scene.end(&root);
    console.export(scene.batch());
    console.drawn();
    scene.pass(2);
    scene.tracer.start_with_context("its child", &late).end();
    console.export(scene.batch());
    assert_eq!(console.drawn(), "", "its parent is still to come");
    scene.pass(2);
    scene.end(&late);
    console.export(scene.batch());
    assert_eq!(
        console.drawn(),
        "\
shop  trace 0000000000000000000000000000abc0  2023-11-14 22:13:20.000 UTC  4.0 ms  (more of a trace above)
root (above)
└─ late          4.0 ms  █████████████████████████
   └─ its child    0 ns              █

"
    );
}

#[test]
fn a_flush_draws_what_is_still_without_its_root() {
    let (scene, console) = (Scene::new(), Console::new());
    scene.tracer.start_with_context("orphan", &elsewhere(7, 9, false)).end();
    console.export(scene.batch());
    assert_eq!(console.drawn(), "");
    console.flush();
    assert_eq!(
        console.drawn(),
        "\
shop  trace 00000000000000000000000000000007  2023-11-14 22:13:20.000 UTC  0 ns  (not complete)
(missing parent 0000000000000009)
└─ orphan  0 ns  █████████████████████████

"
    );
}

#[test]
fn shutdown_draws_what_is_left() {
    let (scene, console) = (Scene::new(), Console::new());
    scene.tracer.start_with_context("orphan", &elsewhere(7, 9, false)).end();
    console.export(scene.batch());
    block_on(console.exporter.shutdown());
    assert!(console.drawn().contains("└─ orphan"));
}

#[test]
fn a_simple_exporter_too_draws_a_trace_as_one_tree() {
    let console = Console::new();
    let builder = TracerProvider::builder().with_simple_exporter(console.exporter);
    let provider = builder.build().unwrap();
    let tracer = provider.tracer("test");
    tracer.in_span("outer", |_| tracer.in_span("inner", |_| ()));
    let drawn = console.screen.take();
    assert!(drawn.starts_with("unknown_service:console"), "{drawn}");
    let names: Vec<&str> = drawn.lines().skip(1).filter_map(|line| line.split("  ").next()).collect();
    assert_eq!(names, ["outer", "└─ inner", ""], "{drawn}");
}

#[test]
fn each_trace_is_a_block_of_its_own() {
    let scene = Scene::new();
    scene.tracer.start_with_context("first", &Context::new()).end();
    scene.tracer.start_with_context("second", &Context::new()).end();
    let drawn = draw(&scene);
    let blocks: Vec<&str> = drawn.split_terminator("\n\n").collect();
    assert_eq!(blocks.len(), 2, "{drawn}");
    assert!(blocks[0].contains("abc0") && blocks[0].contains("first"), "{drawn}");
    assert!(blocks[1].contains("abc1") && blocks[1].contains("second"), "{drawn}");
}

#[test]
fn a_cycle_is_drawn_once() {
    let scene = Scene::with_span_ids([1, 2]);
    scene.tracer.start_with_context("a", &elsewhere(7, 2, false)).end();
    scene.tracer.start_with_context("b", &elsewhere(7, 1, false)).end();
    assert_eq!(
        draw(&scene),
        "\
shop  trace 00000000000000000000000000000007  2023-11-14 22:13:20.000 UTC  0 ns  (not complete)
a     0 ns  █████████████████████████
│ its parents lead back to itself
└─ b  0 ns  █████████████████████████

"
    );
}

#[test]
fn hostile_text_gives_no_orders_to_the_terminal() {
    let scene = Scene::new();
    let hostile = "\u{1b}]0;owned\u{7}\r\n\u{9b}2J";
    let span = scene.tracer.span_builder(hostile).with_attributes([KeyValue::new(hostile, hostile)]);
    let mut span = span.start_with_context(&scene.tracer, &Context::new());
    span.add_event(hostile, vec![KeyValue::new(hostile, hostile)]);
    span.set_status(Status::error(hostile));
    span.end();
    let drawn = draw(&scene);
    assert!(!drawn.chars().any(|letter| letter.is_control() && letter != '\n'), "{drawn:?}");
    assert_eq!(drawn.lines().count(), 7, "{drawn}");
}

#[test]
fn colours_are_used_when_asked_for_and_nowhere_else() {
    let scene = Scene::new();
    let mut span = scene.tracer.start_with_context("failed", &Context::new());
    span.set_status(Status::error("why"));
    span.end();
    let screen = Screen::default();
    let exporter = ConsoleExporter::new(screen.clone()).with_colour(true);
    block_on(exporter.export(scene.batch())).unwrap();
    let drawn = screen.take();
    assert!(drawn.contains("\u{1b}[1mfailed\u{1b}[0m\u{1b}[31m ✗\u{1b}[0m"), "{drawn:?}");
    assert!(drawn.contains("\u{1b}[31merror: why\u{1b}[0m"), "{drawn:?}");
}

#[test]
fn long_names_and_values_are_shortened_to_the_width() {
    let scene = Scene::new();
    let long = "x".repeat(1000);
    let span = scene.tracer.span_builder(long.clone());
    let attributes = [KeyValue::new("plain", long.clone()), KeyValue::new("quoted", format!("a {long}"))];
    let mut span = span.with_attributes(attributes).start_with_context(&scene.tracer, &Context::new());
    span.add_event(long.clone(), vec![KeyValue::new("k", long.clone())]);
    span.set_status(Status::error(long));
    span.end();
    let batch = scene.batch();
    for columns in [40, 80, 120] {
        let screen = Screen::default();
        let exporter = ConsoleExporter::new(screen.clone()).with_width(columns);
        block_on(exporter.export(batch.clone())).unwrap();
        let drawn = screen.take();
        for line in drawn.lines().skip(1) {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
    }
}

#[test]
fn a_reader_that_went_away_is_an_error_that_says_what_to_do() {
    let scene = Scene::new();
    scene.tracer.start_with_context("root", &Context::new()).end();
    let exporter = ConsoleExporter::new(Closed);
    let error: ExportError = block_on(exporter.export(scene.batch())).unwrap_err();
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("OTEL_TRACES_EXPORTER"), "{error}");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "broken pipe");
    block_on(exporter.force_flush()).unwrap();
}
