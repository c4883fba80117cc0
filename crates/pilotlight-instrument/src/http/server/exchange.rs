//! One request and its response: the context they run in, the span and the measurements, which end exactly
//! once, at the same moment and with the same `error.type`.
//!
//! ```text
//!  begin ─▶ responded ─▶ sent … ─▶ end                   all is well, or the status says what is not
//!    │          │          ├─▶ failed                    the body failed:        error.type = its error's type
//!    │          │          └─▶ (dropped)                 client_disconnected
//!    ├─▶ failed │                                        the service failed:     error.type = its error's type
//!    ├─▶ (dropped)                                       cancelled
//!    └─▶ panicked, at any time                           panic, with an exception event
//! ```

use super::head::Head;
use super::measurement::Measurement;
use super::options::Options;
use super::request::{self, RequestSpan};
use super::request_body::Interest;
use super::route::HttpRoute;
use crate::http::message::{BodyProgress, content_length, has_no_body};
use crate::http::method;
use crate::http::outcome::{PANIC, exception, run_in, status_text, type_name};
use http::{Method, request as req, response as res};
use opentelemetry::trace::{Link, SpanContext, SpanKind, SpanRef, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue};
use std::any::Any;
use std::borrow::Cow;
use std::cell::LazyCell;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Instant;

pub(super) struct Exchange {
    context: Context,
    options: Arc<Options>,
    /// The word that the span's name starts with, unless a formatter chose the name.
    verb: Option<StringValue>,
    /// Nobody wants to know more: the request was filtered out, is neither sampled nor measured, or has ended.
    closed: bool,
    /// The span wants attributes. Otherwise the context's span may be the caller's, and is left alone.
    recording: bool,
    measurement: Option<Measurement>,
    /// The first failure, as `error.type` has it.
    error_type: Option<StringValue>,
    method: Method,
    /// How far the response's body has come; `None` while the service still works.
    progress: Option<BodyProgress>,
}

impl Exchange {
    /// Starts the span and the measurements, unless a filter says no, and leaves the span's context in the
    /// request for handlers. A request without a span still carries the caller's context, so that what it calls
    /// stays in the caller's trace.
    pub(super) fn begin(options: &Arc<Options>, parts: &mut req::Parts) -> Self {
        let parent = options.extract(&parts.headers);
        let mut exchange = Self {
            context: parent,
            options: Arc::clone(options),
            verb: None,
            closed: true,
            recording: false,
            measurement: None,
            error_type: None,
            method: parts.method.clone(),
            progress: None,
        };
        if options.accepts(parts) {
            exchange.start(options, parts);
        }
        parts.extensions.insert(exchange.context.clone());
        exchange
    }

    fn start(&mut self, options: &Options, parts: &req::Parts) {
        let instruments = options.meter.instruments();
        let began = instruments.map(|_| Instant::now());
        // Not read at all while nobody listens.
        let head = LazyCell::new(|| Head::read(options, parts));
        self.start_span(options.is_public(parts), || request::span(options, &head));
        self.measurement = began.map(|began| Measurement::new(options, &head, began));
        if let (Some(instruments), Some(measurement)) = (instruments, &self.measurement) {
            let _current = self.context.clone().attach();
            measurement.begin(instruments);
        }
        self.closed = !self.recording && self.measurement.is_none();
    }

    fn start_span(&mut self, public: bool, span: impl FnOnce() -> RequestSpan) {
        let mut verb = None;
        let span = || {
            let RequestSpan { mut builder, verb: first } = span();
            if public {
                builder.links = self.caller().map(|caller| vec![Link::with_context(caller)]);
            }
            verb = self.options.span_name.is_none().then_some(first);
            builder
        };
        let started = if public {
            self.options.tracer.start(SpanKind::Server, span, &root(&self.context), &self.context)
        } else {
            self.options.tracer.start(SpanKind::Server, span, &self.context, &self.context)
        };
        self.context = started.context;
        self.recording = started.recording;
        self.verb = verb;
    }

    fn caller(&self) -> Option<SpanContext> {
        Some(self.context.span().span_context().clone()).filter(SpanContext::is_valid)
    }

    /// What reading the request's body shall leave behind.
    pub(super) fn interest(&mut self) -> Interest<'_> {
        Interest {
            events: (self.recording && self.options.read_events).then_some(&self.context),
            read: self.measurement.as_mut().map(|measurement| &mut measurement.read),
        }
    }

    fn span(&self) -> Option<SpanRef<'_>> {
        self.recording.then(|| self.context.span())
    }

    /// Runs a piece of the service with the span as the current one. A panic ends the span and goes on its
    /// way.
    pub(super) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        run_in(&self.context, work).unwrap_or_else(|payload| {
            self.panicked(&*payload);
            resume_unwind(payload)
        })
    }

    /// Takes note of the response's head.
    pub(super) fn responded<B: http_body::Body>(&mut self, head: &res::Parts, body: &B) {
        if self.closed {
            return;
        }
        self.record_head(head);
        if has_no_body(&self.method, head.status) || body.is_end_stream() {
            self.end();
        } else {
            let announced = content_length(&head.headers).or(body.size_hint().exact());
            self.progress = Some(BodyProgress::new(announced));
        }
    }

    fn record_head(&mut self, head: &res::Parts) {
        let route = head.extensions.get::<HttpRoute>();
        if let Some(measurement) = &mut self.measurement {
            measurement.responded(head.status, route);
        }
        if let Some(span) = self.span() {
            let status = i64::from(head.status.as_u16());
            span.set_attribute(KeyValue::new("http.response.status_code", status));
            if let Some(route) = route {
                self.rename(&span, route);
            }
            self.record_asked(&span, head);
        }
        // Above 599 there is nothing defined either, and 4xx is the client's fault.
        if head.status.as_u16() >= 500 {
            self.fail(status_text(head.status), "");
        }
    }

    fn rename(&self, span: &SpanRef<'_>, route: &HttpRoute) {
        if let Some(verb) = &self.verb {
            span.update_name(method::span_name(verb, Some(route.as_str())));
        }
        span.set_attribute(route.attribute());
    }

    fn record_asked(&self, span: &SpanRef<'_>, head: &res::Parts) {
        if self.options.response_headers.len() == 0 && self.options.response_attributes.is_none() {
            return;
        }
        let mut attributes = Vec::with_capacity(self.options.response_headers.len());
        self.options.response_headers.record(&head.headers, self.options.value_bytes_max, &mut attributes);
        if let Some(hook) = &self.options.response_attributes {
            hook(head, &mut attributes);
        }
        span.set_attributes(attributes);
    }

    /// The body was asked for a frame.
    pub(super) fn polled(&mut self) {
        if let Some(progress) = &mut self.progress {
            progress.polled = true;
        }
    }

    /// The body gave a chunk.
    pub(super) fn sent(&mut self, bytes: usize) {
        if self.closed {
            return;
        }
        if let Some(progress) = &mut self.progress {
            progress.bytes += bytes as u64;
        }
        if let Some(span) = self.span().filter(|_| self.options.write_events) {
            let bytes = KeyValue::new("http.wrote_bytes", i64::try_from(bytes).unwrap_or(i64::MAX));
            span.add_event("write", vec![bytes]);
        }
    }

    /// The service or the body answered with an error of type `E`, which is all that can be said without
    /// asking more of the type.
    pub(super) fn failed<E>(&mut self, description: &'static str) {
        if !self.closed {
            self.fail(type_name::<E>(), description);
            self.end();
        }
    }

    fn panicked(&mut self, payload: &(dyn Any + Send)) {
        if self.closed {
            return;
        }
        if let Some(span) = self.span() {
            let exception = exception(payload, self.options.value_bytes_max);
            span.add_event("exception", exception);
        }
        self.fail(PANIC.into(), "the service panicked");
        self.end();
    }

    /// The first failure names the error: a 500 whose body is cut short is a 500.
    fn fail(&mut self, error_type: StringValue, description: &'static str) {
        if self.error_type.is_some() {
            return;
        }
        if let Some(span) = self.span() {
            span.set_attribute(KeyValue::new("error.type", error_type.clone()));
            span.set_status(Status::Error { description: Cow::Borrowed(description) });
        }
        self.error_type = Some(error_type);
    }

    /// Ends the measurements and the span at this moment. Whoever still holds its context can no longer change
    /// it.
    pub(super) fn end(&mut self) {
        if self.closed {
            return;
        }
        self.closed = true;
        self.measure();
        let Some(span) = self.span() else { return };
        if let Some(progress) = self.progress.as_ref().filter(|_| self.options.body_sizes) {
            let bytes = i64::try_from(progress.bytes).unwrap_or(i64::MAX);
            span.set_attribute(KeyValue::new("http.response.body.size", bytes));
        }
        span.end();
    }

    /// Records with the span as the current one, for that is whose trace an exemplar names.
    fn measure(&mut self) {
        let (Some(measurement), Some(instruments)) =
            (self.measurement.take(), self.options.meter.instruments())
        else {
            return;
        };
        let _current = self.context.clone().attach();
        let sent = self.progress.as_ref().map_or(0, |progress| progress.bytes);
        measurement.end(instruments, self.error_type.take(), sent);
    }

    /// Dropped early, by a server whose client is gone, or by a time limit in front of the layer.
    fn abandoned(&mut self) {
        match &self.progress {
            _ if std::thread::panicking() => {
                self.fail(PANIC.into(), "a panic outside the service dropped the request")
            }
            None => self.interrupted("cancelled", "the request was dropped before its response"),
            // What nobody ever asked for anything was replaced by another body, not cut short.
            Some(progress) if !progress.polled || progress.is_complete() => {}
            Some(_) => self.interrupted("client_disconnected", "the response was dropped before its end"),
        }
        self.end();
    }

    fn interrupted(&mut self, error_type: &'static str, description: &'static str) {
        if self.options.disconnect_is_error {
            self.fail(error_type.into(), description);
        } else if let Some(span) = self.span() {
            span.add_event(error_type, Vec::new());
        }
    }
}

/// The parent of a root span. Samplers take any span in a context for a parent, an invalid one too, so it has
/// none.
fn root(context: &Context) -> Context {
    let root = Context::new();
    if context.is_telemetry_suppressed() { root.with_telemetry_suppressed() } else { root }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.closed {
            self.abandoned();
        }
    }
}
