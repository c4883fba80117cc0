//! How contexts travel: by a given propagator, or by the global one.

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, global};

/// A propagator. `None` asks for the global one at each request, under the lock that it is kept under.
#[derive(Default)]
pub(crate) struct Propagator(Option<Box<dyn TextMapPropagator + Send + Sync>>);

impl Propagator {
    pub(crate) fn of(propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(propagator)))
    }

    /// The context that the caller sent, on top of the current one.
    pub(crate) fn extract(&self, carrier: &dyn Extractor) -> Context {
        let current = Context::current();
        match &self.0 {
            Some(propagator) => propagator.extract_with_context(&current, carrier),
            None => global::get_text_map_propagator(|global| global.extract_with_context(&current, carrier)),
        }
    }

    /// Writes `context` for whoever is called.
    pub(crate) fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        match &self.0 {
            Some(propagator) => propagator.inject_context(context, carrier),
            None => global::get_text_map_propagator(|global| global.inject_context(context, carrier)),
        }
    }
}
