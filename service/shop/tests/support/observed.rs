//! A shop whose spans and log records are seen.

use std::fmt::Write;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, TraceId, Tracer};
use opentelemetry::{Context, global};
use pilotlight::Guard;
use pilotlight::sdk::config::LogLines;
use pilotlight::sdk::transport::{ExportedSpan, InMemoryExporter, TextLogs};

use super::{Answer, Running, start_with};

pub(crate) const GOOD_ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#;

/// For what takes no time but that of a busy machine.
const SOON: Duration = Duration::from_secs(30);

pub(crate) struct ObservedShop {
    running: Running,
}

/// An answer, and what was recorded on the way to it.
pub(crate) struct Seen {
    pub(crate) answer: Answer,
    pub(crate) trace: Trace,
}

/// What was recorded of one trace.
pub(crate) struct Trace(pub(crate) TraceId);

/// A shop whose requests each run in a span, which tells its trace id in a header.
pub(crate) async fn observed_shop(flags: &[&str]) -> ObservedShop {
    telemetry();
    let change = |router: Router| router.layer(middleware::from_fn(in_request_span));
    ObservedShop { running: start_with(flags, change).await }
}

async fn in_request_span(request: Request, next: Next) -> Response {
    let context = Context::new().with_span(global::tracer("test").start("request"));
    let trace = context.span().span_context().trace_id();
    let mut response = next.run(request).with_context(context.clone()).await;
    context.span().end();
    response.headers_mut().insert("trace", trace.to_string().parse().unwrap());
    response
}

/// One process has one telemetry, so each test looks for its own trace.
pub(crate) fn telemetry() -> &'static (Guard, InMemoryExporter) {
    static TELEMETRY: OnceLock<(Guard, InMemoryExporter)> = OnceLock::new();
    TELEMETRY.get_or_init(|| {
        let memory = InMemoryExporter::new();
        let guard = pilotlight::builder()
            .traces_exporters([])
            .metrics_exporters([])
            .logs_exporters([])
            .log_lines(LogLines::Off)
            .log_filter("info")
            .log_span_fields(true)
            .traces_exporter(memory.clone())
            .logs_exporter(memory.clone())
            .init()
            .unwrap();
        (guard, memory)
    })
}

/// All that was recorded so far.
fn recorded() -> &'static InMemoryExporter {
    let (guard, memory) = telemetry();
    guard.force_flush(SOON).unwrap();
    memory
}

/// What was logged under a target, one line a log record.
pub(crate) fn logs_of(target: &str) -> String {
    let memory = recorded();
    let text = TextLogs::new().from_scopes([target]).except_attributes(["code.*"]);
    text.spans(&memory.spans()).draw(&memory.logs())
}

impl ObservedShop {
    pub(crate) async fn get(&self, path: &str) -> Seen {
        Seen::of(self.running.get(path).await)
    }

    pub(crate) async fn order(&self, body: &str) -> Seen {
        Seen::of(self.running.order(body).await)
    }
}

impl Seen {
    fn of(answer: Answer) -> Self {
        let trace = TraceId::from_hex(answer.headers["trace"].to_str().unwrap()).unwrap();
        Self { answer, trace: Trace(trace) }
    }

    /// See [`Trace::tree`].
    pub(crate) fn tree(&self) -> String {
        self.trace.tree_when(|_| true)
    }

    /// See [`Trace::logs_of`]: those of the gateway.
    pub(crate) fn logs(&self) -> String {
        self.trace.logs_of("shop::gateway*")
    }
}

impl Trace {
    /// One line a span, indented by its depth: name, kind, attributes, `!` status, `+` events. Those that have no parent here are at
    /// the top.
    ///
    /// Waits for what is not seen from the one who waits for an answer: for spans that end after the answer is sent, and for what
    /// `complete` says is still to come.
    pub(crate) fn tree_when(&self, complete: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let spans = self.spans();
            let mut tree = String::new();
            let has = |id| spans.iter().any(|span| span.view().span_id() == id);
            for top in spans.iter().filter(|span| !span.view().parent_span_id().is_some_and(has)) {
                draw(&spans, top, 0, &mut tree);
            }
            if complete(&tree) && is_whole(&spans) {
                return tree;
            }
            assert!(began.elapsed() < SOON, "this is not all yet:\n{tree}");
            std::thread::yield_now();
        }
    }

    /// One line a log record of these scopes.
    pub(crate) fn logs_of(&self, scopes: &str) -> String {
        self.tree_when(|_| true);
        self.logs_now(scopes)
    }

    /// Those that there are so far.
    pub(crate) fn logs_now(&self, scopes: &str) -> String {
        let mut logs = recorded().logs();
        logs.retain(|log| log.view().trace_id() == self.0);
        let text = TextLogs::new().from_scopes([scopes]).except_attributes(["code.*"]);
        text.spans(&self.spans()).draw(&logs)
    }

    fn spans(&self) -> Vec<ExportedSpan> {
        let mut spans = recorded().spans();
        // A wait for a connection has a span where it was long: on a busy machine, it may be.
        spans.retain(|span| span.view().trace_id() == self.0 && !span.view().name().starts_with("acquire "));
        spans.sort_by_key(|span| span.view().start_time());
        spans
    }
}

/// Whether it has a root, the parent of every other span, and of each call that was answered the span of the one who answered it.
///
/// A database's driver runs statements on a thread of its own, and holds the span that was current at the call for a moment longer
/// than the call; a server's span ends with its answer, which the client may have read by then.
fn is_whole(spans: &[ExportedSpan]) -> bool {
    let has = |id| spans.iter().any(|span| span.view().span_id() == id);
    let is_child = |span: &ExportedSpan| span.view().parent_span_id().is_some_and(has);
    let answered = |span: &ExportedSpan| {
        let id = span.view().span_id();
        spans.iter().any(|other| other.view().parent_span_id() == Some(id))
    };
    spans.iter().filter(|span| !is_child(span)).count() == 1
        && spans.iter().filter(|span| was_answered(span)).all(answered)
}

fn was_answered(span: &ExportedSpan) -> bool {
    let view = span.view();
    let answers = ["http.response.status_code", "rpc.status_code"];
    let silent = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"];
    view.kind() == SpanKind::Client
        && view
            .attributes()
            .any(|(key, value)| answers.contains(&key) && !silent.contains(&value.to_string().as_str()))
}

fn draw(spans: &[ExportedSpan], span: &ExportedSpan, depth: usize, tree: &mut String) {
    let span = span.view();
    write!(tree, "{:indent$}{} [{:?}]", "", span.name(), span.kind(), indent = depth * 2).unwrap();
    // Where in the source, on which thread, and between which ports, changes with every edit and every run.
    let fleeting = ["code.", "thread.", "network.", "server.", "client.", "url.full", "payment.id"];
    let is_lasting = |key: &str| !fleeting.iter().any(|prefix| key.starts_with(prefix));
    for (key, value) in span.attributes().filter(|(key, _)| is_lasting(key)) {
        write!(tree, " {key}={value}").unwrap();
    }
    if let Status::Error { description } = span.status() {
        write!(tree, " !{description}").unwrap();
    }
    for event in span.events() {
        write!(tree, " +{}", event.name()).unwrap();
    }
    tree.push('\n');
    for child in spans.iter().filter(|other| other.view().parent_span_id() == Some(span.span_id())) {
        draw(spans, child, depth + 1, tree);
    }
}
