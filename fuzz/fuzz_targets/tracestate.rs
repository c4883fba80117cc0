//! Any `tracestate`, a line feed ending a header line: the trace is never lost, and what is kept is kept on the next hop.
//!
//! `cargo +nightly fuzz run tracestate`

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use pilotlight_sdk::propagation::TraceContextPropagator;
use std::collections::HashMap;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

struct Lines<'a>(&'a str);

impl Extractor for Lines<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name)?.first().copied()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }

    fn get_all(&self, name: &str) -> Option<Vec<&str>> {
        match name {
            "traceparent" => Some(vec![PARENT]),
            "tracestate" => Some(self.0.split('\n').collect()),
            _ => None,
        }
    }
}

fn extract(carrier: &dyn Extractor) -> SpanContext {
    let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), carrier);
    cx.span().span_context().clone()
}

fuzz_target!(|lines: &str| {
    let first = extract(&Lines(lines));
    assert!(first.is_valid());
    assert!(first.trace_state().into_iter().count() <= 32);

    let mut sent = HashMap::new();
    let cx = Context::new().with_remote_span_context(first.clone());
    TraceContextPropagator::new().inject_context(&cx, &mut sent);
    assert!(sent.values().all(|value| value.bytes().all(|byte| matches!(byte, b' '..=b'~'))));
    assert_eq!(extract(&sent), first);
});
