//! The attempts that one request takes, counted.

use opentelemetry::Context;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

/// Counts the attempts at one request, for `http.request.resend_count`: retries, redirects, whatever makes the
/// client layer see the same request again.
///
/// A clone counts on where the original is. The layer looks for one in a request's extensions, then in the current
/// [`Context`]; the first attempt records nothing, the second 1, and so on. Ways to provide one:
/// [`ResendsLayer`](super::ResendsLayer) around a layer that resends; [`within`](Self::within) around a loop written
/// by hand; or `request.extensions_mut().insert(Resends::new())`, where requests are cloned with their extensions.
///
/// Requests that are sent from inside an attempt, such as one for a token, are not counted with it when the count
/// came from the context.
///
/// ```
/// use pilotlight_instrument::http::Resends;
///
/// # async fn send() -> Result<(), ()> { Err(()) }
/// # async fn example() -> Result<(), ()> {
/// let sent = Resends::new().within(async {
///     for _ in 0..2 {
///         if send().await.is_ok() {
///             return Ok(());
///         }
///     }
///     send().await
/// });
/// sent.await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Resends {
    /// `None` where attempts are not to be counted. Relaxed: the number stands for itself and publishes nothing.
    sent: Option<Arc<AtomicU32>>,
}

impl Resends {
    /// A count that starts at the first attempt.
    pub fn new() -> Self {
        Self { sent: Some(Arc::default()) }
    }

    /// Runs a future in which all requests through a client layer are attempts at the same one.
    ///
    /// The current context at this moment is the current one whenever the future is polled. It costs an allocation
    /// or two. Tasks that the future spawns are not part of it, unless they are handed the context.
    pub fn within<F: Future>(self, future: F) -> WithinResends<F> {
        WithinResends { inner: future, context: Context::current_with_value(self) }
    }

    /// Whether requests from here are attempts at one that is being counted.
    #[cfg(feature = "reqwest")]
    pub(crate) fn are_counted() -> bool {
        Context::map_current(|current| current.get::<Self>().is_some_and(Self::counts))
    }

    /// Hides a count from what runs inside an attempt.
    pub(super) fn uncounted() -> Self {
        Self { sent: None }
    }

    pub(super) fn counts(&self) -> bool {
        self.sent.is_some()
    }

    /// The ordinal of the next attempt.
    pub(super) fn next(&self) -> u32 {
        self.sent.as_ref().map_or(0, |sent| sent.fetch_add(1, Ordering::Relaxed))
    }
}

impl Default for Resends {
    fn default() -> Self {
        Self::new()
    }
}

pin_project! {
    /// A future whose requests are attempts at the same one; made by [`Resends::within`] and
    /// [`ResendsLayer`](super::ResendsLayer).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct WithinResends<F> {
        #[pin]
        inner: F,
        context: Context,
    }
}

impl<F> WithinResends<F> {
    pub(super) fn new(inner: F, context: Context) -> Self {
        Self { inner, context }
    }
}

impl<F: Future> Future for WithinResends<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _current = this.context.clone().attach();
        this.inner.poll(cx)
    }
}
