//! One line about what is in force.

use std::fmt;

use super::batch::BatchSettings;
use super::metrics::MetricsSettings;
use super::metrics_exporter::{MetricsExporter, OtlpMetricsConfig};
use super::otlp::{OtlpConfig, TlsConfig};
use super::prometheus::PrometheusConfig;
use super::settings::Settings;
use super::show::Show;
use super::summary_logs::{write_logs, write_tracing};
use super::traces::{TracesExporter, TracesSettings};
use super::url::without_secrets;
use super::warning::quoted;

/// Names of headers are shown and their values are not; endpoints are shown without query.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.disabled {
            f.write_str("disabled; ")?;
        }
        let name = self.resource.get("service.name").map(ToString::to_string).unwrap_or_default();
        write!(f, "service {name:?}, {} resource attributes; ", self.resource.attributes().len())?;
        write!(f, "propagators {}; log level {}; ", self.propagators.show(), self.log_level.show())?;
        write_traces(f, &self.traces)?;
        f.write_str("; ")?;
        write_logs(f, &self.logs)?;
        f.write_str("; ")?;
        write_tracing(f, &self.tracing)?;
        f.write_str("; ")?;
        write_metrics(f, &self.metrics)?;
        f.write_str(if self.self_metrics { "" } else { ", none about Pilotlight itself" })
    }
}

fn write_traces(f: &mut fmt::Formatter<'_>, traces: &TracesSettings) -> fmt::Result {
    let exporters = listed(&traces.exporters, show_traces_exporter);
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

pub(super) fn write_batch(f: &mut fmt::Formatter<'_>, batch: &BatchSettings) -> fmt::Result {
    write!(
        f,
        "batches every {} of {} items, export timeout {}, queue {}",
        batch.schedule_delay.show(),
        show_batch_max(batch.export_batch_items_max),
        batch.export_timeout.show(),
        batch.queue.show(),
    )
}

fn write_metrics(f: &mut fmt::Formatter<'_>, metrics: &MetricsSettings) -> fmt::Result {
    write!(
        f,
        "metrics to {}, every {} in requests of {} points, timeout {}, exemplars {}, {} attribute sets a metric",
        listed(&metrics.exporters, show_metrics_exporter),
        metrics.interval.show(),
        show_batch_max(metrics.export_batch_points_max),
        metrics.timeout.show(),
        metrics.exemplar_filter.show(),
        metrics.cardinality_limit,
    )
}

pub(super) fn listed<T>(exporters: &[T], show: impl Fn(&T) -> String) -> String {
    match exporters {
        [] => "none".to_owned(),
        some => some.iter().map(show).collect::<Vec<_>>().join(" and "),
    }
}

fn show_batch_max(items: Option<usize>) -> String {
    items.map_or_else(|| "any number of".to_owned(), |items| items.to_string())
}

fn show_traces_exporter(exporter: &TracesExporter) -> String {
    match exporter {
        TracesExporter::Console => "console".to_owned(),
        TracesExporter::Otlp(otlp) => format!("otlp ({})", show_otlp(otlp)),
    }
}

fn show_metrics_exporter(exporter: &MetricsExporter) -> String {
    match exporter {
        MetricsExporter::Console => "console".to_owned(),
        MetricsExporter::Otlp(config) => show_otlp_metrics(config),
        MetricsExporter::Prometheus(config) => show_prometheus(config),
    }
}

fn show_otlp_metrics(config: &OtlpMetricsConfig) -> String {
    format!(
        "otlp ({}, temporality {}, histograms as {})",
        show_otlp(&config.otlp),
        config.temporality.show(),
        config.histogram_aggregation.show(),
    )
}

/// What is added to names and pages is the rule; what is not is worth a word.
fn show_prometheus(config: &PrometheusConfig) -> String {
    let without = [
        (config.unit_suffixes, ", no unit suffixes"),
        (config.counter_suffixes, ", no counter suffixes"),
        (config.scope_labels, ", no scope labels"),
        (config.target_info, ", no target_info"),
    ];
    let without: String = without.into_iter().filter(|(added, _)| !added).map(|(_, word)| word).collect();
    format!("prometheus ({}{without})", config.authority())
}

pub(super) fn show_otlp(otlp: &OtlpConfig) -> String {
    let headers = otlp.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",");
    format!(
        "{} {}, timeout {}, compression {}, headers [{headers}]{}, requests up to {} bytes",
        otlp.protocol.show(),
        without_secrets(&otlp.endpoint.to_string()),
        otlp.timeout.show(),
        otlp.compression.show(),
        show_tls(&otlp.tls),
        otlp.request_bytes_max,
    )
}

fn show_tls(tls: &TlsConfig) -> String {
    // Quoted: a line break in a path must not forge a line of ours.
    let show = |file: &std::path::PathBuf| quoted(&file.to_string_lossy());
    let certificate = tls.certificate.as_ref().map(|file| format!(", trusting {}", show(file)));
    let client = tls.client_certificate.as_ref().map(|file| format!(", as {}", show(file)));
    certificate.into_iter().chain(client).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Otlp, Prometheus, SettingsBuilder, Variables};

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
    fn the_summary_tells_where_metrics_go_and_how() {
        let prometheus = Prometheus::new().host("::").unit_suffixes(false).target_info(false);
        let settings = SettingsBuilder::new()
            .prometheus(prometheus)
            .metrics_export_batch_points_max(500)
            .resolve(&Variables::from([
                ("OTEL_METRICS_EXPORTER", "otlp,console,prometheus"),
                ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "authorization=Bearer%20s3cret"),
                ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://me:pass-word@collector/m?token=tok-en"),
                ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
                ("OTEL_METRIC_EXPORT_TIMEOUT", "0"),
            ]))
            .settings;
        let line = settings.to_string();
        let (_, metrics) = line.split_once("; metrics to ").unwrap();
        assert_eq!(
            metrics,
            "otlp (http/protobuf https://collector/m?REDACTED, timeout 10000 ms, compression none, headers \
             [authorization], requests up to 67108864 bytes, temporality delta, histograms as \
             explicit_bucket_histogram) and console and prometheus ([::]:9464, no unit suffixes, no target_info), \
             every 60000 ms in requests of 500 points, timeout no limit, exemplars trace_based, 2000 attribute sets \
             a metric"
        );
        let debug = format!("{settings:?}");
        assert!(!debug.contains("s3cret") && !debug.contains("tok-en"), "{debug}");
    }

    #[test]
    fn a_disabled_sdk_with_no_exporters_says_so() {
        let settings = SettingsBuilder::new()
            .disabled(true)
            .traces_exporters([])
            .metrics_exporters([])
            .logs_exporters([])
            .resolve(&Variables::new())
            .settings;
        assert!(settings.to_string().starts_with("disabled; "), "{settings}");
        assert!(settings.to_string().contains("traces to none"), "{settings}");
        assert!(settings.to_string().contains("metrics to none"), "{settings}");
        assert!(settings.to_string().contains("logs to none"), "{settings}");
    }
}
