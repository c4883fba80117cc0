//! Which variables each SDK reads.
//!
//! Of opentelemetry-rust it was read from the sources of `opentelemetry_sdk` and `opentelemetry-otlp` 0.33.1; what older releases lack
//! besides is said where it matters.

use crate::doctor::project::{Release, Sdk};

/// Variables of the specification besides those of the OTLP exporter.
const SPECIFIED: [&str; 43] = [
    "OTEL_SDK_DISABLED",
    "OTEL_ENTITIES",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_LOG_LEVEL",
    "OTEL_PROPAGATORS",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BLRP_SCHEDULE_DELAY",
    "OTEL_BLRP_EXPORT_TIMEOUT",
    "OTEL_BLRP_MAX_QUEUE_SIZE",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_METRIC_EXPORT_TIMEOUT",
    "OTEL_METRICS_EXEMPLAR_FILTER",
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_LOGS_EXPORTER",
    "OTEL_EXPORTER_PROMETHEUS_HOST",
    "OTEL_EXPORTER_PROMETHEUS_PORT",
    "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
    "OTEL_EXPORTER_ZIPKIN_TIMEOUT",
    "OTEL_CONFIG_FILE",
    "OTEL_EXPERIMENTAL_CONFIG_FILE",
    "OTEL_SEMCONV_STABILITY_OPT_IN",
    "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
    "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
];

/// Names that guides have and the specification has not.
const OF_GUIDES: [&str; 2] = ["OTEL_SERVICE_VERSION", "OTEL_ENVIRONMENT"];

/// What an OTLP exporter is configured with, each for all signals and for each one.
const OF_EXPORTER: [&str; 9] = [
    "ENDPOINT",
    "INSECURE",
    "CERTIFICATE",
    "CLIENT_KEY",
    "CLIENT_CERTIFICATE",
    "HEADERS",
    "COMPRESSION",
    "TIMEOUT",
    "PROTOCOL",
];

/// What of [`SPECIFIED`] pilotlight-sdk leaves alone.
const NOT_BY_PILOTLIGHT: [&str; 8] = [
    "OTEL_ENTITIES",
    "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
    "OTEL_EXPORTER_ZIPKIN_TIMEOUT",
    "OTEL_CONFIG_FILE",
    "OTEL_EXPERIMENTAL_CONFIG_FILE",
    "OTEL_SEMCONV_STABILITY_OPT_IN",
    "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
    "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
];

/// What of [`SPECIFIED`] opentelemetry-rust reads.
const BY_OPENTELEMETRY_RUST: [&str; 18] = [
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BLRP_SCHEDULE_DELAY",
    "OTEL_BLRP_EXPORT_TIMEOUT",
    "OTEL_BLRP_MAX_QUEUE_SIZE",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_METRIC_EXPORT_TIMEOUT",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
];

/// The release of opentelemetry-rust that began to read `OTEL_EXPORTER_OTLP_INSECURE`.
const INSECURE_SINCE: Release = Release { major: 0, minor: 33, patch: 0 };

/// Whether `sdk` reads `name`. Unknown names and unknown SDKs get the benefit of the doubt.
pub fn reads(sdk: &Sdk, name: &str) -> bool {
    match (sdk, exporter_setting(name)) {
        (Sdk::OpenTelemetryRust(release), Some("INSECURE")) => *release >= INSECURE_SINCE,
        (Sdk::OpenTelemetryRust(_), Some("CERTIFICATE" | "CLIENT_KEY" | "CLIENT_CERTIFICATE")) => false,
        (_, Some(_)) => true,
        (Sdk::Pilotlight(_), None) => !NOT_BY_PILOTLIGHT.contains(&name),
        (Sdk::OpenTelemetryRust(_), None) if SPECIFIED.contains(&name) || OF_GUIDES.contains(&name) => {
            BY_OPENTELEMETRY_RUST.contains(&name)
        }
        (Sdk::Other(_) | Sdk::Unknown | Sdk::OpenTelemetryRust(_), None) => true,
    }
}

/// Whether the specification has `name`, or a guide that people follow.
pub fn is_known(name: &str) -> bool {
    SPECIFIED.contains(&name) || OF_GUIDES.contains(&name) || exporter_setting(name).is_some()
}

/// The known name that `name` seems to be meant for: one or two letters away.
pub fn meant(name: &str) -> Option<String> {
    let exporters = OF_EXPORTER.iter().flat_map(|setting| {
        ["", "TRACES_", "METRICS_", "LOGS_"].map(|signal| format!("OTEL_EXPORTER_OTLP_{signal}{setting}"))
    });
    let known = SPECIFIED.iter().map(|name| (*name).to_owned()).chain(exporters);
    known.filter(|known| distance(name, known) <= 2).min_by_key(|known| distance(name, known))
}

/// `ENDPOINT` of `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
fn exporter_setting(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("OTEL_EXPORTER_OTLP_")?;
    let setting =
        ["TRACES_", "METRICS_", "LOGS_"].iter().find_map(|signal| rest.strip_prefix(signal)).unwrap_or(rest);
    OF_EXPORTER.contains(&setting).then_some(setting)
}

/// How many letters have to be put in, taken out or exchanged, as far as that is at most a few.
fn distance(a: &str, b: &str) -> usize {
    const NAME_BYTES_MAX: usize = 64;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 2 || a.len() > NAME_BYTES_MAX {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_one_or_two_letters_off_are_recognised() {
        for (name, known) in [
            ("OTEL_EXPORTER_OTLP_ENDPONT", Some("OTEL_EXPORTER_OTLP_ENDPOINT")),
            ("OTEL_EXPORTER_OLTP_ENDPOINT", Some("OTEL_EXPORTER_OTLP_ENDPOINT")),
            ("OTEL_EXPORTER_OTLP_TRACE_ENDPOINT", Some("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")),
            ("OTEL_TRACE_SAMPLER", Some("OTEL_TRACES_SAMPLER")),
            ("OTEL_PYTHON_LOG_CORRELATION", None),
        ] {
            assert_eq!(meant(name).as_deref(), known, "{name}");
        }
    }

    #[test]
    fn opentelemetry_rust_ignores_what_it_is_known_to_ignore() {
        let sdk = Sdk::OpenTelemetryRust(Release::parse("0.33.1"));
        for name in [
            "OTEL_SDK_DISABLED",
            "OTEL_TRACES_EXPORTER",
            "OTEL_PROPAGATORS",
            "OTEL_EXPORTER_OTLP_CERTIFICATE",
            "OTEL_CONFIG_FILE",
        ] {
            assert!(!reads(&sdk, name), "{name}");
        }
        for name in [
            "OTEL_SERVICE_NAME",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "OTEL_EXPORTER_OTLP_INSECURE",
            "RUST_LOG",
        ] {
            assert!(reads(&sdk, name), "{name}");
        }
        assert!(!reads(&Sdk::OpenTelemetryRust(Release::parse("0.32.0")), "OTEL_EXPORTER_OTLP_INSECURE"));
    }
}
