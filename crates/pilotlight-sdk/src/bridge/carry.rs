//! Work that moves to another thread or task, and takes the caller's trace along.

use std::fmt;
use std::pin::Pin;
use std::task::Poll;

use opentelemetry::Context;
use tracing::Span;

use super::panic_hook::remember_thread;

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
    let luggage = Luggage::pack();
    // A struct and no plain capture, so that work which is dropped without having run is dropped in its context too.
    let mut carried = Carried { work: Some(work), luggage };
    move || {
        let Carried { work, luggage } = &mut carried;
        let work = work.take();
        #[expect(clippy::expect_used, reason = "taken here alone, and this closure runs once")]
        luggage.within(|| work.expect("runs once")())
    }
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
    // Boxed by nobody who spawns it; by us, since pinning a field in place takes unsafe code.
    Carry { future: Some(Box::pin(future)), luggage: Luggage::pack() }
}

/// A future in its caller's context; of [`carry`].
#[must_use = "futures do nothing unless polled"]
pub struct Carry<F> {
    /// Some until the drop.
    future: Option<Pin<Box<F>>>,
    luggage: Luggage,
}

impl<F: Future> Future for Carry<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<F::Output> {
        let Self { future, luggage } = &mut *self;
        match future {
            Some(future) => luggage.within(|| future.as_mut().poll(context)),
            None => Poll::Pending,
        }
    }
}

impl<F> Drop for Carry<F> {
    fn drop(&mut self) {
        let future = self.future.take();
        self.luggage.within(|| drop(future));
    }
}

impl<F> fmt::Debug for Carry<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carry").field("luggage", &self.luggage).finish_non_exhaustive()
    }
}

struct Carried<W> {
    /// None once it runs.
    work: Option<W>,
    luggage: Luggage,
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
    fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        remember_thread();
        let _entered = self.span.enter();
        let _attached = self.context.clone().attach();
        work()
    }
}
