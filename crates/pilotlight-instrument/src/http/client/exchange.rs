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
use crate::http::status::status_text;
use crate::http::version::version;
use crate::telemetry::outcome::{PANIC, run_in, type_name};
use crate::telemetry::recorded::Recorded;
use crate::thread;
use http::{Method, request as req, response as res};
use http_body::Body;
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
    /// Nobody wants to know more: the request was filtered out, is neither sampled nor measured, or has ended.
    closed: bool,
    measurement: Option<Measurement>,
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
            recorded: Recorded::outside(thread::current()),
            options: Arc::clone(options),
            closed: true,
            measurement: None,
            method: parts.method.clone(),
            progress: None,
        });
        if !exchange.recorded.context.is_telemetry_suppressed() && options.accepts(parts) {
            exchange.start(options, parts, body.size_hint().exact());
        }
        options.propagator.inject(&exchange.recorded.context, &mut parts.headers);
        parts.extensions.insert(exchange.recorded.context.clone());
        exchange
    }

    fn start(&mut self, options: &Options, parts: &req::Parts, body_bytes: Option<u64>) {
        let instruments = options.meter.instruments();
        let began = instruments.map(|_| Instant::now());
        let resend = self.resend(parts);
        // Not read at all while nobody listens.
        let head = LazyCell::new(|| Head::read(options, parts, body_bytes));
        let span = || request::span(options, &head, resend);
        let started = options.tracer.start(SpanKind::Client, span, &self.recorded.context);
        (self.recorded.context, self.recorded.recording) = (started.context, started.recording);
        self.measurement = began.map(|began| Measurement::new(&head, began));
        if let (Some(instruments), Some(measurement)) = (instruments, &self.measurement) {
            let _current = thread::attach(&self.recorded.context);
            measurement.begin(instruments);
        }
        self.closed = !self.recorded.recording && self.measurement.is_none();
    }

    /// The ordinal of this attempt. What runs inside it sends requests of its own, which are not counted with it.
    fn resend(&mut self, parts: &req::Parts) -> u32 {
        if let Some(resends) = parts.extensions.get::<Resends>() {
            return resends.next();
        }
        let Some(resends) = self.recorded.context.get::<Resends>() else { return 0 };
        let resend = resends.next();
        if resends.counts() {
            self.recorded.context = self.recorded.context.with_value(Resends::uncounted());
        }
        resend
    }

    /// Runs a piece of the call with the span as the current one. A panic ends the span and goes on its way.
    pub(super) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        run_in(&self.recorded.context, work).unwrap_or_else(|payload| {
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
        if let Some(span) = self.recorded.span() {
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
            self.recorded.fail(status_text(head.status), "");
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
        self.recorded.fail(self.kind(error, phase), description);
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
        if !self.closed {
            self.recorded.panicked(payload, self.options.value_bytes_max, "the client panicked");
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
            (&mut self.measurement, self.options.meter.instruments())
        else {
            return;
        };
        let _current = thread::attach(&self.recorded.context);
        let received = self.progress.as_ref().map_or(0, |progress| progress.bytes);
        measurement.end(instruments, self.recorded.take_error_type(), received);
    }

    /// Dropped early: by a caller who has lost interest, or by a time limit around the layer.
    fn abandoned(&mut self) {
        // The conventions do not count a caller's own change of mind as an error.
        let as_error = self.options.cancellation_is_error.then_some("cancelled");
        match &self.progress {
            _ if std::thread::panicking() => {
                self.recorded.fail(PANIC.into(), "a panic outside the client dropped the request")
            }
            None => {
                let text = "the request was dropped before its response";
                self.recorded.interrupted("cancelled", as_error, text);
            }
            Some(_) => {
                let text = "the response was dropped before its end";
                self.recorded.interrupted("response_dropped", as_error, text);
            }
        }
        self.end();
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.closed {
            self.abandoned();
        }
    }
}
