//! `pilotlight doctor --send`: one span, one point and one log record down the real path.
//!
//! ```text
//!  settings/   what is in force ──> exporter   pilotlight-sdk's own, set up exactly so
//!                                   message    marked by an attribute that nobody else has
//!                                   attempt    one try; without compression too, where it fails with it
//!  viewer      asked for the mark, where the receiver is one of ours
//!  outcome     what became of it, and what to do about it
//! ```
//!
//! What is sent stays at the receiver: three items of the service `pilotlight-doctor`.

mod attempt;
mod exporter;
mod message;
mod outcome;
mod size;
mod viewer;

use futures_util::future::join_all;

use super::report::{Check, Observation, Report, Status};
use super::settings::{Settings, Signal};
use attempt::{Attempt, attempt};
use message::Mark;

/// What is sent, and where it is looked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Larger and larger requests besides, to find what the receiver takes.
    pub large: bool,
    /// Where to read back: host and port of a viewer's page. None: the usual port, when telemetry goes to this machine.
    pub viewer: Option<String>,
}

/// Sends, and adds to the report what became of it.
pub async fn send(settings: &Settings, options: &Options, report: &mut Report) {
    let mark = match Mark::new() {
        Ok(mark) => mark,
        Err(why) => return report.add(Vec::new(), vec![check(Status::Skip, Some(why))]),
    };
    let attempts = join_all(Signal::ALL.map(|signal| attempt(settings, signal, &mark))).await;
    // What is missing is waited for: for all signals at once.
    let arrivals =
        join_all(Signal::ALL.into_iter().zip(&attempts).map(async |(signal, attempt)| match attempt {
            Attempt::Taken { .. } => viewer::read_back(settings.of(signal), options, &mark).await,
            _ => viewer::Arrival::Unknown,
        }))
        .await;
    let mut findings = Vec::new();
    for ((signal, attempt), arrived) in Signal::ALL.into_iter().zip(&attempts).zip(arrivals) {
        report.observations.push(Observation {
            subject: signal.to_string(),
            outcome: outcome::word(attempt, arrived).to_owned(),
            detail: outcome::line(attempt, arrived),
        });
        findings.extend(outcome::findings(settings.of(signal), attempt, arrived));
    }
    if options.large {
        let (observation, found) = size::largest(settings, &mark).await;
        report.observations.push(observation);
        findings.extend(found);
    }
    let skipped = attempts.iter().all(|attempt| matches!(attempt, Attempt::Skipped(_)));
    let (status, why) = match skipped {
        true => (Status::Skip, Some("no signal could be sent: see above".to_owned())),
        false => (Status::of(&findings), None),
    };
    report.add(findings, vec![check(status, why)]);
}

fn check(status: Status, why: Option<String>) -> Check {
    let question = "is a span, a point and a log record taken by the receiver?".to_owned();
    Check { id: "send".to_owned(), question, status, why }
}
