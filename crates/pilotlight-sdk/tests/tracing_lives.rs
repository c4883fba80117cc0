//! Spans of `tracing` from their beginning to their end, however they are entered, left and kept.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

#[path = "common/bridged.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod bridged;

use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use bridged::Bridged;
use opentelemetry::Context;
use opentelemetry::logs::LoggerProvider as _;
use opentelemetry::trace::{SpanId, TraceContextExt, Tracer as _};
use pilotlight_sdk::bridge::tracing::OpenTelemetrySpanExt;
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::{AlwaysOff, Clock, LoggerProvider, TracerProvider};
use pilotlight_sdk::transport::InMemoryExporter;
use tracing::{info, info_span};

fn current() -> SpanId {
    Context::current().span().span_context().span_id()
}

fn id_of(span: &tracing::Span) -> SpanId {
    span.context().span().span_context().span_id()
}

#[test]
fn a_span_entered_within_itself_stays_current_until_it_is_left_as_often() {
    let bridged = Bridged::new();
    let span = info_span!("again");
    let id = id_of(&span);
    span.in_scope(|| {
        span.in_scope(|| {
            info_span!("inner").in_scope(|| span.in_scope(|| assert_eq!(current(), id)));
            assert_eq!(current(), id);
        });
        assert_eq!(current(), id, "left once of twice");
        info_span!("later").in_scope(|| {});
    });
    assert_eq!(current(), SpanId::INVALID);
    drop(span);
    assert_eq!(bridged.tree(), "again\n  ├─ inner\n  └─ later\n");
}

#[test]
fn spans_left_out_of_order_leave_the_innermost_one_that_is_still_entered_current() {
    let bridged = Bridged::new();
    let (first, second, third) = (info_span!("first"), info_span!("second"), info_span!("third"));
    let in_first = first.enter();
    let in_second = second.enter();
    let in_third = third.enter();
    drop(in_second);
    assert_eq!(current(), id_of(&third));
    drop(in_third);
    assert_eq!(current(), id_of(&first));
    info!("in first");
    drop(in_first);
    assert_eq!(current(), SpanId::INVALID);
    drop((first, second, third));
    assert_eq!(bridged.log_lines(), "INFO \"in first\" · in first\n");
}

#[test]
fn spans_of_both_facades_may_be_left_in_any_order() {
    let bridged = Bridged::new();
    let outer = info_span!("outer");
    let api = Context::new().with_span(bridged.tracer().start("api"));
    let api_id = api.span().span_context().span_id();
    let entered = outer.enter();
    let attached = api.clone().attach();
    drop(entered);
    assert_eq!(current(), api_id, "what is left is not what is current");
    drop(attached);
    assert_eq!(current(), SpanId::INVALID);
}

#[test]
fn a_span_may_be_closed_on_another_thread_than_it_was_made_on() {
    let bridged = Bridged::new();
    let span = info_span!("travels", arrived = tracing::field::Empty);
    span.in_scope(|| info!("here"));
    bridged.on_a_thread(move || {
        span.record("arrived", true);
        span.in_scope(|| info!("there"));
        drop(span);
        assert_eq!(current(), SpanId::INVALID);
    });
    assert_eq!(bridged.tree(), "travels\n  arrived: true\n");
    assert_eq!(bridged.log_lines(), "INFO \"here\" · in travels\nINFO \"there\" · in travels\n");
    assert_eq!(bridged.bridge.open_spans(), 0);
}

#[test]
fn a_span_ends_once_when_the_last_of_its_clones_is_dropped() {
    let bridged = Bridged::new();
    let span = info_span!("shared");
    let kept = span.clone();
    span.in_scope(|| {});
    drop(span);
    kept.in_scope(|| info_span!("child").in_scope(|| {}));
    assert_eq!(bridged.exporter.spans().len(), 1, "the child alone");
    assert_eq!(bridged.bridge.open_spans(), 1);
    drop(kept);
    assert_eq!(bridged.tree(), "shared\n  └─ child\n");
    assert_eq!(bridged.bridge.open_spans(), 0);
}

#[test]
fn a_span_may_be_entered_on_two_threads_at_once() {
    let bridged = Bridged::new();
    let span = info_span!("both");
    let id = id_of(&span);
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        for name in ["one", "other"] {
            let (span, barrier, dispatch) = (&span, &barrier, &bridged.dispatch);
            scope.spawn(move || {
                tracing::dispatcher::with_default(dispatch, || {
                    let _entered = span.enter();
                    barrier.wait();
                    assert_eq!(current(), id);
                    info_span!("child", otel.name = name).in_scope(|| {});
                    barrier.wait();
                });
            });
        }
    });
    drop(span);
    let tree = bridged.tree();
    assert!(tree.contains("─ one\n") && tree.contains("─ other\n") && tree.starts_with("both\n"), "{tree}");
}

#[test]
fn a_span_that_is_forgotten_is_counted_as_open() {
    let bridged = Bridged::new();
    std::mem::forget(info_span!("forgotten"));
    assert_eq!(bridged.bridge.open_spans(), 1);
    assert_eq!(bridged.tree(), "");
}

#[test]
fn a_span_closed_while_a_forgotten_guard_is_in_it_ends_and_stays_the_parent() {
    let bridged = Bridged::new();
    bridged.on_a_thread(|| {
        let span = info_span!("never left");
        std::mem::forget(span.enter());
        drop(span);
        info_span!("inner").in_scope(|| info!("inside"));
        info!("outside");
    });
    assert_eq!(bridged.bridge.open_spans(), 0);
    assert_eq!(bridged.tree(), "never left\n  └─ inner\n");
    assert_eq!(bridged.log_lines(), "INFO \"inside\" · in inner\nINFO \"outside\" · in never left\n");
}

#[test]
fn a_thread_that_ends_within_a_span_does_not_panic() {
    let bridged = Bridged::new();
    struct Keeps(std::cell::RefCell<Option<tracing::span::EnteredSpan>>);
    thread_local! {
        static KEEPS: Keeps = const { Keeps(std::cell::RefCell::new(None)) };
    }
    // Once the local is older than ours, and so dropped after them, and once younger.
    for is_older in [true, false] {
        bridged.on_a_thread(|| {
            if is_older {
                KEEPS.with(|keeps| drop(keeps.0.borrow_mut().take()));
            }
            let entered = info_span!("kept").entered();
            KEEPS.with(|keeps| *keeps.0.borrow_mut() = Some(entered));
        });
    }
    assert_eq!(current(), SpanId::INVALID);
}

#[test]
fn spans_from_before_the_connection_are_nobodys_parent_and_harm_nothing() {
    let bridged = Bridged::new();
    bridged.bridge.disconnect();
    let early = info_span!("early", late = tracing::field::Empty);
    bridged.bridge.connect(Some(&bridged.traces), Some(&bridged.logs), &TracingSettings::default());
    early.record("late", 1);
    early.in_scope(|| {
        assert_eq!(current(), SpanId::INVALID);
        info_span!("root").in_scope(|| {});
    });
    drop(early);
    let tree =
        pilotlight_sdk::transport::TextTree::new().without_attributes().draw(&bridged.exporter.spans());
    assert_eq!(tree, "root\n");
    assert_eq!(bridged.bridge.open_spans(), 0);
}

#[test]
fn spans_that_are_open_when_the_bridge_is_disconnected_end_where_they_began() {
    let bridged = Bridged::new();
    let open = info_span!("open", late = tracing::field::Empty);
    let entered = open.clone().entered();
    bridged.bridge.disconnect();
    open.record("late", "after");
    info!("into nothing");
    info_span!("into nothing").in_scope(|| {});
    drop(entered);
    drop(open);
    assert_eq!(bridged.tree(), "open\n  late: after\n");
    assert_eq!(bridged.log_lines(), "");
}

#[test]
fn what_led_nowhere_leads_where_the_bridge_is_connected_next() {
    let bridged = Bridged::new();
    let work = || info_span!("span").in_scope(|| info!("event"));
    let connect = |traces, logs| bridged.bridge.connect(traces, logs, &TracingSettings::default());
    bridged.bridge.disconnect();
    work();
    work();
    connect(Some(&bridged.traces), None);
    work();
    work();
    assert_eq!((bridged.exporter.spans().len(), bridged.exporter.logs().len()), (2, 0));
    connect(None, Some(&bridged.logs));
    work();
    assert_eq!((bridged.exporter.spans().len(), bridged.exporter.logs().len()), (2, 1));
}

#[test]
fn spans_that_are_not_sampled_are_not_among_the_open_ones_that_would_be_exported() {
    let bridged = Bridged::with_traces(|traces| traces.with_sampler(AlwaysOff));
    let open = info_span!("not sampled");
    assert_eq!((bridged.bridge.open_spans(), bridged.bridge.open_sampled_spans()), (1, 0));
    drop(open);
    let bridged = Bridged::new();
    let open = info_span!("sampled");
    assert_eq!((bridged.bridge.open_spans(), bridged.bridge.open_sampled_spans()), (1, 1));
    drop(open);
    assert_eq!(bridged.bridge.open_sampled_spans(), 0);
}

#[test]
fn telemetry_may_be_shut_down_and_begun_anew_under_one_subscriber() {
    let bridged = Bridged::new();
    let across = info_span!("across");
    let entered = across.clone().entered();
    info!("first life");
    bridged.traces.shutdown(Duration::from_secs(10));
    bridged.logs.shutdown(Duration::from_secs(10));

    let exporter = InMemoryExporter::new();
    let traces = TracerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
    let logs = LoggerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
    bridged.bridge.connect(Some(&traces), Some(&logs), &TracingSettings::default());
    info_span!("second").in_scope(|| info!("second life"));
    drop(entered);
    drop(across);

    assert_eq!(bridged.log_lines(), "INFO \"first life\" · in a span\n");
    let tree = pilotlight_sdk::transport::TextTree::new().without_attributes().draw(&exporter.spans());
    assert_eq!(tree, "(missing parent)\n  └─ second\n", "its parent ended with the first provider");
    let lines = pilotlight_sdk::transport::TextLogs::new().without_attributes().spans(&exporter.spans());
    assert_eq!(lines.draw(&exporter.logs()), "INFO tracing_lives \"second life\" · in second\n");
    assert_eq!(bridged.bridge.open_spans(), 0);
}

#[test]
fn a_span_that_a_child_outlives_ends_when_it_was_last_left() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let clock = Clock::manual(start);
    let bridged = Bridged::with_traces(|traces| traces.with_clock(clock.clone()));
    let parent = info_span!("parent");
    let child = parent.in_scope(|| {
        clock.advance(Duration::from_secs(1));
        info_span!("child")
    });
    drop(parent);
    clock.advance(Duration::from_secs(5));
    drop(child);
    assert_eq!(bridged.span("parent").view().duration(), Duration::from_secs(1));
    assert_eq!(bridged.span("child").view().duration(), Duration::from_secs(5), "it was never entered");
}

#[test]
fn a_span_of_tracing_that_was_ended_through_the_api_ends_once() {
    let bridged = Bridged::new();
    let span = info_span!("ended early", late = tracing::field::Empty);
    span.in_scope(|| Context::current().span().end());
    span.record("late", 1);
    span.in_scope(|| info!("still here"));
    assert_eq!(bridged.tree(), "ended early\n");
    drop(span);
    assert_eq!(bridged.exporter.spans().len(), 1);
    assert_eq!(bridged.log_lines(), "INFO \"still here\" · in ended early\n");
}

/// Its warning is an event, whose log record has a scope that nobody knows yet.
#[test]
fn a_provider_that_runs_out_of_scopes_says_so_through_itself() {
    const SCOPES_MAX: usize = 4096;
    let bridged = Bridged::new();
    let (done, is_done) = std::sync::mpsc::channel();
    let (dispatch, logs) = (bridged.dispatch.clone(), bridged.logs.clone());
    std::thread::spawn(move || {
        tracing::dispatcher::with_default(&dispatch, || {
            for number in 0..=SCOPES_MAX {
                logs.logger(format!("scope-{number}"));
            }
        });
        done.send(())
    });
    assert_eq!(is_done.recv_timeout(Duration::from_secs(30)), Ok(()), "it waits for itself");
    let lines = bridged.log_lines();
    assert!(lines.starts_with("WARN \"more than 4096 instrumentation scopes; "), "{lines}");
}
