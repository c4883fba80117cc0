//! Request bodies: passed on as they are, or watched for messages.

use super::messages::Messages;
use crate::http::{Untouched, Watched};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What a layer does to request bodies: [`Untouched`] or [`Watched`].
///
/// The choice is part of the layer's type, because watching changes the type of the body that the inner service
/// receives. Sealed.
pub trait GrpcRequestBodies<B>: sealed::Sealed {
    /// The body that the inner service receives.
    type Body;

    #[doc(hidden)]
    fn wrap(body: B, watch: Watch) -> Self::Body;
}

/// What is to become of a request's messages.
#[derive(Debug)]
pub struct Watch(pub(super) Option<Messages>);

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::http::Untouched {}
    impl Sealed for crate::http::Watched {}
}

impl<B: 'static> GrpcRequestBodies<B> for Untouched {
    type Body = B;

    fn wrap(mut body: B, watch: Watch) -> B {
        if watch.0.is_some() {
            watch_in_place(&mut body, watch);
        }
        body
    }
}

/// Puts a watching body into one of tonic's, whose type hides what is inside.
#[cfg(feature = "tonic")]
fn watch_in_place<B: 'static>(body: &mut B, Watch(messages): Watch) {
    if let Some(body) = (body as &mut dyn std::any::Any).downcast_mut::<tonic::body::Body>() {
        let inner = std::mem::take(body);
        *body = tonic::body::Body::new(GrpcRequestBody { inner, messages });
    }
}

#[cfg(not(feature = "tonic"))]
fn watch_in_place<B: 'static>(_: &mut B, _: Watch) {}

impl<B: Body> GrpcRequestBodies<B> for Watched {
    type Body = GrpcRequestBody<B>;

    fn wrap(inner: B, Watch(messages): Watch) -> GrpcRequestBody<B> {
        GrpcRequestBody { inner, messages }
    }
}

pin_project! {
    /// A request's body that adds an event to the call's span for each message that passes, if
    /// [asked for](super::GrpcServerLayerBuilder::message_events).
    ///
    /// Everything passes unchanged. Messages that pass after the span's end add nothing.
    #[derive(Debug)]
    pub struct GrpcRequestBody<B> {
        #[pin]
        inner: B,
        messages: Option<Messages>,
    }
}

impl<B: Body> Body for GrpcRequestBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let answer = ready!(this.inner.poll_frame(cx));
        if let (Some(messages), Some(Ok(frame))) = (this.messages, &answer)
            && let Some(data) = frame.data_ref()
        {
            messages.pass(data);
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
