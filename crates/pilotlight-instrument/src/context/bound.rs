//! Futures and streams in the context of who made them.

use super::thread;
use super::work::in_context;
use futures_core::Stream;
use opentelemetry::Context;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{self, Poll};

/// A future whose polls and drop happen in the context that is current *now*.
///
/// For `tokio::spawn`, `JoinSet::spawn`, and whatever else polls on other threads or for other callers.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::baggage::BaggageExt;
/// use pilotlight_instrument::context::bind_future;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tokio::task::JoinError> {
/// let context = Context::current_with_baggage([opentelemetry::KeyValue::new("tenant", "7")]);
/// let attached = context.attach();
/// let task = tokio::spawn(bind_future(async {
///     tokio::task::yield_now().await;
///     Context::current().baggage().to_string()
/// }));
/// drop(attached);
/// assert_eq!(task.await?, "tenant=7");
/// # Ok(())
/// # }
/// ```
///
/// Between polls nothing stays attached, so the thread's other work is not affected. Each poll and the drop cost what
/// [`in_context`](super::in_context) does, some 30 ns; nothing is allocated.
///
/// Cancelling it is dropping it: what the future holds is dropped in the context, which
/// [`with_current_context`](opentelemetry::context::FutureExt::with_current_context) of the API leaves to chance. A span in the
/// context stays open until the future is dropped; a task drops it when it is done.
pub fn bind_future<F: Future>(future: F) -> Bound<F> {
    Bound::new(future, thread::current())
}

/// A stream whose polls and drop happen in the context that is current *now*.
///
/// What its items are used for does not: that is up to whoever polls it. For items that bring contexts of their own, see
/// [`Carried`](super::Carried).
///
/// ```
/// use futures_util::StreamExt;
/// use opentelemetry::Context;
/// use opentelemetry::baggage::BaggageExt;
/// use pilotlight_instrument::context::bind_stream;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let context = Context::current_with_baggage([opentelemetry::KeyValue::new("tenant", "7")]);
/// let attached = context.attach();
/// let rows = bind_stream(futures_util::stream::iter(0..2).map(|row| {
///     format!("{row} for {}", Context::current().baggage())
/// }));
/// drop(attached);
/// assert_eq!(rows.collect::<Vec<_>>().await, ["0 for tenant=7", "1 for tenant=7"]);
/// # }
/// ```
///
/// Costs and cancellation are those of [`bind_future`].
pub fn bind_stream<S: Stream>(stream: S) -> Bound<S> {
    Bound::new(stream, thread::current())
}

pin_project! {
    /// A future or a stream in a context of its own; of [`bind_future`] and [`bind_stream`].
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Bound<T> {
        // Some until the drop.
        #[pin]
        inner: Option<T>,
        context: Context,
    }

    impl<T> PinnedDrop for Bound<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            in_context(this.context, || this.inner.set(None));
        }
    }
}

impl<T> Bound<T> {
    pub(super) fn new(inner: T, context: Context) -> Self {
        Self { inner: Some(inner), context }
    }
}

impl<F: Future> Future for Bound<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.inner.as_pin_mut() {
            Some(future) => in_context(this.context, || future.poll(cx)),
            None => Poll::Pending,
        }
    }
}

impl<S: Stream> Stream for Bound<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        match this.inner.as_pin_mut() {
            Some(stream) => in_context(this.context, || stream.poll_next(cx)),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<T> fmt::Debug for Bound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("context", &self.context).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TellsOnDrop, Tenant, tenant};
    use super::*;
    use futures_util::StreamExt;
    use futures_util::stream;
    use std::any::Any;
    use std::cell::RefCell;
    use std::sync::mpsc::{RecvError, Sender, channel};
    use tokio::task::{JoinSet, yield_now};

    fn as_tenant<T>(number: u32, work: impl FnOnce() -> T) -> T {
        in_context(&Context::new().with_value(Tenant(number)), work)
    }

    /// Polls once on a thread of its own. Outside of a runtime, yielding is one answer of `Pending`.
    fn poll_elsewhere<F>(mut future: Pin<Box<F>>) -> (Poll<F::Output>, Option<Tenant>, Pin<Box<F>>)
    where
        F: Future<Output: Send> + Send,
    {
        let poll = move || {
            let answer = future.as_mut().poll(&mut task::Context::from_waker(task::Waker::noop()));
            (answer, tenant(), future)
        };
        std::thread::scope(|scope| scope.spawn(poll).join().unwrap())
    }

    #[test]
    fn a_future_polled_by_two_threads_is_in_its_context_on_each_and_leaves_none_behind() {
        let future = as_tenant(1, || {
            Box::pin(bind_future(async {
                let first = tenant();
                yield_now().await;
                (first, tenant())
            }))
        });
        let (first, after_first, future) = poll_elsewhere(future);
        let (second, after_second, _) = poll_elsewhere(future);
        assert_eq!((first, after_first), (Poll::Pending, None));
        assert_eq!((second, after_second), (Poll::Ready((Some(Tenant(1)), Some(Tenant(1)))), None));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 3)]
    async fn tasks_keep_their_contexts_and_give_none_to_their_neighbours() {
        let mut tasks = JoinSet::new();
        for number in 0..64 {
            as_tenant(number, || tasks.spawn(bind_future(sees_all_along(Some(Tenant(number))))));
            tasks.spawn(sees_all_along(None));
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
    }

    async fn sees_all_along(expected: Option<Tenant>) {
        for _ in 0..100 {
            assert_eq!(tenant(), expected);
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_cancelled_task_is_dropped_in_its_context() {
        let (sender, dropped_in) = channel();
        let task = as_tenant(1, || tokio::spawn(bind_future(waits_for_ever(TellsOnDrop(sender)))));
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(dropped_in.recv(), Ok(Some(Tenant(1))));
    }

    async fn waits_for_ever<T>(_kept: T) {
        std::future::pending().await
    }

    #[tokio::test]
    async fn a_stream_is_polled_and_dropped_in_its_context_but_its_items_are_not_used_there() {
        let (sender, dropped_in) = channel();
        let tells = TellsOnDrop(sender);
        let mut items = as_tenant(1, || {
            bind_stream(stream::iter(0..3).map(move |_| {
                let _kept = &tells;
                tenant()
            }))
        });
        assert_eq!(items.size_hint(), (3, Some(3)));
        assert_eq!((items.next().await, tenant()), (Some(Some(Tenant(1))), None));
        drop(items);
        assert_eq!(dropped_in.recv(), Ok(Some(Tenant(1))));
    }

    /// What it holds is dropped after the thread's context is.
    #[derive(Default)]
    struct Keeps(RefCell<Vec<Box<dyn Any>>>);

    thread_local! {
        static KEEPS: Keeps = const { Keeps(RefCell::new(Vec::new())) };
    }

    #[test]
    fn a_future_kept_until_the_thread_ends_is_dropped_without_a_context_and_without_a_panic() {
        let (sender, dropped) = channel::<()>();
        let kept = |sender: Sender<()>| {
            // Used before the context is, and so destroyed after it.
            KEEPS.with(|keeps| keeps.0.borrow_mut().clear());
            let future = as_tenant(1, || Box::pin(bind_future(waits_for_ever(sender))));
            KEEPS.with(|keeps| keeps.0.borrow_mut().push(Box::new(future)));
        };
        std::thread::spawn(move || kept(sender)).join().unwrap();
        assert_eq!(dropped.recv(), Err(RecvError));
    }
}
