//! The spans that everybody records.
//!
//! Names and values are static, so that the cost of the caller's own strings is in no number. The functions are
//! generic over the API's `Tracer`: a contestant that implements the API runs exactly this code.

use opentelemetry::trace::{Span, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};

/// The span's name.
pub const NAME: &str = "find user";

/// The name of its parent, where it has one.
pub const PARENT: &str = "handle request";

/// The scope under which contestants ask for a tracer.
pub const SCOPE: &str = "bench";

/// Four attributes of the kinds that dominate in services: two strings, an integer, a boolean.
pub fn attributes() -> [KeyValue; 4] {
    [
        KeyValue::new("db.system.name", "sqlite"),
        KeyValue::new("db.operation.name", "SELECT"),
        KeyValue::new("db.response.returned_rows", 1_i64),
        KeyValue::new("cache.hit", false),
    ]
}

/// A root span: start, four attributes one by one, end.
#[inline]
pub fn span<T: Tracer>(tracer: &T) {
    let mut span = tracer.build_with_context(tracer.span_builder(NAME), &Context::new());
    for attribute in attributes() {
        span.set_attribute(attribute);
    }
    span.end();
}

/// A parent and its child, both the current span while they last; the child has the four attributes.
#[inline]
pub fn parent_and_child<T>(tracer: &T)
where
    T: Tracer,
    T::Span: Send + Sync + 'static,
{
    tracer.in_span(PARENT, |_| child_with_attributes(tracer));
}

/// A child of the current span, with the four attributes.
#[inline]
pub fn child_with_attributes<T>(tracer: &T)
where
    T: Tracer,
    T::Span: Send + Sync + 'static,
{
    tracer.in_span(NAME, |context| {
        let span = context.span();
        for attribute in attributes() {
            span.set_attribute(attribute);
        }
    });
}

/// A parent with `children` children in context, without attributes.
#[inline]
pub fn family<T>(tracer: &T, children: u64)
where
    T: Tracer,
    T::Span: Send + Sync + 'static,
{
    tracer.in_span(PARENT, |_| {
        for _ in 0..children {
            tracer.in_span(NAME, |_| {});
        }
    });
}

/// The root span of [`span`], through `tracing`.
#[inline]
pub fn tracing_span() {
    let _entered = tracing::info_span!(
        "find user",
        db.system.name = "sqlite",
        db.operation.name = "SELECT",
        db.response.returned_rows = 1_i64,
        cache.hit = false,
    )
    .entered();
}
