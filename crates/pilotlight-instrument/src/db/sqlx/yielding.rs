//! A stream whose values come out of a future, which can hold what the stream borrows from.

use futures_core::Stream;
use futures_core::future::BoxFuture;
use sqlx::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// What `work` has [given](Giver::give), then the error that it ended with, if any.
pub(super) struct Yielding<'e, T> {
    work: Option<BoxFuture<'e, Result<(), Error>>>,
    place: Place<T>,
}

/// Where a value lies between the future and the stream. Both are polled by the same task, so nobody ever waits for the lock.
type Place<T> = Arc<Mutex<Option<T>>>;

/// The future's end.
pub(super) struct Giver<T>(Place<T>);

impl<'e, T> Yielding<'e, T> {
    pub(super) fn new<F>(work: impl FnOnce(Giver<T>) -> F) -> Self
    where
        F: Future<Output = Result<(), Error>> + Send + 'e,
    {
        let place = Place::default();
        Self { work: Some(Box::pin(work(Giver(Arc::clone(&place))))), place }
    }
}

impl<T> Giver<T> {
    /// Ready when the stream is asked for the next value.
    pub(super) async fn give(&mut self, value: T) {
        let mut value = Some(value);
        poll_fn(|_| match value.take() {
            Some(value) => {
                *lock(&self.0) = Some(value);
                // The stream is ready now, and nobody needs waking.
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await
    }
}

impl<T> Stream for Yielding<'_, T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(work) = &mut self.work else { return Poll::Ready(None) };
        match work.as_mut().poll(cx) {
            Poll::Ready(end) => {
                self.work = None;
                Poll::Ready(end.err().map(Err))
            }
            Poll::Pending => match lock(&self.place).take() {
                Some(value) => Poll::Ready(Some(Ok(value))),
                None => Poll::Pending,
            },
        }
    }
}

fn lock<T>(place: &Place<T>) -> std::sync::MutexGuard<'_, Option<T>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[tokio::test]
    async fn values_come_in_their_order_and_then_the_error() {
        let stream = Yielding::new(|mut giver| async move {
            for number in 0..3 {
                tokio::task::yield_now().await;
                giver.give(number).await;
            }
            Err(Error::PoolClosed)
        });
        let all: Vec<_> = stream.map(|value| value.map_err(|error| error.to_string())).collect().await;
        assert_eq!(all[..3], [Ok(0), Ok(1), Ok(2)]);
        assert_eq!(all[3..], [Err(Error::PoolClosed.to_string())]);
    }

    #[tokio::test]
    async fn a_stream_whose_work_is_done_has_ended() {
        let mut stream = Yielding::<()>::new(|_| async { Ok(()) });
        assert!(stream.next().await.is_none());
        assert!(stream.next().await.is_none());
    }
}
