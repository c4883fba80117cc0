//! A whole export request, read lazily: what the console, the in-memory exporter and tests look through.

use crate::encode::field;
use crate::encode::reader::Fields;

use super::view::{SpanView, ValueView, attributes};

/// An OTLP `ExportTraceServiceRequest`, read where it lies.
///
/// ```
/// use pilotlight_sdk::record::TracesView;
///
/// # fn show(batch: &pilotlight_sdk::transport::Batch) {
/// for (resource, scope, span) in TracesView::new(&batch.request).spans() {
///     println!("{:?} {} {}", resource.attribute("service.name"), scope.name(), span.name());
/// }
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct TracesView<'a> {
    message: &'a [u8],
}

impl<'a> TracesView<'a> {
    /// Reads `request`, the bytes of an `ExportTraceServiceRequest`.
    pub fn new(request: &'a [u8]) -> Self {
        Self { message: request }
    }

    /// Every span, with the resource and the scope it belongs to.
    pub fn spans(&self) -> impl Iterator<Item = (ResourceView<'a>, ScopeView<'a>, SpanView<'a>)> + use<'a> {
        Fields::new(self.message).all(field::traces_request::RESOURCE_SPANS).flat_map(|resource_spans| {
            let resource = ResourceView { message: resource_spans.bytes() };
            Fields::new(resource_spans.bytes()).all(field::resource_spans::SCOPE_SPANS).flat_map(
                move |scope_spans| {
                    let scope = ScopeView { message: scope_spans.bytes() };
                    Fields::new(scope_spans.bytes())
                        .all(field::scope_spans::SPANS)
                        .map(move |span| (resource, scope, SpanView::new(span.bytes())))
                },
            )
        })
    }
}

/// The entity that telemetry is about: a service.
#[derive(Clone, Copy)]
pub struct ResourceView<'a> {
    /// A `ResourceSpans` or `ResourceMetrics` message: the resource itself, and its schema URL beside it, in the same
    /// places in both.
    message: &'a [u8],
}

impl<'a> ResourceView<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { message }
    }

    pub(crate) fn as_bytes(&self) -> &'a [u8] {
        self.message
    }

    /// Its attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        let resource = Fields::new(self.message).first(field::resource_spans::RESOURCE);
        attributes(resource.map_or(&[], |resource| resource.bytes()), field::resource::ATTRIBUTES)
    }

    /// The value of one attribute.
    pub fn attribute(&self, key: &str) -> Option<ValueView<'a>> {
        self.attributes().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The schema its attributes follow; empty when unknown.
    pub fn schema_url(&self) -> &'a str {
        Fields::new(self.message).last(field::resource_spans::SCHEMA_URL).map_or("", |url| url.text())
    }
}

/// The library that made a span or a metric.
#[derive(Clone, Copy)]
pub struct ScopeView<'a> {
    /// A `ScopeSpans` or `ScopeMetrics` message: the scope itself, and its schema URL beside it, in the same places in
    /// both.
    message: &'a [u8],
}

impl<'a> ScopeView<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { message }
    }

    pub(crate) fn as_bytes(&self) -> &'a [u8] {
        self.message
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        self.scope().last(field::scope::NAME).map_or("", |name| name.text())
    }

    /// Its version; empty when unknown.
    pub fn version(&self) -> &'a str {
        self.scope().last(field::scope::VERSION).map_or("", |version| version.text())
    }

    /// Its attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        let scope = Fields::new(self.message).first(field::scope_spans::SCOPE);
        attributes(scope.map_or(&[], |scope| scope.bytes()), field::scope::ATTRIBUTES)
    }

    /// The schema its telemetry follows; empty when unknown.
    pub fn schema_url(&self) -> &'a str {
        Fields::new(self.message).last(field::scope_spans::SCHEMA_URL).map_or("", |url| url.text())
    }

    fn scope(&self) -> Fields<'a> {
        Fields::new(
            Fields::new(self.message).first(field::scope_spans::SCOPE).map_or(&[], |scope| scope.bytes()),
        )
    }
}
