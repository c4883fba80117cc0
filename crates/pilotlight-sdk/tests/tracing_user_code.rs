//! Users' code that runs while spans are made and end, and makes telemetry itself.
//!
//! With the process's own subscriber: within one that is a thread's alone, `tracing` silences what a subscriber's code says.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use opentelemetry::trace::{Span as _, TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use pilotlight_sdk::bridge::tracing::{Bridge, Filters, OpenTelemetrySpanExt};
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::{
    AlwaysOff, Decision, FinishedSpan, LoggerConfig, LoggerProvider, Sampler, SamplingParameters,
    SamplingResult, SpanMut, SpanProcessor, TracerProvider, TracerProviderBuilder,
};
use pilotlight_sdk::transport::{InMemoryExporter, TextLogs, TextTree};
use tracing::field::{Empty, debug};
use tracing::{Span, info, info_span};

/// What one test at a time does with the process's subscriber.
struct Stage {
    exporter: InMemoryExporter,
    traces: TracerProvider,
    bridge: &'static Bridge,
    _alone: MutexGuard<'static, ()>,
}

impl Stage {
    fn new(configure: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        static BRIDGE: OnceLock<Bridge> = OnceLock::new();
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let bridge = BRIDGE.get_or_init(|| {
            let bridge = Bridge::new();
            let (filters, _) = Filters::new("info", "info");
            tracing::subscriber::set_global_default(bridge.subscriber(&filters)).unwrap();
            bridge
        });
        let exporter = InMemoryExporter::new();
        let traces =
            configure(TracerProvider::builder()).with_simple_exporter(exporter.clone()).build().unwrap();
        let logs = LoggerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
        let mut settings = TracingSettings::default();
        (settings.source_location, settings.thread) = (false, false);
        bridge.connect(Some(&traces), Some(&logs), &settings);
        Self { exporter, traces, bridge, _alone: alone }
    }

    fn tree(&self) -> String {
        TextTree::new().draw(&self.exporter.spans())
    }

    fn log_lines(&self) -> String {
        TextLogs::new().without_scopes().spans(&self.exporter.spans()).draw(&self.exporter.logs())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.bridge.disconnect();
    }
}

/// Makes telemetry while it is shown.
struct Chatty;

impl fmt::Debug for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info_span!("made by a value").in_scope(|| info!("said by a value"));
        f.write_str("chatty")
    }
}

#[test]
fn a_value_that_logs_and_makes_spans_while_it_is_shown_is_shown() {
    let stage = Stage::new(|traces| traces);
    let span = info_span!("span", value = ?Chatty, late = Empty);
    span.record("late", debug(Chatty));
    span.in_scope(|| info!(value = ?Chatty, "told"));
    drop(span);
    assert_eq!(
        stage.tree(),
        "span
  value: chatty
  late: chatty
  └─ made by a value

made by a value

made by a value
"
    );
    assert_eq!(
        stage.log_lines(),
        "INFO \"said by a value\" · in made by a value
INFO \"said by a value\" · in made by a value
INFO \"told\" value=chatty · in span
INFO \"said by a value\" · in made by a value
"
    );
    assert_eq!(stage.bridge.open_spans(), 0);
}

/// A processor that uses everything it should not, in all of its moments.
struct Busy;

impl Busy {
    fn act(moment: &'static str, span: &str) {
        if span.starts_with("by processor") {
            return;
        }
        Context::current().span().set_attribute(KeyValue::new(moment, span.to_owned()));
        Context::current().span().add_event(moment, vec![]);
        Span::current().set_attribute("through tracing", moment);
        Span::current().record("late", moment);
        let _ = Span::current().context();
        info!(moment, "{span}");
        tracing::error!(moment, "{span}");
        if moment == "start" {
            info_span!("by processor").in_scope(|| info!("within"));
        }
    }
}

impl SpanProcessor for Busy {
    fn on_start(&self, span: &mut SpanMut<'_>, _: &Context) {
        Self::act("start", span.view().name());
    }

    fn on_ending(&self, span: &mut SpanMut<'_>) {
        Self::act("ending", span.view().name());
    }

    fn on_end(&self, span: &FinishedSpan<'_>) {
        Self::act("end", span.view().name());
    }
}

#[test]
fn processors_may_use_the_current_span_log_and_make_spans() {
    let stage = Stage::new(|traces| traces.with_processor(Busy));
    let outer = info_span!("outer", late = Empty);
    outer.in_scope(|| {
        let inner = info_span!("inner");
        inner.set_parent(Context::current()).unwrap();
        inner.in_scope(|| info!("in inner"));
        drop(inner);
        stage.traces.tracer("api").start("api").end();
        Context::current().span().update_name("renamed");
    });
    drop(outer);
    let tree = stage.tree();
    assert!(tree.contains("renamed ✗\n"), "{tree}");
    assert!(tree.contains("  ending: api\n  end: api\n"), "{tree}");
    assert_eq!(stage.bridge.open_spans(), 0);
}

/// A sampler that logs and starts spans, but for those that it started.
#[derive(Debug)]
struct Chatterbox;

impl Sampler for Chatterbox {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        if parameters.name != "by sampler" {
            info!("asked about {}", parameters.name);
            info_span!("by sampler").in_scope(|| info!("within"));
            Context::current().span().set_attribute(KeyValue::new("asked", parameters.name.to_owned()));
        }
        SamplingResult::new(Decision::RecordAndSample)
    }

    fn description(&self) -> Cow<'static, str> {
        "Chatterbox".into()
    }
}

#[test]
fn samplers_may_log_and_start_spans() {
    let stage = Stage::new(|traces| traces.with_sampler(Chatterbox));
    info_span!("outer").in_scope(|| {
        let inner = info_span!("inner");
        inner.set_parent(Context::current()).unwrap();
    });
    assert_eq!(
        stage.tree(),
        "by sampler

outer
  asked: inner
  ├─ by sampler
  ├─ inner
  └─ by sampler
"
    );
    assert_eq!(stage.exporter.logs().len(), 6);
    assert_eq!(stage.bridge.open_spans(), 0);
}

/// A processor that enters the span that is current already, for as long as it looks at a span.
struct EntersAgain;

impl SpanProcessor for EntersAgain {
    fn on_start(&self, _: &mut SpanMut<'_>, _: &Context) {
        Span::current().in_scope(|| info!("looked at"));
    }
}

#[test]
fn a_span_that_is_entered_again_while_a_span_of_the_api_starts_stays_current() {
    let stage = Stage::new(|traces| traces.with_processor(EntersAgain));
    let tracer = stage.traces.tracer("api");
    info_span!("outer").in_scope(|| {
        tracer.start("first").end();
        tracer.start("second").end();
        info!("after");
    });
    assert_eq!(stage.tree(), "outer\n  ├─ first\n  └─ second\n");
    let lines = stage.log_lines();
    assert!(lines.ends_with("INFO \"after\" · in outer\n"), "{lines}");
    assert_eq!(lines.lines().count(), 4, "{lines}");
    assert!(!Context::current().has_active_span());
    assert_eq!(stage.bridge.open_spans(), 0);
}

#[test]
fn spans_without_number_that_are_entered_and_never_left_harm_nobody() {
    /// More than the API's stack of contexts holds.
    const LEAKED: usize = 70_000;
    let stage = Stage::new(|traces| traces.with_sampler(AlwaysOff));
    let thread = std::thread::spawn(|| {
        let span = info_span!("kept for ever");
        for _ in 0..LEAKED {
            std::mem::forget(span.enter());
        }
        info!("still here");
    });
    assert!(thread.join().is_ok());
    assert_eq!(stage.exporter.logs().len(), 1);
}

#[test]
fn a_configurator_of_loggers_may_log() {
    let stage = Stage::new(|traces| traces);
    let configure = |scope: &InstrumentationScope| {
        info!("asked about {}", scope.name());
        LoggerConfig::default()
    };
    let logs = LoggerProvider::builder().with_simple_exporter(stage.exporter.clone());
    let logs = logs.with_logger_config(configure).build().unwrap();
    stage.bridge.connect(None, Some(&logs), &TracingSettings::default());
    info!(target: "elsewhere", "told");
    let lines = TextLogs::new().without_attributes().draw(&stage.exporter.logs());
    assert_eq!(lines, "INFO tracing_user_code \"asked about elsewhere\"\nINFO elsewhere \"told\"\n");
}

/// A processor that fails at every moment.
struct Panics;

impl SpanProcessor for Panics {
    fn on_start(&self, _: &mut SpanMut<'_>, _: &Context) {
        panic!("on purpose");
    }

    fn on_ending(&self, _: &mut SpanMut<'_>) {
        panic!("on purpose");
    }
}

#[test]
fn processors_that_panic_leave_everything_usable() {
    let stage = Stage::new(|traces| traces.with_processor(Panics));
    info_span!("outer").in_scope(|| info_span!("inner").in_scope(|| info!("in inner")));
    assert_eq!(stage.tree(), "outer\n  └─ inner\n");
    assert!(stage.log_lines().contains("\"in inner\" · in inner"), "{}", stage.log_lines());
    assert_eq!(stage.bridge.open_spans(), 0);
}
