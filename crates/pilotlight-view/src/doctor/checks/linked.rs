//! Before anything else: is there an SDK at all?

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;

/// Others who send spans somewhere, in ways that are theirs.
const OTHERS: [&str; 6] =
    ["fastrace", "foundations", "logfire", "sentry", "datadog-opentelemetry", "opentelemetry_sdk"];

pub(super) fn check(facts: &Facts) -> Verdict {
    let project = &facts.project;
    let (Sdk::Unknown, Some(lock), false) = (&project.sdk, &project.lock, project.manifests.is_empty())
    else {
        return Verdict::Checked(Vec::new());
    };
    if OTHERS.iter().any(|other| project.links(other)) {
        return Verdict::skipped("another SDK is linked, about which nothing is known here");
    }
    let records = ["opentelemetry", "tracing", "log"].into_iter().find(|facade| project.links(facade));
    let names = super::list(project.manifests.iter().take(5).map(|manifest| &manifest.name));
    Verdict::from(Some(
        Draft::warning("no-sdk", format!("No OpenTelemetry SDK is linked by {names}"))
            .seen(format!("neither pilotlight nor opentelemetry-otlp is in {}, as far as {names} reach", lock.path.display()))
            .seen_all(records.map(|facade| format!("{facade} is linked, which records nothing by itself")))
            .because("Facades such as opentelemetry and tracing hand over to an SDK, and without one nothing is recorded or sent.")
            .next("Add pilotlight to Cargo.toml and call pilotlight::init() in main; or give --path the service's own folder."),
    ))
}
