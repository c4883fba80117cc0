//! What the extension trait adds to spans of `tracing`.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

#[path = "common/bridged.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod bridged;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bridged::Bridged;
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::bridge::tracing::{OpenTelemetrySpanExt, SetParentError};
use pilotlight_sdk::record::{
    AlwaysOff, AlwaysOn, Decision, ParentBased, Sampler, SamplingParameters, SamplingResult, SpanMut,
    SpanProcessor,
};
use tracing::{debug_span, info, info_span};

fn remote(flags: TraceFlags) -> Context {
    let span = SpanContext::new(TraceId::from(0xabc), SpanId::from(0xdef), flags, true, TraceState::NONE);
    Context::new().with_remote_span_context(span)
}

#[test]
fn a_remote_parent_puts_a_span_with_everything_it_has_into_its_trace() {
    let bridged = Bridged::new();
    let span =
        info_span!("request", otel.name = "GET /", otel.kind = "server", a = 1, late = tracing::field::Empty);
    span.record("late", "a value that came later");
    span.set_parent(remote(TraceFlags::SAMPLED)).unwrap();
    span.record("late", "changed");
    span.set_attribute("b", 2);
    span.in_scope(|| info_span!("child").in_scope(|| info!("in child")));
    drop(span);
    assert_eq!(
        bridged.tree(),
        "GET / [server] (remote parent)\n  a: 1\n  late: changed\n  b: 2\n  └─ child\n"
    );
    let span = bridged.span("GET /");
    assert_eq!(span.view().trace_id(), TraceId::from(0xabc));
    assert_eq!(span.view().parent_span_id(), Some(SpanId::from(0xdef)));
    assert_eq!(bridged.log_lines(), "INFO \"in child\" · in child\n");
}

#[test]
fn a_parent_may_be_replaced_until_the_span_is_used() {
    let bridged = Bridged::new();
    let parent = Context::new().with_span(bridged.tracer().start("api"));
    let span = info_span!("span");
    span.set_parent(remote(TraceFlags::SAMPLED)).unwrap();
    span.set_parent(Context::new()).unwrap();
    span.set_parent(parent.clone()).unwrap();
    drop((span, parent));
    assert_eq!(bridged.tree(), "api\n  └─ span\n");
}

#[test]
fn a_span_that_was_used_keeps_its_parent() {
    let bridged = Bridged::new();
    let entered = info_span!("entered");
    entered.in_scope(|| {});
    let asked = info_span!("asked");
    let _ = asked.context();
    let linked = info_span!("linked");
    info_span!("follower").follows_from(&linked);
    let parent = info_span!("parent");
    let child = info_span!(parent: &parent, "child");
    for span in [&entered, &asked, &linked, &parent] {
        assert_eq!(span.set_parent(remote(TraceFlags::SAMPLED)), Err(SetParentError::AlreadyStarted));
    }
    assert_eq!(child.set_parent(remote(TraceFlags::SAMPLED)), Ok(()));
    drop((entered, asked, linked, parent, child));
    assert_eq!(
        bridged.tree(),
        "entered\n\nasked\n\nlinked\n\nfollower\n  → linked\n\nparent\n\nchild (remote parent)\n"
    );
}

#[test]
fn spans_that_are_not_there_say_so() {
    let bridged = Bridged::new();
    let parent = || remote(TraceFlags::SAMPLED);
    assert_eq!(debug_span!("left out").set_parent(parent()), Err(SetParentError::SpanDisabled));
    assert_eq!(tracing::Span::none().set_parent(parent()), Err(SetParentError::SpanDisabled));
    bridged.bridge.disconnect();
    assert_eq!(info_span!("nowhere").set_parent(parent()), Err(SetParentError::SpanDisabled));
    tracing::subscriber::with_default(tracing_subscriber::registry(), || {
        assert_eq!(info_span!("others").set_parent(parent()), Err(SetParentError::LayerNotFound));
        info_span!("others").set_attribute("a", 1);
        assert!(!info_span!("others").context().has_active_span());
    });
}

#[test]
fn a_span_that_was_not_sampled_is_with_a_parent_that_is_and_has_all_it_was_given() {
    let bridged = Bridged::with_traces(|traces| traces.with_sampler(ParentBased::new(AlwaysOff)));
    let followed = remote(TraceFlags::SAMPLED).span().span_context().clone();
    let span = info_span!("span", a = 1, otel.status_code = "ok");
    span.set_attribute("b", 2);
    span.add_link(followed);
    span.add_event("event", vec![KeyValue::new("c", 3)]);
    span.set_parent(remote(TraceFlags::SAMPLED)).unwrap();
    span.in_scope(|| assert!(Context::current().span().span_context().is_sampled()));
    drop(span);
    assert_eq!(
        bridged.tree(),
        "span (remote parent) ✓\n  a: 1\n  b: 2\n  • event\n      c: 3\n  → a span elsewhere\n"
    );
}

#[test]
fn a_span_that_was_sampled_is_not_with_a_parent_that_is_not() {
    let bridged = Bridged::new();
    let span = info_span!("span");
    span.set_parent(remote(TraceFlags::NOT_SAMPLED)).unwrap();
    span.in_scope(|| info!("within"));
    drop(span);
    assert_eq!(bridged.tree(), "");
    assert_eq!(bridged.log_lines(), "INFO \"within\" · in a span (not sampled)\n");
    let log = &bridged.exporter.logs()[0];
    assert_eq!(log.view().trace_id(), TraceId::from(0xabc));
    assert_eq!(bridged.bridge.open_spans(), 0);
}

/// Records what it is shown, and samples what has the attribute `keep`.
#[derive(Clone, Debug, Default)]
struct ByAttribute(Arc<Mutex<Vec<String>>>);

impl Sampler for ByAttribute {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        let SamplingParameters { name, kind, attributes, .. } = *parameters;
        let shown = attributes.iter().map(|attribute| format!(" {}={}", attribute.key, attribute.value));
        self.0.lock().unwrap().push(format!("{name} {kind:?}{}", shown.collect::<String>()));
        let keeps = attributes.iter().any(|attribute| attribute.key.as_str() == "keep");
        let mut result = SamplingResult::new(if keeps { Decision::RecordAndSample } else { Decision::Drop });
        let asked = self.0.lock().unwrap().len() as i64;
        result.attributes.push(KeyValue::new("asked", asked));
        result
    }

    fn description(&self) -> Cow<'static, str> {
        "ByAttribute".into()
    }
}

#[test]
fn a_sampler_that_reads_the_span_sees_it_at_the_start_and_at_the_restart() {
    let sampler = ByAttribute::default();
    let bridged = Bridged::with_traces(|traces| traces.with_sampler(sampler.clone()));
    let span =
        info_span!("span", otel.kind = "server", otel.name = "named", n = 1, keep = tracing::field::Empty);
    span.record("keep", true);
    span.set_parent(remote(TraceFlags::NOT_SAMPLED)).unwrap();
    drop(span);
    assert_eq!(*sampler.0.lock().unwrap(), ["named Server n=1", "named Server asked=1 n=1 keep=true"]);
    assert_eq!(bridged.tree(), "named [server] (remote parent)\n  asked: 2\n  n: 1\n  keep: true\n");
}

/// Counts starts, and says whose child each was.
#[derive(Clone, Default)]
struct Starts(Arc<Mutex<Vec<String>>>);

impl SpanProcessor for Starts {
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        let parent = parent.span().span_context().span_id();
        let known: Vec<_> = span.view().attributes().map(|(key, value)| format!("{key}={value}")).collect();
        self.0.lock().unwrap().push(format!("{parent} {} {}", span.view().name(), known.join(" ")));
    }
}

#[test]
fn processors_see_a_span_that_gets_another_parent_start_once_more() {
    let starts = Starts::default();
    let bridged = Bridged::with_traces(|traces| traces.with_processor(starts.clone()));
    let span = info_span!("span", a = 1);
    span.set_parent(remote(TraceFlags::SAMPLED)).unwrap();
    drop(span);
    assert_eq!(*starts.0.lock().unwrap(), ["0000000000000000 span a=1", "0000000000000def span a=1"]);
    assert_eq!(bridged.exporter.spans().len(), 1);
}

#[test]
fn the_context_of_a_span_makes_children_anywhere() {
    let bridged = Bridged::new();
    let span = info_span!("span");
    let context = span.context();
    bridged.tracer().start_with_context("api child", &context);
    context.span().set_attribute(KeyValue::new("through", "the api"));
    context.span().update_name("renamed");
    bridged.on_a_thread(|| {
        let _attached = context.clone().attach();
        info_span!("child of the context").in_scope(|| {});
    });
    assert_eq!(tracing::Span::none().context().span().span_context(), &SpanContext::NONE);
    drop(span);
    assert_eq!(bridged.tree(), "renamed\n  through: the api\n  ├─ api child\n  └─ child of the context\n");
}

#[test]
fn a_span_takes_what_the_api_has_and_tracing_has_not() {
    let bridged = Bridged::with_traces(|traces| traces.with_sampler(AlwaysOn));
    let other = info_span!("other");
    let other_span = other.context().span().span_context().clone();
    let span = info_span!("span");
    span.set_attribute("any name at all", 1.5);
    span.add_link(other_span.clone());
    span.add_link_with_attributes(other_span, vec![KeyValue::new("why", "twice")]);
    span.add_event("event", vec![KeyValue::new("n", 1)]);
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    span.add_event_with_timestamp("then", then, vec![]);
    span.set_status(Status::error("broken"));
    span.set_status(Status::Unset);
    drop((span, other));
    assert_eq!(
        bridged.tree(),
        "other

span ✗ broken
  any name at all: 1.5
  • event
      n: 1
  • then
  → other
  → other
      why: twice
"
    );
    let span = bridged.span("span");
    assert_eq!(span.view().events().nth(1).unwrap().time(), then);
}
