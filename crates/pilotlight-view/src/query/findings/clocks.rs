//! Whether clocks agree, and times can be right.

use super::report::{Kind, Report, called, link, many, of_service};
use super::structure::Structure;
use crate::finding::Severity;
use crate::store::books::{Sender, Senders};

const AHEAD: Kind = Kind {
    id: "clock-ahead",
    severity: Severity::Warning,
    cause: "Its spans come before they have ended, so its clock is ahead of this machine's.",
    next: "Let both machines keep their time with NTP; in a virtual machine, restart its time service after a sleep.",
};

const BEHIND: Kind = Kind {
    id: "clock-behind",
    severity: Severity::Warning,
    cause: "Not one of its spans came soon after it had ended, so its clock is behind, or everything waits for minutes.",
    next: "Compare the clocks of both machines; if they agree, look for a proxy or a queue that holds telemetry back.",
};

const BETWEEN: Kind = Kind {
    id: "clocks-differ",
    severity: Severity::Warning,
    cause: "Requests seem to be answered before they were made, so the clocks of the two services differ.",
    next: "Let both machines keep their time with NTP; until then, trust durations and not the order of spans.",
};

const IMPOSSIBLE: Kind = Kind {
    id: "impossible-times",
    severity: Severity::Warning,
    cause: "Times before 2000 or far in the future are no times: mostly another unit, or none at all, was taken for nanoseconds.",
    next: "Look at how the program sets start and end times; OTLP counts nanoseconds since 1970.",
};

const BACKWARDS: Kind = Kind {
    id: "ends-before-it-begins",
    severity: Severity::Warning,
    cause: "The clock was set back while the span was open, or start and end are taken from different clocks.",
    next: "Take both times from one clock; SDKs do when neither is given to them.",
};

/// How far ahead may be a clock without a finding, nanoseconds: what NTP leaves, and some.
const AHEAD_MIN: i64 = 2_000_000_000;
/// How late everything has to come, nanoseconds: batches wait for 5 s, and retries for a minute.
const BEHIND_MIN: i64 = 120_000_000_000;
/// So few requests may all have been waiting for something.
const REQUESTS_MIN: u64 = 5;
/// Calls between two services that say something about their clocks.
const CALLS_MIN: u64 = 5;

pub(super) fn look(report: &mut Report, senders: &Senders) {
    report.checked("clocks that are ahead or behind, and times that cannot be right");
    for (service, sender) in senders.all() {
        clock(report, service, sender);
        let times = [
            (&sender.impossible, &IMPOSSIBLE, "has times that cannot be right"),
            (&sender.backwards, &BACKWARDS, "has spans that end before they begin"),
        ];
        for (seen, kind, what) in times.into_iter().filter(|(seen, ..)| seen.any()) {
            let mut evidence = vec![many(seen.count, "span")];
            evidence.extend(seen.examples.iter().cloned());
            let link = link("/traces", &of_service(service));
            report.found(kind, format!("{} {what}", called(service)), evidence, Some(link));
        }
    }
}

/// Clocks against each other.
pub(super) fn between(report: &mut Report, structure: &Structure) {
    report.checked("answers that begin before their requests");
    for ((from, to), early) in &structure.early {
        // Now and then a clock is set; a clock that differs does so for many.
        if early.early >= CALLS_MIN && early.early * 5 >= early.calls {
            let title = format!("The clocks of {} and {} differ", called(from), called(to));
            let by = milliseconds(early.most);
            let (some, all) = (early.early, early.calls);
            let evidence =
                vec![format!("{some} of {all} answers begin before their requests, by up to {by}")];
            report.found(&BETWEEN, title, evidence, Some(link("/traces", &of_service(to))));
        }
    }
}

fn clock(report: &mut Report, service: &str, sender: &Sender) {
    let Some(delay) = sender.clock.delay_min else {
        return;
    };
    let link = Some(link("/traces", &of_service(service)));
    if delay < -AHEAD_MIN {
        let evidence = vec![format!("spans that end {} after they came", milliseconds(delay.unsigned_abs()))];
        report.found(&AHEAD, format!("The clock of {} is ahead", called(service)), evidence, link);
    } else if delay > BEHIND_MIN && sender.clock.requests >= REQUESTS_MIN {
        let by = milliseconds(delay.unsigned_abs());
        let requests = many(sender.clock.requests, "request");
        let evidence =
            vec![format!("{requests}, the quickest of which came {by} after its last span had ended")];
        report.found(&BEHIND, format!("The clock of {} is behind", called(service)), evidence, link);
    }
}

fn milliseconds(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds as f64 / 1e6;
    if milliseconds >= 1_000.0 {
        format!("{:.1} s", milliseconds / 1_000.0)
    } else {
        format!("{milliseconds:.1} ms")
    }
}
