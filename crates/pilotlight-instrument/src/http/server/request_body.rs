//! Request bodies: passed on as they are, or watched when every read shall be an event.

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Poll, ready};

/// What a layer does to request bodies: [`Untouched`] or [`Watched`].
///
/// The choice is part of the layer's type, because watching changes the type of the body that the inner
/// service receives. Sealed.
pub trait RequestBodies<B>: sealed::Sealed {
    /// The body that the inner service receives.
    type Body;

    #[doc(hidden)]
    fn wrap(body: B, context: &Context) -> Self::Body;
}

/// Request bodies reach the service as they came: the default.
#[derive(Clone, Copy, Debug)]
pub enum Untouched {}

/// Request bodies are wrapped in [`RequestBody`], which records an event for each chunk read.
#[derive(Clone, Copy, Debug)]
pub enum Watched {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Untouched {}
    impl Sealed for super::Watched {}
}

impl<B> RequestBodies<B> for Untouched {
    type Body = B;

    fn wrap(body: B, _: &Context) -> B {
        body
    }
}

impl<B> RequestBodies<B> for Watched {
    type Body = RequestBody<B>;

    fn wrap(inner: B, context: &Context) -> RequestBody<B> {
        RequestBody { inner, context: context.clone() }
    }
}

pin_project! {
    /// A request's body that adds an event `read`, with `http.read_bytes`, to the request's span for each
    /// chunk.
    ///
    /// Everything passes unchanged. Chunks read after the span's end add nothing.
    #[derive(Debug)]
    pub struct RequestBody<B> {
        #[pin]
        inner: B,
        context: Context,
    }
}

impl<B: Body> Body for RequestBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let answer = ready!(this.inner.poll_frame(cx));
        if let Some(data) = answer.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
            let bytes = KeyValue::new("http.read_bytes", i64::try_from(data.remaining()).unwrap_or(i64::MAX));
            this.context.span().add_event("read", vec![bytes]);
        }
        Poll::Ready(answer)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
