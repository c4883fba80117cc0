//! Causes 8, 22, 23, 30: what an empty request was answered, paths apart.

use super::{Verdict, unprobed};
use crate::doctor::facts::Facts;
use crate::doctor::probe::{Answer, Exchange};
use crate::doctor::report::Draft;
use crate::doctor::settings::{Protocol, SignalSettings};
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    if let Some(skipped) = unprobed(facts) {
        return skipped;
    }
    let Some(probes) = facts.probes.as_ref().filter(|probes| !probes.exchanges.is_empty()) else {
        return Verdict::skipped("no request could be sent: see above");
    };
    let mut findings: Vec<Finding> = Vec::new();
    for signal in facts.settings.sent() {
        let found = probes.exchange(signal.signal).and_then(|exchange| finding(signal, exchange));
        // One word for all signals that one server refuses for one reason.
        findings.extend(
            found.filter(|new| !findings.iter().any(|known| known.id == new.id && known.title == new.title)),
        );
    }
    Verdict::Checked(findings)
}

fn finding(signal: &SignalSettings, exchange: &Exchange) -> Option<Finding> {
    let authority = signal.url()?.authority();
    let protocol = signal.protocol.value;
    match exchange {
        Exchange::Answered { answer, .. } if answer.is_fine(protocol) => None,
        Exchange::Answered { uncompressed: Some(other), answer } if other.is_fine(protocol) => {
            Some(uncompressed(signal, &authority, answer))
        }
        Exchange::Answered { answer, .. } => refused(signal, &authority, answer, told(signal, answer)),
        Exchange::Silent => Some(silent(signal, &authority)),
        Exchange::Failed(error) => Some(failed(signal, &authority, error)),
    }
}

fn uncompressed(signal: &SignalSettings, authority: &str, answer: &Answer) -> Finding {
    let compression = signal.compression.value;
    Draft::error("compression-refused", format!("{authority} does not take {compression}"))
        .seen(told(signal, answer))
        .seen("the same request was taken without compression")
        .seen(format!("compression: {compression} ({})", signal.compression.from))
        .because("The receiver, or a proxy before it, cannot decompress what it is sent.")
        .next("Set OTEL_EXPORTER_OTLP_COMPRESSION=none, or turn it on at the receiver.")
}

/// What an answer that refuses means; none when another check speaks about it.
pub(in crate::doctor) fn refused(
    signal: &SignalSettings,
    authority: &str,
    answer: &Answer,
    seen: String,
) -> Option<Finding> {
    let headers = format!("headers sent: {}", signal.headers.value);
    let draft = |id, title: String| Draft::error(id, title).seen(seen);
    let is_grpc = signal.protocol.value == Protocol::Grpc;
    Some(match (answer.grpc, answer.status) {
        (Some(16), _) | (None, 401) => draft("unauthenticated", format!("{authority} does not know who we are"))
            .seen(headers)
            .because(match signal.headers.value.is_empty() {
                true => "The receiver asks for credentials, and no header is configured.",
                false => "The receiver does not accept the credentials in the headers that are configured.",
            })
            .next("Set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20<token>, with the header's name that the receiver documents."),
        (Some(7), _) | (None, 403) => draft("forbidden", format!("{authority} knows who we are and refuses"))
            .seen(headers)
            .because("The credentials are understood, and are not allowed to write there.")
            .next("Use a token that may write telemetry, and the endpoint of its own region or tenant."),
        (Some(12), _) => draft("service-unknown", format!("{authority} has no gRPC service for {}", signal.signal))
            .because("The server speaks gRPC and does not have this OTLP service, or does not have this signal's pipeline.")
            .next(format!("Turn the signal on at the receiver, or set OTEL_{}_EXPORTER=none.", signal.signal.name().to_ascii_uppercase())),
        (Some(14), _) | (None, 502..=504) => draft("receiver-unavailable", format!("{authority} is overloaded or not ready"))
            .because("It asks to be asked again later: what it forwards to is down, or its memory is full.")
            .next("Read the receiver's log; exporters try again for a while and then drop."),
        (Some(8), _) | (None, 429) => draft("receiver-limits", format!("{authority} limits how much it takes"))
            .because("A quota or rate limit is used up.")
            .next("Send less (sampling, longer batches), or raise the limit."),
        (None, 400) => draft("request-refused", format!("{authority} does not understand an empty request"))
            .because("An empty request is valid OTLP: whoever answers is no OTLP receiver, or wants another encoding.")
            .next("Compare the endpoint and OTEL_EXPORTER_OTLP_PROTOCOL with the receiver's documentation."),
        (None, 200..=399 | 404 | 405 | 410 | 415 | 501) if is_grpc => draft("not-grpc", format!("{authority} answers gRPC requests without a gRPC status"))
            .because("It speaks HTTP/2, and is no gRPC server.")
            .next("Set the endpoint to the receiver's gRPC port, usually 4317."),
        (None, 415) => draft("content-type-refused", format!("{authority} does not take {}", signal.protocol.value))
            .because("The receiver speaks OTLP in another encoding.")
            .next("Set OTEL_EXPORTER_OTLP_PROTOCOL to the other of http/protobuf and http/json."),
        // The path's own check speaks about these.
        (None, 200 | 301..=308 | 404 | 405 | 410 | 501) => return None,
        _ => draft("receiver-fails", format!("{authority} fails"))
            .because("The receiver answers an empty request with an error of its own.")
            .next("Read the receiver's log."),
    })
}

fn told(signal: &SignalSettings, answer: &Answer) -> String {
    let status = match answer.grpc {
        Some(code) => format!("gRPC status {code}"),
        None => format!("status {}", answer.status),
    };
    let message = if answer.message.is_empty() { String::new() } else { format!(": {}", answer.message) };
    format!("an empty request of {} was answered with {status}{message}", signal.signal)
}

fn silent(signal: &SignalSettings, authority: &str) -> Finding {
    Draft::error("receiver-slow", format!("{authority} does not answer requests"))
        .seen(format!("an empty request of {} got no answer in time", signal.signal))
        .because("The receiver takes the connection and the request, and then hangs or is overloaded.")
        .next("Restart the receiver and read its log; a larger OTEL_EXPORTER_OTLP_TIMEOUT helps when it is only slow.")
}

fn failed(signal: &SignalSettings, authority: &str, error: &str) -> Finding {
    Draft::error("request-fails", format!("{authority} breaks off"))
        .seen(format!("an empty request of {} failed: {error}", signal.signal))
        .because("The connection was made, and ended before an answer.")
        .next("Read the receiver's log; when it asks for client certificates, set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _KEY.")
}
