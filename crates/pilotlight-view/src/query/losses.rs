//! What senders say they have lost: `otel.sdk.*`.

mod advice;
mod totals;

use crate::store::Store;
use serde::Serialize;
use utoipa::ToSchema;

/// Losses, by service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct LossList {
    /// What was lost; empty when nothing was.
    pub losses: Vec<Loss>,
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
