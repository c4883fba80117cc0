//! The rest of a middleware chain, as a service.

use super::response;
use bytes::Bytes;
use http::Extensions;
use http_body::{Frame, SizeHint};
use reqwest::{Body, Request, Url};
use reqwest_middleware::{Error, Next, Result};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// A request's body, together with what [`http::Request`] has no place for, and the way on.
pub(super) struct Outgoing<'a> {
    body: Body,
    has_body: bool,
    /// With its fragment, and as it was written.
    url: Url,
    next: Next<'a>,
    extensions: &'a mut Extensions,
}

impl<'a> Outgoing<'a> {
    /// Fails for a URL that is no [`http::Uri`], which reqwest could not send either.
    pub(super) fn request(
        request: Request,
        extensions: &'a mut Extensions,
        next: Next<'a>,
    ) -> Result<http::Request<Self>> {
        let (url, has_body) = (request.url().clone(), request.body().is_some());
        let request = http::Request::try_from(request)?;
        Ok(request.map(|body| Self { body, has_body, url, next, extensions }))
    }

    async fn send(request: http::Request<Self>) -> Result<http::Response<Body>> {
        let (head, this) = request.into_parts();
        let mut request = Request::try_from(http::Request::from_parts(head, this.body))?;
        *request.url_mut() = this.url;
        if !this.has_body {
            *request.body_mut() = None;
        }
        this.next.run(request, this.extensions).await.map(response::to_http)
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
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
