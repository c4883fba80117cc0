//! No environment, however odd, makes resolving fail or gives settings that are not valid.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// Writes down which variables are asked for.
#[derive(Default)]
struct Recorder(RefCell<BTreeSet<String>>);

impl Source for Recorder {
    fn get(&self, name: &str) -> Option<OsString> {
        self.0.borrow_mut().insert(name.to_owned());
        // Makes every variable that depends on another one be read as well.
        match name {
            "OTEL_TRACES_SAMPLER" => Some("traceidratio".into()),
            "OTEL_METRICS_EXPORTER" => Some("otlp,prometheus".into()),
            "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("collector:4317".into()),
            _ => None,
        }
    }
}

fn variables() -> Vec<String> {
    let recorder = Recorder::default();
    SettingsBuilder::new().resolve(&recorder);
    recorder.0.into_inner().into_iter().collect()
}

/// Values that are nearly right, absurd, or anything at all.
fn value() -> impl Strategy<Value = OsString> {
    let near = proptest::sample::select(vec![
        "",
        " ",
        "true",
        "1",
        "-1",
        "0",
        "2147483647",
        "2147483648",
        "NaN",
        "inf",
        "1e-5",
        "0.5",
        "none",
        "otlp,console",
        "zipkin",
        "prometheus,otlp",
        "always_on",
        "lowmemory",
        "off",
        "json",
        "warn,shop[{a=b}]=debug\r\nx",
        "base2_exponential_bucket_histogram",
        "65535",
        "65536",
        "0.0.0.0:80",
        "[::]",
        "traceidratio",
        "parentbased_traceidratio",
        "b3,baggage",
        "grpc",
        "http/json",
        "gzip",
        "a=b,c=d",
        "a=%zz",
        "=",
        ",",
        "%",
        "http://",
        "http://[::1",
        "https://u:p@h:1/x?y#z",
        "localhost:4317",
        "h:0",
        "://",
        "http://h/%",
        "http://h?/",
        "\u{0}",
        "\u{feff}",
        "é=é",
    ]);
    prop_oneof![
        near.prop_map(OsString::from),
        any::<String>().prop_map(OsString::from),
        "(https?://)?[a-z0-9@:\\[\\]./?#%-]{0,40}".prop_map(OsString::from),
        "([a-z%0-9 ]{0,4}=?[ -~]{0,8},?){0,5}".prop_map(OsString::from),
        raw_bytes(),
    ]
}

#[cfg(unix)]
fn raw_bytes() -> BoxedStrategy<OsString> {
    use std::os::unix::ffi::OsStringExt;
    any::<Vec<u8>>().prop_map(OsString::from_vec).boxed()
}

#[cfg(not(unix))]
fn raw_bytes() -> BoxedStrategy<OsString> {
    any::<String>().prop_map(OsString::from).boxed()
}

fn environment() -> impl Strategy<Value = Variables> {
    let names = proptest::sample::select(variables());
    proptest::collection::vec((names, value()), 0..12).prop_map(|pairs| pairs.into_iter().collect())
}

fn assert_valid(settings: &Settings) {
    assert_valid_batch(settings.traces.batch);
    assert_valid_sampler(&settings.traces.sampler);
    settings.traces.exporters.iter().for_each(assert_valid_exporter);
    assert_valid_metrics(&settings.metrics);
    assert_valid_logs(&settings.logs);
    assert!(!settings.tracing.log_filter.trim().is_empty());
    assert!(!settings.tracing.span_filter.trim().is_empty());
    assert!(settings.resource.get("service.name").is_some_and(|name| !name.as_str().is_empty()));
    assert!(settings.resource.attributes().is_sorted_by(|a, b| a.key.as_str() < b.key.as_str()));
}

fn assert_valid_batch(batch: BatchSettings) {
    let day_limit = Duration::from_millis(parse::NUMBER_MAX as u64);
    assert!(batch.schedule_delay > Duration::ZERO && batch.schedule_delay <= day_limit);
    assert!(batch.export_timeout.is_none_or(|timeout| !timeout.is_zero() && timeout <= day_limit));
    let (QueueBound::Bytes(bound) | QueueBound::Items(bound)) = batch.queue;
    assert!(bound > 0);
    assert!(batch.export_batch_items_max.is_none_or(|items| items > 0));
    if let (QueueBound::Items(bound), Some(items)) = (batch.queue, batch.export_batch_items_max) {
        assert!(items <= bound);
    }
}

fn assert_valid_sampler(sampler: &SamplerSetting) {
    match sampler {
        SamplerSetting::TraceIdRatio(ratio) => assert!((0.0..=1.0).contains(ratio)),
        SamplerSetting::ParentBased(root) => assert_valid_sampler(root),
        SamplerSetting::AlwaysOn | SamplerSetting::AlwaysOff => {}
    }
}

fn assert_valid_exporter(exporter: &TracesExporter) {
    match exporter {
        TracesExporter::Otlp(otlp) => assert_valid_otlp(otlp),
        TracesExporter::Console => {}
    }
}

fn assert_valid_metrics(metrics: &MetricsSettings) {
    let day_limit = Duration::from_millis(parse::NUMBER_MAX as u64);
    assert!(metrics.interval >= Duration::from_millis(1) && metrics.interval <= day_limit);
    assert!(metrics.timeout.is_none_or(|timeout| !timeout.is_zero() && timeout <= day_limit));
    assert!(metrics.cardinality_limit >= 2);
    assert!(metrics.export_batch_points_max.is_none_or(|points| points > 0));
    for exporter in &metrics.exporters {
        match exporter {
            MetricsExporter::Otlp(config) => assert_valid_otlp(&config.otlp),
            MetricsExporter::Console => {}
            MetricsExporter::Prometheus(config) => {
                config.authority().parse::<http::uri::Authority>().unwrap();
            }
        }
    }
}

fn assert_valid_logs(logs: &LogsSettings) {
    assert_valid_batch(logs.batch);
    for exporter in &logs.exporters {
        match exporter {
            LogsExporter::Otlp(otlp) => assert_valid_otlp(otlp),
        }
    }
}

fn assert_valid_otlp(otlp: &OtlpConfig) {
    assert!(matches!(otlp.endpoint.scheme_str(), Some("http" | "https")));
    assert!(otlp.endpoint.host().is_some_and(|host| !host.is_empty()));
    assert!(!otlp.endpoint.authority().unwrap().as_str().contains('@'));
    assert!(otlp.timeout.is_none_or(|timeout| !timeout.is_zero()));
    assert!(otlp.headers.iter().all(|(_, value)| value.is_sensitive()));
    assert_eq!(otlp.tls.client_certificate.is_some(), otlp.tls.client_key.is_some());
}

#[test]
fn a_path_with_a_line_break_does_not_forge_a_line() {
    let variables = Variables::from([("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca\r\nforged")]);
    let summary = SettingsBuilder::new().resolve(&variables).settings.to_string();
    assert!(summary.contains(r#", trusting "/ca\r\nforged""#), "{summary}");
    assert!(!summary.contains('\n'), "{summary}");
}

proptest! {
    #[test]
    fn any_environment_resolves_to_valid_settings(variables in environment()) {
        let kinds = [MetricsExporterKind::Otlp, MetricsExporterKind::Prometheus];
        let undecided = SettingsBuilder::new().console_without_endpoint();
        // Reads the variables of every exporter.
        let exporting = SettingsBuilder::new()
            .traces_exporters([ExporterKind::Otlp])
            .metrics_exporters(kinds)
            .logs_exporters([LogsExporterKind::Otlp]);
        for builder in [undecided, exporting] {
            let resolved = builder.resolve(&variables);
            assert_valid(&resolved.settings);
            for warning in &resolved.warnings {
                prop_assert!(!warning.to_string().contains('\n'), "{}", warning);
            }
            prop_assert!(!resolved.settings.to_string().contains('\n'));
        }
    }

    #[test]
    fn any_code_resolves_to_valid_settings(
        text in any::<String>(),
        number in prop_oneof![Just(0), any::<usize>()],
        items in prop_oneof![Just(0), any::<usize>()],
        ratio in any::<f64>(),
        seconds in prop_oneof![Just(0), any::<u64>()],
    ) {
        let duration = Duration::from_secs(seconds);
        let sampler = SamplerSetting::ParentBased(Box::new(SamplerSetting::TraceIdRatio(ratio)));
        let batching = Batching::new()
            .schedule_delay(duration)
            .export_timeout(duration)
            .queue_items_max(number)
            .export_batch_items_max(items);
        let otlp = Otlp::new()
            .endpoint(&text)
            .header(&text, &text)
            .timeout(duration)
            .request_bytes_max(number)
            .response_bytes_max(items);
        let resolved = SettingsBuilder::new()
            .service_name(&text)
            .traces_sampler(sampler)
            .traces_batching(batching)
            .logs_exporters([LogsExporterKind::Otlp])
            .logs_batching(batching)
            .log_filter(&text)
            .span_filter(&text)
            .metrics_exporters([MetricsExporterKind::Otlp, MetricsExporterKind::Prometheus])
            .metrics_interval(duration)
            .metrics_timeout(duration)
            .metrics_cardinality_limit(number)
            .metrics_export_batch_points_max(items)
            .prometheus(Prometheus::new().host(&text))
            .otlp(otlp)
            .resolve(&Variables::new());
        assert_valid(&resolved.settings);
        prop_assert!(!resolved.settings.to_string().contains('\n'));
    }
}

#[test]
fn every_variable_is_read() {
    let mut expected = [
        "OTEL_SDK_DISABLED",
        "OTEL_LOG_LEVEL",
        "OTEL_CONFIG_FILE",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_SERVICE_NAME",
        "OTEL_SERVICE_VERSION",
        "OTEL_ENVIRONMENT",
        "OTEL_PROPAGATORS",
        "OTEL_TRACES_EXPORTER",
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_BSP_EXPORT_TIMEOUT",
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_SPAN_EVENT_COUNT_LIMIT",
        "OTEL_SPAN_LINK_COUNT_LIMIT",
        "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_METRICS_EXPORTER",
        "OTEL_METRIC_EXPORT_INTERVAL",
        "OTEL_METRIC_EXPORT_TIMEOUT",
        "OTEL_METRICS_EXEMPLAR_FILTER",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        "OTEL_EXPORTER_PROMETHEUS_HOST",
        "OTEL_EXPORTER_PROMETHEUS_PORT",
        "OTEL_LOGS_EXPORTER",
        "OTEL_BLRP_SCHEDULE_DELAY",
        "OTEL_BLRP_EXPORT_TIMEOUT",
        "OTEL_BLRP_MAX_QUEUE_SIZE",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
        "PILOTLIGHT_LOG_LINES",
        "RUST_LOG",
        "PILOTLIGHT_SPAN_FILTER",
    ]
    .map(str::to_owned)
    .to_vec();
    let otlp = [
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
    for setting in otlp {
        expected.push(format!("OTEL_EXPORTER_OTLP_{setting}"));
        expected.push(format!("OTEL_EXPORTER_OTLP_TRACES_{setting}"));
        expected.push(format!("OTEL_EXPORTER_OTLP_METRICS_{setting}"));
        expected.push(format!("OTEL_EXPORTER_OTLP_LOGS_{setting}"));
    }
    expected.sort();
    assert_eq!(variables(), expected);
}
