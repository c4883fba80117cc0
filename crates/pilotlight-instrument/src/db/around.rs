//! The time between an operation's start and its outcome, as a future.

use super::error::DbError;
use super::operation::Operation;
use super::outcome::Outcome;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A future that is an operation: see [`Operation::around`].
    ///
    /// The operation's span is the current one in each poll. Dropping this before it is ready ends the span with an event
    /// `cancelled`; a panic ends it as `panic` and goes on.
    #[must_use = "futures do nothing unless polled"]
    pub struct Around<F, J> {
        // Some until the drop, which it has in the span, and so before the operation's end.
        #[pin]
        inner: Option<F>,
        operation: Option<(Operation, J)>,
    }

    impl<F, J> PinnedDrop for Around<F, J> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some((operation, _)) = this.operation {
                operation.run(|| this.inner.set(None));
            }
        }
    }
}

/// Tells what came of an operation by its output. Implemented for functions, and for [`ByError`].
pub trait Judge<T> {
    /// Takes note of it and ends the operation.
    fn judge(self, operation: Operation, output: &T);
}

/// Every error is a failure, of which it tells itself: [`DbError`].
#[derive(Clone, Copy, Debug)]
pub struct ByError;

impl<T, E: DbError> Judge<Result<T, E>> for ByError {
    fn judge(self, mut operation: Operation, output: &Result<T, E>) {
        if let Err(error) = output {
            operation.failed(error);
        }
        operation.end();
    }
}

impl<T, J: FnOnce(&T) -> Outcome> Judge<T> for J {
    fn judge(self, operation: Operation, output: &T) {
        operation.ended_as(&self(output));
    }
}

impl<F, J> Around<F, J> {
    pub(super) fn new(inner: F, operation: Operation, judge: J) -> Self {
        Self { inner: Some(inner), operation: Some((operation, judge)) }
    }
}

impl<F, J> Future for Around<F, J>
where
    F: Future,
    J: Judge<F::Output>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Pending };
        let output = match this.operation.as_mut() {
            Some((operation, _)) => ready!(operation.run(|| inner.poll(cx))),
            // Polled again after it was ready: whatever the inner future does then is right.
            None => return inner.poll(cx),
        };
        if let Some((operation, judge)) = this.operation.take() {
            judge.judge(operation, &output);
        }
        Poll::Ready(output)
    }
}

impl<F, J> fmt::Debug for Around<F, J> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Around").finish_non_exhaustive()
    }
}
