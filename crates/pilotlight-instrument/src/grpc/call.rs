//! One call: the context it runs in, the span and the measurement, which end exactly once, at the same moment
//! and with the same status.
//!
//! ```text
//!  begin ─▶ responded ─▶ data … ─▶ trailers          their grpc-status; without one what the HTTP status means
//!    │          │          ├─▶ ended                 the same, for a body that has no trailers
//!    │          │          ├─▶ failed                the status that the body's error stands for, unless the
//!    │          │          │                         head named an error already
//!    │          │          └─▶ (dropped)             CANCELLED, or DEADLINE_EXCEEDED if the time was up
//!    │          └─▶ the end, if there is no body: the status is in the head
//!    ├─▶ failed                                      the status that the service's error stands for
//!    ├─▶ (dropped)                                   CANCELLED, or DEADLINE_EXCEEDED if the time was up
//!    └─▶ panicked, at any time                       INTERNAL, with an exception event
//! ```

use super::code::Code;
use super::messages::Messages;
use super::method::Method;
use super::options::{Options, Server};
use super::side::Side;
use super::start::SYSTEM;
use super::status::Status;
use super::timeout::timeout;
use super::{end, failure, origin, start};
use crate::telemetry::outcome::{exception, run_in};
use crate::thread;
use bytes::Buf;
use http::{HeaderMap, StatusCode, request as req, response as res};
use opentelemetry::trace::{self, SpanBuilder, SpanRef, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use std::any::Any;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) struct Call {
    context: Context,
    options: Arc<Options>,
    /// Nobody wants to know more: the call was filtered out, is neither sampled nor measured, or has ended.
    closed: bool,
    /// The span wants attributes. Otherwise the context's span may be the caller's, and is left alone.
    recording: bool,
    /// There was a meter provider when the call began.
    measured: bool,
    /// When the call began, unless it is filtered out.
    began: Option<Instant>,
    /// How long the caller is willing to wait.
    patience: Option<Duration>,
    method: Method,
    server: Option<Server>,
    outcome: Outcome,
    /// There was a response's head.
    answered: bool,
    /// The response's messages, if they are wanted.
    messages: Option<Messages>,
}

/// What is known of the status before the call has ended.
enum Outcome {
    /// Nothing yet.
    Open,
    /// What the HTTP status means: a proxy's answer, most likely, unless trailers tell better.
    Inferred(Status),
    /// The response's head said it, and no trailers can change it.
    Told(Status),
}

impl Outcome {
    fn status(self) -> Option<Status> {
        match self {
            Self::Open => None,
            Self::Inferred(status) | Self::Told(status) => Some(status),
        }
    }
}

impl Call {
    /// Starts the span and the clock, unless a filter says no. A server leaves the span's context in the request
    /// for handlers, a client in the headers too, for the server. A request without a span still carries the
    /// caller's context, so that what it calls stays in the caller's trace.
    pub(super) fn begin(options: &Arc<Options>, parts: &mut req::Parts) -> Self {
        let parent = match options.side {
            Side::Server => options.propagator.extract(&parts.headers),
            Side::Client => thread::current(),
        };
        let mut call = Self::outside(options, parent);
        // What exporters send is nobody's call: telemetry about it would make more of it.
        if !call.context.is_telemetry_suppressed() && options.accepts(parts) {
            call.start(parts);
        }
        if options.side == Side::Client {
            options.propagator.inject(&call.context, &mut parts.headers);
        }
        parts.extensions.insert(call.context.clone());
        call
    }

    /// A call that nobody wants to know about.
    fn outside(options: &Arc<Options>, context: Context) -> Self {
        Self {
            context,
            options: Arc::clone(options),
            closed: true,
            recording: false,
            measured: false,
            began: None,
            patience: None,
            method: Method::Other,
            server: None,
            outcome: Outcome::Open,
            answered: false,
            messages: None,
        }
    }

    fn start(&mut self, parts: &req::Parts) {
        let options = Arc::clone(&self.options);
        self.measured = options.meter.instruments().is_some();
        // Not read at all while nobody listens.
        let mut head = None;
        let read = || (options.methods.find(parts.uri.path()), origin::server(&options, parts));
        self.start_span(options.is_public(parts), || {
            let (method, server) = head.get_or_insert_with(read);
            start::span(&options, parts, method, server.as_ref())
        });
        self.closed = !self.recording && !self.measured;
        if self.closed {
            return;
        }
        (self.method, self.server) = head.unwrap_or_else(read);
        self.began = Some(Instant::now());
        self.patience = timeout(&parts.headers);
        if options.message_events {
            self.messages = self.messages(["SENT", "RECEIVED"]);
        }
    }

    fn start_span(&mut self, public: bool, span: impl FnOnce() -> SpanBuilder) {
        let (tracer, kind) = (&self.options.tracer, self.options.side.span_kind());
        let started = match public {
            true => tracer.start_public(kind, span, &self.context),
            false => tracer.start(kind, span, &self.context),
        };
        self.context = started.context;
        self.recording = started.recording;
    }

    fn span(&self) -> Option<SpanRef<'_>> {
        self.recording.then(|| self.context.span())
    }

    /// What makes events of a body's messages, which have the first name on a server and the second on a client.
    fn messages(&self, [on_server, on_client]: [&'static str; 2]) -> Option<Messages> {
        let kind = match self.options.side {
            Side::Server => on_server,
            Side::Client => on_client,
        };
        self.recording.then(|| Messages::new(&self.context, kind))
    }

    /// What is to become of the request's messages.
    pub(super) fn request_messages(&self) -> Option<Messages> {
        self.options.message_events.then(|| self.messages(["RECEIVED", "SENT"])).flatten()
    }

    /// Runs a piece of the service with the span as the current one. A panic ends the span and goes on its way.
    pub(super) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        run_in(&self.context, work).unwrap_or_else(|payload| {
            self.panicked(&*payload);
            resume_unwind(payload)
        })
    }

    /// Takes note of the response's head. Without a body it is all there is.
    pub(super) fn responded(&mut self, head: &res::Parts, has_body: bool) {
        if self.closed {
            return;
        }
        self.answered = true;
        self.record_response(head);
        self.outcome = match Status::told(&head.headers) {
            Some(status) => Outcome::Told(status),
            None if head.status == StatusCode::OK => Outcome::Open,
            None => Outcome::Inferred(Status::inferred(head.status)),
        };
        if !has_body {
            self.ended();
        }
    }

    fn record_response(&self, head: &res::Parts) {
        let Some(span) = self.span() else { return };
        let mut attributes = Vec::new();
        if self.options.side == Side::Client {
            origin::record_peer(&head.extensions, &mut attributes);
        }
        self.options.response_metadata.record(&head.headers, self.options.value_bytes_max, &mut attributes);
        add(&span, attributes);
    }

    /// The body gave a chunk.
    pub(super) fn data<D: Buf>(&mut self, data: &D) {
        if let Some(messages) = self.messages.as_mut().filter(|_| !self.closed) {
            messages.pass(data);
        }
    }

    /// The body gave its trailers, which are its last.
    pub(super) fn trailers(&mut self, trailers: &HeaderMap) {
        if self.closed {
            return;
        }
        if let Some(span) = self.span() {
            let mut attributes = Vec::new();
            self.options.response_metadata.record(trailers, self.options.value_bytes_max, &mut attributes);
            add(&span, attributes);
        }
        if let (Outcome::Open | Outcome::Inferred(_), Some(status)) = (&self.outcome, Status::told(trailers))
        {
            self.outcome = Outcome::Told(status);
        }
        self.ended();
    }

    /// The body is over.
    pub(super) fn ended(&mut self) {
        match self.take_outcome().status() {
            Some(status) => self.end(status),
            None => self.end(Status::inferred(StatusCode::OK)),
        }
    }

    /// The service or the body answered with an error, which is not heard any more where the head named one.
    pub(super) fn failed<E: 'static>(&mut self, error: &E) {
        if self.closed {
            return;
        }
        match self.take_outcome() {
            Outcome::Told(status) if status.code != Code::OK => self.end(status),
            _ => self.end(failure::status(error, self.options.value_bytes_max)),
        }
    }

    fn panicked(&mut self, payload: &(dyn Any + Send)) {
        if self.closed {
            return;
        }
        if let Some(span) = self.span() {
            span.add_event("exception", exception(payload, self.options.value_bytes_max));
        }
        self.end(Status::new(Code::INTERNAL, "the service panicked"));
    }

    /// Ends the measurement and the span at this moment. Whoever still holds its context can no longer change it.
    fn end(&mut self, status: Status) {
        if self.closed {
            return;
        }
        self.closed = true;
        self.judge_method(&status);
        if let Some(began) = self.began.filter(|_| self.measured) {
            // The span is the current one, for that is whose trace an exemplar names.
            let _current = thread::attach(&self.context);
            end::measure(&self.options, &self.method, self.server.as_ref(), status.code, began.elapsed());
        }
        let Some(span) = self.span() else { return };
        end::record_code(&self.options, status.code, &span);
        if status.code.is_error(self.options.side) {
            let description = status.description(self.options.value_bytes_max);
            span.set_status(trace::Status::Error { description });
        }
        span.end();
    }

    /// Believes the name that the caller claimed, unless the router did not know it, or there is no room left for
    /// one more.
    fn judge_method(&mut self, status: &Status) {
        let Method::Claimed(name) = &self.method else { return };
        let methods = &self.options.methods;
        let exists = !status.is_unimplemented_without_a_word()
            && if self.answered { methods.learn(name) } else { methods.guess(name) };
        if let Some(span) = self.span() {
            let mut attributes = Vec::new();
            if exists {
                start::record_method(&self.options, name, &mut attributes);
            } else {
                start::record_unknown(&self.options, name.full.clone(), &mut attributes);
                span.update_name(SYSTEM);
            }
            span.set_attributes(attributes);
        }
        if !exists {
            self.method = Method::Other;
        }
    }

    /// Dropped early: the other side is gone, a time limit struck, or the caller lost interest. A status that is
    /// already known counts nevertheless.
    fn abandoned(&mut self) {
        if std::thread::panicking() {
            let text = "a panic outside the service dropped the call";
            return self.end(Status::new(Code::INTERNAL, text));
        }
        match self.take_outcome().status() {
            Some(status) => self.end(status),
            None if self.is_late() => self.end(Status::new(Code::DEADLINE_EXCEEDED, "the deadline passed")),
            None => self.end(Status::new(Code::CANCELLED, "the call was dropped before its end")),
        }
    }

    fn take_outcome(&mut self) -> Outcome {
        std::mem::replace(&mut self.outcome, Outcome::Open)
    }

    fn is_late(&self) -> bool {
        self.began.zip(self.patience).is_some_and(|(began, patience)| began.elapsed() >= patience)
    }
}

/// Most calls have nothing to add, and a span takes a lock to be told so.
fn add(span: &SpanRef<'_>, attributes: Vec<KeyValue>) {
    if !attributes.is_empty() {
        span.set_attributes(attributes);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.closed {
            self.abandoned();
        }
    }
}
