//! What senders say they have lost: `otel.sdk.*`.

mod advice;
mod totals;

use crate::store::Store;
use serde::Serialize;
use utoipa::ToSchema;

/// The metrics that count what became of items, and what the items are. The second names are those of earlier conventions.
const METRICS: [(&str, &str); 10] = [
    ("otel.sdk.processor.span.processed", "spans"),
    ("otel.sdk.exporter.span.exported", "spans"),
    ("otel.sdk.processor.log.processed", "log records"),
    ("otel.sdk.exporter.log.exported", "log records"),
    ("otel.sdk.exporter.metric_data_point.exported", "data points"),
    ("otel.sdk.processor.span.processed.count", "spans"),
    ("otel.sdk.exporter.span.exported.count", "spans"),
    ("otel.sdk.span.processor.spans_processed", "spans"),
    ("otel.sdk.span.exporter.spans_exported", "spans"),
    ("otel.sdk.processor.log_record.processed", "log records"),
];

/// The attribute that says why. Series with it count what was lost, those without what was not.
pub(crate) const REASON: &str = "error.type";

/// Whether the metric of this name counts what became of items.
pub(crate) fn are_told_by(name: &str) -> bool {
    METRICS.iter().any(|(metric, _)| *metric == name)
}

/// Losses, by service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct LossList {
    /// What was lost, the largest first, at most 500; empty when nothing was.
    pub losses: Vec<Loss>,
    /// How many losses are not here.
    pub left_out: u64,
    /// How many items were lost in all, with those of losses that are not here.
    pub lost: u64,
    /// Services that tell of their own losses at all; of others nobody knows.
    pub services_that_tell: Vec<String>,
}

/// A loss that a sender counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Loss {
    /// The service.
    pub service: String,
    /// The process of it.
    pub instance: Option<String>,
    /// What: `spans`, `log records`, `data points`.
    pub what: String,
    /// How many in all.
    pub count: u64,
    /// Why, as `error.type` says.
    pub reason: String,
    /// Which part lost it: `otel.component.name`.
    pub component: String,
    /// The metric that says so.
    pub metric: String,
    /// In one sentence: what it means and what to do.
    pub advice: String,
}

impl Store {
    /// What senders say they have lost.
    pub fn losses(&self) -> LossList {
        totals::losses(&self.aggregates().metrics())
    }
}
