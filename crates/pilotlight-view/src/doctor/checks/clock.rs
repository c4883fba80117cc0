//! Cause 26: clocks that disagree put telemetry where nobody looks.

use std::time::{Duration, SystemTime};

use super::{Verdict, unprobed};
use crate::doctor::facts::Facts;
use crate::doctor::probe::{Exchange, Kind};
use crate::doctor::report::Draft;
use crate::finding::Finding;

/// Dates in HTTP have whole seconds and an answer takes a while; a viewer's "last 15 minutes" bears less than this.
const TOLERANCE: Duration = Duration::from_secs(30);

pub(super) fn check(facts: &Facts) -> Verdict {
    if let Some(skipped) = unprobed(facts) {
        return skipped;
    }
    let dates = dates(facts);
    if dates.is_empty() {
        return Verdict::skipped("no answer had a date");
    }
    Verdict::from(dates.into_iter().find_map(|(who, date)| finding(&who, date, facts.now)))
}

fn dates(facts: &Facts) -> Vec<(String, SystemTime)> {
    let Some(probes) = &facts.probes else { return Vec::new() };
    let greeted = probes.servers.iter().filter_map(|server| match &server.kind {
        Some(Kind::Http1(http)) => Some((server.url.authority(), http.date?)),
        _ => None,
    });
    let answered = probes.exchanges.iter().filter_map(|(signal, exchange)| match exchange {
        Exchange::Answered { answer, .. } => Some((probes.server(*signal)?.url.authority(), answer.date?)),
        Exchange::Silent | Exchange::Failed(_) => None,
    });
    greeted.chain(answered).collect()
}

fn finding(who: &str, date: SystemTime, now: SystemTime) -> Option<Finding> {
    let (apart, direction) = match now.duration_since(date) {
        Ok(apart) => (apart, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    (apart > TOLERANCE).then(|| {
        Draft::warning(
            "clock-skew",
            format!("This machine's clock is {} seconds {direction} that of {who}", apart.as_secs()),
        )
        .seen(format!("the answer's date: {}", httpdate::fmt_http_date(date)))
        .seen(format!("our own: {}", httpdate::fmt_http_date(now)))
        .because("Telemetry is shown at the time that its sender says, which is not where one looks for it.")
        .next("Synchronise the clocks (NTP); restart the virtual machine of Docker after the host slept.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_borne_and_minutes_are_not() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert!(finding("x", now - Duration::from_secs(5), now).is_none());
        let ahead = finding("x", now - Duration::from_secs(600), now).map(|finding| finding.title);
        assert_eq!(ahead.as_deref(), Some("This machine's clock is 600 seconds ahead of that of x"));
        let behind = finding("x", now + Duration::from_secs(600), now).map(|finding| finding.title);
        assert_eq!(behind.as_deref(), Some("This machine's clock is 600 seconds behind that of x"));
    }
}
