//! Whether it can be told who sends.

use super::report::{Kind, Report, called, link, many, of_service};
use crate::finding::Severity;
use crate::store::books::{Process, SENDERS_MAX, Sender, Senders};

const UNKNOWN: Kind = Kind {
    id: "unknown-service",
    severity: Severity::Warning,
    cause: "Without a name of its own, an SDK calls a service unknown_service and its program, if at all.",
    next: "Set OTEL_SERVICE_NAME, or service.name in OTEL_RESOURCE_ATTRIBUTES, for this process.",
};

const NAMELESS: Kind = Kind {
    id: "no-service-name",
    severity: Severity::Warning,
    cause: "Its resource has no service.name, which every SDK sets unless the resource was replaced as a whole.",
    next: "Set OTEL_SERVICE_NAME, or add service.name to the resource that the program builds.",
};

const SHARED: Kind = Kind {
    id: "shared-instance",
    severity: Severity::Warning,
    cause: "Two processes say that they are the same one, so that their metrics are taken for one series and contradict each other.",
    next: "Leave service.instance.id to the SDK, or give each process its own.",
};

const LEFT_OUT: Kind = Kind {
    id: "services-left-out",
    severity: Severity::Note,
    cause: "Findings are concluded from what came of each service, and there are more names of services than are looked at.",
    next: "Give processes of one service the same service.name, and tell them apart by service.instance.id.",
};

pub(super) fn look(report: &mut Report, senders: &Senders) {
    report.checked("services without a name, or called unknown_service");
    report.checked("several processes with one service.instance.id");
    report.checked("more services than are looked at");
    for (service, sender) in senders.all() {
        if service.is_empty() {
            report.found(
                &NAMELESS,
                "Something sends without a service.name".into(),
                vec![sent(sender)],
                None,
            );
        } else if service.starts_with("unknown_service") {
            let link = Some(link("/traces", &of_service(service)));
            report.found(&UNKNOWN, format!("A service is called {service}"), vec![sent(sender)], link);
        }
        shared(report, service, sender);
    }
    left_out(report, senders.left_out());
}

fn sent(sender: &Sender) -> String {
    let [spans, logs] = [many(sender.spans, "span"), many(sender.logs, "log record")];
    let sdk = if sender.sdk.is_empty() { String::new() } else { format!(" from an SDK for {}", sender.sdk) };
    format!("{spans}, {logs} and {}{sdk}", many(sender.points, "data point"))
}

fn left_out(report: &mut Report, count: u64) {
    if count > 0 {
        let title = format!("Findings have left out {}", many(count, "service"));
        let evidence = vec![format!(
            "{SENDERS_MAX} are looked at, and another one when one of these has been silent for a minute"
        )];
        report.found(&LEFT_OUT, title, evidence, Some("/resources".into()));
    }
}

fn shared(report: &mut Report, service: &str, sender: &Sender) {
    // Once is a restart, in which the old process still had something to say.
    let in_turns = |of: &&Vec<_>| of.iter().filter(|process: &&Process| process.in_turns >= 2).count() >= 2;
    let mut evidence = Vec::new();
    for (instance, processes) in sender.instances.iter().filter(|(_, processes)| in_turns(processes)) {
        let who: Vec<&str> = processes.iter().map(|process| process.who.as_str()).collect();
        evidence.push(format!("service.instance.id {instance:?}: {}", who.join(", ")));
    }
    if !evidence.is_empty() {
        evidence.sort();
        let title = format!("Several processes of {} have one instance id", called(service));
        report.found(&SHARED, title, evidence, Some("/resources".into()));
    }
}
