//! W3C Trace Context in a carrier: `traceparent` and `tracestate` together.

use super::traceparent::{self, Traceparent};
use super::{notice, tracestate};
use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use std::sync::LazyLock;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The API asks for owned strings that live as long as the propagator.
static FIELDS: LazyLock<[String; 2]> = LazyLock::new(|| [TRACEPARENT.to_owned(), TRACESTATE.to_owned()]);

/// Carries the current span's identity in `traceparent` and `tracestate`, as
/// [W3C Trace Context Level 2](https://www.w3.org/TR/trace-context-2/) says (`OTEL_PROPAGATORS=tracecontext`, on by
/// default).
///
/// **Injecting** writes `traceparent` in version `00` with the flags *sampled* and *random*, and `tracestate` when it has
/// members; nothing for an invalid span context. Cost: one allocation a header, plus the carrier's own.
///
/// **Extracting** returns the given context with the remote span, or unchanged when there is no valid `traceparent`:
///
/// - hexadecimal digits in lower case, fields of the exact lengths, ids that are not zero; white space around is ignored;
/// - version `ff` is refused, `00` allows nothing behind the flags, later versions may add data behind a dash;
/// - flags without a meaning in Level 2 are ignored;
/// - several `traceparent` headers are as good as none, since nobody can tell which is meant;
/// - several `tracestate` headers are one list; a list with a malformed member, a repeated key or more than 32 members is
///   discarded as a whole, and `traceparent` is used without it.
///
/// Cost: what the API's types allocate, and the list of header lines each call of `Extractor::get_all` returns.
/// It never panics, and says at most once in a process (at debug level) that a header was ignored.
///
/// OpenTelemetry: <https://opentelemetry.io/docs/specs/otel/context/api-propagators/#propagators-distribution>.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use opentelemetry::Context;
/// use pilotlight_sdk::propagation::TraceContextPropagator;
/// use std::collections::HashMap;
///
/// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let received = HashMap::from([("traceparent".to_string(), header.to_string())]);
/// let propagator = TraceContextPropagator::new();
///
/// let cx = propagator.extract_with_context(&Context::new(), &received);
/// assert!(cx.span().span_context().is_remote());
///
/// let mut sent = HashMap::new();
/// propagator.inject_context(&cx, &mut sent);
/// assert_eq!(sent["traceparent"], header);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TraceContextPropagator {}

impl TraceContextPropagator {
    /// A propagator; it has no state and no settings.
    pub const fn new() -> Self {
        Self {}
    }
}

impl TextMapPropagator for TraceContextPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span = span.span_context();
        if !span.is_valid() {
            return;
        }
        let parent =
            Traceparent { trace_id: span.trace_id(), span_id: span.span_id(), flags: span.trace_flags() };
        injector.set(TRACEPARENT, traceparent::format(&parent));
        if let Some(state) = tracestate::format(span.trace_state()) {
            injector.set(TRACESTATE, state);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(parent) = extract_parent(extractor) else { return cx.clone() };
        cx.with_remote_span_context(SpanContext::new(
            parent.trace_id,
            parent.span_id,
            parent.flags,
            true,
            extract_state(extractor),
        ))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

/// `Extractor::get` would hide a second line behind the first.
fn extract_parent(extractor: &dyn Extractor) -> Option<Traceparent> {
    let lines = extractor.get_all(TRACEPARENT)?;
    let parent = match lines.as_slice() {
        [line] => traceparent::parse(line),
        _ => None,
    };
    if parent.is_none() {
        notice::TRACEPARENT.say();
    }
    parent
}

/// Only asked for when `traceparent` is valid: without it `tracestate` must not be read.
fn extract_state(extractor: &dyn Extractor) -> TraceState {
    let Some(lines) = extractor.get_all(TRACESTATE) else { return TraceState::NONE };
    tracestate::parse(lines).unwrap_or_else(|_| {
        notice::TRACESTATE.say();
        TraceState::NONE
    })
}

#[cfg(test)]
mod tests {
    use super::super::headers::Headers;
    use super::*;
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId};

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const OTHER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn extract(headers: &[(&str, &str)]) -> SpanContext {
        let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers::of(headers));
        cx.span().span_context().clone()
    }

    fn inject(span: SpanContext) -> Headers {
        let mut headers = Headers::default();
        TraceContextPropagator::new()
            .inject_context(&Context::new().with_remote_span_context(span), &mut headers);
        headers
    }

    fn span(flags: u8, state: TraceState) -> SpanContext {
        let trace_id = TraceId::from_hex("0af7651916cd43dd8448eb211c80319c").unwrap();
        let span_id = SpanId::from_hex("b7ad6b7169203331").unwrap();
        SpanContext::new(trace_id, span_id, TraceFlags::new(flags), true, state)
    }

    #[test]
    fn both_headers_make_a_remote_parent() {
        let state = TraceState::from_key_value([("rojo", "1"), ("congo", "2")]).unwrap();
        assert_eq!(extract(&[("traceparent", PARENT), ("tracestate", "rojo=1,congo=2")]), span(0x01, state));
    }

    #[test]
    fn several_traceparent_headers_are_ignored_even_when_they_agree() {
        for second in [OTHER, PARENT, ""] {
            assert!(!extract(&[("traceparent", PARENT), ("traceparent", second)]).is_valid());
        }
    }

    #[test]
    fn several_tracestate_headers_are_combined_in_their_order() {
        let lines =
            [("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", ""), ("tracestate", "b=2,c=3")];
        assert_eq!(extract(&lines).trace_state().header(), "a=1,b=2,c=3");
    }

    #[test]
    fn a_bad_tracestate_does_not_cost_the_traceparent() {
        for bad in ["rojo", "a=1,a=2", "é=1", "A=1"] {
            assert_eq!(
                extract(&[("traceparent", PARENT), ("tracestate", bad)]),
                span(0x01, TraceState::NONE),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_tracestate_without_a_valid_traceparent_is_not_read() {
        let headers = Headers::of(&[("traceparent", "nonsense"), ("tracestate", "rojo=1")]);
        let given = Context::new().with_remote_span_context(span(0x01, TraceState::NONE));
        let cx = TraceContextPropagator::new().extract_with_context(&given, &headers);
        assert_eq!(cx.span().span_context(), &span(0x01, TraceState::NONE));
    }

    #[test]
    fn header_names_are_found_in_any_case() {
        assert!(extract(&[("TraceParent", PARENT)]).is_valid());
    }

    #[test]
    fn without_headers_the_context_is_unchanged() {
        let given = Context::new().with_value("kept");
        let cx = TraceContextPropagator::new().extract_with_context(&given, &Headers::default());
        assert_eq!(cx.get::<&str>(), Some(&"kept"));
        assert!(!cx.has_active_span());
    }

    #[test]
    fn other_values_of_the_context_survive_extraction() {
        let given = Context::new().with_value("kept");
        let cx = TraceContextPropagator::new()
            .extract_with_context(&given, &Headers::of(&[("traceparent", PARENT)]));
        assert_eq!(cx.get::<&str>(), Some(&"kept"));
        assert!(cx.has_active_span());
    }

    #[test]
    fn a_valid_span_is_injected_with_known_flags_only() {
        assert_eq!(
            inject(span(0xff, TraceState::NONE)).lines(),
            [(TRACEPARENT, PARENT.replace("-01", "-03"))]
        );
    }

    #[test]
    fn tracestate_is_injected_when_it_has_members() {
        let state = TraceState::from_key_value([("rojo", "1"), ("congo", "2")]).unwrap();
        let expected = [(TRACEPARENT, PARENT.to_owned()), (TRACESTATE, "rojo=1,congo=2".to_owned())];
        assert_eq!(inject(span(0x01, state)).lines(), expected);
    }

    #[test]
    fn an_invalid_span_context_injects_nothing() {
        let no_trace =
            SpanContext::new(TraceId::INVALID, SpanId::from(1), TraceFlags::SAMPLED, false, TraceState::NONE);
        let no_span =
            SpanContext::new(TraceId::from(1), SpanId::INVALID, TraceFlags::SAMPLED, false, TraceState::NONE);
        for invalid in [SpanContext::NONE, no_trace, no_span] {
            assert!(inject(invalid).lines().is_empty());
        }
    }

    #[test]
    fn fields_name_both_headers() {
        assert_eq!(TraceContextPropagator::new().fields().collect::<Vec<_>>(), ["traceparent", "tracestate"]);
    }
}
