//! The template that a URL was made from, never the URL itself.

use opentelemetry::{KeyValue, StringValue};
use std::borrow::Cow;
use std::sync::Arc;

/// The template that a request's URL was made from, such as `/users/{id}`: `url.template`, and part of the span's
/// name.
///
/// Put it into a request's extensions, or let [`url_template`](super::HttpClientLayerBuilder::url_template) find it.
/// It must be a template: every distinct value is a span name and a series of each metric.
///
/// ```
/// use pilotlight_instrument::http::UrlTemplate;
///
/// let request = http::Request::get("https://shop.example/users/7")
///     .extension(UrlTemplate::new("/users/{id}"))
///     .body(())?;
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(StringValue);

impl UrlTemplate {
    /// A template from its text.
    pub fn new(template: impl Into<Cow<'static, str>>) -> Self {
        Self(match template.into() {
            Cow::Borrowed(template) => template.into(),
            // Shared by the span and the measurements.
            Cow::Owned(template) => Arc::<str>::from(template).into(),
        })
    }

    /// The template's text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) const KEY: &'static str = "url.template";

    pub(super) fn value(&self) -> StringValue {
        self.0.clone()
    }

    pub(super) fn attribute(&self) -> KeyValue {
        KeyValue::new(Self::KEY, self.value())
    }
}
