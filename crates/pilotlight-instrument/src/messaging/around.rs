//! A future that is an operation.

use super::operation::Operation;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A future in an operation's span; of [`Operation::around`].
    ///
    /// The span is current while the work is polled and while it is dropped. Dropping this future before it is ready records the
    /// operation as cancelled; a panic in the work ends it as `panic` and unwinds on.
    #[must_use = "futures do nothing unless polled"]
    pub struct Around<F> {
        // Some until the drop, which it has in the span, and so before the operation's end.
        #[pin]
        work: Option<F>,
        // Some until the work is ready.
        operation: Option<Operation>,
    }

    impl<F> PinnedDrop for Around<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(operation) = this.operation {
                operation.run(|| this.work.set(None));
            }
        }
    }
}

impl<F> Around<F> {
    pub(super) fn new(work: F, operation: Operation) -> Self {
        Self { work: Some(work), operation: Some(operation) }
    }
}

impl<F, T, E> Future for Around<F>
where
    F: Future<Output = Result<T, E>>,
    E: 'static,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(work) = this.work.as_pin_mut() else { return Poll::Pending };
        // Polled again after it was ready: whatever the work does then is right.
        let Some(operation) = this.operation.as_mut() else { return work.poll(cx) };
        let done = ready!(operation.run(|| work.poll(cx)));
        operation.finish(&done);
        *this.operation = None;
        Poll::Ready(done)
    }
}

impl<F> fmt::Debug for Around<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").finish_non_exhaustive()
    }
}
