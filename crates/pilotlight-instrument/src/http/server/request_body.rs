//! Request bodies: passed on as they are, or watched as they are read.

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, ready};

/// What a layer does to request bodies: [`Untouched`] or [`Watched`].
///
/// The choice is part of the layer's type, because watching changes the type of the body that the inner
/// service receives. Sealed.
pub trait RequestBodies<B>: sealed::Sealed {
    /// The body that the inner service receives.
    type Body;

    #[doc(hidden)]
    fn wrap(body: B, interest: Interest<'_>) -> Self::Body;
}

/// Request bodies reach the service with the type they came with: the default.
///
/// Bytes are counted only where that takes no other type, in axum's `Body` (feature `axum`): one with something
/// in it is then wrapped in another of these, which takes two allocations, unless there are no metrics.
#[derive(Clone, Copy, Debug)]
pub enum Untouched {}

/// Request bodies are wrapped in [`RequestBody`], which counts what is read of any body.
#[derive(Clone, Copy, Debug)]
pub enum Watched {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Untouched {}
    impl Sealed for super::Watched {}
}

/// What an exchange wants to know of its request's body.
#[derive(Debug)]
pub struct Interest<'a> {
    /// Where reads become events.
    pub(super) events: Option<&'a Context>,
    /// Where to leave what is known of the bytes read.
    pub(super) read: Option<&'a mut BytesRead>,
}

/// How much of a request's body was read.
#[derive(Debug, Default)]
pub(super) enum BytesRead {
    /// Nobody watched.
    #[default]
    Unknown,
    /// There was nothing to read.
    Nothing,
    /// Counted by the body, wherever it is by now.
    Counted(Arc<AtomicU64>),
}

impl BytesRead {
    pub(super) fn bytes(&self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Nothing => Some(0),
            // Relaxed, here and where it is added to: the number stands for itself and publishes nothing.
            Self::Counted(bytes) => Some(bytes.load(Ordering::Relaxed)),
        }
    }

    /// The counter for a body to add to, if it has anything to count.
    fn counter<B: Body>(&mut self, body: &B) -> Option<Arc<AtomicU64>> {
        if body.is_end_stream() {
            *self = Self::Nothing;
            return None;
        }
        let counter = Arc::new(AtomicU64::new(0));
        *self = Self::Counted(Arc::clone(&counter));
        Some(counter)
    }
}

impl<B: 'static> RequestBodies<B> for Untouched {
    type Body = B;

    fn wrap(mut body: B, interest: Interest<'_>) -> B {
        if let Some(read) = interest.read {
            count_in_place(&mut body, read);
        }
        body
    }
}

/// Puts a counting body into one of axum's, whose type hides what is inside.
#[cfg(feature = "axum")]
fn count_in_place<B: 'static>(body: &mut B, read: &mut BytesRead) {
    let Some(body) = (body as &mut dyn std::any::Any).downcast_mut::<axum::body::Body>() else {
        return;
    };
    if let Some(counter) = read.counter(body) {
        let inner = std::mem::take(body);
        let counting = RequestBody { inner, events: None, read: Some(counter) };
        // Already the box that axum would make, so that it wraps neither the body nor its errors again.
        *body = axum::body::Body::new(http_body_util::combinators::UnsyncBoxBody::new(counting));
    }
}

#[cfg(not(feature = "axum"))]
fn count_in_place<B: 'static>(_: &mut B, _: &mut BytesRead) {}

impl<B: Body> RequestBodies<B> for Watched {
    type Body = RequestBody<B>;

    fn wrap(inner: B, interest: Interest<'_>) -> RequestBody<B> {
        let read = interest.read.and_then(|read| read.counter(&inner));
        RequestBody { inner, events: interest.events.cloned(), read }
    }
}

pin_project! {
    /// A request's body that counts the bytes read for `http.server.request.body.size` and, with
    /// [`read_events`](super::HttpServerLayerBuilder::read_events), adds an event `read` with
    /// `http.read_bytes` to the request's span for each chunk.
    ///
    /// Everything passes unchanged. Chunks read after the span's end add nothing.
    #[derive(Debug)]
    pub struct RequestBody<B> {
        #[pin]
        inner: B,
        events: Option<Context>,
        read: Option<Arc<AtomicU64>>,
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
            let bytes = data.remaining();
            if let Some(read) = this.read {
                read.fetch_add(bytes as u64, Ordering::Relaxed);
            }
            if let Some(context) = this.events {
                let bytes = KeyValue::new("http.read_bytes", i64::try_from(bytes).unwrap_or(i64::MAX));
                context.span().add_event("read", vec![bytes]);
            }
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
