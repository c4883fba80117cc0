//! An operation that is known without reading any SQL.

use opentelemetry::{StringValue, Value};
use std::borrow::Cow;

/// What a database is asked to do, named by whoever asks. For what is not SQL, and for SQL whose meaning is known beforehand.
///
/// Nothing here is looked at: what has values in it must not be given, and all but the text must take few values, since it becomes
/// the span's name and attributes of the measurements.
///
/// ```
/// use pilotlight_instrument::db::{Client, Command};
///
/// let client = Client::builder("mongodb").namespace("shop").build();
/// let find = client.command(Command::new("find").collection("users"));
/// # find.end();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a command is described for a client to record"]
pub struct Command {
    pub(super) operation: Cow<'static, str>,
    pub(super) collection: Option<StringValue>,
    pub(super) namespace: Option<StringValue>,
    pub(super) stored_procedure: Option<StringValue>,
    pub(super) text: Option<StringValue>,
    pub(super) batch_size: Option<u64>,
    /// Commands with the same text are the same.
    pub(super) remembered: bool,
}

impl Command {
    /// The name of the command: `db.operation.name`, as the database's own documentation writes it.
    pub fn new(operation: impl Into<Cow<'static, str>>) -> Self {
        Self {
            operation: operation.into(),
            collection: None,
            namespace: None,
            stored_procedure: None,
            text: None,
            batch_size: None,
            remembered: false,
        }
    }

    /// The one table, collection or container that it is about: `db.collection.name`.
    pub fn collection(mut self, collection: impl Into<StringValue>) -> Self {
        self.collection = Some(collection.into());
        self
    }

    /// The database that it is about, where that is not the client's: `db.namespace`.
    pub fn namespace(mut self, namespace: impl Into<StringValue>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The stored procedure, function or script that it calls: `db.stored_procedure.name`.
    pub fn stored_procedure(mut self, name: impl Into<StringValue>) -> Self {
        self.stored_procedure = Some(name.into());
        self
    }

    /// Its text without any value: `db.query.text`, on the span alone. A longer text than the client's
    /// [`text_bytes_max`](super::ClientBuilder::text_bytes_max) is cut.
    pub fn text(mut self, text: impl Into<StringValue>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// It stands for so many operations: `db.operation.batch.size`. One is no batch, and nothing is recorded.
    pub fn batch_size(mut self, size: u64) -> Self {
        self.batch_size = (size != 1).then_some(size);
        self
    }

    /// Its text says all there is to say: the client describes it once, and finds it by its text from then on.
    #[cfg(feature = "redis")]
    pub(super) fn remembered(mut self) -> Self {
        self.remembered = true;
        self
    }

    /// The span's name: the operation and what it is about.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match self.collection.as_ref().or(self.stored_procedure.as_ref()) {
            Some(target) => format!("{} {target}", self.operation).into(),
            None => self.operation.clone(),
        }
    }

    pub(super) fn operation(&self) -> Value {
        match &self.operation {
            Cow::Borrowed(name) => (*name).into(),
            Cow::Owned(name) => name.clone().into(),
        }
    }
}
