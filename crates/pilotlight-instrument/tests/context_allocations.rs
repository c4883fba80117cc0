//! What handing a context over allocates. One test: whatever runs beside it would be counted as well.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use pilotlight_instrument::context::{Carried, bind, bind_future, in_context};
use pilotlight_instrument::runtime::allocator::{self, CountingAllocator};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Poll, Waker};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

const TIMES: u64 = 1_000;

#[test]
fn handing_over_allocates_nothing_but_for_a_message_with_a_span() {
    for context in [Context::new(), with_baggage(), with_a_span()] {
        assert_eq!(each_in(&context, || bind(|| 1)()), 0, "a closure in {context:?}");
        assert_eq!(each_in(&context, || in_context(&context, || 1)), 0, "a closure here in {context:?}");
        assert_eq!(each_in(&context, polled), 0, "a future in {context:?}");
    }
    assert_eq!(each_in(&Context::new(), sent), 0, "a message");
    assert_eq!(each_in(&with_baggage(), sent), 0, "a message with baggage");
    assert_eq!(each_in(&with_a_span(), sent), 1, "a message with a span");
}

fn polled() {
    let answer =
        pin!(bind_future(std::future::ready(()))).poll(&mut std::task::Context::from_waker(Waker::noop()));
    assert_eq!(answer, Poll::Ready(()));
}

fn sent() -> u32 {
    Carried::new(1).with_parent(black_box)
}

/// Allocations of one time. What the harness allocates meanwhile is less than one a time.
fn each_in<T>(context: &Context, work: impl Fn() -> T) -> u64 {
    let _attached = context.clone().attach();
    black_box(work());
    let before = allocator::totals().allocations;
    for _ in 0..TIMES {
        black_box(work());
    }
    (allocator::totals().allocations - before) / TIMES
}

fn with_baggage() -> Context {
    Context::new().with_baggage([KeyValue::new("tenant", "7")])
}

fn with_a_span() -> Context {
    let (trace, span) = (TraceId::from(1), SpanId::from(1));
    let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE);
    with_baggage().with_remote_span_context(span)
}
