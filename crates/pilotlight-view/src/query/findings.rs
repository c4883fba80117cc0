//! What is wrong with what was received.
//!
//! Each file below looks for one kind of trouble, and tells what it looked for. A set-up that is well gives no finding: where something may be
//! as it should be, a finding asks for more than one sign.

mod clocks;
mod identity;
mod losing;
mod metrics;
mod naming;
mod refused;
mod report;
mod sending;
mod shape;
mod structure;
mod unjoined;

use crate::finding::Finding;
use crate::store::Store;
use report::Report;
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
    /// What is wrong with what was received, and with what was refused. Looks at the newest 200,000 spans in memory.
    pub fn findings(&self, journal: &crate::receive::Journal) -> FindingList {
        let structure = structure::Structure::of(self, now());
        let losses = self.losses();
        let mut report = Report::default();
        let books = self.aggregates().books();
        refused::look(&mut report, journal, &books.requests);
        identity::look(&mut report, &books.senders);
        losing::look(&mut report, &losses, &books);
        clocks::look(&mut report, &books.senders, &structure);
        shape::look(&mut report, &books.senders, &structure);
        unjoined::look(&mut report, &structure);
        sending::look(&mut report, &books.senders);
        naming::look(&mut report, &books.senders);
        metrics::look(&mut report, &books, now());
        drop(books);
        report.finish()
    }
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
