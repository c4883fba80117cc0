//! Findings as they are collected.

use super::FindingList;
use crate::finding::{Finding, Severity};
use std::fmt::Write;

/// Findings, and what was looked for.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
    checked: Vec<String>,
}

/// A finding without its evidence and its link, which is what its kind always says.
pub(super) struct Kind {
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    pub(super) cause: &'static str,
    pub(super) next: &'static str,
}

/// Lines of evidence of one finding.
const EVIDENCE_MAX: usize = 8;

impl Report {
    /// Something was looked for.
    pub(super) fn checked(&mut self, what: &str) {
        self.checked.push(what.to_owned());
    }

    /// Something was found.
    pub(super) fn found(&mut self, kind: &Kind, title: String, evidence: Vec<String>, link: Option<String>) {
        let left_out = evidence.len().saturating_sub(EVIDENCE_MAX);
        let mut evidence: Vec<String> = evidence.into_iter().take(EVIDENCE_MAX).collect();
        if left_out > 0 {
            evidence.push(format!("and {left_out} more"));
        }
        self.findings.push(Finding {
            id: kind.id.to_owned(),
            severity: kind.severity,
            title,
            evidence,
            cause: kind.cause.to_owned(),
            next: kind.next.to_owned(),
            link,
        });
    }

    /// What matters most first; of the same weight as it was found.
    pub(super) fn finish(self) -> FindingList {
        let Self { mut findings, checked } = self;
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        FindingList { findings, checked }
    }
}

/// A page with a filter in its address.
pub(super) fn link(page: &str, filter: &str) -> String {
    let mut link = format!("{page}?filter=");
    for byte in filter.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(link, "%{byte:02X}");
        }
    }
    link
}

/// The word of a filter for a service.
pub(super) fn of_service(service: &str) -> String {
    format!("service=\"{}\"", service.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A service as findings call it.
pub(super) fn called(service: &str) -> &str {
    if service.is_empty() { "(without a name)" } else { service }
}

/// `1 span`, `2 spans`.
pub(super) fn many(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
