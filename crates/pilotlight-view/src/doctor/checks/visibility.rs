//! Causes 20 and 21: export errors that nobody sees, and exporters that trace themselves.

use super::Verdict;
use super::filter::is_level;
use crate::doctor::facts::Facts;
use crate::doctor::project::{Release, Sdk};
use crate::doctor::report::Draft;

/// The release since which exporting suppresses telemetry about itself on its own thread.
const SUPPRESSED_SINCE: Release = Release { major: 0, minor: 31, patch: 0 };

pub(super) fn check(facts: &Facts) -> Verdict {
    let Sdk::OpenTelemetryRust(_) = facts.project.sdk else {
        return match facts.project.sdk {
            // It says what it lost whatever RUST_LOG says, unless it is told not to.
            Sdk::Pilotlight(_) => Verdict::from(silenced(facts)),
            _ => Verdict::skipped("only known for Rust"),
        };
    };
    let Some(api) = facts.project.linked("opentelemetry") else {
        return Verdict::skipped("there is no lock file");
    };
    if !api.links("tracing") {
        return Verdict::from(Some(
            Draft::warning("errors-invisible", "Export errors are not logged anywhere")
                .seen(format!("Cargo.lock: {api} does not link tracing, so the feature internal-logs is off"))
                .because("Without that feature opentelemetry-rust drops telemetry without a word.")
                .next("Add the feature internal-logs to opentelemetry_sdk and opentelemetry-otlp."),
        ));
    }
    Verdict::from(hidden(facts))
}

fn silenced(facts: &Facts) -> Option<crate::finding::Finding> {
    let level = facts
        .place
        .environment
        .get("OTEL_LOG_LEVEL")
        .filter(|level| ["none", "off"].iter().any(|off| level.eq_ignore_ascii_case(off)))?;
    Some(
        Draft::note("errors-hidden", "Pilotlight is told to say nothing about itself")
            .seen(format!("OTEL_LOG_LEVEL={level}"))
            .because("Losses and refusals are then to be seen in its metrics alone.")
            .next("Remove OTEL_LOG_LEVEL while looking for the cause."),
    )
}

fn hidden(facts: &Facts) -> Option<crate::finding::Finding> {
    let filter = facts.place.environment.get("RUST_LOG")?;
    hides(filter).then(|| {
        Draft::note("errors-hidden", "RUST_LOG hides what opentelemetry says about failed exports")
            .seen(format!("RUST_LOG={filter}"))
            .because("Its messages have the target opentelemetry, which no directive lets through.")
            .next("Append ,opentelemetry=warn to RUST_LOG while looking for the cause.")
    })
}

/// Whether errors of the target `opentelemetry…` are taken away.
fn hides(filter: &str) -> bool {
    let directives: Vec<&str> =
        filter.split(',').map(str::trim).filter(|directive| !directive.is_empty()).collect();
    let own = directives.iter().find_map(|directive| {
        let (target, level) = directive.split_once('=').unwrap_or((directive, "trace"));
        (!target.is_empty() && "opentelemetry".starts_with(target) || target.starts_with("opentelemetry"))
            .then_some(level)
    });
    let bare = directives.iter().rfind(|directive| is_level(directive)).copied();
    let is_off = |level: &str| level.eq_ignore_ascii_case("off") || level == "0";
    match (own, bare) {
        (Some(level), _) | (None, Some(level)) => is_off(level),
        (None, None) => !directives.is_empty(),
    }
}

pub(super) fn check_feedback(facts: &Facts) -> Verdict {
    let Sdk::OpenTelemetryRust(release) = facts.project.sdk else {
        return match facts.project.sdk {
            // Its transport speaks to nobody but its own diagnostics.
            Sdk::Pilotlight(_) => Verdict::Checked(Vec::new()),
            _ => Verdict::skipped("only known for Rust"),
        };
    };
    let bridges = ["tracing-opentelemetry", "opentelemetry-appender-tracing"]
        .into_iter()
        .find(|bridge| facts.project.links(bridge));
    let filter = facts.place.environment.get("RUST_LOG").filter(|filter| lets_transport_through(filter));
    let finding = filter.zip(bridges).map(|(filter, bridge)| {
        let title = "The exporter's own HTTP client may be traced, and what that sends traced again";
        // Since then only what runs on other threads, tonic's connection for one, is still heard.
        let draft = if release < SUPPRESSED_SINCE {
            Draft::warning("feedback-loop", title)
        } else {
            Draft::note("feedback-loop", title)
        };
        draft
            .seen(format!("RUST_LOG={filter}, and {bridge}"))
            .because("h2, hyper, tonic and reqwest log each request at debug, and each export is a request.")
            .next("Append ,h2=off,hyper=off,tonic=off,reqwest=off to RUST_LOG.")
    });
    finding.into()
}

fn lets_transport_through(filter: &str) -> bool {
    let mut directives = filter.split(',').map(str::trim);
    let is_loud = directives.clone().any(|directive| {
        ["debug", "trace", "4", "5"].iter().any(|level| directive.eq_ignore_ascii_case(level))
    });
    is_loud && !directives.any(|directive| ["h2=", "hyper="].iter().any(|quiet| directive.starts_with(quiet)))
}

#[cfg(test)]
mod tests {
    use super::{hides, lets_transport_through};

    #[test]
    fn directives_that_hide_opentelemetry_are_told_from_others() {
        for filter in ["shop=info", "off", "info,opentelemetry=off", "opentelemetry=off,info"] {
            assert!(hides(filter), "{filter}");
        }
        for filter in ["info", "warn,shop=debug", "shop=info,opentelemetry=warn", "error", ""] {
            assert!(!hides(filter), "{filter}");
        }
    }

    #[test]
    fn only_loud_filters_without_exceptions_are_a_risk() {
        assert!(lets_transport_through("debug") && lets_transport_through("shop=info,trace"));
        assert!(!lets_transport_through("info") && !lets_transport_through("debug,h2=off,hyper=off"));
    }
}
