//! What a context carries: the active span, from where it is attached to where it is not, and values for samplers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::thread;

use common::{Recorder, attributes};
use opentelemetry::trace::{Span as _, SpanContext, SpanId, TraceContextExt, Tracer as _};
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::record::{
    Decision, FinishedSpan, Sampler, SamplingParameters, SamplingResult, SpanProcessor,
};

fn active() -> SpanId {
    Context::current().span().span_context().span_id()
}

#[test]
fn a_span_is_active_while_its_context_is_attached_and_no_longer() {
    let recorder = Recorder::new(|provider| provider);
    let tracer = recorder.tracer();
    let context = Context::current_with_span(tracer.start("parent"));
    assert_eq!(active(), SpanId::INVALID, "a context by itself makes nothing active");

    let attached = context.clone().attach();
    let parent = active();
    tracer.start("child").end();
    drop(attached);
    assert_eq!(active(), SpanId::INVALID);
    tracer.start("root").end();
    drop(context);

    let spans = recorder.spans();
    assert_eq!(spans.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["child", "root", "parent"]);
    assert_eq!(spans[0].parent_span_id, parent.to_bytes());
    assert!(spans[1].parent_span_id.is_empty());
    assert_eq!(spans[2].span_id, parent.to_bytes());
}

#[test]
fn spans_of_ours_are_not_remote_and_their_childrens_parents_are_as_said() {
    let recorder = Recorder::new(|provider| provider);
    let tracer = recorder.tracer();
    let local = Context::new().with_span(tracer.start_with_context("local", &Context::new()));
    assert!(!local.span().span_context().is_remote());
    let ours = local.span().span_context().clone();
    let remote = SpanContext::new(
        ours.trace_id(),
        ours.span_id(),
        ours.trace_flags(),
        true,
        ours.trace_state().clone(),
    );
    tracer.start_with_context("child of a local one", &local).end();
    let child =
        tracer.start_with_context("of a remote one", &Context::new().with_remote_span_context(remote));
    assert!(!child.span_context().is_remote());
    drop(child);
    let flags: Vec<_> = recorder.spans().iter().map(|span| span.flags & 0x300).collect();
    assert_eq!(flags, [0x100, 0x300]);
}

/// A value under a key of its own: in this API the type is the key.
struct Priority(i64);

#[derive(Debug)]
struct ByPriority;

impl Sampler for ByPriority {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        let is_high = parameters.parent.get::<Priority>().is_some_and(|priority| priority.0 > 5);
        SamplingResult::new(if is_high { Decision::RecordAndSample } else { Decision::Drop })
    }

    fn description(&self) -> Cow<'static, str> {
        "ByPriority".into()
    }
}

#[test]
fn a_sampler_sees_what_the_context_holds() {
    let recorder = Recorder::new(|provider| provider.with_sampler(ByPriority));
    let tracer = recorder.tracer();
    let low = Context::new().with_value(Priority(1));
    let high = low.with_value(Priority(9));
    for (name, context) in [("none", Context::new()), ("low", low), ("high", high)] {
        tracer.start_with_context(name, &context).end();
    }
    assert_eq!(recorder.span().name, "high");
}

#[derive(Debug)]
struct ByRoute;

impl Sampler for ByRoute {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        let has_route = parameters.attributes.iter().any(|attribute| attribute.key.as_str() == "http.route");
        SamplingResult::new(if has_route { Decision::RecordAndSample } else { Decision::Drop })
    }

    fn description(&self) -> Cow<'static, str> {
        "ByRoute".into()
    }
}

#[test]
fn a_sampler_sees_the_attributes_given_at_creation_and_no_later_ones() {
    let recorder = Recorder::new(|provider| provider.with_sampler(ByRoute));
    let tracer = recorder.tracer();
    let route = || KeyValue::new("http.route", "/users/{id}");
    let mut late = tracer.start("late");
    late.set_attribute(route());
    late.end();
    tracer.build(tracer.span_builder("in time").with_attributes([route()])).end();
    assert_eq!(recorder.span().name, "in time");
}

#[test]
fn one_span_takes_attributes_events_and_links_from_many_threads() {
    const THREADS: usize = 8;
    const EACH: usize = 16;
    let recorder = Recorder::new(|provider| provider);
    let context = Context::new().with_span(recorder.tracer().start("shared"));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let context = context.clone();
            scope.spawn(move || {
                let span = context.span();
                for i in 0..EACH {
                    span.set_attribute(KeyValue::new(format!("{number} {i}"), i as i64));
                    span.add_event(number.to_string(), vec![KeyValue::new("i", i as i64)]);
                    span.add_link(span.span_context().clone(), vec![]);
                }
            });
        }
    });
    drop(context);
    let span = recorder.span();
    assert_eq!((span.attributes.len(), span.links.len()), (THREADS * EACH, THREADS * EACH));
    assert_eq!(
        (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count),
        (0, 0, 0)
    );
    for number in 0..THREADS {
        let of_thread = span.events.iter().filter(|event| event.name == number.to_string());
        let order: Vec<_> = of_thread.map(|event| attributes(&event.attributes)[0].1.clone()).collect();
        assert_eq!(order, (0..EACH).map(|i| i.to_string()).collect::<Vec<_>>(), "thread {number}");
    }
}

/// Writes down which library made a span, and for which service.
#[derive(Clone, Default)]
struct Origins(Arc<Mutex<Vec<(String, String)>>>);

impl SpanProcessor for Origins {
    fn on_end(&self, span: &FinishedSpan<'_>) {
        let service = span.resource().get("service.name").unwrap().to_string();
        self.0.lock().unwrap().push((span.scope().name().to_owned(), service));
    }
}

#[test]
fn a_processor_can_read_the_scope_and_the_resource_of_a_span() {
    let origins = Origins::default();
    let resource = pilotlight_sdk::resource::Resource::builder()
        .attribute(KeyValue::new("service.name", "shop"))
        .build();
    let recorder = Recorder::new(|provider| provider.with_processor(origins.clone()).with_resource(resource));
    recorder.tracer().start("span").end();
    assert_eq!(*origins.0.lock().unwrap(), [("test".to_owned(), "shop".to_owned())]);
}
