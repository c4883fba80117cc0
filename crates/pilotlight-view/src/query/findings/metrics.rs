//! Whether metrics come as they are expected.

use super::report::{Kind, Report, called, many};
use crate::finding::Severity;
use crate::store::books::Books;

const DELTA: Kind = Kind {
    id: "delta-temporality",
    severity: Severity::Note,
    cause: "The sender tells what was added since the last time; Prometheus and what reads like it take totals only.",
    next: "If it goes to such a back end too, set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative.",
};

const INTERVAL: Kind = Kind {
    id: "metrics-not-yet",
    severity: Severity::Note,
    cause: "SDKs send metrics every 60 seconds unless they are told otherwise.",
    next: "Wait for a minute, or set OTEL_METRIC_EXPORT_INTERVAL=1000 while you develop.",
};

/// How long after the first span no metric is nothing to speak of, and how long it is the interval, nanoseconds.
const WAITING: std::ops::Range<u64> = 10_000_000_000..75_000_000_000;

pub(super) fn look(report: &mut Report, books: &Books, now: u64) {
    report.checked("metrics that come as deltas");
    report.checked("metrics that are still to come");
    for (service, sender) in books.senders.all().into_iter().filter(|(_, sender)| sender.deltas.any()) {
        let mut evidence = sender.deltas.examples.clone();
        evidence.insert(0, many(sender.deltas.count, "request") + " with deltas, for example of");
        let title = format!("{} sends deltas", called(service));
        report.found(&DELTA, title, evidence, Some("/metrics".into()));
    }
    let requests = &books.requests;
    if let (Some((first, last)), None) = (requests.traces, requests.metrics)
        && WAITING.contains(&now.saturating_sub(first))
    {
        let seconds = (last - first) / 1_000_000_000;
        let evidence = vec![format!("traces have come for {seconds} s, and no metric")];
        report.found(&INTERVAL, "No metric has come yet".into(), evidence, None);
    }
}
