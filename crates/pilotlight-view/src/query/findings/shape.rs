//! Whether traces are whole.

use super::report::{Kind, Report, called, link, many, of_service};
use super::structure::{Orphans, Structure};
use crate::finding::Severity;
use std::collections::HashMap;

const ORPHANS: Kind = Kind {
    id: "orphans",
    severity: Severity::Warning,
    cause: "Their parents were lost on the way, are still open, or ended in a process that was not shut down.",
    next: "Look at the losses; end long spans before their program ends, and shut the SDK down so that it sends what is left.",
};

const STRANGERS: Kind = Kind {
    id: "callers-elsewhere",
    severity: Severity::Note,
    cause: "Requests came with a trace of a caller that does not send its spans here.",
    next: "Send the caller's spans to the same place: a gateway, a browser or a service without an exporter.",
};

const DUPLICATES: Kind = Kind {
    id: "duplicate-span-ids",
    severity: Severity::Warning,
    cause: "Two spans cannot have one id: ids are made without enough randomness, or a process was forked with its generator.",
    next: "Set up the SDK after forking, and do not give ids by hand.",
};

const REPEATED: Kind = Kind {
    id: "spans-sent-twice",
    severity: Severity::Note,
    cause: "A sender that got no answer in time sends again; or two exporters, or two collectors on the way, send the same here.",
    next: "Look for two exporters to the same place; if there is one only, look at why its requests time out.",
};

/// So few parents may be of a process that was stopped, or come with the next batch.
const PARENTS_MIN: usize = 5;
/// So few requests may be somebody's who tries something.
const STRANGERS_MIN: u64 = 5;
/// So few spans may be of a process that was stopped.
const REPEATED_MIN: u64 = 10;

pub(super) fn look(report: &mut Report, full_batches: &HashMap<String, u64>, structure: &Structure) {
    report.checked("spans whose parents have not come within 30 seconds");
    report.checked("span ids that came twice");
    for (service, orphans) in &structure.orphans {
        inner(report, service, orphans, full_batches.get(&**service).copied().unwrap_or_default());
        if orphans.entries.count >= STRANGERS_MIN {
            let mut evidence =
                vec![many(orphans.entries.count, "answer") + " to requests that nobody here has sent"];
            evidence.extend(orphans.entries.examples.iter().cloned());
            let title = format!("Callers of {} do not send here", called(service));
            report.found(&STRANGERS, title, evidence, Some(link("/traces", &of_service(service))));
        }
    }
    let seen = &structure.duplicates;
    if seen.any() {
        let title = format!("{} with the id of another one", many(seen.count, "span"));
        report.found(&DUPLICATES, title, seen.examples.clone(), None);
    }
    let seen = &structure.repeated;
    if seen.count >= REPEATED_MIN {
        let title = format!("{} came twice", many(seen.count, "span"));
        report.found(&REPEATED, title, seen.examples.clone(), None);
    }
}

fn inner(report: &mut Report, service: &str, orphans: &Orphans, full_batches: u64) {
    if orphans.parents.len() < PARENTS_MIN {
        return;
    }
    let mut evidence = vec![many(orphans.inner.count, "span") + " without their parents"];
    evidence.extend(orphans.inner.examples.iter().cloned());
    if full_batches > 0 {
        let full = many(full_batches, "batch").replace("batchs", "batches");
        evidence.push(format!(
            "{full} of 512 spans, the largest there are: the sender's queue may have been full"
        ));
    }
    let title = format!("Spans of {} have lost their parents", called(service));
    report.found(&ORPHANS, title, evidence, Some(link("/traces", &of_service(service))));
}
