//! Whether telemetry tells of itself, or of nothing.

use super::report::{Kind, Report, called, link, many, of_service};
use crate::finding::Severity;
use crate::store::books::{Sender, Senders};

const LOOP: Kind = Kind {
    id: "exporter-traces-itself",
    severity: Severity::Warning,
    cause: "Each export is traced like any other request, its spans are exported too, and so on without end.",
    next: "Keep the exporter's own requests out: filter h2, hyper, tonic, tower and reqwest where spans are made, or suppress instrumentation in exports.",
};

const LOG_LOOP: Kind = Kind {
    id: "exporter-logs-itself",
    severity: Severity::Warning,
    cause: "The libraries that exports are made with log each of their steps, and these records are exported too.",
    next: "Filter h2, hyper, tonic, tower, reqwest and opentelemetry below info: RUST_LOG=info,h2=warn,hyper=warn,tonic=warn.",
};

const UNSAMPLED: Kind = Kind {
    id: "nothing-sampled",
    severity: Severity::Note,
    cause: "Log records name traces that are not sampled, and no span has come: a sampler, here or at the caller, leaves out everything.",
    next: "Check OTEL_TRACES_SAMPLER and its argument, and the flags of the traceparent header that callers send.",
};

/// One request to a collector's address may be somebody's own.
const EXPORTS_MIN: u64 = 3;
/// Records of a program that is looked into with all its details on purpose, for a moment.
const LOGS_MIN: u64 = 50;
/// Traces by whose logs it is told that nothing is sampled.
const UNSAMPLED_MIN: u64 = 20;

pub(super) fn look(report: &mut Report, senders: &Senders) {
    report.checked("exporters that trace or log their own exports");
    report.checked("services of which no trace is sampled");
    for (service, sender) in senders.all() {
        let found = Some(link("/traces", &of_service(service)));
        if sender.exports.count >= EXPORTS_MIN {
            let mut evidence = vec![many(sender.exports.count, "span") + " of requests to an OTLP receiver"];
            evidence.extend(sender.exports.examples.iter().map(|name| format!("for example {name:?}")));
            report.found(
                &LOOP,
                format!("{} traces its own exports", called(service)),
                evidence,
                found.clone(),
            );
        }
        log_loop(report, service, sender);
        let (in_traces, unsampled) = sender.logs_in_traces;
        if sender.spans == 0 && in_traces >= UNSAMPLED_MIN && unsampled == in_traces {
            let evidence =
                vec![format!("{in_traces} log records within traces, all of them not sampled; no span")];
            let title = format!("No trace of {} is sampled", called(service));
            report.found(&UNSAMPLED, title, evidence, Some(link("/logs", &of_service(service))));
        }
    }
}

fn log_loop(report: &mut Report, service: &str, sender: &Sender) {
    let logs = &sender.transport_logs;
    if logs.count < LOGS_MIN || logs.count * 5 < sender.logs {
        return;
    }
    let mut evidence =
        vec![format!("{} of {} log records are of libraries that send", logs.count, sender.logs)];
    evidence.extend(logs.examples.iter().map(|module| format!("for example of {module}")));
    let title = format!("{} logs its own exports", called(service));
    report.found(&LOG_LOOP, title, evidence, Some(link("/logs", &of_service(service))));
}
