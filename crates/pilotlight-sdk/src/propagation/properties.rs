//! Properties that hold for any context and any header, however hostile.

use super::headers::Headers;
use super::{PropagatorKind, composite};
use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NAMES: [&str; 3] = ["traceparent", "tracestate", "baggage"];

fn inject(cx: &Context) -> Headers {
    let mut headers = Headers::default();
    composite(&[PropagatorKind::TraceContext, PropagatorKind::Baggage]).inject_context(cx, &mut headers);
    headers
}

fn extract(headers: &Headers) -> Context {
    composite(&[PropagatorKind::TraceContext, PropagatorKind::Baggage])
        .extract_with_context(&Context::new(), headers)
}

/// Keys that both Level 2 and the API's stricter `TraceState` know. Long ones are in the parser's own tests.
fn trace_state() -> impl Strategy<Value = TraceState> {
    let key =
        prop_oneof!["[a-z0-9][a-z0-9_*/-]{0,20}", "[a-z0-9][a-z0-9_*/-]{0,20}@[a-z0-9][a-z0-9_*/-]{0,12}"];
    let value = "[ -+\\--<>-~]{0,20}[!-+\\--<>-~]";
    btree_map(key, value, 0..=32).prop_map(|members| TraceState::from_key_value(members).unwrap())
}

fn span_context() -> impl Strategy<Value = SpanContext> {
    (1_u128.., 1_u64.., 0_u8..4, trace_state()).prop_map(|(trace_id, span_id, flags, state)| {
        SpanContext::new(TraceId::from(trace_id), SpanId::from(span_id), TraceFlags::new(flags), true, state)
    })
}

/// Any value, and metadata in the form that extraction gives it; well within the limits.
fn baggage() -> impl Strategy<Value = BTreeMap<String, (String, String)>> {
    let metadata = "([a-z0-9!#$%&'*+.^_`|~-]{1,8}(=[!#-+\\--:<-\\[\\]-~]{0,8})?(;[a-z]{1,4}){0,2})?";
    btree_map("[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,12}", (".{0,6}", metadata), 0..=64)
}

/// Lines that look enough like headers to get past the first check: grammar's own characters, and anything at all.
fn hostile_line() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ \t,;=%@a-f0-9é\u{0}-]{0,200}",
        "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.{0,10})?",
        vec("([a-z]{1,3}=[ -~]{0,6}|.{0,4})", 0..200).prop_map(|members| members.join(",")),
        (1_usize..20_000, "[a=,;% \u{1f600}]").prop_map(|(count, part)| part.repeat(count)),
        vec(any::<u8>(), 0..100).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

fn assert_fits(cx: &Context) {
    let state = cx.span().span_context().trace_state().clone();
    assert!(state.into_iter().count() <= 32);
    assert!(cx.baggage().len() <= 64);
    for (name, value) in inject(cx).lines() {
        assert!(value.is_ascii() && !value.contains(char::is_control), "{name}: {value:?}");
        assert!(name != "baggage" || value.len() <= 8192, "{} bytes", value.len());
        assert!(name != "traceparent" || value.len() == 55, "{value:?}");
        assert!(!value.is_empty());
    }
}

proptest! {
    #[test]
    fn any_valid_span_context_survives_the_journey(span in span_context()) {
        let sent = inject(&Context::new().with_remote_span_context(span.clone()));
        prop_assert_eq!(span_of(&extract(&sent)), span);
    }

    #[test]
    fn any_baggage_within_the_limits_survives_the_journey(entries in baggage()) {
        let baggage: Baggage =
            entries.iter().map(|(key, (value, metadata))| {
                (key.clone().into(), (value.clone().into(), metadata.as_str().into()))
            }).collect();
        let received = extract(&inject(&Context::new().with_baggage(baggage)));
        let received: BTreeMap<String, (String, String)> = received.baggage().iter().map(|(key, (value, metadata))| {
            (key.to_string(), (value.to_string(), metadata.to_string()))
        }).collect();
        prop_assert_eq!(received, entries);
    }

    #[test]
    fn hostile_headers_never_panic_and_never_exceed_the_limits(
        lines in vec((prop::sample::select(&NAMES[..]), hostile_line()), 0..6)
    ) {
        assert_fits(&extract(&Headers::of(&lines)));
    }

    #[test]
    fn hostile_state_and_baggage_of_ones_own_never_make_a_bad_header(
        state in vec((".{0,4}", ".{0,4}"), 0..3),
        plain in vec(("[a-z@]{0,3}", "(.|\n){0,6}"), 0..20),
        entries in vec(("[a-z]{1,3}", ".{0,8}", "(.|\n|;|[a-z]){0,6}"), 0..20),
        long in "[ é\"a]",
    ) {
        let state = TraceState::from_key_value(state).or_else(|_| TraceState::from_key_value(plain));
        let span = SpanContext::new(
            TraceId::from(1), SpanId::from(1), TraceFlags::new(0xff), false, state.unwrap_or_default(),
        );
        let mut baggage = Baggage::new();
        baggage.insert("long", long.repeat(3000));
        for (key, value, metadata) in entries {
            baggage.insert_with_metadata(key, value, metadata);
        }
        assert_fits(&Context::new().with_remote_span_context(span).with_baggage(baggage));
    }

    #[test]
    fn what_was_extracted_is_injected_the_same_on_every_hop(
        lines in vec((prop::sample::select(&NAMES[..]), hostile_line()), 0..6)
    ) {
        let first = extract(&Headers::of(&lines));
        let second = extract(&inject(&first));
        prop_assert_eq!(span_of(&second), span_of(&first));
        prop_assert_eq!(drawn(second.baggage()), drawn(first.baggage()));
    }
}

fn span_of(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}

fn drawn(baggage: &Baggage) -> BTreeMap<String, String> {
    baggage.iter().map(|(key, entry)| (key.to_string(), format!("{entry:?}"))).collect()
}
