//! A consumer's messages, one after the other.

use super::delivery::Source;
use super::message::Message;
use async_nats::jetstream;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

pin_project! {
    /// A stream of a consumer's messages, each with its sender's context.
    ///
    /// The client gets them ahead of time, so there is no span that received them, and waiting for the next one is nothing to
    /// record. An error of the stream is: a span `receive {stream}` with its `error.type`.
    pub struct Messages<S> {
        #[pin]
        inner: S,
        source: Arc<Source>,
    }
}

impl<S> Messages<S> {
    pub(super) fn new(inner: S, source: Arc<Source>) -> Self {
        Self { inner, source }
    }

    /// The stream that was wrapped.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, E> Stream for Messages<S>
where
    S: Stream<Item = Result<jetstream::Message, E>>,
    E: 'static,
{
    type Item = Result<Message, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        this.inner.poll_next(cx).map(|next| {
            next.map(|next| match next {
                Ok(message) => Ok(Message::new(message, this.source, false)),
                Err(error) => {
                    this.source.shared.client.receive(&this.source.destination()).failed(&error);
                    Err(error)
                }
            })
        })
    }
}

impl<S> fmt::Debug for Messages<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}
