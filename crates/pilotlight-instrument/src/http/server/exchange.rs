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
use crate::http::status::status_text;
use crate::telemetry::outcome::{PANIC, run_in, type_name};
use crate::telemetry::recorded::Recorded;
use crate::thread;
use http::{Method, request as req, response as res};
use opentelemetry::trace::{SpanKind, SpanRef};
use opentelemetry::{KeyValue, StringValue};
use std::any::Any;
use std::cell::LazyCell;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Instant;

pub(super) struct Exchange {
    recorded: Recorded,
    options: Arc<Options>,
    /// The word that the span's name starts with, unless a formatter chose the name.
    verb: Option<StringValue>,
    /// Nobody wants to know more: the request was filtered out, is neither sampled nor measured, or has ended.
    closed: bool,
    measurement: Option<Measurement>,
    method: Method,
    /// How far the response's body has come; `None` while the service still works.
    progress: Option<BodyProgress>,
}

impl Exchange {
    /// Starts the span and the measurements, unless a filter says no or telemetry is suppressed, and leaves the
    /// span's context in the request for handlers. A request without a span still carries the caller's context, so that what it calls
    /// stays in the caller's trace.
    pub(super) fn begin(options: &Arc<Options>, parts: &mut req::Parts) -> Self {
        let mut exchange = Self {
            recorded: Recorded::outside(options.propagator.extract(&parts.headers)),
            options: Arc::clone(options),
            verb: None,
            closed: true,
            measurement: None,
            method: parts.method.clone(),
            progress: None,
        };
        if !exchange.recorded.context.is_telemetry_suppressed() && options.accepts(parts) {
            exchange.start(options, parts);
        }
        parts.extensions.insert(exchange.recorded.context.clone());
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
            let _current = thread::attach(&self.recorded.context);
            measurement.begin(instruments);
        }
        self.closed = !self.recorded.recording && self.measurement.is_none();
    }

    fn start_span(&mut self, public: bool, span: impl FnOnce() -> RequestSpan) {
        let mut verb = None;
        let span = || {
            let RequestSpan { builder, verb: first } = span();
            verb = self.options.span_name.is_none().then_some(first);
            builder
        };
        let tracer = &self.options.tracer;
        let started = match public {
            true => tracer.start_public(SpanKind::Server, span, &self.recorded.context),
            false => tracer.start(SpanKind::Server, span, &self.recorded.context),
        };
        self.recorded.context = started.context;
        self.recorded.recording = started.recording;
        self.verb = verb;
    }

    /// What reading the request's body shall leave behind.
    pub(super) fn interest(&mut self) -> Interest<'_> {
        Interest {
            events: (self.recorded.recording && self.options.read_events).then_some(&self.recorded.context),
            read: self.measurement.as_mut().map(|measurement| &mut measurement.read),
        }
    }

    /// Runs a piece of the service with the span as the current one. A panic ends the span and goes on its
    /// way.
    pub(super) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        run_in(&self.recorded.context, work).unwrap_or_else(|payload| {
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
        if let Some(span) = self.recorded.span() {
            let status = i64::from(head.status.as_u16());
            span.set_attribute(KeyValue::new("http.response.status_code", status));
            if let Some(route) = route {
                self.rename(&span, route);
            }
            self.record_asked(&span, head);
        }
        // Above 599 there is nothing defined either, and 4xx is the client's fault.
        if head.status.as_u16() >= 500 {
            self.recorded.fail(status_text(head.status), "");
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
        if let Some(span) = self.recorded.span().filter(|_| self.options.write_events) {
            let bytes = KeyValue::new("http.wrote_bytes", i64::try_from(bytes).unwrap_or(i64::MAX));
            span.add_event("write", vec![bytes]);
        }
    }

    /// The service or the body answered with an error of type `E`, which is all that can be said without
    /// asking more of the type.
    pub(super) fn failed<E>(&mut self, description: &'static str) {
        if !self.closed {
            self.recorded.fail(type_name::<E>(), description);
            self.end();
        }
    }

    fn panicked(&mut self, payload: &(dyn Any + Send)) {
        if !self.closed {
            self.recorded.panicked(payload, self.options.value_bytes_max, "the service panicked");
            self.end();
        }
    }

    /// Ends the measurements and the span at this moment.
    pub(super) fn end(&mut self) {
        if self.closed {
            return;
        }
        self.closed = true;
        self.measure();
        if let (Some(progress), Some(span), true) =
            (&self.progress, self.recorded.span(), self.options.body_sizes)
        {
            span.set_attribute(progress.size());
        }
        self.recorded.end();
    }

    /// Records with the span as the current one, for that is whose trace an exemplar names.
    fn measure(&mut self) {
        let (Some(measurement), Some(instruments)) =
            (self.measurement.take(), self.options.meter.instruments())
        else {
            return;
        };
        let _current = thread::attach(&self.recorded.context);
        let sent = self.progress.as_ref().map_or(0, |progress| progress.bytes);
        measurement.end(instruments, self.recorded.take_error_type(), sent);
    }

    /// Dropped early, by a server whose client is gone, or by a time limit in front of the layer.
    fn abandoned(&mut self) {
        match &self.progress {
            _ if std::thread::panicking() => {
                self.recorded.fail(PANIC.into(), "a panic outside the service dropped the request")
            }
            None => self.interrupted("cancelled", "the request was dropped before its response"),
            // What nobody ever asked for anything was replaced by another body, not cut short.
            Some(progress) if !progress.polled || progress.is_complete() => {}
            Some(_) => self.interrupted("client_disconnected", "the response was dropped before its end"),
        }
        self.end();
    }

    fn interrupted(&mut self, name: &'static str, description: &'static str) {
        let as_error = self.options.disconnect_is_error.then_some(name);
        self.recorded.interrupted(name, as_error, description);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.closed {
            self.abandoned();
        }
    }
}
