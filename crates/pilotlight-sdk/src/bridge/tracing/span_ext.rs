//! What OpenTelemetry knows of a span and `tracing` does not: remote parents, links, attributes by any name.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, Status, TraceContextExt};
use opentelemetry::{Context, Key, KeyValue, Value};
use tracing::Span;
use tracing::span::Id;

use crate::record::{Shown, SpanView, ValueView};

use super::layer::TracingLayer;
use super::open_span::Handle;
use super::open_spans::Entry;

/// Reaches the engine's span behind a span of `tracing`.
///
/// Named as in `tracing-opentelemetry`, so that code which used it there needs another import alone. Without a
/// [`TracingLayer`] in the span's subscriber, or when its filter left the span out, nothing happens.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::propagation::TextMapPropagator;
/// use pilotlight_sdk::bridge::tracing::OpenTelemetrySpanExt;
/// use pilotlight_sdk::propagation::TraceContextPropagator;
///
/// # fn receive(headers: &std::collections::HashMap<String, String>) {
/// let span = tracing::info_span!("process message", otel.kind = "consumer");
/// // Before the span is entered, and before it has children.
/// let _ = span.set_parent(TraceContextPropagator::new().extract(headers));
/// let _entered = span.enter();
/// # }
/// ```
pub trait OpenTelemetrySpanExt {
    /// Makes the span a child of the span in `parent`, in whose trace it starts anew, with what it has been given so far. Its sampling
    /// is decided again; processors see it start once more.
    ///
    /// # Errors
    ///
    /// [`SetParentError::AlreadyStarted`] once the span was entered, or its context was asked for or given to a child: its ids
    /// may be known elsewhere then. [`SetParentError::SpanDisabled`] when no span was made of it, and
    /// [`SetParentError::LayerNotFound`] when its subscriber has no layer of ours.
    fn set_parent(&self, parent: Context) -> Result<(), SetParentError>;

    /// Adds a link.
    fn add_link(&self, span_context: SpanContext) {
        self.add_link_with_attributes(span_context, Vec::new());
    }

    /// Adds a link that has attributes.
    fn add_link_with_attributes(&self, span_context: SpanContext, attributes: Vec<KeyValue>);

    /// The context that has this span as its current one: to inject into a request, to start spans of the API in, to attach
    /// elsewhere. The current context where there is no such span.
    fn context(&self) -> Context;

    /// Sets an attribute, of any name.
    fn set_attribute(&self, key: impl Into<Key>, value: impl Into<Value>);

    /// Sets the status, by the API's rules.
    fn set_status(&self, status: Status);

    /// Adds an event.
    fn add_event(&self, name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>);

    /// Adds an event that happened at `timestamp`.
    fn add_event_with_timestamp(
        &self,
        name: impl Into<Cow<'static, str>>,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    );
}

impl OpenTelemetrySpanExt for Span {
    fn set_parent(&self, parent: Context) -> Result<(), SetParentError> {
        if self.is_disabled() {
            return Err(SetParentError::SpanDisabled);
        }
        with_layer(self, |layer, id| layer.set_parent(id, &parent))
            .unwrap_or(Err(SetParentError::LayerNotFound))
    }

    fn add_link_with_attributes(&self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        with_span(self, |span| span.keep_link(span_context, attributes));
    }

    fn context(&self) -> Context {
        with_layer(self, TracingLayer::context_of).flatten().unwrap_or_else(Context::current)
    }

    fn set_attribute(&self, key: impl Into<Key>, value: impl Into<Value>) {
        let attribute = KeyValue::new(key, value);
        with_span(self, |span| {
            if let Some((record, tracer)) = span.fields() {
                record.set_attribute(&attribute, &tracer.core.limits);
            }
        });
    }

    fn set_status(&self, status: Status) {
        with_span(self, |span| {
            if let Some((record, _)) = span.fields() {
                record.set_status(status);
            }
        });
    }

    fn add_event(&self, name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>) {
        let name = name.into();
        with_span(self, |span| span.keep_event(&name, None, &attributes));
    }

    fn add_event_with_timestamp(
        &self,
        name: impl Into<Cow<'static, str>>,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) {
        let name = name.into();
        with_span(self, |span| span.keep_event(&name, Some(timestamp), &attributes));
    }
}

/// Why a span keeps the parent it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetParentError {
    /// It was entered, or its context was asked for.
    AlreadyStarted,
    /// Its subscriber has no layer of ours.
    LayerNotFound,
    /// A filter left it out, or telemetry was off when it was made.
    SpanDisabled,
}

impl fmt::Display for SetParentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyStarted => {
                "the span keeps its parent: it was entered, or its context is known elsewhere; set the parent right after the \
                 span is created"
            }
            Self::LayerNotFound => {
                "the span has no parent to set: its subscriber has no layer of Pilotlight; is the subscriber that made the span \
                 the one that Pilotlight's layer was added to?"
            }
            Self::SpanDisabled => {
                "the span has no parent to set: a filter left it out, or telemetry was off when it was made; is its level within \
                 the span filter (PILOTLIGHT_SPAN_FILTER)?"
            }
        })
    }
}

impl Error for SetParentError {}

fn with_layer<T>(span: &Span, f: impl FnOnce(&TracingLayer, &Id) -> T) -> Option<T> {
    span.with_subscriber(|(id, subscriber)| subscriber.downcast_ref().map(|layer| f(layer, id))).flatten()
}

fn with_span(span: &Span, f: impl FnOnce(&mut crate::record::Span)) {
    with_layer(span, |layer, id| layer.bridge.spans.get(id).map(|entry| entry.handle.with(f)));
}

impl TracingLayer {
    fn set_parent(&self, id: &Id, parent: &Context) -> Result<(), SetParentError> {
        let Entry { handle, .. } = self.bridge.spans.get(id).ok_or(SetParentError::SpanDisabled)?;
        if handle.is_used() {
            return Err(SetParentError::AlreadyStarted);
        }
        let (Some(mut span), Some(tracer)) = (handle.take(), handle.tracer()) else {
            return Err(SetParentError::AlreadyStarted);
        };
        let known = span.fields().map(|(record, _)| Known::of(&SpanView::new(&record.bytes)));
        let known = known.unwrap_or_default();
        let shown = Shown { name: &known.name, kind: known.kind(), attributes: &known.attributes };
        if tracer.restart(&mut span, &shown, parent).is_none() {
            handle.put_back(span);
            return Ok(());
        }
        let restarted = Handle::new(span, tracer);
        let context = parent.with_span(restarted.clone());
        self.bridge.spans.replace(id, &handle, Entry { context, handle: restarted });
        Ok(())
    }
}

/// What is known of a span that starts anew, for a sampler that wants to see it.
#[derive(Default)]
struct Known {
    name: String,
    kind: Option<opentelemetry::trace::SpanKind>,
    attributes: Vec<KeyValue>,
}

impl Known {
    fn of(span: &SpanView<'_>) -> Self {
        let attributes = span.attributes().map(|(key, value)| {
            let value: Value = match value {
                ValueView::Bool(flag) => flag.into(),
                ValueView::I64(number) => number.into(),
                ValueView::F64(number) => number.into(),
                other => other.to_string().into(),
            };
            KeyValue::new(key.to_owned(), value)
        });
        Self { name: span.name().to_owned(), kind: Some(span.kind()), attributes: attributes.collect() }
    }

    fn kind(&self) -> opentelemetry::trace::SpanKind {
        self.kind.clone().unwrap_or(opentelemetry::trace::SpanKind::Internal)
    }
}
