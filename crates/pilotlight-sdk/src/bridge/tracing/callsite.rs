//! What is the same for all spans, or all events, of one place in the source, made once.

use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider as _;
use tracing::Metadata;

use crate::encode::attribute::AnyValueRef;
use crate::encode::field;
use crate::record::{
    AttributeLimits, LoggerInner, LoggerProvider, SharedAttributes, TracerInner, TracerProvider,
};

use super::severity::{Severity, severity};

/// Of spans.
#[derive(Debug)]
pub(super) struct SpanCallsite {
    pub(super) tracer: Arc<TracerInner>,
    pub(super) name: &'static str,
    /// Empty when not wanted.
    pub(super) location: SharedAttributes,
    pub(super) has_thread: bool,
}

/// Of events.
#[derive(Debug)]
pub(super) struct EventCallsite {
    pub(super) logger: Arc<LoggerInner>,
    pub(super) severity: Severity,
    /// Empty unless the event has a name of its own.
    pub(super) event_name: &'static str,
    /// Empty when not wanted.
    pub(super) location: SharedAttributes,
    pub(super) has_span_fields: bool,
}

impl SpanCallsite {
    pub(super) fn new(
        metadata: &'static Metadata<'static>,
        provider: &TracerProvider,
        has_location: bool,
        has_thread: bool,
    ) -> Self {
        let tracer = provider.tracer_with_scope(scope(metadata.target()));
        let location = location(metadata, field::span::ATTRIBUTES, has_location);
        Self { tracer: tracer.into_inner(), name: metadata.name(), location, has_thread }
    }
}

impl EventCallsite {
    pub(super) fn new(
        metadata: &'static Metadata<'static>,
        provider: &LoggerProvider,
        has_location: bool,
        has_span_fields: bool,
    ) -> Self {
        Self {
            logger: provider.logger_inner(scope(metadata.target())),
            severity: severity(*metadata.level()),
            event_name: own_name(metadata),
            location: location(metadata, field::log_record::ATTRIBUTES, has_location),
            has_span_fields,
        }
    }
}

/// Of records of the `log` crate with one target.
#[cfg(feature = "log")]
#[derive(Debug)]
pub(in crate::bridge) struct LogTarget {
    pub(in crate::bridge) logger: Arc<LoggerInner>,
    pub(in crate::bridge) has_location: bool,
    pub(in crate::bridge) has_span_fields: bool,
}

#[cfg(feature = "log")]
impl LogTarget {
    pub(super) fn new(
        target: &str,
        provider: &LoggerProvider,
        has_location: bool,
        has_span_fields: bool,
    ) -> Self {
        Self { logger: provider.logger_inner(scope(target)), has_location, has_span_fields }
    }
}

/// The target stands for whoever makes the telemetry.
fn scope(target: &str) -> InstrumentationScope {
    InstrumentationScope::builder(target.to_owned()).build()
}

/// Events that were given no name are named after their place in the source, which is no event's name.
fn own_name(metadata: &'static Metadata<'static>) -> &'static str {
    let name = metadata.name();
    let is_place = name.strip_prefix("event ").is_some_and(|place| place.contains(':'));
    if is_place || name == "log event" || name == "log record" { "" } else { name }
}

/// Specification: "Source code attributes",
/// <https://opentelemetry.io/docs/specs/semconv/code/>.
fn location(metadata: &'static Metadata<'static>, field: field::Key, is_wanted: bool) -> SharedAttributes {
    let limits = AttributeLimits { count: usize::MAX, length: None };
    let file = metadata.file().map(|file| ("code.file.path", AnyValueRef::Str(file)));
    let line = metadata.line().map(|line| ("code.line.number", AnyValueRef::I64(line.into())));
    SharedAttributes::new(field, [file, line].into_iter().flatten().filter(|_| is_wanted), limits)
}
