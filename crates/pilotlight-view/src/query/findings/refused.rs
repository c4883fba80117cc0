//! What was refused, and what others would have refused.

use super::report::{Kind, Report, many};
use crate::finding::Severity;
use crate::receive::{IncidentKind, Journal, JournalEntry};
use crate::store::books::Requests;
use std::collections::BTreeSet;

/// Where all incidents are listed.
const LINK: &str = "/viewer";

pub(super) fn look(report: &mut Report, journal: &Journal, requests: &Requests) {
    report.checked("requests that were refused, or that a collector would have refused");
    let newest = journal.newest();
    let nothing_came = requests.last == 0;
    for (incident, count) in journal.counts() {
        let (kind, title) = kind(incident);
        // Where nothing else arrives, this is why.
        let lost = !matches!(incident, IncidentKind::WrongPort | IncidentKind::Origin | IncidentKind::Host);
        let severity = if nothing_came && lost { Severity::Error } else { kind.severity };
        let title = format!("{title} ({})", many(count, "time"));
        report.found(&Kind { severity, ..kind }, title, evidence(&newest, incident), Some(LINK.into()));
    }
}

/// Different lines, the newest first.
fn evidence(newest: &[JournalEntry], kind: IncidentKind) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let line = |entry: &JournalEntry| {
        let sender = entry.user_agent.as_ref().map(|name| format!(", from {name}")).unwrap_or_default();
        format!("port {}: {}{sender}", entry.port, entry.detail)
    };
    let lines = newest.iter().rev().filter(|entry| entry.kind == kind).map(line);
    lines.filter(|line| seen.insert(line.clone())).take(3).collect()
}

fn kind(incident: IncidentKind) -> (Kind, &'static str) {
    use Severity::{Note, Warning};
    let (id, severity, title, cause, next) = match incident {
        IncidentKind::WrongPort => (
            "wrong-port",
            Note,
            "Telemetry came to the other protocol's port",
            "It was taken here, but a collector speaks gRPC on 4317 and HTTP on 4318 only.",
            "Set the endpoint's port to 4317 for gRPC or 4318 for HTTP, or OTEL_EXPORTER_OTLP_PROTOCOL to what the port speaks.",
        ),
        IncidentKind::UnknownPath => (
            "unknown-path",
            Warning,
            "Requests came to paths that OTLP does not have",
            "OTEL_EXPORTER_OTLP_ENDPOINT gets /v1/traces and so on appended, while an endpoint of one signal is used as it is.",
            "Give the base address alone (http://localhost:4318), or the whole path (…/v1/traces) for a signal's own endpoint.",
        ),
        IncidentKind::ContentType => (
            "content-type",
            Warning,
            "Requests had a content type that OTLP does not have",
            "OTLP over HTTP is application/x-protobuf or application/json.",
            "Point the OTLP exporter here, and not an exporter of another protocol.",
        ),
        IncidentKind::ContentEncoding => (
            "content-encoding",
            Warning,
            "Requests were compressed in a way that is not known",
            "gzip and zstd are known, and nothing else.",
            "Set OTEL_EXPORTER_OTLP_COMPRESSION to gzip or none.",
        ),
        IncidentKind::Method => (
            "method",
            Warning,
            "Requests had another method than POST",
            "OTLP is sent with POST; something else talks to this port, or a browser was pointed at it.",
            "Open the page's own address in the browser, and send telemetry with an OTLP exporter.",
        ),
        IncidentKind::Malformed => (
            "malformed",
            Warning,
            "Requests could not be decoded",
            "The bytes are not what their content type says: another message, another version, or cut off on the way.",
            "Check that the endpoint of each signal has its own path, and that no proxy changes bodies.",
        ),
        IncidentKind::TooLarge => (
            "too-large",
            Warning,
            "Requests were over the limit",
            "Unless set otherwise, a request may have 4 MiB over gRPC, as at most collectors, and 20 MiB over HTTP; everything in a larger one is refused.",
            "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or allow larger ones here with --grpc-max or --http-max.",
        ),
        IncidentKind::Bomb => (
            "decompressed-too-large",
            Warning,
            "Requests were over the limit when decompressed",
            "The limit counts what a body decompresses to.",
            "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or allow larger ones here with --grpc-max or --http-max.",
        ),
        IncidentKind::Partial => (
            "partly-refused",
            Warning,
            "Parts of requests were refused",
            "They are against the protocol, such as ids that are all zeros or points without a value.",
            "Look at what makes them: ids are 16 and 8 random bytes, and each point has a time and a value.",
        ),
        IncidentKind::Busy => (
            "busy",
            Warning,
            "Senders were asked to come again",
            "More came than could be written at the moment; senders keep it and try again, as long as their queue lasts.",
            "If it goes on, send less, or give the file a quicker disk.",
        ),
        IncidentKind::Tls => (
            "tls",
            Warning,
            "TLS came to a port without TLS",
            "The endpoint begins with https, and this viewer speaks plain text.",
            "Write http:// in the endpoint; for gRPC, set OTEL_EXPORTER_OTLP_INSECURE=true as well.",
        ),
        IncidentKind::Unreadable => (
            "unreadable",
            Warning,
            "Something came that is neither HTTP nor TLS",
            "Another protocol's client, or a port scan, was pointed at this port.",
            "Look at who connects, and give it the address that it is for.",
        ),
        IncidentKind::Origin => (
            "foreign-origin",
            Note,
            "A page of another origin was kept out",
            "Browsers may only send from and read on this machine's own pages, so that no website can reach telemetry.",
            "Serve the page that sends from localhost, or send through its own server.",
        ),
        IncidentKind::Host => (
            "foreign-host",
            Note,
            "Requests came under a name that is not this viewer's",
            "Another name was made to point here, which is how websites get at programs on a visitor's machine.",
            "Open the viewer by the address that it printed.",
        ),
        IncidentKind::Token => (
            "token",
            Warning,
            "Requests had no token, or a wrong one",
            "Beyond this machine the viewer asks for the token that it printed at the start.",
            "Open the printed address, or send the token as the documentation says.",
        ),
    };
    (Kind { id, severity, cause, next }, title)
}
