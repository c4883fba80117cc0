//! A stream's acknowledgement of a published message.

use crate::messaging::Operation;
use async_nats::jetstream::context::{self, PublishError};
use async_nats::jetstream::publish::PublishAck;
use opentelemetry::KeyValue;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

/// What [`Context::publish`](super::Context::publish) gives: awaited, the stream's acknowledgement.
///
/// The span of the publishing lasts until then, and says which stream took the message, as which number, and whether it was a
/// duplicate. Dropped without being awaited, the message is still sent; the span ends at once, with an event `ack_not_awaited`.
/// A future that is dropped while it waits is recorded as cancelled.
pub struct PublishAckFuture {
    inner: context::PublishAckFuture,
    operation: Unawaited,
}

impl PublishAckFuture {
    pub(super) fn new(inner: context::PublishAckFuture, operation: Operation) -> Self {
        Self { inner, operation: Unawaited(Some(operation)) }
    }

    /// The future that is wrapped. The span ends now, as if this were dropped.
    pub fn into_inner(self) -> context::PublishAckFuture {
        self.inner
    }
}

impl IntoFuture for PublishAckFuture {
    type Output = Result<PublishAck, PublishError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(mut self) -> Self::IntoFuture {
        let operation = self.operation.0.take();
        let inner = self.inner.into_future();
        match operation {
            Some(operation) => Box::pin(wait(inner, operation)),
            None => inner,
        }
    }
}

/// Ends when nobody waits. Empty as soon as somebody does.
struct Unawaited(Option<Operation>);

impl Drop for Unawaited {
    fn drop(&mut self) {
        if let Some(mut operation) = self.0.take() {
            operation.event("ack_not_awaited", Vec::new());
            operation.end();
        }
    }
}

async fn wait(
    inner: impl Future<Output = Result<PublishAck, PublishError>>,
    mut operation: Operation,
) -> Result<PublishAck, PublishError> {
    let acknowledged = operation.drive(inner).await;
    match &acknowledged {
        Ok(ack) => describe(&mut operation, ack),
        Err(error) => operation.failed(error),
    }
    operation.end();
    acknowledged
}

fn describe(operation: &mut Operation, ack: &PublishAck) {
    operation.attribute(|| KeyValue::new("messaging.nats.stream", ack.stream.clone()));
    operation.attribute(|| sequence(ack.sequence));
    operation.attribute(|| KeyValue::new("messaging.nats.duplicate", ack.duplicate));
}

pub(super) fn sequence(number: u64) -> KeyValue {
    KeyValue::new("messaging.nats.sequence", i64::try_from(number).unwrap_or(i64::MAX))
}

impl fmt::Debug for PublishAckFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishAckFuture").field("operation", &self.operation.0).finish_non_exhaustive()
    }
}
