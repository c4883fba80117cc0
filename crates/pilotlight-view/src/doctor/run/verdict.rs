//! What is to be said of a program that has ended.

use std::time::Duration;

use crate::doctor::listen::{self, Watch};
use crate::doctor::report::{Check, Draft, Observation, Report, Status};
use crate::finding::{Finding, Severity};
use crate::receive::Signal;

/// How a program ran.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) lived: Duration,
    /// When it ended, nanoseconds since 1970.
    pub(super) ended: u64,
    pub(super) code: u8,
    pub(super) status: String,
    /// The service's name that we gave it; none when it has one of its own.
    pub(super) name: Option<String>,
    /// How long spans wait for their batch.
    pub(super) delay: Duration,
    /// How often metrics come.
    pub(super) interval: Duration,
}

/// Intervals of metrics after which they will not come any more.
const INTERVALS_MISSED: u32 = 3;

/// A busy machine lets threads wait.
const PAUSE_MIN: Duration = Duration::from_secs(2);

/// The report: what came, what was lost at the end, what the program said itself.
pub(super) fn report(watch: &Watch, run: &Run, explained: Option<Report>) -> Report {
    let anything = watch.seen().tallies.any();
    let mut findings = listen::came(watch);
    if anything {
        findings.extend(not_flushed(watch));
        findings.extend(stopped(watch, run));
        findings.extend(name_ignored(watch, run));
    } else if findings.is_empty() {
        findings.push(silent(watch, run));
    }
    let mut checks = listen::checks(watch, &findings, anything);
    checks.push(flushed(watch, &findings));
    let mut report = Report::new(findings, checks);
    report.checked_from = "the receiver, while the program ran".to_owned();
    report.observations = listen::observations(watch);
    report.observations.extend(ending(watch, run));
    let (said, check) = explanations(explained, anything);
    report.add(said, vec![check]);
    report
}

fn silent(watch: &Watch, run: &Run) -> Finding {
    let lived = run.lived.as_millis();
    if run.lived < run.delay * 2 {
        return Draft::error("ended-before-flush", "The program ended and sent nothing")
            .seen(format!("it ran for {lived} ms, and batches wait for {} ms", run.delay.as_millis()))
            .seen(format!("it ended with {}", run.status))
            .because("What was recorded waited for its batch when the program ended without flushing; or there is no SDK at work in it.")
            .next("Shut the SDK down before the program ends (provider.shutdown(), or Pilotlight's guard at the end of main); `pilotlight doctor` in its folder looks for where.");
    }
    let draft = listen::nothing(watch, &format!("in the {lived} ms that the program ran"));
    draft.seen(format!("it ended with {}", run.status)).next(
        "Run `pilotlight doctor` in the program's folder; when that is fine, let the program do something that is traced.",
    )
}

/// Cause 12: what is spoken of and never came.
fn not_flushed(watch: &Watch) -> Option<Finding> {
    let loose = watch.seen().ties.loose()?;
    (loose.parents + loose.of_logs > 0).then(|| {
        let mut draft = Draft::warning("not-flushed", "The last spans were not flushed when the program ended");
        if loose.parents > 0 {
            draft = draft.seen(format!("spans that are parents of others and never came: {}", loose.parents));
        }
        if loose.of_logs > 0 {
            draft = draft.seen(format!("spans that have log records and never came: {}", loose.of_logs));
        }
        draft
            .because("They were still open, or waited for their batch, when the program ended.")
            .next("End spans and shut the SDK down before the program ends (provider.shutdown(), or Pilotlight's guard at the end of main).")
    })
}

/// Causes 9 and 11: metrics come in intervals for as long as the exporter lives.
fn stopped(watch: &Watch, run: &Run) -> Option<Finding> {
    let seen = watch.seen();
    // Without anything new there is nothing to send, and the exporter is well.
    if seen.tallies.deltas {
        return None;
    }
    let metrics = seen.tallies.of(Signal::Metrics);
    let silence = Duration::from_nanos(run.ended.saturating_sub(metrics.last));
    let long = (run.interval * INTERVALS_MISSED).max(PAUSE_MIN);
    (metrics.requests >= 2 && silence > long).then(|| {
        Draft::warning("exporter-stopped", "The exporter stopped before the program did")
            .seen(format!(
                "{} requests with metrics, one each {} ms, and none in the last {} ms",
                metrics.requests,
                run.interval.as_millis(),
                silence.as_millis()
            ))
            .because("Its thread has died or waits for ever, or the SDK was shut down while the program went on.")
            .next("Look in the program's standard error for a panic of the exporter's thread, and at where shutdown is called.")
    })
}

/// Cause 17: a name that is set in code wins.
fn name_ignored(watch: &Watch, run: &Run) -> Option<Finding> {
    let name = run.name.as_ref()?;
    let seen = watch.seen();
    let services = &seen.tallies.services;
    (!services.is_empty() && !services.contains(name)).then(|| {
        let services: Vec<&str> = services.iter().map(String::as_str).collect();
        Draft::note("variable-ignored", "OTEL_SERVICE_NAME has no effect on this program")
            .seen(format!("it was given {name:?}, and what came is of {:?}", services.join(", ")))
            .because("The name is set in code, or the resource is built without the environment.")
            .next("Nothing, when the name is meant so; otherwise let the resource read the environment.")
    })
}

/// How it ended, and when the last thing came.
fn ending(watch: &Watch, run: &Run) -> Vec<Observation> {
    let line = |outcome: &str, detail: String| Observation {
        subject: "program".to_owned(),
        outcome: outcome.to_owned(),
        detail,
    };
    let lived = run.lived.as_millis();
    let outcome = if run.code == 0 { "ended" } else { "failed" };
    let mut lines = vec![line(outcome, format!("{} (code {}) after {lived} ms", run.status, run.code))];
    let seen = watch.seen();
    let last = [Signal::Traces, Signal::Metrics, Signal::Logs].map(|signal| seen.tallies.of(signal).last);
    if let Some(last) = last.into_iter().max().filter(|last| *last > 0) {
        let before = run.ended.saturating_sub(last) / 1_000_000;
        lines.push(line("sent", format!("for the last time {before} ms before its end")));
    }
    lines
}

fn flushed(watch: &Watch, findings: &[Finding]) -> Check {
    let seen = watch.seen();
    let is_known = seen.tallies.any() && seen.ties.loose().is_some();
    let bad = ["not-flushed", "ended-before-flush", "exporter-stopped"];
    let found: Vec<Finding> =
        findings.iter().filter(|finding| bad.contains(&finding.id.as_str())).cloned().collect();
    let (status, why) = match (found.is_empty(), is_known) {
        (true, false) => (Status::Skip, Some("there is nothing to tell it by".to_owned())),
        _ => (Status::of(&found), None),
    };
    let question = "was everything flushed when the program ended?".to_owned();
    Check { id: "flushed".to_owned(), question, status, why }
}

/// What the program wrote itself. Where telemetry comes, a line that looks like trouble may be about something else.
fn explanations(explained: Option<Report>, anything: bool) -> (Vec<Finding>, Check) {
    let question = "does the program say anything that is known?".to_owned();
    let check = |status, why| Check { id: "explain".to_owned(), question, status, why };
    let Some(explained) = explained else {
        let why = "something that the program started still holds its standard error".to_owned();
        return (Vec::new(), check(Status::Skip, Some(why)));
    };
    let mut findings = explained.findings;
    for finding in &mut findings {
        if anything {
            finding.severity = Severity::Note;
        }
        for line in &mut finding.evidence {
            line.push_str(" of its standard error");
        }
    }
    let status = Status::of(&findings);
    (findings, check(status, None))
}
