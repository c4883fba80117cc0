//! Which log records a logger takes, and under which scope they arrive.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::heard::Heard;
use common::log_recorder::{LogRecorder, emit, say};
use common::{SOON, attributes};
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use pilotlight_sdk::record::{LogMut, LogRecordProcessor, Logger, LoggerConfig, LoggerProvider};

fn say_at(logger: &Logger, severity: Severity, text: &'static str) {
    emit(logger, |record| {
        record.set_severity_number(severity);
        record.set_body(text.into());
    });
}

fn say_under(logger: &Logger, target: &str, text: &'static str) {
    emit(logger, |record| {
        record.set_target(target.to_owned());
        record.set_body(text.into());
    });
}

/// The texts that arrived.
fn bodies(recorder: &LogRecorder) -> Vec<String> {
    recorder.told().into_iter().map(|(_, body)| body).collect()
}

fn configured(configure: impl Fn(&mut LoggerConfig) + Send + Sync + 'static) -> LogRecorder {
    LogRecorder::with(|builder| {
        builder.with_logger_config(move |_| {
            let mut config = LoggerConfig::default();
            configure(&mut config);
            config
        })
    })
}

#[test]
fn a_target_is_the_scope_that_a_record_arrives_under() {
    let recorder = LogRecorder::new();
    let scope = InstrumentationScope::builder("bridge")
        .with_version("1.2")
        .with_schema_url("https://example.com/scope")
        .with_attributes([KeyValue::new("team", "blue")])
        .build();
    let logger = recorder.provider.logger_with_scope(scope);
    say(&logger, "none");
    say_under(&logger, "shop::orders", "one");
    say_under(&logger, "shop::orders", "the same");
    say_under(&logger, "shop::users", "another");
    say_under(&logger, "bridge", "its own");
    say_under(&logger, "", "empty");
    let told = recorder.told();
    let told: Vec<_> = told.iter().map(|(scope, body)| (scope.as_str(), body.as_str())).collect();
    assert_eq!(
        told,
        [
            ("bridge", "none"),
            ("shop::orders", "one"),
            ("shop::orders", "the same"),
            ("shop::users", "another"),
            ("bridge", "its own"),
            ("bridge", "empty")
        ]
    );
    let scope = &recorder.requests()[1].resource_logs[0].scope_logs[0];
    assert_eq!(scope.schema_url, "https://example.com/scope");
    let scope = scope.scope.as_ref().unwrap();
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("shop::orders", "1.2"));
    assert_eq!(attributes(&scope.attributes), [("team", "blue".into())]);
}

#[test]
fn beyond_a_thousand_targets_records_stand_under_the_loggers_own_scope_and_a_warning_says_so_once() {
    let heard = Heard::everything();
    let recorder = LogRecorder::new();
    let logger = recorder.provider.logger("many targets");
    for i in 0..1030 {
        say_under(&logger, &format!("target {i}"), "hello");
    }
    say_under(&logger, "target 7", "hello");
    let told = recorder.told();
    let own = told.iter().filter(|(scope, _)| scope == "many targets").count();
    assert_eq!((told.len(), own), (1031, 6));
    assert_eq!(told.last().unwrap().0, "target 7");
    assert_eq!(heard.about("many targets").len(), 1, "{:?}", heard.lines());
}

#[test]
fn the_same_scope_gives_the_same_logger() {
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&asked);
    let recorder = LogRecorder::with(|builder| {
        builder.with_logger_config(move |_| {
            seen.fetch_add(1, Ordering::Relaxed);
            LoggerConfig::default()
        })
    });
    for name in ["a", "b", "a", "a", ""] {
        say(&recorder.provider.logger(name), "hello");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    assert_eq!(
        recorder.told().iter().map(|(scope, _)| scope.as_str()).collect::<Vec<_>>(),
        ["a", "b", "a", "a", ""]
    );
}

#[test]
fn records_below_the_minimum_severity_are_left_out_and_those_without_one_kept() {
    let recorder = configured(|config| config.minimum_severity = Some(Severity::Warn));
    let logger = recorder.logger();
    say_at(&logger, Severity::Info4, "info");
    say_at(&logger, Severity::Warn, "warn");
    say_at(&logger, Severity::Fatal, "fatal");
    say(&logger, "unsaid");
    assert_eq!(bodies(&recorder), ["warn", "fatal", "unsaid"]);
    let enabled = |severity| logger.event_enabled(severity, "", None);
    assert_eq!([Severity::Info4, Severity::Warn, Severity::Fatal].map(enabled), [false, true, true]);
}

#[test]
fn a_logger_that_is_disabled_takes_nothing() {
    let recorder = configured(|config| config.enabled = false);
    let logger = recorder.logger();
    say_at(&logger, Severity::Fatal, "fatal");
    say(&logger, "unsaid");
    assert!(bodies(&recorder).is_empty());
    assert!(!logger.event_enabled(Severity::Fatal, "", None));
}

fn in_trace(flags: TraceFlags) -> Context {
    let (trace_id, span_id) = (TraceId::from(1), SpanId::from(2));
    let span = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    Context::new().with_remote_span_context(span)
}

#[test]
fn a_trace_based_logger_leaves_out_what_belongs_to_traces_that_are_not_sampled() {
    let recorder = configured(|config| config.trace_based = true);
    let logger = recorder.logger();
    let mut enabled = Vec::new();
    for (flags, text) in [(TraceFlags::NOT_SAMPLED, "not sampled"), (TraceFlags::SAMPLED, "sampled")] {
        let _attached = in_trace(flags).attach();
        say(&logger, text);
        enabled.push(logger.event_enabled(Severity::Info, "", None));
    }
    say(&logger, "outside");
    enabled.push(logger.event_enabled(Severity::Info, "", None));
    emit(&logger, |record| {
        record.set_body("named, not sampled".into());
        record.set_trace_context(TraceId::from(1), SpanId::from(2), None);
    });
    emit(&logger, |record| {
        record.set_body("no span".into());
        record.set_trace_context(TraceId::from(1), SpanId::INVALID, None);
    });
    assert_eq!(bodies(&recorder), ["sampled", "outside", "no span"]);
    assert_eq!(enabled, [false, true, true]);
}

#[test]
fn loggers_are_configured_by_their_scope() {
    let recorder = LogRecorder::with(|builder| {
        builder.with_logger_config(|scope| {
            let mut config = LoggerConfig::default();
            config.enabled = scope.name() != "noisy";
            config
        })
    });
    say(&recorder.provider.logger("noisy"), "noise");
    say(&recorder.provider.logger("quiet"), "heard");
    assert_eq!(bodies(&recorder), ["heard"]);
}

#[test]
fn a_configurator_that_panics_is_counted_and_its_logger_takes_everything() {
    let recorder =
        LogRecorder::with(|builder| builder.with_logger_config(|_| panic!("the configurator gave up")));
    say_at(&recorder.logger(), Severity::Trace, "heard");
    say_at(&recorder.logger(), Severity::Trace, "again");
    assert_eq!(bodies(&recorder), ["heard", "again"]);
    assert_eq!(recorder.provider.shutdown(SOON).panics, 1);
}

/// A configurator that makes loggers itself must not lock the provider up.
#[test]
fn a_configurator_may_ask_for_another_logger() {
    static PROVIDER: std::sync::OnceLock<LoggerProvider> = std::sync::OnceLock::new();
    let recorder = LogRecorder::with(|builder| {
        builder.with_logger_config(|scope| {
            if let Some(provider) = PROVIDER.get().filter(|_| scope.name() == "outer") {
                say(&provider.logger("inner"), "configuring");
            }
            LoggerConfig::default()
        })
    });
    PROVIDER.set(recorder.provider.clone()).unwrap();
    say(&recorder.provider.logger("outer"), "configured");
    assert_eq!(bodies(&recorder), ["configuring", "configured"]);
}

/// Wants warnings and above, of one scope, and nothing that is called `noise`.
struct Picky;

impl LogRecordProcessor for Picky {
    fn on_emit(&self, _: &mut LogMut<'_>, _: &Context) {}

    fn enabled(&self, severity: Severity, scope: &InstrumentationScope, event_name: Option<&str>) -> bool {
        assert!(scope.name() != "panics");
        severity >= Severity::Warn && scope.name() == "wanted" && event_name != Some("noise")
    }
}

struct Indifferent;

impl LogRecordProcessor for Indifferent {
    fn on_emit(&self, _: &mut LogMut<'_>, _: &Context) {}

    fn enabled(&self, _: Severity, _: &InstrumentationScope, _: Option<&str>) -> bool {
        false
    }
}

#[test]
fn without_exporters_only_what_a_processor_wants_is_enabled() {
    let provider =
        LoggerProvider::builder().with_processor(Indifferent).with_processor(Picky).build().unwrap();
    let (wanted, other) = (provider.logger("wanted"), provider.logger("other"));
    assert!(wanted.event_enabled(Severity::Warn, "", None));
    assert!(wanted.event_enabled(Severity::Warn, "wanted", Some("music")));
    assert!(!wanted.event_enabled(Severity::Info, "", None));
    assert!(!wanted.event_enabled(Severity::Warn, "", Some("noise")));
    assert!(!other.event_enabled(Severity::Warn, "", None));
    assert!(other.event_enabled(Severity::Warn, "wanted", None), "the target is the record's scope");
    assert!(provider.logger("panics").event_enabled(Severity::Trace, "", None), "who cannot say is asked");
}

#[test]
fn with_an_exporter_everything_is_enabled() {
    let recorder = LogRecorder::with(|builder| builder.with_processor(Indifferent));
    assert!(recorder.logger().event_enabled(Severity::Trace, "", None));
}

#[test]
fn where_nobody_listens_nothing_is_enabled() {
    let provider = LoggerProvider::builder().build().unwrap();
    assert!(!provider.logger("test").event_enabled(Severity::Fatal, "", None));
    say(&provider.logger("test"), "unheard");
    assert_eq!(provider.shutdown(SOON).dropped(), 0);
}
