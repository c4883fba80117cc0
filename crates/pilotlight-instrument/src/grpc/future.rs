//! The time between a request's head and its response's.

use super::body::GrpcResponseBody;
use super::call::Call;
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The response future of a [`GrpcCallService`](super::GrpcCallService).
    ///
    /// The call's span is the current one while the inner future is polled. Dropping this future before it is
    /// ready ends the span as `CANCELLED`, or `DEADLINE_EXCEEDED` if the request's `grpc-timeout` had passed; a
    /// panic in the inner future ends it as `INTERNAL` and unwinds on.
    pub struct GrpcResponseFuture<F> {
        // Some until the drop, which it has in the span, and so before the call's end.
        #[pin]
        inner: Option<F>,
        call: Option<Call>,
    }

    impl<F> PinnedDrop for GrpcResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(call) = this.call {
                call.run(|| this.inner.set(None));
            }
        }
    }
}

impl<F> GrpcResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call) -> Self {
        Self { inner: Some(inner), call: Some(call) }
    }
}

impl<F, B, E> Future for GrpcResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: 'static,
{
    type Output = Result<Response<GrpcResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Pending };
        let answer = match this.call.as_mut() {
            Some(call) => ready!(call.run(|| inner.poll(cx))),
            // Polled again after it was ready: whatever the inner future does then is right.
            None => ready!(inner.poll(cx)),
        };
        let mut call = this.call.take();
        if let (Err(error), Some(call)) = (&answer, &mut call) {
            call.failed(error);
        }
        Poll::Ready(answer.map(|response| watched(response, call)))
    }
}

fn watched<B: Body>(response: Response<B>, mut call: Option<Call>) -> Response<GrpcResponseBody<B>> {
    let (head, body) = response.into_parts();
    if let Some(call) = &mut call {
        call.responded(&head, !body.is_end_stream());
    }
    Response::from_parts(head, GrpcResponseBody::new(body, call))
}

impl<F> fmt::Debug for GrpcResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcResponseFuture").finish_non_exhaustive()
    }
}
