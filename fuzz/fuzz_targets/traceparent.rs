//! Any `traceparent`: refused, or read into a valid remote span that is written again in version 00.
//!
//! `cargo +nightly fuzz run traceparent`

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use pilotlight_sdk::propagation::TraceContextPropagator;
use std::collections::HashMap;

fuzz_target!(|header: &str| {
    let propagator = TraceContextPropagator::new();
    let received = HashMap::from([("traceparent".to_owned(), header.to_owned())]);
    let cx = propagator.extract_with_context(&Context::new(), &received);
    let mut sent = HashMap::new();
    propagator.inject_context(&cx, &mut sent);
    if !cx.has_active_span() {
        assert!(sent.is_empty());
        return;
    }
    assert!(cx.span().span_context().is_valid() && cx.span().span_context().is_remote());
    let trimmed = header.trim_matches([' ', '\t']);
    assert_eq!(sent["traceparent"].len(), 55);
    assert_eq!(sent["traceparent"][2..53], trimmed[2..53]);
});
