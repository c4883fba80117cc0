//! A log record as it was exported, kept by its bytes.

use std::fmt;

use bytes::Bytes;

use crate::record::{LogView, LogsView, ResourceView, ScopeView};

use super::exporter::{Batch, Signal};

/// One log record of a batch, with the scope and resource it was exported under. Shares the batch's memory; cloning is cheap.
///
/// ```
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn show(exporter: InMemoryExporter) {
/// for log in exporter.logs() {
///     println!("{} {:?}", log.scope().name(), log.view().body());
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct ExportedLog {
    log: Bytes,
    scope: Bytes,
    resource: Bytes,
}

impl ExportedLog {
    /// The log records of `batch`, in order; none when it carries another signal.
    pub fn all(batch: &Batch) -> Vec<Self> {
        if batch.signal != Signal::Logs {
            return Vec::new();
        }
        let request = &batch.request;
        LogsView::new(request)
            .records()
            .map(|(resource, scope, log)| Self {
                log: request.slice_ref(log.as_bytes()),
                scope: request.slice_ref(scope.as_bytes()),
                resource: request.slice_ref(resource.as_bytes()),
            })
            .collect()
    }

    /// Reads the log record.
    pub fn view(&self) -> LogView<'_> {
        LogView::new(&self.log)
    }

    /// The library that made it, or the target of the event it was made from.
    pub fn scope(&self) -> ScopeView<'_> {
        ScopeView::new(&self.scope)
    }

    /// The service it belongs to.
    pub fn resource(&self) -> ResourceView<'_> {
        ResourceView::new(&self.resource)
    }
}

impl fmt::Debug for ExportedLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}
