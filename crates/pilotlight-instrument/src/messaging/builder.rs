//! The options, one method each.

use super::client::Client;
use super::options::{Options, shared};
use crate::telemetry::{MeterSource, Propagator, TracerSource};
use opentelemetry::StringValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Tracer, TracerProvider};
use std::fmt;

/// Options of a [`Client`].
///
/// ```
/// use pilotlight_instrument::messaging::Client;
///
/// #[derive(Debug)]
/// enum OrderError { SoldOut, Storage }
///
/// let client = Client::builder("nats")
///     .server("nats.internal", Some(4222))
///     .error_type(|error: &OrderError| match error {
///         OrderError::SoldOut => "sold_out",
///         OrderError::Storage => "storage",
///     })
///     .build();
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    options: Options,
}

impl ClientBuilder {
    pub(super) fn new(system: StringValue) -> Self {
        Self { options: Options::new(system) }
    }

    /// Records with this provider instead of the global one.
    pub fn with_tracer_provider<P>(mut self, provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Tracer<Span: Send + Sync + 'static> + Send + Sync + 'static,
    {
        self.options.tracer = TracerSource::of(provider);
        self
    }

    /// Measures with this provider instead of the global one.
    pub fn with_meter_provider<P: MeterProvider>(mut self, provider: &P) -> Self {
        self.options.meter = MeterSource::of(provider);
        self
    }

    /// Measures nothing. Worth saying where the application has no meter provider and never will: the global one, and the lock
    /// it is kept under, is then not asked for on each operation.
    pub fn without_metrics(mut self) -> Self {
        self.options.meter = MeterSource::Off;
        self
    }

    /// Reads and writes contexts with this propagator instead of the global one, which also saves the lock that the global one
    /// is kept under.
    pub fn with_propagator(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.options.propagator = Propagator::of(propagator);
        self
    }

    /// `server.address` and `server.port`: the broker, by the name it was asked for. Never a URL, which may hold credentials.
    pub fn server(mut self, address: impl Into<StringValue>, port: Option<u16>) -> Self {
        self.options.server = Some((shared(&address.into()), port));
        self
    }

    /// `messaging.client.id`, in spans.
    pub fn client_id(mut self, id: impl Into<StringValue>) -> Self {
        self.options.client_id = Some(shared(&id.into()));
        self
    }

    /// What `error.type` says of errors of type `E`. It must take few values and must not be the error's message, which holds
    /// data. May be given several times, for one type as well, whose last word counts; errors of other types are recorded as
    /// their type's name.
    ///
    /// Runs once for each failure, on the thread that has it; it should be quick and must not panic.
    pub fn error_type<E: 'static, N: Into<StringValue>>(
        mut self,
        name: impl Fn(&E) -> N + Send + Sync + 'static,
    ) -> Self {
        self.options.error_types.add(move |error: &E| name(error).into());
        self
    }

    /// Makes the span that processes a message a child of the one that sent it, so that both are in one trace. `false` by
    /// default: it is a child of the current span, or begins a trace of its own. It has a link to the sender in both cases, and as its
    /// child one to the span that is current at the receiver.
    ///
    /// A trace goes on for as long as its messages are passed on, and a message that is processed a hundred times is there a
    /// hundred times. Batches are never children of their messages.
    pub fn process_as_child(mut self, on: bool) -> Self {
        self.options.process_as_child = on;
        self
    }

    /// Records `messaging.message.body.size`. `false` by default.
    pub fn body_size(mut self, on: bool) -> Self {
        self.options.body_size = on;
        self
    }

    /// Records an operation that was dropped before its end as an error, with `error.type` `cancelled`. `false` by default: its
    /// span has an event `cancelled`.
    pub fn cancellation_is_error(mut self, on: bool) -> Self {
        self.options.cancellation_is_error = on;
        self
    }

    /// The most links that the span of a batch gets, 128 by default, which is what SDKs keep. Messages beyond it are counted in
    /// `messaging.batch.message_count` all the same.
    pub fn links_max(mut self, links: usize) -> Self {
        self.options.links_max = links;
        self
    }

    /// Records what a panic said, in its event `exception`, cut to 4096 bytes. `false` by default: an error that was unwrapped is
    /// in it, and may quote the message's body or a database's values.
    pub fn panic_messages(mut self, on: bool) -> Self {
        self.options.panic_messages = on;
        self
    }

    /// The client.
    pub fn build(self) -> Client {
        Client::new(self.options)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("system", &self.options.system).finish_non_exhaustive()
    }
}
