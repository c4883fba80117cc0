//! Causes 2, 3 and 6: the right host, the wrong language.

use super::{Verdict, list, unprobed};
use crate::doctor::facts::Facts;
use crate::doctor::probe::{Kind, Server};
use crate::doctor::report::Draft;
use crate::doctor::settings::{Origin, Protocol, SignalSettings};
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    let unasked: Vec<Finding> =
        facts.settings.sent().filter_map(|signal| unlikely_port(facts, signal)).take(1).collect();
    if let (Some(skipped), true) = (unprobed(facts), unasked.is_empty()) {
        return skipped;
    }
    let servers = facts.probes.iter().flat_map(|probes| &probes.servers);
    let mut findings: Vec<Finding> = servers.flat_map(|server| of_server(facts, server)).collect();
    findings.extend(unasked);
    Verdict::Checked(findings)
}

fn of_server(facts: &Facts, server: &Server) -> Vec<Finding> {
    let Some(kind) = &server.kind else { return Vec::new() };
    let mut findings: Vec<Finding> = Vec::new();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf, Protocol::HttpJson] {
        let signals: Vec<&SignalSettings> = facts
            .settings
            .sent()
            .filter(|signal| server.signals.contains(&signal.signal) && signal.protocol.value == protocol)
            .collect();
        findings.extend(signals.first().and_then(|_| mismatch(server, kind, protocol, &signals)));
    }
    findings
}

fn mismatch(
    server: &Server,
    kind: &Kind,
    protocol: Protocol,
    signals: &[&SignalSettings],
) -> Option<Finding> {
    // What is known of one signal says more than what is guessed of another.
    let signal = signals.iter().find(|signal| !is_guessed(signal)).or(signals.first())?;
    let names = list(signals.iter().map(|signal| signal.signal));
    let seen = [
        format!("{names} are sent as {protocol} to {}", server.url),
        format!("{} {kind}", server.url.authority()),
        format!("protocol: {protocol} ({})", signal.protocol.from),
    ];
    outside_http(server, kind, &seen).or_else(|| between_protocols(server, kind, signal, &seen))
}

/// What goes wrong whatever the protocol is.
fn outside_http(server: &Server, kind: &Kind, seen: &[String]) -> Option<Finding> {
    let at = server.url.authority();
    let draft = |id, title: String| Draft::error(id, title).seen_all(seen.iter().cloned());
    match (kind, server.url.is_secure) {
        (Kind::Tls(_), false) => Some(
            draft("plaintext-to-tls", format!("{at} wants TLS, and gets plain text"))
                .because("The endpoint begins with http://, and the receiver speaks TLS alone.")
                .next(format!("Write https://{at}.")),
        ),
        (Kind::Http1(_) | Kind::Http2, true) => Some(
            draft("tls-to-plaintext", format!("{at} speaks plain text, and gets a TLS hello"))
                .because("The endpoint begins with https://, or has no scheme, and the receiver has no TLS.")
                .next(format!("Write http://{at}.")),
        ),
        (Kind::Other(_), _) => Some(
            draft("port-speaks-something-else", format!("{at} speaks something that is not OTLP"))
                .because("Neither HTTP nor TLS was answered: another program has this port.")
                .next("Set the endpoint to the port of the collector: 4317 for gRPC, 4318 for HTTP."),
        ),
        _ => None,
    }
}

fn between_protocols(
    server: &Server,
    kind: &Kind,
    signal: &SignalSettings,
    seen: &[String],
) -> Option<Finding> {
    let (at, protocol) = (server.url.authority(), signal.protocol.value);
    let draft = |id, title: String| match is_guessed(signal) {
        true => Draft::note(id, title).seen_all(seen.iter().cloned()),
        false => Draft::error(id, title).seen_all(seen.iter().cloned()),
    };
    match (kind, protocol) {
        (Kind::Http2, Protocol::HttpProtobuf | Protocol::HttpJson) => Some(
            draft("port-speaks-grpc", format!("{at} speaks gRPC, and gets {protocol}"))
                .because("An HTTP/1 request was answered with a frame of HTTP/2, as gRPC servers do.")
                .next(in_code(signal).unwrap_or_else(|| grpc_advice(server.url.port))),
        ),
        (Kind::Http1(http), Protocol::Grpc) if !http.has_http2 => Some(
            draft("port-speaks-http", format!("{at} speaks HTTP/1, and gets gRPC"))
                .because("The preface of HTTP/2, which gRPC begins with, was not understood.")
                .next(in_code(signal).unwrap_or_else(|| http_advice(server.url.port))),
        ),
        (Kind::Http2, Protocol::Grpc) if is_guessed(signal) => {
            Some(unsaid(draft("port-speaks-grpc", format!("{at} speaks gRPC, {UNSAID}"))))
        }
        _ => None,
    }
}

/// A transport that is chosen in code is not changed by a variable.
fn in_code(signal: &SignalSettings) -> Option<String> {
    let place = match &signal.protocol.from {
        Origin::Code(place) => format!("at {place}"),
        Origin::Manifest(file) => format!("that {file} names"),
        Origin::Variable(_) | Origin::Guess(_) | Origin::Default => return None,
    };
    let protocol = signal.protocol.value;
    let port = protocol.usual_port();
    Some(format!("Use the receiver's port for {protocol}, usually {port}, or change the exporter {place}."))
}

pub(super) fn is_guessed(signal: &SignalSettings) -> bool {
    matches!(signal.protocol.from, Origin::Guess(_))
}

/// How titles end when a receiver speaks gRPC, and the service may well do the same.
const UNSAID: &str = "and nothing says that the service speaks it";

fn unsaid(draft: Draft) -> Finding {
    draft
        .because("Unless they are told, some SDKs speak gRPC, and others HTTP.")
        .next("If nothing arrives, set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.")
}

fn grpc_advice(port: u16) -> String {
    match port {
        4317 => "Use port 4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.".to_owned(),
        _ => "Set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or use the receiver's port for HTTP.".to_owned(),
    }
}

fn http_advice(port: u16) -> String {
    match port {
        4318 => "Use port 4317, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.".to_owned(),
        _ => "Set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or use the receiver's port for gRPC.".to_owned(),
    }
}

/// Where nobody could be asked, the port itself tells: whoever chose the protocol is not second-guessed.
fn unlikely_port(facts: &Facts, signal: &SignalSettings) -> Option<Finding> {
    let url = signal.url()?;
    let was_asked = facts
        .probes
        .as_ref()
        .and_then(|probes| probes.server(signal.signal))
        .is_some_and(|server| server.kind.is_some());
    if was_asked {
        return None;
    }
    let seen = format!("{} go to {url} ({})", signal.signal, signal.protocol.from);
    let other = match (signal.protocol.value, url.port) {
        (Protocol::Grpc, 4317) if is_guessed(signal) => {
            let title = format!("Port {} is usually for gRPC, {UNSAID}", url.port);
            return Some(unsaid(Draft::note("port-unlikely", title).seen(seen)));
        }
        (Protocol::HttpProtobuf | Protocol::HttpJson, 4317) => Protocol::Grpc,
        (Protocol::Grpc, 4318) => Protocol::HttpProtobuf,
        _ => return None,
    };
    let is_chosen = matches!(signal.protocol.from, Origin::Variable(_));
    (!is_chosen).then(|| {
        Draft::warning(
            "port-unlikely",
            format!("Port {} is usually {other}, and gets {}", url.port, signal.protocol.value),
        )
        .seen(seen)
        .because("Receivers speak gRPC at 4317 and HTTP at 4318, and the protocol was not chosen.")
        .next(format!(
            "Set OTEL_EXPORTER_OTLP_PROTOCOL={other}, or use port {}.",
            signal.protocol.value.usual_port()
        ))
    })
}
