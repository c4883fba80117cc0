//! Cause 28: a proxy catches the exporter.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::settings::{Protocol, SignalSettings, Url, without_secrets};
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    if matches!(facts.project.sdk, Sdk::Pilotlight(_)) {
        // It connects to the endpoint and to nothing else.
        return Verdict::Checked(Vec::new());
    }
    Verdict::from(facts.settings.sent().find_map(|signal| finding(facts, signal)))
}

fn finding(facts: &Facts, signal: &SignalSettings) -> Option<Finding> {
    // tonic uses no proxy; gRPC in other languages does.
    if signal.protocol.value == Protocol::Grpc && matches!(facts.project.sdk, Sdk::OpenTelemetryRust(_)) {
        return None;
    }
    let url = signal.url()?;
    let (name, proxy) = proxy(facts, url)?;
    if is_exempt(facts, &url.host) || !is_near(url) {
        return None;
    }
    Some(
        Draft::warning("proxy-catches-exporter", format!("{name} sends the exporter to a proxy instead of {}", url.authority()))
            .seen(format!("{name}={}", without_secrets(proxy)))
            .seen(format!("{} is not in NO_PROXY", url.host))
            .because("HTTP clients use that variable for every host that NO_PROXY does not name, and a proxy does not know this one.")
            .next(format!("Add {} to NO_PROXY.", url.host)),
    )
}

fn proxy<'f>(facts: &'f Facts, url: &Url) -> Option<(&'static str, &'f str)> {
    let names: [&'static str; 4] = match url.is_secure {
        true => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        false => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    names.into_iter().find_map(|name| Some((name, facts.place.environment.get(name)?)))
}

/// A host that a proxy for the outside world does not serve: loopback, a private address, a name without a dot or of a cluster. For
/// others the proxy is meant.
fn is_near(url: &Url) -> bool {
    let host = url.host.as_str();
    let is_private = match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local(),
        Ok(std::net::IpAddr::V6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => {
            !host.contains('.') || [".local", ".internal", ".svc"].iter().any(|end| host.ends_with(end))
        }
    };
    url.is_loopback() || is_private
}

fn is_exempt(facts: &Facts, host: &str) -> bool {
    let names = ["NO_PROXY", "no_proxy"]
        .into_iter()
        .find_map(|name| facts.place.environment.get(name))
        .unwrap_or_default();
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).any(|name| covers(name, host))
}

fn covers(name: &str, host: &str) -> bool {
    let name = name.trim_start_matches("*.").trim_start_matches('.');
    let is_parent = host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    name == "*" || host.eq_ignore_ascii_case(name) || is_parent || in_network(name, host)
}

/// `10.0.0.0/8`.
fn in_network(network: &str, host: &str) -> bool {
    let parsed = network.split_once('/').and_then(|(base, bits)| {
        let base: std::net::Ipv4Addr = base.parse().ok()?;
        let host: std::net::Ipv4Addr = host.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
        Some((base, host, u32::MAX.checked_shl(32 - bits).unwrap_or(0)))
    });
    parsed.is_some_and(|(base, host, mask)| base.to_bits() & mask == host.to_bits() & mask)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn exemptions_cover_names_domains_and_networks() {
        for (name, host) in [
            ("localhost", "localhost"),
            (".svc", "otel.svc"),
            ("*.corp", "a.corp"),
            ("corp", "b.a.corp"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("*", "x"),
        ] {
            assert!(covers(name, host), "{name} {host}");
        }
        for (name, host) in [
            ("localhost", "collector"),
            ("corp", "xcorp"),
            ("10.0.0.0/8", "11.1.2.3"),
            ("10.0.0.0/99", "10.1.2.3"),
        ] {
            assert!(!covers(name, host), "{name} {host}");
        }
    }
}
