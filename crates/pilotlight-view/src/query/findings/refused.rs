//! What was refused, and what others would have refused.

mod kinds;

use super::report::{Kind, Report, many};
use crate::finding::Severity;
use crate::receive::{IncidentKind, Journal, JournalEntry};
use crate::store::books::Requests;
use kinds::Refused;
use std::collections::BTreeSet;

/// Where all incidents are listed.
const LINK: &str = "/viewer";

pub(super) fn look(report: &mut Report, journal: &Journal, requests: &Requests) {
    report.checked("requests that were refused, or that a collector would have refused");
    let newest = journal.newest();
    let nothing_came = requests.last == 0;
    for (incident, count) in journal.counts() {
        let Refused { kind, title } = kinds::of(incident);
        // Where nothing else arrives, this is why.
        let lost = !matches!(incident, IncidentKind::WrongPort | IncidentKind::Origin | IncidentKind::Host);
        let severity = if nothing_came && lost { Severity::Error } else { kind.severity };
        let title = format!("{title} ({})", many(count, "time"));
        report.found(&Kind { severity, ..*kind }, title, evidence(&newest, incident), Some(LINK.into()));
    }
}

/// Different lines, the newest first.
fn evidence(newest: &[JournalEntry], kind: IncidentKind) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let line = |entry: &JournalEntry| {
        let sender = entry.user_agent.as_ref().map(|name| format!(", from {name}")).unwrap_or_default();
        format!("port {}: {}{sender}", entry.port, entry.detail)
    };
    let lines = newest.iter().rev().filter(|entry| entry.kind == kind).map(line);
    lines.filter(|line| seen.insert(line.clone())).take(3).collect()
}
