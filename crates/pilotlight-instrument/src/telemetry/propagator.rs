//! How contexts travel: by a given propagator, or by the global one.

use opentelemetry::global;
use opentelemetry::propagation::TextMapPropagator;

/// A propagator. `None` asks for the global one at each request, under the lock that it is kept under.
#[derive(Default)]
pub(crate) struct Propagator(Option<Box<dyn TextMapPropagator + Send + Sync>>);

impl Propagator {
    pub(crate) fn of(propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(propagator)))
    }

    pub(crate) fn with<T>(&self, mut work: impl FnMut(&dyn TextMapPropagator) -> T) -> T {
        match &self.0 {
            Some(propagator) => work(propagator.as_ref()),
            None => global::get_text_map_propagator(work),
        }
    }
}

#[cfg(feature = "http")]
mod headers {
    use super::Propagator;
    use crate::http::headers::{HeaderExtractor, HeaderInjector, remove};
    use crate::thread;
    use http::HeaderMap;
    use opentelemetry::Context;
    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry::trace::TraceContextExt;

    impl Propagator {
        /// The context that the caller sent, on top of the current one.
        pub(crate) fn extract(&self, headers: &HeaderMap) -> Context {
            let (current, headers) = (thread::current(), HeaderExtractor(headers));
            self.with(|propagator| propagator.extract_with_context(&current, &headers))
        }

        /// Writes `context` for whoever is called.
        pub(crate) fn inject(&self, context: &Context, headers: &mut HeaderMap) {
            self.with(|propagator| replace(propagator, context, headers));
        }
    }

    /// Headers that came from elsewhere, as a proxy's do, may have what this context has not: somebody else's baggage
    /// does not belong to this trace. Where there is no trace, whoever wrote them is left to speak.
    fn replace(propagator: &dyn TextMapPropagator, context: &Context, headers: &mut HeaderMap) {
        if !headers.is_empty() && context.span().span_context().is_valid() {
            for key in propagator.fields() {
                remove(headers, key);
            }
        }
        propagator.inject_context(context, &mut HeaderInjector(headers));
    }
}
