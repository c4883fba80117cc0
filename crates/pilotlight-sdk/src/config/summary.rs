//! One line about what is in force.

use std::fmt;

use super::batch::BatchSettings;
use super::otlp::{OtlpConfig, TlsConfig};
use super::settings::Settings;
use super::show::Show;
use super::traces::{TracesExporter, TracesSettings};
use super::url::without_secrets;

/// Names of headers are shown and their values are not; endpoints are shown without query.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.disabled {
            f.write_str("disabled; ")?;
        }
        let name = self.resource.get("service.name").map(ToString::to_string).unwrap_or_default();
        write!(f, "service {name:?}, {} resource attributes; ", self.resource.attributes().len())?;
        write!(f, "propagators {}; log level {}; ", self.propagators.show(), self.log_level.show())?;
        write_traces(f, &self.traces)
    }
}

fn write_traces(f: &mut fmt::Formatter<'_>, traces: &TracesSettings) -> fmt::Result {
    let exporters = traces.exporters.iter().map(show_exporter).collect::<Vec<_>>();
    let exporters = if exporters.is_empty() { "none".to_owned() } else { exporters.join(" and ") };
    write!(f, "traces to {exporters}, sampler {}, ", traces.sampler.show())?;
    write_batch(f, &traces.batch)?;
    let limits = &traces.limits;
    write!(
        f,
        ", limits {} attributes, {} events with {}, {} links with {}, value length {}",
        limits.attributes,
        limits.events,
        limits.attributes_per_event,
        limits.links,
        limits.attributes_per_link,
        limits.attribute_value_length.show(),
    )
}

fn write_batch(f: &mut fmt::Formatter<'_>, batch: &BatchSettings) -> fmt::Result {
    write!(
        f,
        "batches every {} of {} items, export timeout {}, queue {}",
        batch.schedule_delay.show(),
        batch.export_batch_items_max.map_or_else(|| "any number of".to_owned(), |items| items.to_string()),
        batch.export_timeout.show(),
        batch.queue.show(),
    )
}

fn show_exporter(exporter: &TracesExporter) -> String {
    match exporter {
        TracesExporter::Console => "console".to_owned(),
        TracesExporter::Otlp(otlp) => show_otlp(otlp),
    }
}

fn show_otlp(otlp: &OtlpConfig) -> String {
    let headers = otlp.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",");
    format!(
        "otlp ({} {}, timeout {}, compression {}, headers [{headers}]{}, requests up to {} bytes)",
        otlp.protocol.show(),
        without_secrets(&otlp.endpoint.to_string()),
        otlp.timeout.show(),
        otlp.compression.show(),
        show_tls(&otlp.tls),
        otlp.request_bytes_max,
    )
}

fn show_tls(tls: &TlsConfig) -> String {
    let certificate = tls.certificate.as_ref().map(|file| format!(", trusting {}", file.display()));
    let client = tls.client_certificate.as_ref().map(|file| format!(", as {}", file.display()));
    certificate.into_iter().chain(client).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Otlp, SettingsBuilder, Variables};

    #[test]
    fn the_summary_is_one_line_without_secrets() {
        let variables = Variables::from([
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:pass-word@collector:4318/base?token=tok-en"),
            ("OTEL_SERVICE_NAME", "shop\nnext"),
        ]);
        let resolved = SettingsBuilder::new()
            .otlp(Otlp::new().header("authorization", "Bearer s3cret"))
            .resolve(&variables);
        for text in [resolved.settings.to_string(), format!("{resolved:?}")] {
            for secret in ["s3cret", "pass-word"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        let line = resolved.settings.to_string();
        assert!(!line.contains("tok-en") && !line.contains('\n'), "{line}");
        assert!(line.contains("https://collector:4318/base/v1/traces?REDACTED, timeout 10000 ms"), "{line}");
        assert!(
            line.contains("compression none, headers [authorization], requests up to 67108864"),
            "{line}"
        );
        assert!(line.contains("sampler parentbased_always_on, batches every 5000 ms"), "{line}");
    }

    #[test]
    fn a_disabled_sdk_with_no_exporters_says_so() {
        let settings =
            SettingsBuilder::new().disabled(true).traces_exporters([]).resolve(&Variables::new()).settings;
        assert!(settings.to_string().starts_with("disabled; "), "{settings}");
        assert!(settings.to_string().contains("traces to none"), "{settings}");
    }
}
