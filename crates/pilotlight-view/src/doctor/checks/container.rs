//! Cause 27: inside a container, `localhost` is the container.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::report::Draft;

pub(super) fn check(facts: &Facts) -> Verdict {
    let Some(container) = &facts.place.container else { return Verdict::Checked(Vec::new()) };
    let mut looped = facts
        .settings
        .sent()
        .filter(|signal| signal.url().is_some_and(crate::doctor::settings::Url::is_loopback));
    // A sidecar or a receiver in the same container is fine.
    let Some(signal) = looped.find(|signal| !is_served(facts, signal.signal)) else {
        return Verdict::Checked(Vec::new());
    };
    let url = signal.url().map(ToString::to_string).unwrap_or_default();
    Verdict::from(Some(
        Draft::warning("localhost-in-container", "The endpoint is localhost, and this is a container")
            .seen(format!("{} go to {url}", signal.signal))
            .seen(container.as_str())
            .because("In a container, localhost is the container itself, where no receiver runs.")
            .next("Set OTEL_EXPORTER_OTLP_ENDPOINT to the receiver's name on the container network, or to host.docker.internal."),
    ))
}

fn is_served(facts: &Facts, signal: crate::doctor::settings::Signal) -> bool {
    let server = facts.probes.as_ref().and_then(|probes| probes.server(signal));
    // Not asked is not a finding.
    server.is_none_or(|server| server.connected().is_some())
}
