//! Events of `tracing`, as log records and as what they mean for the span they are in.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

#[path = "common/bridged.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod bridged;

use std::error::Error;

use bridged::Bridged;
use opentelemetry::Context;
use opentelemetry::trace::Tracer as _;
use pilotlight_sdk::bridge::tracing::OpenTelemetrySpanExt;
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::{LogLimits, LoggerProvider};
use pilotlight_sdk::transport::TextLogs;
use tracing::{Level, debug, error, event, info, info_span, warn};

fn failure() -> std::num::ParseIntError {
    "x".parse::<u8>().unwrap_err()
}

#[test]
fn a_message_is_the_body_however_it_is_given() {
    let bridged = Bridged::new();
    info!("plain");
    info!("with {}", "arguments");
    info!(message = "by name");
    info!(message = %"shown");
    info!(message = ?"debugged");
    info!(message = 5);
    info!(only = "fields");
    let logs = bridged.log_lines();
    assert_eq!(
        logs,
        "INFO \"plain\"\nINFO \"with arguments\"\nINFO \"by name\"\nINFO \"shown\"\nINFO \"\"debugged\"\"\n\
         INFO 5\nINFO only=fields\n"
    );
}

#[test]
fn an_event_has_the_name_it_was_given_and_no_other() {
    let bridged = Bridged::new();
    event!(name: "order.placed", Level::WARN, items = 3, "placed");
    warn!("event src/lib.rs:7");
    assert_eq!(bridged.log_lines(), "WARN [order.placed] \"placed\" items=3\nWARN \"event src/lib.rs:7\"\n");
}

#[test]
fn an_events_target_is_its_scope_unless_it_came_from_the_log_crate() {
    let bridged = Bridged::new();
    info!(target: "shop::orders", "own");
    info!(
        target: "log",
        { log.target = "hyper::client", log.module_path = "hyper::client::pool", log.file = "pool.rs", log.line = 7u32 },
        "forwarded"
    );
    debug!(target: "shop::orders", "left out");
    assert_eq!(
        TextLogs::new().draw(&bridged.exporter.logs()),
        "INFO shop::orders \"own\"\n\
         INFO hyper::client \"forwarded\" code.file.path=pool.rs code.line.number=7\n"
    );
}

#[test]
fn an_error_event_marks_the_span_of_tracing_that_it_is_in() {
    let bridged = Bridged::new();
    info_span!("marked").in_scope(|| error!("it broke"));
    info_span!("told").in_scope(|| error!(error = &failure() as &dyn Error, "it broke"));
    info_span!("shown").in_scope(|| error!(error = %failure(), "it broke"));
    info_span!("written").in_scope(|| error!(error = "broken", "it broke"));
    info_span!("warned").in_scope(|| warn!(error = &failure() as &dyn Error, "it bent"));
    info_span!("fine", otel.status_code = "ok").in_scope(|| error!("never mind"));
    info_span!("described", otel.status_description = "mine").in_scope(|| error!("it broke"));
    let elsewhere = info_span!("elsewhere");
    info_span!("current").in_scope(|| error!(parent: &elsewhere, "it broke there"));
    drop(elsewhere);
    info_span!("around").in_scope(|| bridged.tracer().in_span("api", |_| error!("within")));
    error!("outside");
    assert_eq!(
        bridged.tree(),
        "marked ✗

told ✗ invalid digit found in string

shown ✗ invalid digit found in string

written ✗ broken

warned

fine ✓

described ✗ mine

elsewhere ✗

current

around ✗
  └─ api
"
    );
}

#[test]
fn an_error_event_marks_its_span_where_logs_go_nowhere() {
    let bridged = Bridged::new();
    bridged.bridge.connect(Some(&bridged.traces), None, &TracingSettings::default());
    info_span!("span").in_scope(|| error!(error = &failure() as &dyn Error, "it broke"));
    let tree =
        pilotlight_sdk::transport::TextTree::new().without_attributes().draw(&bridged.exporter.spans());
    assert_eq!(tree, "span ✗ invalid digit found in string\n");
}

#[test]
fn events_are_added_to_spans_where_that_is_asked_for() {
    let bridged = Bridged::with_settings(|settings| settings.events_on_spans = true);
    info_span!("span").in_scope(|| {
        info!(n = 1, "happened");
        event!(name: "named", Level::WARN, otel.kind = "server");
        debug!("left out");
        bridged.tracer().in_span("api", |_| info!("within"));
    });
    info!("outside");
    assert_eq!(
        bridged.tree(),
        "span
  • happened
      level: INFO
      target: tracing_events
      n: 1
  • named
      level: WARN
      target: tracing_events
      otel.kind: Server
  • within
      level: INFO
      target: tracing_events
  └─ api
"
    );
    assert_eq!(bridged.exporter.logs().len(), 4);
}

#[test]
fn events_are_added_to_spans_where_logs_go_nowhere() {
    let bridged = Bridged::new();
    let mut settings = TracingSettings::default();
    settings.events_on_spans = true;
    bridged.bridge.connect(Some(&bridged.traces), None, &settings);
    info_span!("span").in_scope(|| info!("happened"));
    let tree =
        pilotlight_sdk::transport::TextTree::new().without_attributes().draw(&bridged.exporter.spans());
    assert_eq!(tree, "span\n  • happened\n");
}

#[test]
fn events_inherit_spans_fields_innermost_first_and_keep_their_own() {
    let bridged = Bridged::with_settings(|settings| {
        (settings.source_location, settings.thread, settings.span_fields) = (true, true, true);
    });
    let outer = info_span!("outer", a = "outer", b = "outer", c = "outer", late = tracing::field::Empty);
    outer.in_scope(|| {
        outer.record("late", 1);
        outer.set_attribute("any name", true);
        info_span!("inner", b = "inner", c = "inner").in_scope(|| info!(c = "own", "event"));
        info!(parent: None, "outside");
    });
    let lines = TextLogs::new().without_scopes().except_attributes(["code.*"]);
    assert_eq!(
        lines.draw(&bridged.exporter.logs()),
        "INFO \"event\" c=own b=inner a=outer late=1 any name=true · in a span\nINFO \"outside\"\n"
    );
}

#[test]
fn fields_beyond_the_limit_are_counted() {
    let bridged = Bridged::with(
        |settings| settings.span_fields = true,
        |traces| traces,
        |logs| {
            let mut limits = LogLimits::default();
            limits.attributes = 3;
            logs.with_limits(limits)
        },
    );
    info_span!("span", c = 3, d = 4, e = 5).in_scope(|| info!(a = 1, b = 2, "event"));
    assert_eq!(bridged.log_lines(), "INFO \"event\" a=1 b=2 c=3 (dropped 2 attributes) · in span\n");
}

#[test]
fn spans_that_are_not_sampled_have_fields_to_inherit() {
    let bridged = Bridged::with(
        |settings| settings.span_fields = true,
        |traces| traces.with_sampler(pilotlight_sdk::record::AlwaysOff),
        |logs| logs,
    );
    info_span!("span", user = 7).in_scope(|| info!("event"));
    assert_eq!(bridged.log_lines(), "INFO \"event\" user=7 · in a span (not sampled)\n");
}

#[test]
fn logs_without_traces_belong_to_the_current_span_of_others() {
    let bridged = Bridged::new();
    bridged.bridge.connect(None, Some(&bridged.logs), &TracingSettings::default());
    bridged.tracer().in_span("api", |_| {
        info_span!("leads nowhere").in_scope(|| info!("event"));
    });
    let lines = TextLogs::new().without_scopes().without_attributes().spans(&bridged.exporter.spans());
    assert_eq!(lines.draw(&bridged.exporter.logs()), "INFO \"event\" · in api\n");
}

#[test]
fn an_event_that_is_too_mild_for_its_logger_is_left_out() {
    let exporter = pilotlight_sdk::transport::InMemoryExporter::new();
    let logs = LoggerProvider::builder()
        .with_logger_config(|_| {
            let mut config = pilotlight_sdk::record::LoggerConfig::default();
            config.minimum_severity = Some(opentelemetry::logs::Severity::Warn);
            config
        })
        .with_simple_exporter(exporter.clone())
        .build()
        .unwrap();
    let bridged = Bridged::new();
    bridged.bridge.connect(Some(&bridged.traces), Some(&logs), &TracingSettings::default());
    info_span!("span").in_scope(|| {
        info!("mild");
        warn!("not mild");
    });
    let lines = TextLogs::new().without_scopes().without_attributes();
    assert_eq!(lines.draw(&exporter.logs()), "WARN \"not mild\" · in a span\n");
}

#[test]
fn pilotlights_own_messages_leave_the_applications_spans_unmarked() {
    let bridged = Bridged::new();
    info_span!("span").in_scope(|| pilotlight_sdk::diagnostics::error("something of ours"));
    assert_eq!(bridged.tree(), "span\n");
    let lines = TextLogs::new().without_attributes().spans(&bridged.exporter.spans());
    assert_eq!(lines.draw(&bridged.exporter.logs()), "ERROR pilotlight \"something of ours\" · in span\n");
}

#[test]
fn where_telemetry_is_suppressed_our_own_messages_reach_no_exporter_that_leaves_the_machine() {
    let bridged = Bridged::new();
    info_span!("span").in_scope(|| {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        pilotlight_sdk::diagnostics::error("something of ours");
        error!("of a library under the exporter");
    });
    assert_eq!(bridged.tree(), "span\n");
    assert_eq!(bridged.log_lines(), "");
}
