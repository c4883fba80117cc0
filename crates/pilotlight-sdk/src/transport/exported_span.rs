//! A span as it was exported, kept by its bytes.

use std::fmt;

use bytes::Bytes;

use crate::record::{ResourceView, ScopeView, SpanView, TracesView};

use super::exporter::{Batch, Signal};

/// One span of a batch, with the scope and resource it was exported under. Shares the batch's memory; cloning is cheap.
///
/// ```
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn show(exporter: InMemoryExporter) {
/// for span in exporter.spans() {
///     println!("{} {}", span.scope().name(), span.view().name());
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct ExportedSpan {
    span: Bytes,
    scope: Bytes,
    resource: Bytes,
}

impl ExportedSpan {
    /// The spans of `batch`, in order; none when it carries another signal.
    pub fn all(batch: &Batch) -> Vec<Self> {
        if batch.signal != Signal::Traces {
            return Vec::new();
        }
        let request = &batch.request;
        TracesView::new(request)
            .spans()
            .map(|(resource, scope, span)| Self {
                span: request.slice_ref(span.as_bytes()),
                scope: request.slice_ref(scope.as_bytes()),
                resource: request.slice_ref(resource.as_bytes()),
            })
            .collect()
    }

    /// Reads the span.
    pub fn view(&self) -> SpanView<'_> {
        SpanView::new(&self.span)
    }

    /// The library that made it.
    pub fn scope(&self) -> ScopeView<'_> {
        ScopeView::new(&self.scope)
    }

    /// The service it belongs to.
    pub fn resource(&self) -> ResourceView<'_> {
        ResourceView::new(&self.resource)
    }
}

impl fmt::Debug for ExportedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}
