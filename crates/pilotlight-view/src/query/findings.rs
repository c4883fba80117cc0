//! What is wrong with what was received.

use crate::finding::Finding;
use crate::store::Store;
use serde::Serialize;
use utoipa::ToSchema;

/// Findings, what matters most first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct FindingList {
    /// What matters most first.
    pub findings: Vec<Finding>,
    /// What was looked for, in words, whether it was found or not.
    pub checked: Vec<String>,
}

impl Store {
    /// What is wrong with what was received, and with what was refused.
    pub fn findings(&self, _journal: &crate::receive::Journal) -> FindingList {
        FindingList::default()
    }
}
