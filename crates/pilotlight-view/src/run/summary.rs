//! What came while the program ran, in a line.

use crate::query::SignalCounts;
use crate::receive::IncidentKind;
use std::collections::BTreeMap;

/// What came, what was refused; and where to go when nothing came.
pub(super) fn summary(received: &SignalCounts, incidents: &BTreeMap<IncidentKind, u64>) -> String {
    let SignalCounts { spans, logs, points, requests, rejected, .. } = *received;
    let mut words = if requests == 0 {
        "nothing arrived: `pilotlight doctor run -- …` with the same program says why".to_owned()
    } else {
        let counts = [counted(spans, "span"), counted(logs, "log record"), counted(points, "data point")];
        format!("received {} in {}", counts.join(", "), counted(requests, "request"))
    };
    if rejected > 0 {
        words += &format!("; {rejected} of them refused");
    }
    let incidents: u64 = incidents.values().sum();
    if incidents > 0 {
        words +=
            &format!("; {} (--wait leaves the page open to look at them)", counted(incidents, "incident"));
    }
    words
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_came() {
        let received = SignalCounts { spans: 1, logs: 20, requests: 3, ..SignalCounts::default() };
        let words = summary(&received, &BTreeMap::new());
        assert_eq!(words, "received 1 span, 20 log records, 0 data points in 3 requests");
    }

    #[test]
    fn the_summary_tells_what_was_refused() {
        let received = SignalCounts { requests: 1, rejected: 2, ..SignalCounts::default() };
        let words =
            summary(&received, &BTreeMap::from([(IncidentKind::Malformed, 2), (IncidentKind::Partial, 1)]));
        assert!(words.contains("2 of them refused") && words.contains("3 incidents"), "{words}");
    }

    #[test]
    fn when_nothing_came_there_is_a_next_step() {
        assert!(summary(&SignalCounts::default(), &BTreeMap::new()).contains("doctor run"));
    }
}
