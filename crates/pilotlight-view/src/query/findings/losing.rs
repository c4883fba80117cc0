//! Whether something is lost, or about to be.

use super::report::{Kind, Report, called, many};
use crate::finding::Severity;
use crate::query::LossList;
use crate::store::books::Books;

const LOST: Kind = Kind {
    id: "telemetry-lost",
    severity: Severity::Warning,
    cause: "The sender counted what it could not deliver; nobody else has seen it.",
    next: "Do what the loss says on the list of losses: mostly a larger queue, or a receiver that answers.",
};

const LARGE: Kind = Kind {
    id: "requests-nearly-too-large",
    severity: Severity::Warning,
    cause: "Receivers of gRPC refuse messages over 4 MiB as a whole, and everything in them is lost.",
    next: "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE, OTEL_BLRP_MAX_EXPORT_BATCH_SIZE) or limit the length of attributes.",
};

pub(super) fn look(report: &mut Report, losses: &LossList, books: &Books) {
    report.checked("losses that senders have counted");
    report.checked("requests that other receivers would find too large");
    if losses.lost > 0 {
        let line = |loss: &crate::query::Loss| {
            format!(
                "{}: {} {}, {} ({})",
                called(&loss.service),
                loss.count,
                loss.what,
                loss.reason,
                loss.component
            )
        };
        let title = format!("Senders have lost {}", many(losses.lost, "item"));
        report.found(&LOST, title, losses.losses.iter().map(line).collect(), Some("/".into()));
    }
    let large = &books.requests.large;
    if large.any() {
        let mut evidence = large.examples.clone();
        evidence.push(format!("the largest of all: {} bytes", books.requests.bytes_max));
        report.found(&LARGE, format!("{} near or over 4 MiB", many(large.count, "request")), evidence, None);
    }
}
