//! Several propagators as one.

use super::{BaggagePropagator, TraceContextPropagator};
use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use std::fmt;

/// As the API's composite takes them too.
type Propagator = Box<dyn TextMapPropagator + Send + Sync>;

/// A propagator that ships with Pilotlight, as `OTEL_PROPAGATORS` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PropagatorKind {
    /// [W3C Trace Context](https://www.w3.org/TR/trace-context-2/): `tracecontext`.
    TraceContext,
    /// [W3C Baggage](https://www.w3.org/TR/baggage/): `baggage`.
    Baggage,
}

impl fmt::Display for PropagatorKind {
    /// The name in `OTEL_PROPAGATORS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
        })
    }
}

/// The propagator for a list of kinds, in the list's order; an empty list propagates nothing (`OTEL_PROPAGATORS=none`).
///
/// The settings' default is trace context, then baggage:
/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration>.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use pilotlight_sdk::propagation::{PropagatorKind, composite};
///
/// let propagator = composite(&[PropagatorKind::TraceContext, PropagatorKind::Baggage]);
/// assert_eq!(propagator.fields().collect::<Vec<_>>(), ["traceparent", "tracestate", "baggage"]);
/// ```
pub fn composite(kinds: &[PropagatorKind]) -> CompositePropagator {
    CompositePropagator::new(kinds.iter().map(|kind| kind.propagator()).collect())
}

impl PropagatorKind {
    fn propagator(self) -> Propagator {
        match self {
            Self::TraceContext => Box::new(TraceContextPropagator::new()),
            Self::Baggage => Box::new(BaggagePropagator::new()),
        }
    }
}

/// Injects and extracts through several propagators, one after the other, in the order they were given.
///
/// Does what the API's `TextMapCompositePropagator` does, and its fields have an order: the propagators' own, each name
/// once. What a later propagator extracts wins over an earlier one's where they disagree.
///
/// OpenTelemetry: <https://opentelemetry.io/docs/specs/otel/context/api-propagators/#composite-propagator>.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::Context;
/// use pilotlight_sdk::propagation::{BaggagePropagator, CompositePropagator};
/// use std::collections::HashMap;
///
/// // Beside ours, any propagator of the API can stand here.
/// let propagator = CompositePropagator::new(vec![Box::new(BaggagePropagator::new())]);
///
/// let mut sent = HashMap::new();
/// propagator.inject_context(&Context::new(), &mut sent);
/// assert!(sent.is_empty());
/// ```
#[derive(Debug)]
pub struct CompositePropagator {
    propagators: Vec<Propagator>,
    fields: Vec<String>,
}

impl CompositePropagator {
    /// One propagator out of several.
    pub fn new(propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>>) -> Self {
        let mut fields: Vec<String> = Vec::new();
        for field in propagators.iter().flat_map(|propagator| propagator.fields()) {
            if fields.iter().all(|known| known != field) {
                fields.push(field.to_owned());
            }
        }
        Self { propagators, fields }
    }
}

impl TextMapPropagator for CompositePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        for propagator in &self.propagators {
            propagator.inject_context(cx, injector);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let extract = |cx: Context, propagator: &Propagator| propagator.extract_with_context(&cx, extractor);
        self.propagators.iter().fold(cx.clone(), extract)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

#[cfg(test)]
mod tests {
    use super::super::headers::Headers;
    use super::PropagatorKind::{Baggage, TraceContext};
    use super::*;
    use opentelemetry::baggage::BaggageExt;
    use opentelemetry::trace::TraceContextExt;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn received() -> Headers {
        Headers::of(&[("traceparent", PARENT), ("tracestate", "rojo=1"), ("baggage", "user=alice")])
    }

    fn names(headers: &Headers) -> Vec<&str> {
        headers.lines().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn headers_are_injected_in_the_order_of_the_kinds() {
        let cases: [(&[PropagatorKind], &[&str]); 4] = [
            (&[TraceContext, Baggage], &["traceparent", "tracestate", "baggage"]),
            (&[Baggage, TraceContext], &["baggage", "traceparent", "tracestate"]),
            (&[Baggage], &["baggage"]),
            (&[], &[]),
        ];
        let cx = composite(&[TraceContext, Baggage]).extract_with_context(&Context::new(), &received());
        for (kinds, expected) in cases {
            let propagator = composite(kinds);
            let mut sent = Headers::default();
            propagator.inject_context(&cx, &mut sent);
            assert_eq!(names(&sent), expected);
            assert_eq!(propagator.fields().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn every_propagator_extracts_its_part() {
        let cx = composite(&[Baggage, TraceContext]).extract_with_context(&Context::new(), &received());
        assert_eq!(cx.span().span_context().trace_state().get("rojo"), Some("1"));
        assert_eq!(cx.baggage().get("user"), Some(&"alice".into()));
    }

    #[test]
    fn an_empty_list_propagates_nothing_and_keeps_the_context() {
        let cx = composite(&[]).extract_with_context(&Context::new().with_value(7_u8), &received());
        assert!(!cx.has_active_span());
        assert!(cx.baggage().is_empty());
        assert_eq!(cx.get::<u8>(), Some(&7));
    }

    #[test]
    fn a_kind_given_twice_names_its_fields_once() {
        assert_eq!(composite(&[Baggage, Baggage]).fields().collect::<Vec<_>>(), ["baggage"]);
    }

    #[test]
    fn kinds_are_shown_as_the_environment_names_them() {
        assert_eq!([TraceContext, Baggage].map(|kind| kind.to_string()), ["tracecontext", "baggage"]);
    }
}
