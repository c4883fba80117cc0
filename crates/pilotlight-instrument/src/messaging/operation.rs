//! One operation on messages: its span and its measurements, which end exactly once, at the same moment and with the same
//! `error.type`.

use super::around::Around;
use super::client::Client;
use super::destination::PARTITION;
use super::kind::Kind;
use super::measurement::Measurement;
use super::message::ID;
use super::origin::Origin;
use super::start::Start;
use crate::telemetry::outcome::{PANIC, run_in};
use crate::telemetry::recorded::Recorded;
use crate::telemetry::text::VALUE_BYTES_MAX;
use crate::thread;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::Link;
use opentelemetry::{Context, KeyValue, StringValue};
use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::pin;

/// One operation on a message or a batch, from its start to its end.
///
/// ```text
///  send, process, … ─▶ around(future) ─▶ ended            Err: error.type = what its type is called
///        │                    └─▶ (dropped)               event cancelled
///        ├─▶ run(closure) … ─▶ end
///        ├─▶ failed … ─▶ end                              error.type = what the error's type is called
///        └─▶ (dropped)                                    event cancelled, or panic
/// ```
///
/// Ends with [`end`](Self::end), [`around`](Self::around) or [`within`](Self::within). Dropped before, it was cancelled: its span
/// has an event of that name, or an error where the client was
/// [told so](super::ClientBuilder::cancellation_is_error). Dropped by a panic, it is one.
#[must_use = "dropped at once, the operation is recorded as cancelled"]
pub struct Operation {
    client: Client,
    kind: Kind,
    recorded: Recorded,
    /// Nobody wants to know more: telemetry is suppressed, nobody listens, or it has ended.
    closed: bool,
    measurement: Option<Measurement>,
}

impl Operation {
    /// Starts in the trace of `parent`. `context` is what the operation's own has besides the span: where the span is not made,
    /// it is the operation's as it is.
    pub(super) fn begin(client: &Client, start: Start<'_>, parent: &Context, context: Context) -> Self {
        let mut operation = Self {
            client: client.clone(),
            kind: start.kind,
            recorded: Recorded::outside(context),
            closed: true,
            measurement: None,
        };
        if !parent.is_telemetry_suppressed() {
            operation.start(start, parent);
        }
        operation
    }

    /// Without a span, which nobody would want to see.
    pub(super) fn measured(client: &Client, start: &Start<'_>, context: Context) -> Self {
        let options = client.options();
        let heard = !context.is_telemetry_suppressed();
        let instruments = options.meter.instruments().filter(|_| heard);
        let measurement = instruments.map(|_| Measurement::new(options, start));
        Self {
            client: client.clone(),
            kind: start.kind,
            recorded: Recorded::outside(context),
            closed: measurement.is_none(),
            measurement,
        }
    }

    fn start(&mut self, start: Start<'_>, parent: &Context) {
        let options = self.client.options();
        self.measurement = options.meter.instruments().map(|_| Measurement::new(options, &start));
        let span_kind = start.span_kind.clone();
        let since = start.began.map(|(time, _)| time);
        let span = || start.span(options, parent);
        let started = options.tracer.start_under(span_kind, since, span, parent, &self.recorded.context);
        (self.recorded.context, self.recorded.recording) = (started.context, started.recording);
        self.closed = !self.recorded.recording && self.measurement.is_none();
    }

    /// The context that it runs in: with its span, and for [`process`](Client::process) with the baggage that came with the
    /// message.
    pub fn context(&self) -> &Context {
        &self.recorded.context
    }

    /// Somebody wants to know what happens: the context's span is its own.
    pub fn is_recording(&self) -> bool {
        self.recorded.recording && !self.closed
    }

    /// Writes the operation's context into one more message, as for a [batch](Client::send_batch). What is there already is
    /// overwritten.
    pub fn inject(&self, carrier: &mut dyn Injector) {
        self.client.inject(&self.recorded.context, carrier);
    }

    /// Runs a piece of the operation with its span as the current one. A panic ends the operation and goes on its way.
    pub fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        run_in(&self.recorded.context, work).unwrap_or_else(|payload| {
            self.panicked(&*payload);
            resume_unwind(payload)
        })
    }

    /// Runs all of the operation with its span as the current one, takes note of a failure, and ends it.
    pub fn within<T, E: 'static>(mut self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let done = self.run(work);
        self.finish(&done);
        done
    }

    /// The future that is the operation: its span is current while `work` is polled, an `Err` is recorded, and it ends when
    /// `work` is ready. Dropped before, it was cancelled.
    pub fn around<F, T, E>(self, work: F) -> Around<F>
    where
        F: Future<Output = Result<T, E>>,
        E: 'static,
    {
        Around::new(work, self)
    }

    /// Runs a future that is a piece of the operation with its span as the current one. For what has more to say when the future
    /// is ready; otherwise there is [`around`](Self::around).
    pub async fn drive<F: Future>(&mut self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|cx| self.run(|| work.as_mut().poll(cx))).await
    }

    /// `messaging.message.id`, where only the broker's answer says it.
    pub fn message_id(&mut self, id: impl Into<StringValue>) {
        self.attribute(|| KeyValue::new(ID, Into::<StringValue>::into(id)));
    }

    /// `messaging.destination.partition.id`, where only the broker's answer says it. For spans and metrics.
    pub fn partition(&mut self, id: impl Into<StringValue>) {
        if self.closed {
            return;
        }
        let id = id.into();
        if let Some(measurement) = &mut self.measurement {
            measurement.partition(&id);
        }
        self.attribute(|| KeyValue::new(PARTITION, id));
    }

    /// Any other attribute that is known only now. Made where somebody wants it.
    pub fn attribute(&mut self, attribute: impl FnOnce() -> KeyValue) {
        if let Some(span) = self.recorded.span() {
            span.set_attribute(attribute());
        }
    }

    /// Adds an event to the span.
    pub fn event(&mut self, name: &'static str, attributes: Vec<KeyValue>) {
        if let Some(span) = self.recorded.span() {
            span.add_event(name, attributes);
        }
    }

    /// Adds a link to the context in `carrier`, where only the broker's answer brings it, as the reply to a request.
    pub fn link(&mut self, carrier: &dyn Extractor) {
        let options = self.client.options();
        let Some(span) = self.recorded.span() else { return };
        let origin = Origin::extract(options, &self.recorded.context, carrier);
        if let Some(Link { span_context, attributes, .. }) = origin.link(Vec::new()) {
            span.add_link(span_context, attributes);
        }
    }

    /// It failed: `error.type` is what the client calls errors of this type. The first failure counts; the message of the error
    /// is never recorded.
    pub fn failed<E: 'static>(&mut self, error: &E) {
        if !self.closed && !self.recorded.has_failed() {
            self.recorded.fail(self.client.options().error_types.name(error), self.kind.failure());
        }
    }

    /// It failed in a way that no error tells. `error_type` must take few values.
    pub fn failed_as(&mut self, error_type: impl Into<StringValue>) {
        if !self.closed {
            self.recorded.fail(error_type.into(), self.kind.failure());
        }
    }

    /// Ends span and measurements at this moment.
    pub fn end(mut self) {
        self.close();
    }

    pub(super) fn finish<T, E: 'static>(&mut self, done: &Result<T, E>) {
        if let Err(error) = done {
            self.failed(error);
        }
        self.close();
    }

    fn panicked(&mut self, payload: &(dyn Any + Send)) {
        if !self.closed {
            if self.client.options().panic_messages {
                self.recorded.panicked(payload, VALUE_BYTES_MAX, "there was a panic");
            } else {
                self.recorded.panicked_in_secret("there was a panic");
            }
            self.close();
        }
    }

    fn close(&mut self) {
        if self.closed {
            return;
        }
        self.closed = true;
        self.measure();
        self.recorded.end();
    }

    /// Records with the span as the current one, for that is whose trace an exemplar names.
    fn measure(&mut self) {
        let (Some(measurement), Some(instruments)) =
            (&mut self.measurement, self.client.options().meter.instruments())
        else {
            return;
        };
        let _current = thread::attach(&self.recorded.context);
        measurement.end(instruments, self.recorded.take_error_type());
    }

    fn abandoned(&mut self) {
        if std::thread::panicking() {
            self.recorded.fail(PANIC.into(), "a panic dropped the operation");
        } else {
            let as_error = self.client.options().cancellation_is_error.then_some("cancelled");
            self.recorded.interrupted("cancelled", as_error, "it was dropped before its end");
        }
        self.close();
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if !self.closed {
            self.abandoned();
        }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("kind", &self.kind).finish_non_exhaustive()
    }
}
