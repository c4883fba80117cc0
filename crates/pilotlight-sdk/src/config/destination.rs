//! Where one signal's requests go: which endpoint counts, whether it is spoken to over TLS, and under which path.

use http::Uri;

use super::chain::{Chain, Chosen, Origin};
use super::endpoint::{self, Endpoint};
use super::exporter::Names;
use super::otlp::Protocol;
use super::otlp_code::Otlp;
use super::parse;
use super::show::Show;
use super::warning::Warning;

/// Chooses the endpoint, its scheme and its path.
pub(super) fn resolve(
    chain: &mut Chain<'_>,
    names: &Names,
    protocol: &Chosen<Protocol>,
    own: &Otlp,
    shared: &Otlp,
) -> Uri {
    let [signal, generic] = names.of_setting("ENDPOINT");
    let reaching = |reach| {
        move |text: &str, problems: &mut _| Some(Target { endpoint: endpoint::parse(text, problems)?, reach })
    };
    let chosen = chain
        .setting()
        .url()
        .text("Otlp::endpoint", own.endpoint.as_deref(), reaching(Reach::OneSignal))
        .text("Otlp::endpoint", shared.endpoint.as_deref(), reaching(Reach::AllSignals))
        .variable(&signal, reaching(Reach::OneSignal))
        .variable(&generic, reaching(Reach::AllSignals))
        .or_chosen(Target { endpoint: Endpoint::default_of(protocol.value), reach: Reach::AllSignals });
    let Target { endpoint, reach } = chosen.value;
    let place = match chosen.origin {
        Origin::Variable(name) => name,
        Origin::Code | Origin::Default => "Otlp::endpoint".to_owned(),
    };
    warn_about_port(chain, &place, &endpoint, protocol);
    let endpoint = decide_scheme(chain, names, &place, endpoint, own.insecure.or(shared.insecure));
    match (protocol.value, reach) {
        (Protocol::HttpProtobuf, Reach::AllSignals) => endpoint.joined(names.path).into_uri(),
        (Protocol::Grpc, _) | (_, Reach::OneSignal) => endpoint.into_uri(),
    }
}

/// Whether an endpoint was given for all signals or for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// A base: over HTTP each signal's path is appended.
    AllSignals,
    /// Used as it is.
    OneSignal,
}

/// An endpoint and for whom it was given.
struct Target {
    endpoint: Endpoint,
    reach: Reach,
}

impl Show for Target {
    fn show(&self) -> String {
        self.endpoint.show()
    }
}

/// Chooses between TLS and plaintext where the endpoint leaves it open; see [`Otlp::endpoint`] for the rule.
fn decide_scheme(
    chain: &mut Chain<'_>,
    names: &Names,
    place: &str,
    endpoint: Endpoint,
    insecure: Option<bool>,
) -> Endpoint {
    if endpoint.has_scheme() {
        return endpoint;
    }
    let insecure =
        chain.setting().code(insecure).variables(&names.of_setting("INSECURE"), parse::boolean).optional();
    if insecure.is_none() && !endpoint.is_loopback() {
        let [_, variable] = names.of_setting("INSECURE");
        let problem = format!(
            "has no scheme, so TLS is used; for plaintext write http://{} or set {variable}=true",
            endpoint.show()
        );
        let instead = format!("using https://{}", endpoint.show());
        chain.warn(Warning::new(place, Some(endpoint.show()), problem, instead));
    }
    let tls = !insecure.unwrap_or_else(|| endpoint.is_loopback());
    endpoint.with_scheme(tls)
}

/// The mistake that costs newcomers most time: gRPC's port with the default protocol, which is HTTP. Whoever chose
/// the protocol is not second-guessed.
fn warn_about_port(chain: &mut Chain<'_>, place: &str, endpoint: &Endpoint, protocol: &Chosen<Protocol>) {
    if protocol.origin == Origin::Default && endpoint.port() == Some(4317) {
        chain.warn(Warning::new(
            place,
            Some(endpoint.show()),
            "has port 4317, where receivers usually speak gRPC; if this one does, set OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
            format!("using the default protocol, {}", protocol.value.show()),
        ));
    }
}
