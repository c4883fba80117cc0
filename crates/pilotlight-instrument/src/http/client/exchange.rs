//! One attempt at a request: the context it runs in, the span and the measurements, which end exactly once, at the
//! same moment and with the same `error.type`.
//!
//! ```text
//!  begin ─▶ responded ─▶ received … ─▶ end               all is well, or the status says what is not
//!    │          │            ├─▶ failed                  the body failed:      error.type = what kind of error
//!    │          │            └─▶ (dropped)               event response_dropped
//!    ├─▶ failed │                                        no response:          error.type = what kind of error
//!    ├─▶ (dropped)                                       event cancelled
//!    └─▶ panicked, at any time                           panic, with an exception event
//! ```

use super::error_kind::{self, Phase};
use super::head::Head;
use super::measurement::Measurement;
use super::options::Options;
use super::resends::Resends;
use super::{peer, request};
use crate::http::message::{BodyProgress, content_length, has_no_body};
use crate::http::outcome::{PANIC, exception, run_in, status_text, type_name};
use crate::http::version::version;
use crate::thread;
use http::{Method, request as req, response as res};
use http_body::Body;
use opentelemetry::trace::{SpanKind, SpanRef, Status, TraceContextExt};
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
    /// Nobody wants to know more: the request was filtered out, is neither sampled nor measured, or has ended.
    closed: bool,
    /// The span wants attributes. Otherwise the context's span may be the caller's, and is left alone.
    recording: bool,
    measurement: Option<Measurement>,
    /// The first failure, as `error.type` has it.
    error_type: Option<StringValue>,
    method: Method,
    /// How far the response's body has come; `None` until there is one.
    progress: Option<BodyProgress>,
}

impl Exchange {
    /// Starts the span and the measurements, unless a filter says no or telemetry is suppressed, and leaves the
    /// span's context in the request, for whoever is called and for what sends it. A request without a span
    /// carries the current context.
    ///
    /// In a box, because it moves from the call into the future, and on into the response and its body: as often as
    /// they move, which took longer than the allocation does.
    pub(super) fn begin<B: Body>(options: &Arc<Options>, parts: &mut req::Parts, body: &B) -> Box<Self> {
        let mut exchange = Box::new(Self {
            context: thread::current(),
            options: Arc::clone(options),
            closed: true,
            recording: false,
            measurement: None,
            error_type: None,
            method: parts.method.clone(),
            progress: None,
        });
        if !exchange.context.is_telemetry_suppressed() && options.accepts(parts) {
            exchange.start(options, parts, body.size_hint().exact());
        }
        options.propagator.inject(&exchange.context, &mut parts.headers);
        parts.extensions.insert(exchange.context.clone());
        exchange
    }

    fn start(&mut self, options: &Options, parts: &req::Parts, body_bytes: Option<u64>) {
        let instruments = options.meter.instruments();
        let began = instruments.map(|_| Instant::now());
        let resend = self.resend(parts);
        // Not read at all while nobody listens.
        let head = LazyCell::new(|| Head::read(options, parts, body_bytes));
        let span = || request::span(options, &head, resend);
        let started = options.tracer.start(SpanKind::Client, span, &self.context);
        (self.context, self.recording) = (started.context, started.recording);
        self.measurement = began.map(|began| Measurement::new(&head, began));
        if let (Some(instruments), Some(measurement)) = (instruments, &self.measurement) {
            let _current = thread::attach(&self.context);
            measurement.begin(instruments);
        }
        self.closed = !self.recording && self.measurement.is_none();
    }

    /// The ordinal of this attempt. What runs inside it sends requests of its own, which are not counted with it.
    fn resend(&mut self, parts: &req::Parts) -> u32 {
        if let Some(resends) = parts.extensions.get::<Resends>() {
            return resends.next();
        }
        let Some(resends) = self.context.get::<Resends>() else { return 0 };
        let resend = resends.next();
        if resends.counts() {
            self.context = self.context.with_value(Resends::uncounted());
        }
        resend
    }

    fn span(&self) -> Option<SpanRef<'_>> {
        self.recording.then(|| self.context.span())
    }

    /// Runs a piece of the call with the span as the current one. A panic ends the span and goes on its way.
    pub(super) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        run_in(&self.context, work).unwrap_or_else(|payload| {
            self.panicked(&*payload);
            resume_unwind(payload)
        })
    }

    /// Takes note of the response's head.
    pub(super) fn responded<B: Body>(&mut self, head: &res::Parts, body: &B) {
        if self.closed {
            return;
        }
        self.record_head(head);
        if has_no_body(&self.method, head.status) || body.is_end_stream() {
            self.end();
            return;
        }
        let announced = content_length(&head.headers).or(body.size_hint().exact());
        self.progress = Some(BodyProgress::new(announced));
        if self.is_complete() {
            self.end();
        }
    }

    fn record_head(&mut self, head: &res::Parts) {
        if let Some(measurement) = &mut self.measurement {
            measurement.responded(head.status, head.version);
        }
        if let Some(span) = self.span() {
            let status = i64::from(head.status.as_u16());
            span.set_attribute(KeyValue::new("http.response.status_code", status));
            if let Some(version) = version(head.version) {
                span.set_attribute(KeyValue::new("network.protocol.version", version));
            }
            peer::record(&head.extensions, &span);
            self.record_asked(&span, head);
        }
        // Above 599 there is nothing defined; below 100 there is no `StatusCode`.
        if head.status.as_u16() >= 400 {
            self.fail(status_text(head.status), "");
        }
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

    /// The body gave a chunk.
    pub(super) fn received(&mut self, bytes: usize) {
        if let Some(progress) = &mut self.progress {
            progress.bytes += bytes as u64;
        }
    }

    /// All the bytes that were announced have come: nobody has to ask again to know that this is the end.
    pub(super) fn is_complete(&self) -> bool {
        self.progress.as_ref().is_some_and(BodyProgress::is_complete)
    }

    /// There was an error instead of a response, or inside its body.
    pub(super) fn failed<E: 'static>(&mut self, error: &E) {
        if self.closed {
            return;
        }
        let (phase, description) = match self.progress {
            None => (Phase::Sending, "there was no response"),
            Some(_) => (Phase::Body, "the response's body failed"),
        };
        self.fail(self.kind(error, phase), description);
        self.end();
    }

    /// The user's word first, then what is known, then the type's name.
    fn kind<E: 'static>(&self, error: &E, phase: Phase) -> StringValue {
        let Some(seen) = self.options.error_sources.look_into(error) else {
            return type_name::<E>();
        };
        let own = self.options.error_type.as_ref().and_then(|hook| hook(seen));
        match own.or_else(|| error_kind::error_type(seen, phase)) {
            Some(kind) => kind.into(),
            None => type_name::<E>(),
        }
    }

    fn panicked(&mut self, payload: &(dyn Any + Send)) {
        if self.closed {
            return;
        }
        if let Some(span) = self.span() {
            span.add_event("exception", exception(payload, self.options.value_bytes_max));
        }
        self.fail(PANIC.into(), "the client panicked");
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
            (&mut self.measurement, self.options.meter.instruments())
        else {
            return;
        };
        let _current = thread::attach(&self.context);
        let received = self.progress.as_ref().map_or(0, |progress| progress.bytes);
        measurement.end(instruments, self.error_type.take(), received);
    }

    /// Dropped early: by a caller who has lost interest, or by a time limit around the layer.
    fn abandoned(&mut self) {
        match &self.progress {
            _ if std::thread::panicking() => {
                self.fail(PANIC.into(), "a panic outside the client dropped the request")
            }
            None => self.interrupted("cancelled", "the request was dropped before its response"),
            Some(_) => self.interrupted("response_dropped", "the response was dropped before its end"),
        }
        self.end();
    }

    /// The conventions do not count a caller's own change of mind as an error.
    fn interrupted(&mut self, event: &'static str, description: &'static str) {
        if self.options.cancellation_is_error {
            self.fail("cancelled".into(), description);
        } else if let Some(span) = self.span() {
            span.add_event(event, Vec::new());
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.closed {
            self.abandoned();
        }
    }
}
