//! Causes 18 and 19: context that does not travel, and spans with the wrong parents.

use super::{Verdict, list};
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::source::What;
use crate::finding::Finding;

/// Libraries that read and write trace context with the global propagator.
const PROPAGATING: [&str; 8] = [
    "axum-tracing-opentelemetry",
    "tonic-tracing-opentelemetry",
    "tracing-opentelemetry-instrumentation-sdk",
    "opentelemetry-instrumentation-tower",
    "opentelemetry-instrumentation-actix-web",
    "reqwest-tracing",
    "tracing-actix-web",
    "tower-otel",
];

/// What pilotlight-sdk can propagate.
const OF_PILOTLIGHT: [&str; 3] = ["tracecontext", "baggage", "none"];

pub(super) fn check_propagation(facts: &Facts) -> Verdict {
    match &facts.project.sdk {
        Sdk::Pilotlight(_) => Verdict::Checked(of_variable(facts)),
        Sdk::OpenTelemetryRust(_) => of_opentelemetry(facts),
        Sdk::Other(_) | Sdk::Unknown => Verdict::Checked(switched_off(facts).into_iter().collect()),
    }
}

fn of_variable(facts: &Facts) -> Vec<Finding> {
    let text = facts.place.environment.get("OTEL_PROPAGATORS").unwrap_or_default();
    let names = text.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty());
    let unknown: Vec<String> = names.filter(|name| !OF_PILOTLIGHT.contains(&name.as_str())).collect();
    let finding = (!unknown.is_empty()).then(|| {
        Draft::warning("propagator-not-supported", format!("{} is not supported by {}", list(&unknown), facts.project.sdk))
            .seen(format!("OTEL_PROPAGATORS={text}"))
            .because("Names that the SDK does not know are left out, and context in those formats is neither read nor written.")
            .next("Have the other services use tracecontext (W3C), which every SDK has.")
    });
    finding.into_iter().chain(switched_off(facts)).collect()
}

fn switched_off(facts: &Facts) -> Option<Finding> {
    let text = facts.place.environment.get("OTEL_PROPAGATORS")?;
    let is_off = text.split(',').any(|name| name.trim().eq_ignore_ascii_case("none"));
    is_off.then(|| {
        Draft::warning("propagator-off", "Context is neither read from requests nor written to them")
            .seen(format!("OTEL_PROPAGATORS={text}"))
            .because("Without a propagator every service begins traces of its own.")
            .next("Remove OTEL_PROPAGATORS.")
    })
}

fn of_opentelemetry(facts: &Facts) -> Verdict {
    if facts.sources.files == 0 {
        return Verdict::skipped("there are no Rust sources here");
    }
    let sets_it =
        facts.sources.has(What::Propagator) || facts.sources.has(What::ForeignSetup) || facts.sources.is_cut;
    let uses_it: Vec<&str> = PROPAGATING.into_iter().filter(|package| facts.project.links(package)).collect();
    let finding = (!sets_it && !uses_it.is_empty()).then(|| {
        Draft::warning("propagator-not-set", "No propagator is set: traces end at this service's borders")
            .seen(format!("linked, and in need of one: {}", list(&uses_it)))
            .seen("no call of set_text_map_propagator in the sources")
            .because("opentelemetry-rust's default propagator does nothing, and OTEL_PROPAGATORS is not read.")
            .next("Call opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new()) at the start.")
    });
    finding.into()
}

pub(super) fn check_guards(facts: &Facts) -> Verdict {
    if facts.sources.files == 0 {
        return Verdict::skipped("there are no Rust sources here");
    }
    let places: Vec<&str> = facts.sources.places(What::GuardAcrossAwait).take(8).collect();
    let finding = (!places.is_empty()).then(|| {
        Draft::warning(
            "guard-across-await",
            "Spans stay entered while their task waits: others get the wrong parent",
        )
        .seen_all(places.iter().map(|place| format!("a guard held across .await, from {place}")))
        .because("While the task waits, the thread runs other tasks, inside of that span.")
        .next("Use .instrument(span) on the future, or #[tracing::instrument] on the function.")
    });
    finding.into()
}
