//! What samplers and id generators decide, as it is seen from outside.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::borrow::Cow;

use common::{Recorder, attributes};
use opentelemetry::trace::{
    Span, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::record::{
    AlwaysOff, AlwaysOn, AlwaysRecord, Decision, IdGenerator, ParentBased, Sampler, SamplingParameters,
    SamplingResult,
};

const RANDOM: u8 = 0x02;

#[derive(Debug)]
struct Adds;

impl Sampler for Adds {
    fn should_sample(&self, _: &SamplingParameters<'_>) -> SamplingResult {
        let mut result = SamplingResult::new(Decision::RecordAndSample);
        result.attributes = vec![KeyValue::new("sampler", 1), KeyValue::new("both", "sampler")];
        result.trace_state = Some(TraceState::from_key_value([("ours", "1")]).unwrap());
        result
    }

    fn description(&self) -> Cow<'static, str> {
        "Adds".into()
    }
}

#[test]
fn a_samplers_attributes_come_first_and_lose_to_the_builders() {
    let recorder = Recorder::new(|provider| provider.with_sampler(Adds));
    let tracer = recorder.tracer();
    let given = [KeyValue::new("own", true), KeyValue::new("both", "builder")];
    drop(tracer.build(tracer.span_builder("span").with_attributes(given)));
    assert_eq!(
        attributes(&recorder.span().attributes),
        [("sampler", "1".into()), ("both", "builder".into()), ("own", "true".into())]
    );
}

#[test]
fn a_samplers_tracestate_is_exported_and_handed_on_to_children() {
    let recorder = Recorder::new(|provider| provider.with_sampler(ParentBased::new(Adds)));
    let tracer = recorder.tracer();
    let parent = tracer.start_with_context("parent", &Context::new());
    assert_eq!(parent.span_context().trace_state().header(), "ours=1");
    let context = Context::new().with_span(parent);
    drop(tracer.start_with_context("child", &context));
    drop(context);
    let states: Vec<_> = recorder.spans().into_iter().map(|span| span.trace_state).collect();
    assert_eq!(states, ["ours=1", "ours=1"]);
}

#[test]
fn always_record_leaves_alone_what_its_root_samples() {
    let recorder = Recorder::new(|provider| provider.with_sampler(AlwaysRecord::new(Adds)));
    let span = recorder.tracer().start_with_context("span", &Context::new());
    assert!(span.is_recording() && span.span_context().is_sampled());
    drop(span);
    let span = recorder.span();
    assert_eq!(attributes(&span.attributes)[0], ("sampler", "1".into()));
    assert_eq!(span.trace_state, "ours=1");
}

#[test]
fn an_invalid_span_in_the_context_is_no_parent() {
    let state = TraceState::from_key_value([("lost", "1")]).unwrap();
    for (trace, span) in [(0, 7), (7, 0)] {
        let sampler = ParentBased::new(AlwaysOn)
            .remote_parent_sampled(AlwaysOff)
            .remote_parent_not_sampled(AlwaysOff)
            .local_parent_sampled(AlwaysOff)
            .local_parent_not_sampled(AlwaysOff);
        let recorder = Recorder::new(|provider| provider.with_sampler(sampler));
        let invalid = SpanContext::new(
            TraceId::from(trace),
            SpanId::from(span),
            TraceFlags::SAMPLED,
            true,
            state.clone(),
        );
        let parent = Context::new().with_remote_span_context(invalid);
        drop(recorder.tracer().start_with_context("root", &parent));
        let root = recorder.span();
        assert!(root.parent_span_id.is_empty());
        assert_ne!(root.trace_id, TraceId::from(trace).to_bytes());
        assert_eq!((root.trace_state.as_str(), root.flags), ("", 0x103));
    }
}

#[test]
fn a_dropped_span_has_an_id_of_its_own_and_hands_the_decision_on() {
    let recorder = Recorder::new(|provider| provider.with_sampler(ParentBased::new(AlwaysOff)));
    let tracer = recorder.tracer();
    let parent = tracer.start_with_context("dropped", &Context::new());
    let parent_context = parent.span_context().clone();
    assert!(parent_context.is_valid() && !parent_context.is_sampled() && !parent.is_recording());
    let child = tracer.start_with_context("dropped too", &Context::new().with_span(parent));
    let child_context = child.span_context();
    assert_eq!(child_context.trace_id(), parent_context.trace_id());
    assert_ne!(child_context.span_id(), parent_context.span_id());
    assert_eq!(child_context.trace_flags().to_u8(), RANDOM, "not sampled");
    drop(child);
    assert!(recorder.spans().is_empty());
}

#[derive(Debug)]
struct Panics;

impl Sampler for Panics {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        assert!(parameters.name != "bad", "the sampler's own fault");
        SamplingResult::new(Decision::RecordAndSample)
    }

    fn description(&self) -> Cow<'static, str> {
        "Panics".into()
    }
}

#[test]
fn a_panic_in_a_sampler_drops_that_span_and_no_other() {
    let recorder = Recorder::new(|provider| provider.with_sampler(Panics));
    let bad = recorder.tracer().start("bad");
    assert!(bad.span_context().is_valid() && !bad.is_recording());
    drop(bad);
    drop(recorder.tracer().start("good"));
    assert_eq!(recorder.span().name, "good");
    assert_eq!(recorder.provider.shutdown(common::SOON).panics, 1);
}

#[derive(Debug)]
enum Ids {
    Fixed,
    Zero,
    Panic,
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        match self {
            Self::Fixed => TraceId::from(0xabc),
            Self::Zero => TraceId::INVALID,
            Self::Panic => panic!("no trace id"),
        }
    }

    fn new_span_id(&self) -> SpanId {
        match self {
            Self::Fixed => SpanId::from(0xdef),
            Self::Zero => SpanId::INVALID,
            Self::Panic => panic!("no span id"),
        }
    }
}

#[test]
fn ids_of_a_generator_are_used_and_not_called_random() {
    let recorder = Recorder::new(|provider| provider.with_id_generator(Ids::Fixed));
    drop(recorder.tracer().start("span"));
    let span = recorder.span();
    assert_eq!(span.trace_id, TraceId::from(0xabc).to_bytes());
    assert_eq!(span.span_id, SpanId::from(0xdef).to_bytes());
    assert_eq!(span.flags, 0x101, "sampled, not random");
}

#[test]
fn a_generator_that_gives_zero_or_panics_is_stood_in_for_by_random_ids() {
    for (ids, panics) in [(Ids::Zero, 0), (Ids::Panic, 2)] {
        let recorder = Recorder::new(|provider| provider.with_id_generator(ids));
        drop(recorder.tracer().start("span"));
        let span = recorder.span();
        assert_ne!(span.trace_id, [0; 16]);
        assert_ne!(span.span_id, [0; 8]);
        assert_eq!(span.flags, 0x103, "sampled and random");
        assert_eq!(recorder.provider.shutdown(common::SOON).panics, panics);
    }
}
