//! Small programs, one a name: how telemetry behaves with a process around it.
//!
//! Each makes spans, counts them, and writes to standard output what became of them, as `word: text` lines.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use pilotlight::opentelemetry::global;
use pilotlight::opentelemetry::trace::{TraceContextExt, Tracer};
use pilotlight::{Guard, Report};

/// So many spans each scenario makes for each time it turns telemetry on.
const SPANS: usize = 10;

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    match name.as_str() {
        "plain" => plain(),
        "current-thread" => current_thread(),
        "current-thread-async" => current_thread_async(),
        "spawned" => spawned(),
        "drop" => drop(on_with_spans()),
        "panic" => panics(),
        "twice" => twice(),
        "propagate" => propagate(),
        "signal" => signal(),
        "shutdown-cancelled" => shutdown_cancelled(),
        "logs" => logs(),
        "repeats" => repeats(),
        other => panic!("there is no scenario {other:?}"),
    }
}

/// Telemetry as the variables say, with spans.
fn on_with_spans() -> Guard {
    let guard = builder().init().unwrap();
    make_spans();
    guard
}

fn builder() -> pilotlight::Builder {
    pilotlight::builder().shutdown_timeout(timeout())
}

fn timeout() -> Duration {
    let millis = std::env::var("SHUTDOWN_TIMEOUT_MS").ok().and_then(|millis| millis.parse().ok());
    millis.map_or(Duration::from_secs(20), Duration::from_millis)
}

/// And counts them.
fn make_spans() {
    let made = global::meter("scenario").u64_counter("scenario.work").build();
    for _ in 0..SPANS {
        global::tracer("scenario").in_span("work", |_| made.add(1, &[]));
    }
}

fn tell(report: &Report) {
    println!("report: {report}");
}

fn plain() {
    tell(&on_with_spans().shutdown());
}

#[tokio::main(flavor = "current_thread")]
async fn current_thread() {
    tell(&on_with_spans().shutdown());
}

#[tokio::main(flavor = "current_thread")]
async fn current_thread_async() {
    tell(&on_with_spans().shutdown_async().await);
}

#[tokio::main(worker_threads = 1)]
async fn spawned() {
    let guard = on_with_spans();
    tokio::spawn(async move { tell(&guard.shutdown()) }).await.unwrap();
}

/// Logs in a span.
fn logs() {
    let guard = builder().init().unwrap();
    tracing::info_span!("logging").in_scope(|| {
        for number in 0..SPANS {
            tracing::info!(number, "made");
        }
    });
    tell(&guard.shutdown());
}

/// Logs what it reads from the files that it is told of, in a span.
fn repeats() {
    let guard = builder().init().unwrap();
    tracing::info_span!("repeating").in_scope(|| {
        for path in std::env::args().skip(2) {
            let text = std::fs::read_to_string(path).unwrap();
            tracing::info!("{text}");
        }
    });
    tell(&guard.shutdown());
}

fn panics() {
    let _guard = on_with_spans();
    panic!("as the test wants it");
}

fn twice() {
    let first = on_with_spans();
    let second = builder().init().unwrap_err();
    println!("second: {} ({second})", second.is_already_initialized());
    tell(&first.shutdown());
    tell(&on_with_spans().shutdown());
}

/// Passes on the context it was given in `TRACEPARENT`, as a service between two others does.
fn propagate() {
    let guard = on_with_spans();
    let incoming = HashMap::from([("traceparent".to_owned(), std::env::var("TRACEPARENT").unwrap())]);
    let context = global::get_text_map_propagator(|propagator| propagator.extract(&incoming));
    let mut outgoing = HashMap::<String, String>::new();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut outgoing));
    println!("traceparent: {}", outgoing.get("traceparent").map_or("", String::as_str));
    println!("active: {}", context.has_active_span());
    tell(&guard.shutdown());
}

#[tokio::main(flavor = "current_thread")]
async fn signal() {
    let guard = on_with_spans();
    let mut signal = pin!(pilotlight::shutdown_signal());
    // The first poll is what takes the signals over.
    std::future::poll_fn(|context| {
        assert!(signal.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    println!("ready: waiting");
    signal.await;
    println!("signal: asked to end");
    tell(&guard.shutdown_async().await);
}

/// Gives up waiting for the shutdown, and says whether that cost the time the shutdown takes.
#[tokio::main(flavor = "current_thread")]
async fn shutdown_cancelled() {
    let guard = on_with_spans();
    let began = std::time::Instant::now();
    let outcome = tokio::time::timeout(Duration::from_millis(50), guard.shutdown_async()).await;
    println!("cancelled: {}", outcome.is_err());
    println!("blocked: {}", began.elapsed() >= timeout() / 2);
}
