//! Causes 5 and 7: certificates.

use super::{Verdict, unprobed};
use crate::doctor::facts::Facts;
use crate::doctor::probe::{Kind, Server, Session, Trust};
use crate::doctor::report::Draft;
use crate::doctor::settings::Protocol;
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    if facts.settings.sent().all(|signal| signal.url().is_none_or(|url| !url.is_secure)) {
        return Verdict::skipped("no endpoint uses TLS");
    }
    if let Some(skipped) = unprobed(facts) {
        return skipped;
    }
    let servers =
        facts.probes.iter().flat_map(|probes| &probes.servers).filter(|server| server.url.is_secure);
    let sessions = servers.filter_map(|server| match &server.kind {
        Some(Kind::Tls(session)) => Some((server, session)),
        _ => None,
    });
    Verdict::Checked(
        sessions
            .filter_map(|(server, session)| {
                of_certificate(server, session).or_else(|| of_protocol(facts, server, session))
            })
            .collect(),
    )
}

fn of_certificate(server: &Server, session: &Session) -> Option<Finding> {
    let host = &server.url.host;
    let (id, title, cause, next) = match &session.trust {
        Trust::Trusted { ends_soon: false } => return None,
        Trust::Trusted { ends_soon: true } => return Some(ends_soon(server)),
        Trust::Expired(seconds) => (
            "certificate-expired",
            format!("The certificate of {host} ended {} ago", span(*seconds)),
            "The certificate's time is over, or this machine's clock is ahead.".to_owned(),
            "Renew the receiver's certificate; check this machine's clock with `date`.".to_owned(),
        ),
        Trust::NotYet(seconds) => (
            "certificate-not-yet-valid",
            format!("The certificate of {host} begins in {}", span(*seconds)),
            "The certificate's time has not begun, which most often means that this machine's clock is behind.".to_owned(),
            "Set this machine's clock.".to_owned(),
        ),
        Trust::UnknownAuthority => (
            "certificate-authority-unknown",
            format!("Nobody that is trusted signed the certificate of {host}"),
            "A private authority, or the server itself, signed it, and the platform's store does not have that authority.".to_owned(),
            authority_advice(),
        ),
        Trust::OtherName(names) => (
            "certificate-other-name",
            format!("The certificate of {host} is for another name"),
            match names.is_empty() {
                true => "It does not name the host in the endpoint.".to_owned(),
                false => format!("It is for {}.", super::list(names.iter().take(5))),
            },
            "Write the endpoint with a name that the certificate has, or renew it with this one.".to_owned(),
        ),
        Trust::Refused(why) => (
            "certificate-refused",
            format!("The certificate of {host} cannot be used"),
            format!("{why}."),
            "Renew the receiver's certificate.".to_owned(),
        ),
        Trust::NoRoots(why) => (
            "certificate-file-unusable",
            "The file that says whom to trust cannot be used".to_owned(),
            format!("{why}."),
            "Set OTEL_EXPORTER_OTLP_CERTIFICATE to a file with certificates in PEM form.".to_owned(),
        ),
    };
    Some(
        Draft::error(id, title)
            .seen(format!("{} {session}", server.url.authority()))
            .because(cause)
            .next(next),
    )
}

fn authority_advice() -> String {
    "Set OTEL_EXPORTER_OTLP_CERTIFICATE to the authority's certificate (PEM), or add it to the platform's store.".to_owned()
}

fn ends_soon(server: &Server) -> Finding {
    Draft::warning(
        "certificate-ends-soon",
        format!("The certificate of {} ends within a week", server.url.host),
    )
    .seen(format!("{} would not be trusted a week from now", server.url.authority()))
    .because("Whatever renews it has not done so yet.")
    .next("Renew it now, or check what should.")
}

/// gRPC needs HTTP/2, which a server that chooses protocols has to choose.
fn of_protocol(facts: &Facts, server: &Server, session: &Session) -> Option<Finding> {
    let mut sent = facts.settings.sent().filter(|signal| server.signals.contains(&signal.signal));
    let wants_grpc = sent.any(|signal| signal.protocol.value == Protocol::Grpc);
    let alpn = session.alpn.as_deref();
    (wants_grpc && alpn != Some("h2")).then(|| {
        Draft::error("tls-without-http2", format!("{} does not offer HTTP/2, which gRPC needs", server.url.authority()))
            .seen(format!("offered h2 and http/1.1, it chose {}", alpn.unwrap_or("nothing")))
            .because("Over TLS the protocol is agreed upon (ALPN), and without h2 gRPC clients give up.")
            .next("Set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or turn HTTP/2 on at the receiver or the proxy before it.")
    })
}

fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", seconds / 60),
        7_200..=172_799 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
