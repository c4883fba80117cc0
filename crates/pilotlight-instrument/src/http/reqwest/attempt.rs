//! The rest of a middleware chain, as a service.

use bytes::Bytes;
use http::{Extensions, Uri};
use http_body::{Frame, SizeHint};
use reqwest::{Body, Request, Url};
use reqwest_middleware::{Error, Next, Result};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// What stands for a request's body: the request, but for the parts that the layer sees, and the way on.
///
/// The request is not converted there and back: [`http::Request`] has no place for all of it, and its URL would be
/// parsed twice.
pub(super) struct Outgoing<'a> {
    pub(super) request: Request,
    pub(super) next: Next<'a>,
    pub(super) extensions: &'a mut Extensions,
    /// Where the response came from is left here.
    pub(super) from: &'a mut Option<Url>,
}

impl<'a> Outgoing<'a> {
    /// Lends headers and extensions to the layer, until the request is sent.
    pub(super) fn to(mut self, uri: Uri) -> http::Request<Self> {
        let mut seen = http::Request::new(());
        *seen.uri_mut() = uri;
        *seen.method_mut() = self.request.method().clone();
        *seen.version_mut() = self.request.version();
        *seen.headers_mut() = mem::take(self.request.headers_mut());
        *seen.extensions_mut() = mem::take(self.extensions);
        seen.map(|()| self)
    }

    async fn send(seen: http::Request<Self>) -> Result<http::Response<Body>> {
        let (head, this) = seen.into_parts();
        let Self { mut request, next, extensions, from } = this;
        *request.headers_mut() = head.headers;
        *extensions = head.extensions;
        let response = next.run(request, extensions).await?;
        *from = Some(response.url().clone());
        Ok(response.into())
    }
}

/// Only for what the layer asks about a body; reqwest sends its own.
impl http_body::Body for Outgoing<'_> {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, reqwest::Error>>> {
        match self.request.body_mut() {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.request.body().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.request.body().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

/// Sends requests the way that they bring along.
pub(super) struct Attempt;

impl<'a> Service<http::Request<Outgoing<'a>>> for Attempt {
    type Response = http::Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response>> + Send + 'a>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Outgoing<'a>>) -> Self::Future {
        Box::pin(Outgoing::send(request))
    }
}
