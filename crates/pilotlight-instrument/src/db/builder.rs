//! The options, one method each.

use super::client::Client;
use super::interned::{interned, interned_attribute};
use super::options::Options;
use super::port::default_port;
use super::sql::Dialect;
use crate::telemetry::{MeterSource, TracerSource};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{KeyValue, StringValue};
use std::fmt;

/// Options of a [`Client`].
///
/// ```
/// use pilotlight_instrument::db::{Client, sql::Dialect};
///
/// let client = Client::builder("cockroachdb")
///     .dialect(Dialect::PostgreSql)
///     .namespace("shop")
///     .server("db.example", Some(26257))
///     .filter(|text| text != "SELECT 1")
///     .build();
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    options: Options,
}

impl ClientBuilder {
    pub(super) fn of(system: StringValue) -> Self {
        Self { options: Options::of(interned(system.as_str())) }
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

    /// Measures nothing. Worth saying where the application has no meter provider and never will: the global
    /// one, and the lock it is kept under, is then not asked for on each operation.
    pub fn without_metrics(mut self) -> Self {
        self.options.meter = MeterSource::Off;
        self
    }

    /// The database within the server: `db.namespace`. Not known by default.
    pub fn namespace(mut self, namespace: impl Into<StringValue>) -> Self {
        self.options.namespace = Some(interned(namespace.into().as_str()));
        self
    }

    /// Where the database listens, as the program was told: a name, an address, or a socket's path. The port is recorded where it
    /// is not the usual one of the system. Never give a URL, which may hold a password.
    pub fn server(mut self, address: impl Into<StringValue>, port: Option<u16>) -> Self {
        self.options.server_address = Some(interned(address.into().as_str()));
        self.options.server_port =
            port.filter(|port| default_port(self.options.system.as_str()) != Some(*port));
        self
    }

    /// How the database writes SQL. Follows from the system where that is known; [`Dialect::Generic`] otherwise.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.options.dialect = dialect;
        self
    }

    /// Only statements that pass every filter get a span, and only they are measured. They are asked on the thread that runs the
    /// statement, with its text as the program wrote it. May be given several times.
    pub fn filter(mut self, filter: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.options.filters.push(Box::new(filter));
        self
    }

    /// Attributes that every span of this client has as well. Measurements do not have them.
    pub fn with_attributes(mut self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        self.options.attributes.extend(attributes.into_iter().map(interned_attribute));
        self
    }

    /// Whether spans have `db.query.text`. Default: yes, without literals and comments.
    pub fn query_text(mut self, recorded: bool) -> Self {
        self.options.query_text = recorded;
        self
    }

    /// The most that is recorded of a statement's text, in bytes. Default: 4096. A longer text is cut.
    pub fn text_bytes_max(mut self, bytes: usize) -> Self {
        self.options.text_bytes_max = bytes;
        self
    }

    /// How many statements are remembered, so that their texts need not be read again. Default: 1024; 0 remembers none; what is no
    /// multiple of 8 is rounded up. When there are more, up to an eighth of them is forgotten at once, and read again when they
    /// return.
    ///
    /// A usual statement takes less than 1 KiB. Texts above 16 KiB are not remembered, so that 1024 take some 20 MiB at the worst.
    pub fn statements_max(mut self, statements: usize) -> Self {
        self.options.statements_max = statements;
        self
    }

    /// Whether the rows that operations return are measured, too. Default: no; spans have them anyway.
    pub fn returned_rows(mut self, measured: bool) -> Self {
        self.options.returned_rows = measured;
        self
    }

    /// Whether an operation that its caller drops has failed, with `error.type` `cancelled`. Default: no.
    pub fn cancellation_is_error(mut self, is_error: bool) -> Self {
        self.options.cancellation_is_error = is_error;
        self
    }

    /// Puts the client together. Nothing is looked up: the global providers are asked for when there is something to record.
    pub fn build(self) -> Client {
        Client::new(self.options)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ClientBuilder").field("system", &self.options.system).finish_non_exhaustive()
    }
}
