//! What is wrong with what came, or why nothing did.

use std::time::Duration;

use super::ports::Ports;
use super::tallies::{Tallies, item_of, many};
use super::watch::{Seen, Watch};
use crate::doctor::report::{Check, Draft, Observation, Report, Status};
use crate::finding::{Finding, Severity};
use crate::receive::Signal;
use crate::view::bind::from_this_machine;

/// The report of a while of listening.
pub(super) fn report(watch: &Watch, ports: Ports, lasted: Duration) -> Report {
    let anything = watch.seen().tallies.any();
    let mut findings = came(watch);
    if !anything && findings.is_empty() {
        findings.push(nothing(watch, &format!("in {} s", lasted.as_secs())).next(format!(
            "Set OTEL_EXPORTER_OTLP_ENDPOINT=http://{} for the program, restart it, let it do something, and run `pilotlight doctor` in its folder.",
            from_this_machine(ports.http)
        )));
    }
    let checks = checks(watch, &findings, anything);
    let mut report = Report::new(findings, checks);
    report.checked_from = "the receiver: what a sender does not send is not seen".to_owned();
    report.observations = observations(watch);
    report
}

/// What is wrong with what came, the page's findings and those that only a listener has.
pub(in crate::doctor) fn came(watch: &Watch) -> Vec<Finding> {
    let mut findings = watch.store.findings(&watch.journal).findings;
    for finding in &mut findings {
        // There is no page here.
        finding.link = None;
        // A viewer takes what comes to the wrong port; a collector is what we stand for.
        if finding.id == "wrong-port" {
            finding.severity = finding.severity.max(Severity::Warning);
        }
    }
    findings.extend(unread_context(&watch.seen()));
    findings
}

/// Cause 18.
fn unread_context(seen: &Seen) -> Option<Finding> {
    let contexts = &seen.contexts;
    (contexts.unread > 0).then(|| {
        Draft::warning("context-not-read", "Callers send a context that is not read")
            .seen(format!("server spans that begin a trace although the request had one: {}", contexts.unread))
            .seen(format!("headers: {}", contexts.headers.join(", ")))
            .because("The service has no propagator for the format that its callers use, so that each trace ends at its door.")
            .next("Set the propagator for that format (OTEL_PROPAGATORS=tracecontext,baggage,b3 where the SDK reads it), or let callers send traceparent.")
    })
}

/// Nothing came: what was seen of it. What to do next depends on who was to send.
pub(in crate::doctor) fn nothing(watch: &Watch, when: &str) -> Draft {
    let empty = watch.seen().tallies.empty;
    let draft = Draft::error("nothing-came", "Nothing came")
        .seen(format!("no span, no data point and no log record {when}"))
        .because("No exporter has this address, or none has anything to send: the SDK is not set up, is switched off, or drops everything before.");
    match empty {
        0 => draft.seen("nobody connected with anything that could be taken for OTLP"),
        _ => {
            draft.seen(format!("{empty} requests with nothing in them: somebody tries whether we are there"))
        }
    }
}

/// A line for each signal, and what is known of the senders.
pub(in crate::doctor) fn observations(watch: &Watch) -> Vec<Observation> {
    let seen = watch.seen();
    let signals = [Signal::Traces, Signal::Metrics, Signal::Logs];
    let mut observations: Vec<Observation> =
        signals.into_iter().map(|signal| of_signal(signal, &seen.tallies)).collect();
    let named = |name: &String| if name.is_empty() { "(without a name)".to_owned() } else { name.clone() };
    let services: Vec<String> = seen.tallies.services.iter().map(named).collect();
    let headers: Vec<String> = seen.headers.iter().cloned().collect();
    for (subject, names) in [("services", services), ("headers", headers)] {
        if !names.is_empty() {
            observations.push(observed(subject, "seen", names.join(", ")));
        }
    }
    observations
}

fn of_signal(signal: Signal, tallies: &Tallies) -> Observation {
    let tally = tallies.of(signal);
    let subject = match signal {
        Signal::Traces => "traces",
        Signal::Metrics => "metrics",
        Signal::Logs => "logs",
    };
    match tally.items {
        0 => observed(subject, "nothing", format!("no {}s", item_of(signal))),
        items => {
            let ways: Vec<&str> = tally.ways.iter().map(String::as_str).collect();
            let (items, requests) = (many(items, item_of(signal)), many(tally.requests, "request"));
            observed(subject, "came", format!("{items} in {requests}: {}", ways.join("; ")))
        }
    }
}

fn observed(subject: &str, outcome: &str, detail: String) -> Observation {
    Observation { subject: subject.to_owned(), outcome: outcome.to_owned(), detail }
}

/// Two questions: whether anything comes, and whether it is well.
pub(in crate::doctor) fn checks(watch: &Watch, findings: &[Finding], anything: bool) -> Vec<Check> {
    let looked_for = watch.store.findings(&watch.journal).checked.join("; ");
    let check = |id: &str, question: String, status, why: Option<&str>| Check {
        id: id.to_owned(),
        question,
        status,
        why: why.map(str::to_owned),
    };
    let came = if anything { Status::Pass } else { Status::Fail };
    let (well, why) = match anything || !findings.is_empty() {
        true => (Status::of(findings), None),
        false => (Status::Skip, Some("nothing came")),
    };
    vec![
        check("came", "does anything come?".to_owned(), came, None),
        check("received", format!("is what comes well? ({looked_for})"), well, why),
    ]
}
