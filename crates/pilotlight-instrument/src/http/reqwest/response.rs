//! Responses, there and back.

use crate::http::ClientResponseBody;
use http::response::Builder;
use reqwest::{Body, Response, ResponseBuilderExt, Url};
use std::mem;

/// Where a response came from, which [`http::Response`] has no place for.
#[derive(Clone)]
struct From(Url);

pub(super) fn to_http(response: Response) -> http::Response<Body> {
    let from = From(response.url().clone());
    let mut response = http::Response::from(response);
    response.extensions_mut().insert(from);
    response
}

pub(super) fn from_http(response: http::Response<ClientResponseBody<Body>>) -> Response {
    let mut response = response.map(Body::wrap);
    if let Some(From(url)) = response.extensions_mut().remove() {
        // reqwest keeps its own type for it to itself; this is the way to get one.
        let mut carrier = Builder::new().url(url);
        response.extensions_mut().extend(carrier.extensions_mut().map(mem::take).unwrap_or_default());
    }
    response.into()
}
