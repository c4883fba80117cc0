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
use crate::receive::Journal;
use crate::store::Store;
use report::Report;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// Findings, what matters most first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct FindingList {
    /// What matters most first, at most 200 of one kind.
    pub findings: Vec<Finding>,
    /// What was looked for, in words, whether it was found or not.
    pub checked: Vec<String>,
}

impl Store {
    /// What is wrong with what was received, and with what was refused. Looks at the newest 200,000 spans in memory.
    pub fn findings(&self, journal: &Journal) -> FindingList {
        let now = now();
        let mut report = Report::default();
        let full_batches = self.look_at_books(&mut report, journal, now);
        let structure = structure::Structure::of(self, now);
        clocks::between(&mut report, &structure);
        shape::look(&mut report, &full_batches, &structure);
        unjoined::look(&mut report, &structure);
        report.finish()
    }

    /// Senders wait for the lock that is held here. The books are bounded, and so is what is done with them; whatever depends on spans
    /// is looked at without the lock. Answers what is needed for that: full batches by service.
    fn look_at_books(&self, report: &mut Report, journal: &Journal, now: u64) -> HashMap<String, u64> {
        let losses = self.losses();
        let books = self.aggregates().books();
        refused::look(report, journal, &books.requests);
        identity::look(report, &books.senders);
        losing::look(report, &losses, &books);
        clocks::look(report, &books.senders);
        sending::look(report, &books.senders);
        naming::look(report, &books.senders);
        metrics::look(report, &books, now);
        books.senders.full_batches()
    }
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
