//! Consumers, which messages are asked of or which they are pushed to.

use super::delivery::Source;
use super::message::Message;
use super::messages::Messages;
use crate::messaging::Receive;
use crate::messaging::nats::headers::HeaderExtractor;
use async_nats::Error;
use async_nats::jetstream::consumer::pull::{self, BatchBuilder, BatchError, FetchBuilder};
use async_nats::jetstream::consumer::{self, StreamError, push};
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

/// A consumer that asks for its messages; of [`Context::pull`](super::Context::pull).
#[derive(Clone)]
pub struct PullConsumer {
    inner: consumer::PullConsumer,
    source: Arc<Source>,
}

impl PullConsumer {
    pub(super) fn new(inner: consumer::PullConsumer, source: Arc<Source>) -> Self {
        Self { inner, source }
    }

    /// The consumer that is wrapped; what it does is not recorded.
    pub fn inner(&self) -> &consumer::PullConsumer {
        &self.inner
    }

    /// The messages that are there now, at most as many as asked for: a span `fetch {stream}` with a link to each one's sender,
    /// from the request to the last message. An event `first_message` tells when waiting was over. None at all leaves no span.
    ///
    /// An error after some messages have come is recorded, and the messages are returned. Dropping the future loses those that
    /// have come, as it does with async-nats; the server delivers them again. A request that is lost with its server is waited for
    /// for ever, as it is there: `expires` gives it a time, after which it has found nothing.
    pub async fn fetch(
        &self,
        request: impl for<'a> FnOnce(FetchBuilder<'a>) -> FetchBuilder<'a>,
    ) -> Result<Vec<Message>, Error> {
        self.receive("fetch", request(self.inner.fetch()).messages()).await
    }

    /// As [`fetch`](Self::fetch), but waits for as many as asked for, or for the time that the request expires after: a span
    /// `batch {stream}`.
    pub async fn batch(
        &self,
        request: impl for<'a> FnOnce(BatchBuilder<'a>) -> BatchBuilder<'a>,
    ) -> Result<Vec<Message>, Error> {
        self.receive("batch", request(self.inner.batch()).messages()).await
    }

    async fn receive(
        &self,
        name: &'static str,
        request: impl Future<Output = Result<pull::Batch, BatchError>>,
    ) -> Result<Vec<Message>, Error> {
        let receive = self.source.shared.client.receive(&self.source.destination()).operation(name);
        match request.await {
            Ok(batch) => self.collect(receive, batch).await,
            Err(error) => {
                receive.failed(&error);
                Err(error.into())
            }
        }
    }

    async fn collect(&self, mut receive: Receive, mut batch: pull::Batch) -> Result<Vec<Message>, Error> {
        let mut messages = Vec::new();
        while let Some(next) = poll_fn(|cx| Pin::new(&mut batch).poll_next(cx)).await {
            match next {
                Ok(message) => {
                    receive.arrived();
                    let message = Message::new(message, &self.source, true);
                    receive.add(self.source.describe(&message), &HeaderExtractor(message.headers()));
                    messages.push(message);
                }
                Err(error) => {
                    receive.failed(&error);
                    return if messages.is_empty() { Err(error) } else { Ok(messages) };
                }
            }
        }
        receive.end();
        Ok(messages)
    }

    /// The messages as they come, without an end.
    pub async fn messages(&self) -> Result<Messages<pull::Stream>, StreamError> {
        Ok(Messages::new(self.inner.messages().await?, Arc::clone(&self.source)))
    }
}

/// A consumer that messages are pushed to; of [`Context::push`](super::Context::push).
#[derive(Clone)]
pub struct PushConsumer {
    inner: consumer::PushConsumer,
    source: Arc<Source>,
}

impl PushConsumer {
    pub(super) fn new(inner: consumer::PushConsumer, source: Arc<Source>) -> Self {
        Self { inner, source }
    }

    /// The consumer that is wrapped; what it does is not recorded.
    pub fn inner(&self) -> &consumer::PushConsumer {
        &self.inner
    }

    /// The messages as they come, without an end.
    pub async fn messages(&self) -> Result<Messages<push::Messages>, StreamError> {
        Ok(Messages::new(self.inner.messages().await?, Arc::clone(&self.source)))
    }
}

impl fmt::Debug for PullConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PullConsumer").finish_non_exhaustive()
    }
}

impl fmt::Debug for PushConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushConsumer").finish_non_exhaustive()
    }
}
