//! Work that moves to another thread or task, and takes the caller's trace along.

use std::fmt;
use std::pin::Pin;
use std::task::{self, Poll};

use opentelemetry::Context;
use tracing::Span;

use crate::record::current_context;

/// Wraps `work` so that it runs, on whatever thread, in the caller's current
/// [`Context`] and [`tracing::Span`].
///
/// For what runs a closure elsewhere and knows nothing of traces: `spawn_blocking`, `std::thread::spawn`, pools like rayon's.
/// The current context and span are those of the moment of this call, and the span stays open until the work has run or was
/// dropped. Costs a clone of both.
///
/// ```
/// use opentelemetry::Context;
/// use pilotlight_sdk::bridge::carry_context;
///
/// #[derive(Debug, PartialEq)]
/// struct Tenant(u32);
///
/// let _attached = Context::current_with_value(Tenant(7)).attach();
/// let tenant = carry_context(|| Context::current().get::<Tenant>().map(|tenant| tenant.0));
/// assert_eq!(std::thread::spawn(tenant).join().ok().flatten(), Some(7));
/// ```
pub fn carry_context<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let carried = Carried { work: Some(work), luggage: Luggage::pack() };
    move || carried.run()
}

/// Wraps a future so that each poll, and its drop, runs in the caller's current [`Context`] and [`tracing::Span`].
///
/// For `tokio::spawn`, `JoinSet::spawn` and anything else that polls on other threads. Nothing stays attached between polls,
/// so whatever else the thread does meanwhile is not affected. A poll costs an attach and an enter. Cancelling it is dropping
/// it: the future's locals are dropped in the context.
///
/// ```
/// use opentelemetry::Context;
/// use pilotlight_sdk::bridge::carry;
///
/// struct Tenant(u32);
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let attached = Context::current_with_value(Tenant(7)).attach();
/// let task = tokio::spawn(carry(async {
///     tokio::task::yield_now().await;
///     Context::current().get::<Tenant>().map(|tenant| tenant.0)
/// }));
/// drop(attached);
/// assert_eq!(task.await?, Some(7));
/// # Ok(())
/// # })
/// # }
/// ```
pub fn carry<F: Future>(future: F) -> Carry<F> {
    Carry { future: Some(future), luggage: Luggage::pack() }
}

pin_project_lite::pin_project! {
    /// A future in its caller's context; of [`carry`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Carry<F> {
        // Some until the drop.
        #[pin]
        future: Option<F>,
        luggage: Luggage,
    }

    impl<F> PinnedDrop for Carry<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.luggage.within(|| this.future.set(None));
        }
    }
}

impl<F: Future> Future for Carry<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.future.as_pin_mut() {
            Some(future) => this.luggage.within(|| future.poll(context)),
            None => Poll::Pending,
        }
    }
}

impl<F> fmt::Debug for Carry<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carry").field("luggage", &self.luggage).finish_non_exhaustive()
    }
}

/// Work that is dropped in its context too, when nobody runs it.
struct Carried<W> {
    /// Some until it runs.
    work: Option<W>,
    luggage: Luggage,
}

impl<W> Carried<W> {
    #[expect(clippy::expect_used, reason = "nothing else takes the work, and `self` is gone afterwards")]
    fn run<T>(mut self) -> T
    where
        W: FnOnce() -> T,
    {
        let work = self.work.take().expect("work that has not run");
        self.luggage.within(work)
    }
}

impl<W> Drop for Carried<W> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.luggage.within(|| drop(work));
        }
    }
}

/// What the caller was doing.
#[derive(Debug)]
struct Luggage {
    context: Context,
    span: Span,
}

impl Luggage {
    fn pack() -> Self {
        Self { context: Context::current(), span: Span::current() }
    }

    /// The span is entered first and the context attached after it. Entering a span attaches the context of that span, by the
    /// layer; the caller's own context may be one more inside of it, an API span's or one with baggage. The innermost wins, and
    /// they are left in the opposite order.
    ///
    /// While a thread's locals are destroyed there is no current context any more: a runtime that lives in one of them drops
    /// its tasks there.
    fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        if !current_context::is_there() {
            return work();
        }
        let _entered = self.span.enter();
        let _attached = self.context.clone().attach();
        work()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use tokio::task::JoinSet;
    use tracing_subscriber::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Tenant(u32);

    fn tenant() -> Option<Tenant> {
        Context::current().get().copied()
    }

    /// Tells who was current when it was dropped.
    struct TellsOnDrop(mpsc::Sender<Option<Tenant>>);

    impl Drop for TellsOnDrop {
        fn drop(&mut self) {
            let _ = self.0.send(tenant());
        }
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap()
    }

    #[test]
    fn work_on_another_thread_runs_in_the_callers_context_and_leaves_none_behind() {
        let attached = Context::current_with_value(Tenant(1)).attach();
        let work = carry_context(tenant);
        drop(attached);
        let (during, after) = thread::spawn(|| (work(), tenant())).join().unwrap();
        assert_eq!((during, after), (Some(Tenant(1)), None));
    }

    #[test]
    fn work_on_another_thread_runs_in_the_callers_span() {
        let subscriber = tracing::Dispatch::new(
            tracing_subscriber::registry().with(tracing_subscriber::filter::LevelFilter::INFO),
        );
        let (expected, seen) = tracing::dispatcher::with_default(&subscriber, || {
            let span = tracing::info_span!("request");
            let work = span.in_scope(|| carry_context(|| Span::current().id()));
            let there = subscriber.clone();
            let seen = thread::spawn(move || tracing::dispatcher::with_default(&there, work)).join().unwrap();
            (span.id(), seen)
        });
        assert!(expected.is_some());
        assert_eq!(seen, expected);
    }

    #[test]
    fn work_that_panics_leaves_no_context_behind() {
        let attached = Context::current_with_value(Tenant(1)).attach();
        let work = carry_context(|| panic!("on purpose"));
        drop(attached);
        let outcome: thread::Result<()> = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        assert!(outcome.is_err());
        assert_eq!(tenant(), None);
    }

    #[test]
    fn work_that_nobody_runs_is_dropped_in_its_context() {
        let (sender, dropped_in) = mpsc::channel();
        let attached = Context::current_with_value(Tenant(1)).attach();
        let tells = TellsOnDrop(sender);
        let work = carry_context(move || drop(tells));
        drop(attached);
        thread::spawn(|| drop(work)).join().unwrap();
        assert_eq!(dropped_in.recv(), Ok(Some(Tenant(1))));
    }

    #[test]
    fn tasks_keep_their_contexts_while_they_move_between_threads() {
        runtime().block_on(async {
            let mut tasks = JoinSet::new();
            for number in 0..64 {
                let _attached = Context::current_with_value(Tenant(number)).attach();
                tasks.spawn(carry(async move {
                    for _ in 0..100 {
                        assert_eq!(tenant(), Some(Tenant(number)));
                        tokio::task::yield_now().await;
                    }
                }));
            }
            // Neighbours without a context never see one: nothing stays attached between polls.
            for _ in 0..64 {
                tasks.spawn(async {
                    for _ in 0..100 {
                        assert_eq!(tenant(), None);
                        tokio::task::yield_now().await;
                    }
                });
            }
            while let Some(task) = tasks.join_next().await {
                task.unwrap();
            }
        });
    }

    #[test]
    fn a_future_polled_by_one_thread_after_the_other_is_in_its_context_on_each() {
        let attached = Context::current_with_value(Tenant(1)).attach();
        let future = Box::pin(carry(async {
            let first = tenant();
            tokio::task::yield_now().await;
            (first, tenant())
        }));
        drop(attached);
        // Outside of a runtime, yielding is one answer of `Pending`.
        let (first, after_first, future) = thread::spawn(|| poll_once(future)).join().unwrap();
        let (second, after_second, _) = thread::spawn(|| poll_once(future)).join().unwrap();
        assert_eq!((first, after_first), (Poll::Pending, None));
        assert_eq!((second, after_second), (Poll::Ready((Some(Tenant(1)), Some(Tenant(1)))), None));
    }

    fn poll_once<F: Future>(mut future: Pin<Box<F>>) -> (Poll<F::Output>, Option<Tenant>, Pin<Box<F>>) {
        let answer = future.as_mut().poll(&mut task::Context::from_waker(task::Waker::noop()));
        (answer, tenant(), future)
    }

    #[test]
    fn a_cancelled_future_is_dropped_in_its_context() {
        let (sender, dropped_in) = mpsc::channel();
        runtime().block_on(async {
            let attached = Context::current_with_value(Tenant(1)).attach();
            let tells = TellsOnDrop(sender);
            let task = tokio::spawn(carry(async move {
                std::future::pending::<()>().await;
                drop(tells);
            }));
            drop(attached);
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        });
        assert_eq!(dropped_in.recv(), Ok(Some(Tenant(1))));
    }

    struct Keeps(std::cell::RefCell<Vec<Box<dyn std::any::Any>>>);

    thread_local! {
        static KEEPS: Keeps = const { Keeps(std::cell::RefCell::new(Vec::new())) };
    }

    #[test]
    fn a_future_kept_until_the_threads_locals_are_destroyed_is_dropped_without_a_context() {
        let (sender, dropped) = mpsc::channel();
        let thread = thread::spawn(|| {
            // Used before the context's local, and so destroyed after it.
            KEEPS.with(|keeps| keeps.0.borrow_mut().clear());
            let (answer, _, future) = poll_once(Box::pin(carry(async move {
                std::future::pending::<()>().await;
                drop(sender);
            })));
            assert_eq!(answer, Poll::Pending);
            KEEPS.with(|keeps| keeps.0.borrow_mut().push(Box::new(future)));
        });
        thread.join().unwrap();
        assert_eq!(dropped.recv(), Err::<(), _>(mpsc::RecvError));
    }
}
