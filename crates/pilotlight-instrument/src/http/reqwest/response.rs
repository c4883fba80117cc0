//! Responses on their way back.

use crate::http::ClientResponseBody;
use http::response::Builder;
use reqwest::{Body, Response, ResponseBuilderExt, Url};
use std::mem;

/// A response with a watched body, that came from `url`.
pub(super) fn watched(response: http::Response<ClientResponseBody<Body>>, url: Option<Url>) -> Response {
    let mut response = response.map(Body::wrap);
    if let Some(url) = url {
        // reqwest keeps its own type for it to itself; this is the way to get one.
        let mut carrier = Builder::new().url(url);
        response.extensions_mut().extend(carrier.extensions_mut().map(mem::take).unwrap_or_default());
    }
    response.into()
}
