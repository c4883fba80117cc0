//! Parents and links that spans of `tracing` are given by name.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

#[path = "common/bridged.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod bridged;

use bridged::Bridged;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::Tracer as _;
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::bridge::tracing::{Filters, OpenTelemetrySpanExt};
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::AlwaysOff;
use tracing::{debug_span, info, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

#[test]
fn an_explicit_parent_wins_over_the_current_span() {
    let bridged = Bridged::new();
    let chosen = info_span!("chosen");
    info_span!("current").in_scope(|| {
        let child = info_span!(parent: &chosen, "child");
        child.in_scope(|| info_span!("grandchild").in_scope(|| {}));
        info!(parent: &chosen, "of the chosen one");
        info!("of the current one");
    });
    drop(chosen);
    assert_eq!(bridged.tree(), "chosen\n  └─ child\n       └─ grandchild\n\ncurrent\n");
    assert_eq!(
        bridged.log_lines(),
        "INFO \"of the chosen one\" · in chosen\nINFO \"of the current one\" · in current\n"
    );
}

#[test]
fn no_parent_makes_a_root_whatever_is_current() {
    let bridged = Bridged::new();
    bridged.tracer().in_span("api", |_| {
        info_span!("current").in_scope(|| {
            info_span!(parent: None, "root").in_scope(|| info!("in root"));
            info!(parent: None, "outside");
        });
    });
    assert_eq!(bridged.tree(), "api\n  └─ current\n\nroot\n");
    assert_eq!(bridged.log_lines(), "INFO \"in root\" · in root\nINFO \"outside\"\n");
}

#[test]
fn a_span_that_the_filter_leaves_out_is_nobodys_parent() {
    let bridged = Bridged::new();
    info_span!("outer").in_scope(|| {
        debug_span!("left out").in_scope(|| {
            info_span!("inner").in_scope(|| {});
            info!("in outer");
        });
    });
    assert_eq!(bridged.tree(), "outer\n  └─ inner\n");
    assert_eq!(bridged.log_lines(), "INFO \"in outer\" · in outer\n");
}

/// Another layer, which wants everything, makes the registry know spans that our filter leaves out.
fn beside_a_layer_that_wants_everything(bridged: &Bridged, work: impl FnOnce()) {
    let (filters, _) = Filters::new("info", "info");
    let other = tracing_subscriber::layer::Identity::new().with_filter(LevelFilter::TRACE);
    let subscriber = tracing_subscriber::registry().with(other).with(bridged.bridge.layer(&filters));
    tracing::subscriber::with_default(subscriber, work);
}

#[test]
fn an_explicit_parent_that_the_filter_leaves_out_is_replaced_by_its_own_parent() {
    let bridged = Bridged::new();
    beside_a_layer_that_wants_everything(&bridged, || {
        let outer = info_span!("outer");
        let left_out = outer.in_scope(|| debug_span!("left out"));
        let further_in = debug_span!(parent: &left_out, "left out too");
        info_span!(parent: &further_in, "inner").in_scope(|| info!("in inner"));
        // The registry shows a layer nothing of the spans around an event whose own parent was left out.
        info!(parent: &further_in, "nowhere");
    });
    assert_eq!(bridged.tree(), "outer\n  └─ inner\n");
    assert_eq!(bridged.log_lines(), "INFO \"in inner\" · in inner\nINFO \"nowhere\"\n");
}

#[test]
fn a_left_out_span_does_nothing_when_asked_for_anything() {
    let bridged = Bridged::new();
    beside_a_layer_that_wants_everything(&bridged, || {
        let left_out = debug_span!("left out", late = tracing::field::Empty);
        left_out.record("late", 1);
        left_out.set_attribute("key", "value");
        left_out.add_event("event", vec![]);
        left_out.follows_from(info_span!("followed").id());
        info_span!("follower").follows_from(left_out.id());
        assert!(left_out.set_parent(Context::new()).is_err());
        left_out.in_scope(|| tracing::error!("failed"));
    });
    assert_eq!(bridged.tree(), "followed\n\nfollower\n");
    assert_eq!(bridged.log_lines(), "ERROR \"failed\"\n");
}

#[test]
fn what_a_span_follows_from_becomes_its_links() {
    let bridged = Bridged::new();
    let (first, second) = (info_span!("first"), info_span!("second"));
    let span = info_span!("span");
    span.follows_from(&first);
    span.in_scope(|| span.follows_from(&second));
    let id = first.id();
    drop((first, second));
    span.follows_from(id);
    drop(span);
    assert_eq!(bridged.tree(), "first\n\nsecond\n\nspan\n  → first\n  → second\n");
}

#[test]
fn children_of_a_span_that_is_not_sampled_are_not_sampled_either() {
    let bridged = Bridged::with_traces(|traces| traces.with_sampler(AlwaysOff));
    let span = info_span!("span", field = 1);
    span.follows_from(info_span!("other").id());
    span.in_scope(|| info_span!("child").in_scope(|| info!("in child")));
    drop(span);
    assert_eq!(bridged.tree(), "");
    assert_eq!(bridged.log_lines(), "INFO \"in child\" · in a span (not sampled)\n");
}

#[test]
fn a_span_keeps_the_baggage_it_was_made_with() {
    let bridged = Bridged::new();
    let tenant = || Context::current().baggage().get("tenant").map(ToString::to_string);
    let span = {
        let _attached = Context::current_with_baggage([KeyValue::new("tenant", "blue")]).attach();
        info_span!("span")
    };
    assert_eq!(tenant(), None);
    span.in_scope(|| {
        assert_eq!(tenant().as_deref(), Some("blue"));
        info_span!("child").in_scope(|| assert_eq!(tenant().as_deref(), Some("blue")));
    });
    assert_eq!(span.context().baggage().get("tenant").map(ToString::to_string).as_deref(), Some("blue"));
    assert_eq!(tenant(), None);
    drop(bridged);
}

#[test]
fn where_telemetry_is_suppressed_spans_and_events_are_not_made() {
    let bridged = Bridged::new();
    let before = info_span!("before");
    let suppressed = Context::enter_telemetry_suppressed_scope();
    info_span!("of the exporter").in_scope(|| info!("of the exporter"));
    before.in_scope(|| {
        assert!(Context::is_current_telemetry_suppressed(), "entering a span must not lift it");
        info_span!("of the exporter too").in_scope(|| tracing::error!("of the exporter too"));
        bridged.tracer().in_span("of the exporter as well", |_| {});
    });
    drop(suppressed);
    drop(before);
    assert_eq!(bridged.tree(), "before\n");
    assert_eq!(bridged.log_lines(), "");
    assert_eq!(bridged.bridge.open_spans(), 0);
}

#[test]
fn place_and_thread_are_told_unless_opted_out() {
    let bridged = Bridged::with_settings(|settings| *settings = TracingSettings::default());
    let line = line!() + 1;
    info_span!("span", n = 1).in_scope(|| info!(n = 2, "event"));
    let span = bridged.span("span");
    let keys: Vec<&str> = span.view().attributes().map(|(key, _)| key).collect();
    assert_eq!(keys, ["code.file.path", "code.line.number", "thread.id", "thread.name", "n"]);
    assert_eq!(span.view().attribute("code.line.number").unwrap().to_string(), line.to_string());
    let log = &bridged.exporter.logs()[0];
    let keys: Vec<&str> = log.view().attributes().map(|(key, _)| key).collect();
    assert_eq!(keys, ["code.file.path", "code.line.number", "n"]);
}
