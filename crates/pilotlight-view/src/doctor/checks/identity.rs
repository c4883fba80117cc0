//! Causes 29 and 33: who is telling.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::source::What;
use crate::finding::Finding;

/// Attributes of resources that have another name today.
const RENAMED: [(&str, &str); 5] = [
    ("deployment.environment", "deployment.environment.name"),
    ("container.image.tag", "container.image.tags"),
    ("container.runtime", "container.runtime.name"),
    ("telemetry.auto.version", "telemetry.distro.version"),
    ("k8s.pod.labels", "k8s.pod.label"),
];

const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

pub(super) fn check_name(facts: &Facts) -> Verdict {
    let environment = &facts.place.environment;
    let of_attributes =
        pairs(facts).into_iter().any(|(key, value)| key == "service.name" && !value.is_empty());
    if environment.get("OTEL_SERVICE_NAME").is_some() || of_attributes {
        return Verdict::Checked(Vec::new());
    }
    let is_in_code = facts.sources.has(What::ServiceName) || facts.sources.has(What::ForeignSetup);
    if is_in_code {
        return Verdict::Checked(Vec::new());
    }
    let is_certain = facts.sources.files > 0 && !facts.sources.is_cut && facts.project.sdk != Sdk::Unknown;
    let title = "The service has no name";
    // Without sources it may well have one in code.
    let draft = if is_certain {
        Draft::warning("unknown-service", title)
    } else {
        Draft::note("unknown-service", title)
    };
    Verdict::from(Some(
        draft
            .seen("OTEL_SERVICE_NAME is not set, and OTEL_RESOURCE_ATTRIBUTES has no service.name")
            .because("Without a name everything is filed under unknown_service, and searches by name find nothing.")
            .next("Set OTEL_SERVICE_NAME."),
    ))
}

pub(super) fn check_attributes(facts: &Facts) -> Verdict {
    let Some(text) = facts.place.environment.get(ATTRIBUTES) else { return Verdict::Checked(Vec::new()) };
    let mut findings: Vec<Finding> = malformed(facts, text).into_iter().collect();
    for (old, new) in RENAMED {
        let keys = pairs(facts);
        if keys.iter().any(|(key, _)| *key == old) && !keys.iter().any(|(key, _)| *key == new) {
            findings.push(
                Draft::warning("deprecated-attribute", format!("{old} is called {new} today"))
                    .seen(format!("{ATTRIBUTES} has {old}"))
                    .because(
                        "Dashboards and backends that follow the current conventions look for the new name.",
                    )
                    .next(format!("Rename it to {new} in {ATTRIBUTES}.")),
            );
        }
    }
    Verdict::Checked(findings)
}

fn malformed(facts: &Facts, text: &str) -> Option<Finding> {
    let members = text.split(',').enumerate().filter(|(_, member)| !member.trim().is_empty());
    let (at, what) = members.into_iter().find_map(|(at, member)| match member.split_once('=') {
        None => Some((at + 1, "has no =")),
        Some((key, _)) if key.trim().is_empty() => Some((at + 1, "has no key")),
        Some((_, value)) if value.trim().starts_with('"') => {
            Some((at + 1, "has quotes, which become part of the value"))
        }
        Some(_) => None,
    })?;
    let cause = match facts.project.sdk {
        Sdk::OpenTelemetryRust(_) => "opentelemetry-rust drops what it cannot read, silently.",
        _ => "One error discards the whole variable, as the specification asks.",
    };
    Some(
        Draft::warning(
            "resource-attributes-malformed",
            format!("{ATTRIBUTES} has a member (number {at}) that {what}"),
        )
        .seen(format!("{} characters", text.chars().count()))
        .because(cause)
        .next("Write key=value,key2=value2; percent-encode commas and equals signs in values (%2C, %3D)."),
    )
}

fn pairs(facts: &Facts) -> Vec<(&str, &str)> {
    let text = facts.place.environment.get(ATTRIBUTES).unwrap_or_default();
    text.split(',')
        .filter_map(|member| member.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect()
}
