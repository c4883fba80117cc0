//! A message of core NATS.

use super::client::described;
use super::subscriber::Subscription;
use crate::messaging::{Around, Operation};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A message that came by a subscription; of [`Subscriber`](super::Subscriber). Cheap to clone.
///
/// It is an [`async_nats::Message`] in all but name.
#[derive(Clone)]
pub struct Message {
    inner: async_nats::Message,
    subscription: Arc<Subscription>,
}

impl Message {
    pub(super) fn new(inner: async_nats::Message, subscription: Arc<Subscription>) -> Self {
        Self { inner, subscription }
    }

    /// The message that was wrapped.
    pub fn into_inner(self) -> async_nats::Message {
        self.inner
    }

    /// Processes it: a span `process {subject}` with a link to the one that sent it, current while `work` runs, along with the
    /// baggage that came. An `Err` is recorded by the name of its [type](crate::messaging::ClientBuilder::error_type), a panic
    /// too; dropping the future cancels both.
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
        let Subscription { shared, pattern, group } = &*self.subscription;
        let destination = shared.subjects.subscribed(&self.inner.subject, pattern);
        let destination = match group {
            Some(group) => destination.consumer_group(group.clone()),
            None => destination,
        };
        let headers = self.inner.headers.as_ref();
        shared.process(&destination, described(headers, self.inner.payload.len()), headers)
    }
}

impl Deref for Message {
    type Target = async_nats::Message;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("subject", &self.inner.subject).finish_non_exhaustive()
    }
}
