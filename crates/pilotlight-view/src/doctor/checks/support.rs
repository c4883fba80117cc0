//! Cause 17: variables that this SDK does not read, and names that nobody reads.

use super::{Verdict, list};
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::settings::support;
use crate::finding::Finding;

/// Variables whose being ignored changes what is sent, with what to do instead.
const WITH_ADVICE: [(&str, &str); 6] = [
    ("OTEL_SDK_DISABLED", "leave the set-up out in code"),
    ("OTEL_TRACES_SAMPLER", "choose the sampler in code"),
    ("OTEL_PROPAGATORS", "call opentelemetry::global::set_text_map_propagator"),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", "give the exporter a ClientTlsConfig or an HTTP client in code"),
    ("OTEL_CONFIG_FILE", "set the variables of its contents"),
    ("OTEL_SERVICE_VERSION", "put service.version into OTEL_RESOURCE_ATTRIBUTES"),
];

/// Variables that ask for what happens anyway, by name and value.
const DEFAULTS: [(&str, &[&str]); 5] = [
    ("OTEL_SDK_DISABLED", &["false"]),
    ("OTEL_TRACES_EXPORTER", &["otlp"]),
    ("OTEL_METRICS_EXPORTER", &["otlp"]),
    ("OTEL_LOGS_EXPORTER", &["otlp"]),
    ("OTEL_LOG_LEVEL", &["info", "error", "warn", "debug"]),
];

pub(super) fn check_ignored(facts: &Facts) -> Verdict {
    let sdk = &facts.project.sdk;
    if matches!(sdk, Sdk::Other(_) | Sdk::Unknown) {
        return Verdict::skipped("only known for the SDKs of Rust");
    }
    let environment = &facts.place.environment;
    let is_default = |name: &str| {
        let value = environment.get(name).unwrap_or_default();
        DEFAULTS.iter().any(|(known, values)| {
            *known == name && values.iter().any(|default| value.eq_ignore_ascii_case(default))
        })
    };
    let ignored: Vec<&str> = environment
        .names()
        .filter(|name| {
            support::is_known(name)
                && !support::reads(sdk, name)
                && !is_default(name)
                && !is_moot(facts, name)
        })
        .collect();
    Verdict::from((!ignored.is_empty()).then(|| finding(sdk, &ignored)))
}

/// What is set in code to the same end.
fn is_moot(facts: &Facts, name: &str) -> bool {
    use crate::doctor::source::What;
    match name {
        "OTEL_PROPAGATORS" => facts.sources.has(What::Propagator) || facts.sources.has(What::ForeignSetup),
        // What init-tracing-opentelemetry and the like read themselves.
        "OTEL_SDK_DISABLED" | "OTEL_TRACES_EXPORTER" | "OTEL_LOG_LEVEL" => {
            facts.sources.has(What::ForeignSetup)
        }
        // Variables of instrumentation, which any library may read.
        _ => name.starts_with("OTEL_SEMCONV_") || name.starts_with("OTEL_INSTRUMENTATION_"),
    }
}

fn finding(sdk: &Sdk, ignored: &[&str]) -> Finding {
    let first = ignored.first().copied().unwrap_or_default();
    let advice = WITH_ADVICE
        .iter()
        .find(|(name, _)| ignored.contains(name))
        .map_or("set the same in code", |(_, advice)| advice);
    let title = match ignored {
        [one] => format!("{one} is ignored by {sdk}"),
        _ => format!("{} variables are ignored by {sdk}", ignored.len()),
    };
    Draft::warning("variable-ignored", title)
        .seen(list(ignored))
        .because("The specification has them, and this SDK does not read them, nor does it say so.")
        .next(format!("Remove {first}, and {advice}."))
}

pub(super) fn check_spelling(facts: &Facts) -> Verdict {
    let names =
        facts.place.environment.names().filter(|name| name.starts_with("OTEL_") && !support::is_known(name));
    let misspelt = names.filter_map(|name| Some((name, support::meant(name)?)));
    Verdict::Checked(
        misspelt
            .map(|(name, meant)| {
                Draft::warning("variable-misspelt", format!("{name} is no variable; {meant} is"))
                    .seen(format!("{name} is set"))
                    .because("Nobody reads it, and nobody says so.")
                    .next(format!("Rename it to {meant}."))
            })
            .collect(),
    )
}
