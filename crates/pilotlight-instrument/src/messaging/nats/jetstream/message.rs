//! A message of a stream, and how it is settled.

use super::delivery::{Delivery, Source};
use crate::messaging::{Around, Operation};
use async_nats::jetstream::{self, AckKind};
use async_nats::{Error, HeaderMap};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A message that a consumer delivered. Cheap to clone.
///
/// It is a [`jetstream::Message`](async_nats::jetstream::Message), but settling it is recorded: a span named after what it does, with
/// a link to the span that sent the message.
///
/// Processed and then dropped without having been settled, where its consumer expects that, it leaves an event `unsettled` on the
/// span that processed it. What is settled by the message that is [wrapped](Self::into_inner) is not known here.
#[derive(Clone)]
pub struct Message {
    inner: jetstream::Message,
    source: Arc<Source>,
    delivery: Arc<Delivery>,
    /// A span says that it was received.
    received: bool,
}

impl Message {
    pub(super) fn new(inner: jetstream::Message, source: &Arc<Source>, received: bool) -> Self {
        let delivery = Arc::new(Delivery::new(source));
        Self { inner, source: Arc::clone(source), delivery, received }
    }

    /// The message that was wrapped. It counts as settled, since nobody sees what becomes of it.
    pub fn into_inner(self) -> jetstream::Message {
        self.delivery.settled();
        self.inner
    }

    /// Processes it: a span `process {subject}` with a link to the one that sent it, current while `work` runs, along with the
    /// baggage that came. An `Err` is recorded by the name of its [type](crate::messaging::ClientBuilder::error_type), a panic
    /// too; dropping the future cancels both. Nothing is settled for you.
    pub fn process<F, T, E>(self, work: impl FnOnce(Self) -> F) -> Around<F>
    where
        F: Future<Output = Result<T, E>>,
        E: 'static,
    {
        let mut operation = self.start();
        let work = operation.run(|| work(self));
        operation.around(work)
    }

    /// Starts to process it, for work that is not one future.
    pub fn start(&self) -> Operation {
        let operation = self.source.process(&self.inner, self.received);
        if operation.is_recording() {
            self.delivery.processed_in(operation.context());
        }
        operation
    }

    /// It was processed: a span `ack {subject}`. Whether the server heard of it is for [`double_ack`](Self::double_ack) to say.
    pub async fn ack(&self) -> Result<(), Error> {
        self.settle("ack", self.inner.ack()).await
    }

    /// Settles it in another way: a span `ack`, `nak`, `progress`, `next` or `term`. Progress asks for more time and settles
    /// nothing.
    pub async fn ack_with(&self, kind: AckKind) -> Result<(), Error> {
        self.settle(name(kind), self.inner.ack_with(kind)).await
    }

    /// It was processed, and the server is to say that it knows: a span `double_ack {subject}`.
    pub async fn double_ack(&self) -> Result<(), Error> {
        self.settle("double_ack", self.inner.double_ack()).await
    }

    /// Settles it in another way, and the server is to say that it knows: a span as of [`ack_with`](Self::ack_with), or
    /// `double_ack {subject}`.
    pub async fn double_ack_with(&self, kind: AckKind) -> Result<(), Error> {
        let name = if let AckKind::Ack = kind { "double_ack" } else { name(kind) };
        self.settle(name, self.inner.double_ack_with(kind)).await
    }

    async fn settle(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        let done = self.source.settle(name, &self.inner).around(work).await;
        if done.is_ok() && name != PROGRESS {
            self.delivery.settled();
        }
        done
    }

    pub(super) fn headers(&self) -> Option<&HeaderMap> {
        self.inner.headers.as_ref()
    }
}

/// The one that settles nothing.
const PROGRESS: &str = "progress";

fn name(kind: AckKind) -> &'static str {
    match kind {
        AckKind::Ack => "ack",
        AckKind::Nak(_) => "nak",
        AckKind::Progress => PROGRESS,
        AckKind::Next => "next",
        AckKind::Term => "term",
    }
}

impl Deref for Message {
    type Target = jetstream::Message;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("subject", &self.inner.subject).finish_non_exhaustive()
    }
}
