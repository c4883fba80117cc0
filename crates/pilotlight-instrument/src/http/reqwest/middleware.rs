//! The middleware that makes the spans.

use super::attempt::{Attempt, Outgoing};
use super::response;
use crate::http::{HttpClientLayer, Resends};
use http::{Extensions, Uri};
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use tower_layer::Layer;
use tower_service::Service;

/// Gives every attempt of a reqwest client a span, and measures it: [`HttpClientLayer`], as a
/// [`reqwest_middleware::Middleware`].
///
/// Add it after everything that may send a request more than once, so that it runs for each attempt. Attempts of the
/// same request are then numbered by `http.request.resend_count`, without anything else: reqwest-middleware hands the
/// same extensions to all of them, which is where the count is kept. (A caller who gives one map to several requests,
/// with `execute_with_extensions`, numbers them as one.)
///
/// **Extensions** of `reqwest_middleware::RequestBuilder::with_extension` are among the request's extensions that the
/// layer and its hooks see: [`UrlTemplate`](crate::http::UrlTemplate), and whatever a hook of yours looks for. The
/// attempt's context is left among them, as [`opentelemetry::Context`], for the middlewares further in.
///
/// **The span** ends with the response's body, as read from reqwest: after its decompression, if that is on. What
/// reqwest adds to a request itself (its default headers, cookies, `user-agent`) is not seen here.
///
/// **Redirects.** [`FollowRedirects`](super::FollowRedirects) makes a span of each hop. Where reqwest follows them
/// itself, as it does unless its policy is `none`, all hops are one attempt with one span: `url.full`,
/// `server.address`, `server.port` and `http.request.method` are those of the first request; the status, the
/// protocol's version, `network.peer.*` and the body are those of the last response; the duration is that of all.
/// The same holds for the retries that reqwest makes by itself.
///
/// **Errors** get the same `error.type` as from any other client; a time limit of reqwest is `timeout`, an error of
/// its redirect policy `redirect`.
///
/// **Nothing of a request is lost**: version, timeout, the URL as it was written, and extensions arrive as they were. Of
/// the response, only the body is another: it is wrapped, which costs three boxes; its errors, trailers, length and
/// upgrades are as before.
#[derive(Clone, Debug, Default)]
pub struct HttpClientMiddleware {
    layer: HttpClientLayer,
}

impl HttpClientMiddleware {
    /// With every option of the layer at its default.
    pub fn new() -> Self {
        Self::default()
    }
}

impl From<HttpClientLayer> for HttpClientMiddleware {
    fn from(layer: HttpClientLayer) -> Self {
        Self { layer }
    }
}

#[async_trait::async_trait]
impl Middleware for HttpClientMiddleware {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let Ok(uri) = Uri::try_from(request.url().as_str()) else {
            // Not a URL that reqwest can send; it says why.
            return next.run(request, extensions).await;
        };
        number(extensions);
        let mut from = None;
        let outgoing = Outgoing { request, next, extensions, from: &mut from };
        let response = self.layer.layer(Attempt).call(outgoing.to(uri)).await?;
        Ok(response::watched(response, from))
    }
}

/// Makes sure that all attempts of a request are counted together, unless somebody further out counts them already.
fn number(extensions: &mut Extensions) {
    if extensions.get::<Resends>().is_none() && !Resends::are_counted() {
        extensions.insert(Resends::new());
    }
}
