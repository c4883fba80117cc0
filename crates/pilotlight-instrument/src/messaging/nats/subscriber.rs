//! What comes by a subscription of core NATS.

use super::client::Shared;
use super::message::Message;
use super::subjects::Pattern;
use futures_core::Stream;
use opentelemetry::StringValue;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A subscription's messages, as [`async_nats::Subscriber`] gives them, each with its sender's context.
///
/// They are pushed by the server, so receiving them has no span; [processing](Message::process) one has.
///
/// ```no_run
/// # async fn serves(client: pilotlight_instrument::messaging::nats::Client) -> Result<(), async_nats::SubscribeError> {
/// use futures_util::StreamExt;
///
/// # async fn store(payload: &[u8]) -> Result<(), std::io::Error> { Ok(()) }
/// let mut orders = client.subscribe("orders.*.created").await?;
/// while let Some(message) = orders.next().await {
///     let stored = message.process(|message| async move { store(&message.payload).await }).await;
///     # let _ = stored;
/// }
/// # Ok(())
/// # }
/// ```
pub struct Subscriber {
    inner: async_nats::Subscriber,
    subscription: Arc<Subscription>,
}

/// What a subscription's messages have in common.
pub(super) struct Subscription {
    pub(super) shared: Arc<Shared>,
    pub(super) pattern: Pattern,
    pub(super) group: Option<StringValue>,
}

impl Subscriber {
    pub(super) fn new(
        inner: async_nats::Subscriber,
        shared: Arc<Shared>,
        subject: &str,
        group: Option<String>,
    ) -> Self {
        let pattern = shared.subjects.pattern(subject);
        let group = group.map(|group| Arc::<str>::from(group).into());
        Self { inner, subscription: Arc::new(Subscription { shared, pattern, group }) }
    }

    /// The subscription that is wrapped, to unsubscribe or to drain.
    pub fn inner_mut(&mut self) -> &mut async_nats::Subscriber {
        &mut self.inner
    }

    /// The subscription that was wrapped.
    pub fn into_inner(self) -> async_nats::Subscriber {
        self.inner
    }
}

impl Stream for Subscriber {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let message = Pin::new(&mut self.inner).poll_next(cx);
        message.map(|message| message.map(|inner| Message::new(inner, Arc::clone(&self.subscription))))
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").field("pattern", &self.subscription.pattern).finish_non_exhaustive()
    }
}
