//! The route: the template a router matched, never the path itself.

use super::options::Options;
use http::Extensions;
use http::request::Parts;
use opentelemetry::{KeyValue, StringValue};
use std::borrow::Cow;
use std::sync::Arc;

/// The route template that a request matched, such as `/users/{id}`: `http.route`, and part of the span's
/// name.
///
/// Routers that the layer does not know say it in one of three ways:
/// [`route`](super::HttpServerLayerBuilder::route) finds it in the request's head; something in front of the
/// layer inserts this type into the *request's* extensions; or something behind it, a router or a handler,
/// inserts it into the *response's*, and the span is renamed when the response's head arrives, also when it
/// had a route already (`opentelemetry_sdk` 0.33, which does not overwrite attributes, then exports both
/// `http.route`s). It must be a template: every distinct value is a span name.
///
/// ```
/// use pilotlight_instrument::http::HttpRoute;
///
/// let mut response = http::Response::new("hello");
/// response.extensions_mut().insert(HttpRoute::new("/users/{id}"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute(StringValue);

impl HttpRoute {
    /// A route from its template.
    pub fn new(template: impl Into<Cow<'static, str>>) -> Self {
        Self(match template.into() {
            Cow::Borrowed(template) => template.into(),
            // Shared by the span and the measurements.
            Cow::Owned(template) => Arc::<str>::from(template).into(),
        })
    }

    /// The template.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) const KEY: &'static str = "http.route";

    pub(super) fn value(&self) -> StringValue {
        self.0.clone()
    }

    pub(super) fn attribute(&self) -> KeyValue {
        KeyValue::new(Self::KEY, self.value())
    }
}

/// The route that is known when the request arrives.
pub(super) fn of_request(options: &Options, parts: &Parts) -> Option<HttpRoute> {
    if let Some(route) = options.route.as_ref().and_then(|route| route(parts)) {
        return Some(route);
    }
    parts.extensions.get::<HttpRoute>().cloned().or_else(|| matched_path(&parts.extensions))
}

#[cfg(feature = "axum")]
fn matched_path(extensions: &Extensions) -> Option<HttpRoute> {
    let path = extensions.get::<axum::extract::MatchedPath>()?;
    Some(HttpRoute(Arc::<str>::from(path.as_str()).into()))
}

#[cfg(not(feature = "axum"))]
fn matched_path(_: &Extensions) -> Option<HttpRoute> {
    None
}
