//! The time between a response's head and its last byte.

use super::exchange::Exchange;
use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A response's body, whose end is the end of the attempt's span.
    ///
    /// Frames, trailers, the size hint and the end of the stream pass unchanged. The span is the current one while
    /// the inner body is polled, and ends when the last frame or all the announced bytes were read, the body fails
    /// or panics, or is dropped before its end, which is recorded as an event `response_dropped`.
    pub struct ClientResponseBody<B> {
        // Some until the drop, which it has in the span, and so before the exchange's end.
        #[pin]
        inner: Option<B>,
        exchange: Option<Box<Exchange>>,
    }

    impl<B> PinnedDrop for ClientResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange {
                exchange.run(|| this.inner.set(None));
            }
        }
    }
}

impl<B> ClientResponseBody<B> {
    pub(super) fn new(inner: B, exchange: Option<Box<Exchange>>) -> Self {
        Self { inner: Some(inner), exchange }
    }

    pub(super) fn bare(inner: B) -> Self {
        Self::new(inner, None)
    }
}

impl<B> Body for ClientResponseBody<B>
where
    B: Body,
    B::Error: 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let Some(mut inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
        let Some(exchange) = this.exchange else {
            return inner.poll_frame(cx);
        };
        let answer = exchange.run(|| inner.as_mut().poll_frame(cx));
        match &answer {
            Poll::Pending => {}
            Poll::Ready(None) => exchange.end(),
            Poll::Ready(Some(Err(error))) => exchange.failed(error),
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    exchange.received(data.remaining());
                }
                // Whoever has all there is need not ask again.
                if frame.is_trailers() || inner.is_end_stream() || exchange.is_complete() {
                    exchange.end();
                }
            }
        }
        answer
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B: Default> Default for ClientResponseBody<B> {
    /// A body of nobody's request; some layers make empty responses of their own this way.
    fn default() -> Self {
        Self::bare(B::default())
    }
}

impl<B> fmt::Debug for ClientResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientResponseBody").finish_non_exhaustive()
    }
}
