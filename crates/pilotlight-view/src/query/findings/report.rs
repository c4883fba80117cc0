//! Findings as they are collected.

use super::FindingList;
use crate::finding::{Finding, Severity};
use crate::store::books::SENDERS_MAX;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Findings, and what was looked for.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
    checked: Vec<String>,
    /// How many were found, by kind.
    alike: BTreeMap<&'static str, usize>,
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
/// Findings of one kind: one for each service whose telemetry is looked at as it comes. Spans in memory may be of thousands; of what is
/// found beyond, the last one says how much it is.
const ALIKE_MAX: usize = SENDERS_MAX;

impl Report {
    /// Something was looked for.
    pub(super) fn checked(&mut self, what: &str) {
        self.checked.push(what.to_owned());
    }

    /// Something was found.
    pub(super) fn found(&mut self, kind: &Kind, title: String, evidence: Vec<String>, link: Option<String>) {
        let alike = self.alike.entry(kind.id).or_default();
        *alike += 1;
        if *alike > ALIKE_MAX {
            return;
        }
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
        let Self { mut findings, checked, alike } = self;
        for (id, count) in alike.into_iter().filter(|(_, count)| *count > ALIKE_MAX) {
            if let Some(last) = findings.iter_mut().rfind(|finding| finding.id == id) {
                let beyond = many((count - ALIKE_MAX) as u64, "more finding");
                last.evidence.push(format!("and {beyond} like this one"));
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_endless_findings_of_one_kind_the_first_are_listed_and_the_others_counted() {
        let kind = |id| Kind { id, severity: Severity::Note, cause: "", next: "" };
        let mut report = Report::default();
        for i in 0..ALIKE_MAX + 3 {
            report.found(&kind("many"), i.to_string(), Vec::new(), None);
        }
        report.found(&kind("one"), "one".to_owned(), Vec::new(), None);
        let findings = report.finish().findings;
        assert_eq!(findings.len(), ALIKE_MAX + 1);
        assert_eq!(findings[ALIKE_MAX - 1].evidence, ["and 3 more findings like this one"]);
        assert_eq!(findings[ALIKE_MAX].title, "one");
    }
}
