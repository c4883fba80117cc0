//! The time between a response's head and its trailers.

use super::call::Call;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A response's body, whose end is the end of the call's span.
    ///
    /// Frames, trailers, errors, the size hint and the end of the stream pass unchanged. The span is the current
    /// one while the inner body is polled, and ends with the trailers, or when the body ends without any, fails,
    /// panics, or is dropped before its end.
    pub struct GrpcResponseBody<B> {
        // Some until the drop, which it has in the span, and so before the call's end.
        #[pin]
        inner: Option<B>,
        call: Option<Call>,
    }

    impl<B> PinnedDrop for GrpcResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(call) = this.call {
                call.run(|| this.inner.set(None));
            }
        }
    }
}

impl<B> GrpcResponseBody<B> {
    pub(super) fn new(inner: B, call: Option<Call>) -> Self {
        Self { inner: Some(inner), call }
    }
}

impl<B: Body<Error: 'static>> Body for GrpcResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let Some(mut inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
        let Some(call) = this.call else {
            return inner.poll_frame(cx);
        };
        let answer = call.run(|| inner.as_mut().poll_frame(cx));
        match &answer {
            Poll::Pending => {}
            Poll::Ready(None) => call.ended(),
            Poll::Ready(Some(Err(error))) => call.failed(error),
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    call.data(data);
                }
                match frame.trailers_ref() {
                    Some(trailers) => call.trailers(trailers),
                    // Nobody asks again after a body that says it is over.
                    None if inner.is_end_stream() => call.ended(),
                    None => {}
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

impl<B: Default> Default for GrpcResponseBody<B> {
    /// A body of nobody's call; some layers make empty responses of their own this way.
    fn default() -> Self {
        Self::new(B::default(), None)
    }
}

impl<B> fmt::Debug for GrpcResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcResponseBody").finish_non_exhaustive()
    }
}
