//! Causes 5, 9 and 30: what the settings ask for is not compiled in.
//!
//! Cargo.lock lists an optional dependency only when somebody turned it on. So what is not listed is certainly not there, while what
//! is listed may be there for somebody else.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::settings::{Compression, Protocol, SignalSettings};
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    if !matches!(facts.project.sdk, Sdk::OpenTelemetryRust(_)) {
        return match facts.project.sdk {
            Sdk::Pilotlight(_) => of_pilotlight(facts),
            _ => Verdict::skipped("only known for Rust with a lock file"),
        };
    }
    let mut findings: Vec<Finding> = Vec::new();
    for signal in facts.settings.sent() {
        for found in
            [transport(facts, signal), tls(facts, signal), compression(facts, signal)].into_iter().flatten()
        {
            if !findings.iter().any(|known| known.id == found.id) {
                findings.push(found);
            }
        }
    }
    findings.extend(async_client(facts));
    Verdict::Checked(findings)
}

/// Its features are all on by default; what a manifest turned off is certain when only manifests of this service ask for it.
fn of_pilotlight(facts: &Facts) -> Verdict {
    let Some(lock) = &facts.project.lock else { return Verdict::skipped("there is no lock file") };
    let lacks = |dependency: &str| lock.named("pilotlight-sdk").all(|sdk| !sdk.links(dependency));
    let wanted = facts.settings.sent().find_map(|signal| {
        let url = signal.url()?;
        let (feature, what) = match () {
            () if url.is_secure && lacks("tokio-rustls") => ("tls", "an https endpoint"),
            () if signal.compression.value == Compression::Gzip && lacks("flate2") => ("gzip", "compression"),
            () => return None,
        };
        Some(missing(
            "feature-missing",
            what,
            &format!("pilotlight-sdk does not link what the feature `{feature}` needs"),
            feature,
            "pilotlight",
        ))
    });
    wanted.into()
}

fn lacks(facts: &Facts, package: &str, dependency: &str) -> bool {
    let Some(lock) = &facts.project.lock else { return false };
    let mut found = lock.named(package).peekable();
    found.peek().is_some() && found.all(|package| !package.links(dependency))
}

fn transport(facts: &Facts, signal: &SignalSettings) -> Option<Finding> {
    let (dependency, feature) = match signal.protocol.value {
        Protocol::Grpc => ("tonic", "grpc-tonic"),
        Protocol::HttpProtobuf => ("opentelemetry-http", "http-proto"),
        Protocol::HttpJson => ("serde_json", "http-json"),
    };
    lacks(facts, "opentelemetry-otlp", dependency).then(|| {
        let what = format!("OTEL_EXPORTER_OTLP_PROTOCOL={}", signal.protocol.value);
        missing(
            "protocol-not-compiled",
            &what,
            &format!("opentelemetry-otlp does not link {dependency}"),
            feature,
            "opentelemetry-otlp",
        )
    })
}

fn tls(facts: &Facts, signal: &SignalSettings) -> Option<Finding> {
    if !signal.url().is_some_and(|url| url.is_secure) {
        return None;
    }
    let (is_missing, feature, evidence) = match signal.protocol.value {
        Protocol::Grpc => {
            (lacks(facts, "tonic", "tokio-rustls"), "tls-ring", "tonic does not link tokio-rustls")
        }
        Protocol::HttpProtobuf | Protocol::HttpJson => {
            let is_missing = ["hyper-rustls", "rustls", "native-tls", "hyper-tls", "tokio-native-tls"]
                .iter()
                .all(|tls| lacks(facts, "reqwest", tls));
            (
                is_missing && !lacks(facts, "opentelemetry-otlp", "reqwest"),
                "reqwest-rustls",
                "reqwest links no TLS",
            )
        }
    };
    is_missing
        .then(|| missing("tls-not-compiled", "an https endpoint", evidence, feature, "opentelemetry-otlp"))
}

fn compression(facts: &Facts, signal: &SignalSettings) -> Option<Finding> {
    let dependency = match signal.compression.value {
        Compression::None => return None,
        Compression::Gzip => "flate2",
        Compression::Zstd => "zstd",
    };
    let (package, suffix) = match signal.protocol.value {
        Protocol::Grpc => ("tonic", "tonic"),
        Protocol::HttpProtobuf | Protocol::HttpJson => ("opentelemetry-otlp", "http"),
    };
    lacks(facts, package, dependency).then(|| {
        let feature = format!("{}-{suffix}", signal.compression.value);
        let what = format!("OTEL_EXPORTER_OTLP_COMPRESSION={}", signal.compression.value);
        missing(
            "compression-not-compiled",
            &what,
            &format!("{package} does not link {dependency}"),
            &feature,
            "opentelemetry-otlp",
        )
    })
}

fn missing(id: &str, what: &str, evidence: &str, feature: &str, package: &str) -> Finding {
    // Without compression telemetry still arrives; without the rest it does not.
    let title = format!("{what} needs a feature that is not compiled in: {feature}");
    let draft =
        if id == "compression-not-compiled" { Draft::warning(id, title) } else { Draft::error(id, title) };
    draft
        .seen(format!("Cargo.lock: {evidence}"))
        .because("Cargo.lock lists optional dependencies only when a feature that needs them is on.")
        .next(format!("Add the feature `{feature}` to {package} in Cargo.toml."))
}

/// Cause 9. The lock file cannot tell it: the features in the manifests do.
fn async_client(facts: &Facts) -> Option<Finding> {
    let features = facts.project.features("opentelemetry-otlp")?;
    let client = ["reqwest-client", "hyper-client"].into_iter().find(|client| features.has(client))?;
    let sends_http = facts.settings.sent().any(|signal| signal.protocol.value != Protocol::Grpc);
    let has_runtime = facts.project.features("opentelemetry_sdk").is_some_and(|sdk| {
        sdk.has("rt-tokio") && sdk.named.iter().any(|feature| feature.contains("async_runtime"))
    });
    (sends_http && !has_runtime).then(|| {
        Draft::warning("async-client-without-runtime", "The HTTP client is async, and the batch processor's thread has no runtime")
            .seen(format!("Cargo.toml: opentelemetry-otlp has the feature `{client}`"))
            .because("The batch processor exports from a thread of its own, where an async client panics with \"there is no reactor running\".")
            .next("Use the feature `reqwest-blocking-client` instead (with default-features = false when the other came with it).")
    })
}
