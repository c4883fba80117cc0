//! Every variable of metrics, value by value: what is in force, and whether somebody is told.

use std::time::Duration;

use super::variable_tests::{Row, check, check_with, only_warning};
use super::*;

const EXPORTER: &str = "OTEL_METRICS_EXPORTER";
const PROMETHEUS: (&str, &str) = (EXPORTER, "prometheus");

fn exporters(settings: &Settings) -> String {
    let name = |exporter: &MetricsExporter| match exporter {
        MetricsExporter::Otlp(_) => "otlp",
        MetricsExporter::Console => "console",
        MetricsExporter::Prometheus(_) => "prometheus",
    };
    settings.metrics.exporters.iter().map(name).collect::<Vec<_>>().join(",")
}

fn otlp(settings: &Settings) -> &OtlpMetricsConfig {
    match &settings.metrics.exporters[..] {
        [MetricsExporter::Otlp(config)] => config,
        others => panic!("expected OTLP alone, got {others:?}"),
    }
}

fn prometheus(settings: &Settings) -> &PrometheusConfig {
    match &settings.metrics.exporters[..] {
        [MetricsExporter::Prometheus(config)] => config,
        others => panic!("expected Prometheus alone, got {others:?}"),
    }
}

/// The only warning about what `builder` itself says.
fn only_warning_about_code(builder: SettingsBuilder) -> String {
    match &builder.resolve(&Variables::new()).warnings[..] {
        [warning] => warning.to_string(),
        others => panic!("expected one warning, got {others:?}"),
    }
}

#[test]
fn nothing_set_gives_the_default_settings_and_an_otlp_exporter() {
    let Resolved { settings, warnings } = SettingsBuilder::new().resolve(&Variables::new());
    assert_eq!(warnings, []);
    let config = otlp(&settings);
    assert_eq!(config.otlp.endpoint, "http://localhost:4318/v1/metrics");
    assert_eq!(config.temporality, TemporalityPreference::Cumulative);
    assert_eq!(config.histogram_aggregation, HistogramAggregation::ExplicitBucket);
    let without_exporters = MetricsSettings { exporters: Vec::new(), ..settings.metrics };
    assert_eq!(format!("{without_exporters:?}"), format!("{:?}", MetricsSettings::default()));
}

#[test]
fn default_settings_have_the_specifications_values() {
    let settings = MetricsSettings::default();
    assert!(settings.exporters.is_empty());
    assert_eq!(settings.interval, Duration::from_secs(60));
    assert_eq!(settings.timeout, Some(Duration::from_secs(30)));
    assert_eq!(settings.exemplar_filter, ExemplarFilter::TraceBased);
    assert_eq!(settings.cardinality_limit, 2_000);
    assert_eq!(settings.export_batch_points_max, None);
}

#[test]
fn metrics_exporter() {
    let rows: &[Row<'_>] = &[
        (&[(EXPORTER, "")], "otlp", 0),
        (&[(EXPORTER, "OTLP")], "otlp", 0),
        (&[(EXPORTER, "console")], "console", 0),
        (&[(EXPORTER, "Prometheus")], "prometheus", 0),
        (&[(EXPORTER, "prometheus, otlp,prometheus,console")], "prometheus,otlp,console", 0),
        (&[(EXPORTER, "none")], "", 0),
        (&[(EXPORTER, "none,otlp")], "", 1),
        (&[(EXPORTER, "statsd")], "otlp", 1),
        (&[(EXPORTER, "otlp/stdout,console")], "console", 1),
        (&[("OTEL_TRACES_EXPORTER", "console")], "otlp", 0),
    ];
    check(exporters, rows);
    let kinds =
        [MetricsExporterKind::Prometheus, MetricsExporterKind::Console, MetricsExporterKind::Prometheus];
    let code = SettingsBuilder::new().metrics_exporters(kinds);
    check_with(&code, exporters, &[(&[(EXPORTER, "otlp")], "prometheus,console", 0)]);
    check_with(&SettingsBuilder::new().metrics_exporters([]), exporters, &[(&[(EXPORTER, "x")], "", 0)]);
    assert_eq!(
        only_warning(&[(EXPORTER, "statsd")]),
        "OTEL_METRICS_EXPORTER=\"statsd\" names \"statsd\", which is not supported (supported: otlp, console, \
         prometheus, none); using the default, otlp"
    );
}

#[test]
fn the_console_stands_in_for_an_endpoint_that_nobody_named() {
    const GENERIC: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let rows: &[Row<'_>] = &[
        (&[], "console", 0),
        (&[(GENERIC, "http://c:4318")], "otlp", 0),
        (&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://c:4318")], "otlp", 0),
        (&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318")], "console", 0),
        (&[(GENERIC, "::")], "otlp", 1),
        (&[(EXPORTER, "otlp")], "otlp", 0),
        (&[PROMETHEUS], "prometheus", 0),
    ];
    let builder = SettingsBuilder::new().console_without_endpoint();
    check_with(&builder, exporters, rows);
    let named = Otlp::new().endpoint("http://c:4318");
    check_with(&builder.clone().otlp(named.clone()), exporters, &[(&[], "otlp", 0)]);
    check_with(&builder.clone().otlp_traces(named.clone()), exporters, &[(&[], "console", 0)]);
    check_with(&builder.otlp_metrics(named), exporters, &[(&[], "otlp", 0)]);
}

#[test]
fn variables_of_exporters_that_are_not_used_are_not_complained_about() {
    let bad = [
        (EXPORTER, "console"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "x"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "x"),
        ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "x"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "x y"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "x"),
    ];
    check(exporters, &[(&bad, "console", 0)]);
}

#[test]
fn interval() {
    const NAME: &str = "OTEL_METRIC_EXPORT_INTERVAL";
    let shown = |settings: &Settings| format!("{:?}", settings.metrics.interval);
    check(
        shown,
        &[
            (&[(NAME, "")], "60s", 0),
            (&[(NAME, " 500 ")], "500ms", 0),
            (&[(NAME, "1")], "1ms", 0),
            (&[(NAME, "0")], "60s", 1),
            (&[(NAME, "-1")], "60s", 1),
            (&[(NAME, "10s")], "60s", 1),
            (&[(NAME, "2147483648")], "60s", 1),
        ],
    );
    let code = |interval| SettingsBuilder::new().metrics_interval(interval);
    check_with(&code(Duration::from_secs(5)), shown, &[(&[(NAME, "x")], "5s", 0)]);
    check_with(&code(Duration::from_nanos(1)), shown, &[(&[], "1ms", 0)]);
    check_with(&code(Duration::MAX), shown, &[(&[], "2147483.647s", 0)]);
    check_with(&code(Duration::ZERO), shown, &[(&[(NAME, "500")], "500ms", 1), (&[], "60s", 1)]);
    assert_eq!(
        only_warning(&[(NAME, "0")]),
        "OTEL_METRIC_EXPORT_INTERVAL=\"0\" is not a whole number of milliseconds from 1 to 2147483647; using the \
         default, 60000 ms"
    );
    assert_eq!(
        only_warning_about_code(code(Duration::ZERO)),
        "metrics_interval is 0, which would collect without a pause; using the default, 60000 ms"
    );
}

#[test]
fn timeout() {
    const NAME: &str = "OTEL_METRIC_EXPORT_TIMEOUT";
    let shown = |settings: &Settings| format!("{:?}", settings.metrics.timeout);
    check(
        shown,
        &[
            (&[(NAME, " ")], "Some(30s)", 0),
            (&[(NAME, "1500")], "Some(1.5s)", 0),
            (&[(NAME, "0")], "None", 0),
            (&[(NAME, "-1")], "Some(30s)", 1),
            (&[(NAME, "1.5")], "Some(30s)", 1),
        ],
    );
    let code = |timeout| SettingsBuilder::new().metrics_timeout(timeout);
    check_with(&code(Duration::from_secs(5)), shown, &[(&[(NAME, "x")], "Some(5s)", 0)]);
    check_with(&code(Duration::ZERO), shown, &[(&[(NAME, "7")], "None", 0)]);
}

#[test]
fn exemplar_filter() {
    const NAME: &str = "OTEL_METRICS_EXEMPLAR_FILTER";
    let shown = |settings: &Settings| format!("{:?}", settings.metrics.exemplar_filter);
    check(
        shown,
        &[
            (&[(NAME, "")], "TraceBased", 0),
            (&[(NAME, "trace_based")], "TraceBased", 0),
            (&[(NAME, "Always_On")], "AlwaysOn", 0),
            (&[(NAME, "ALWAYS_OFF")], "AlwaysOff", 0),
            (&[(NAME, "none")], "TraceBased", 1),
            (&[(NAME, "with_sampled_trace")], "TraceBased", 1),
        ],
    );
    let code = SettingsBuilder::new().exemplar_filter(ExemplarFilter::AlwaysOff);
    check_with(&code, shown, &[(&[(NAME, "always_on")], "AlwaysOff", 0), (&[(NAME, "x")], "AlwaysOff", 0)]);
}

#[test]
fn temporality_preference() {
    const NAME: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    let shown = |settings: &Settings| format!("{:?}", otlp(settings).temporality);
    check(
        shown,
        &[
            (&[(NAME, "")], "Cumulative", 0),
            (&[(NAME, "cumulative")], "Cumulative", 0),
            (&[(NAME, "Delta")], "Delta", 0),
            (&[(NAME, "LowMemory")], "LowMemory", 0),
            (&[(NAME, "stateless")], "Cumulative", 1),
        ],
    );
    let code = SettingsBuilder::new().metrics_temporality(TemporalityPreference::Delta);
    check_with(&code, shown, &[(&[(NAME, "lowmemory")], "Delta", 0), (&[(NAME, "x")], "Delta", 0)]);
}

#[test]
fn default_histogram_aggregation() {
    const NAME: &str = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    let shown = |settings: &Settings| format!("{:?}", otlp(settings).histogram_aggregation);
    check(
        shown,
        &[
            (&[(NAME, "")], "ExplicitBucket", 0),
            (&[(NAME, "explicit_bucket_histogram")], "ExplicitBucket", 0),
            (&[(NAME, "BASE2_exponential_bucket_histogram")], "Base2Exponential", 0),
            (&[(NAME, "exponential")], "ExplicitBucket", 1),
        ],
    );
    let code = SettingsBuilder::new().metrics_histogram_aggregation(HistogramAggregation::Base2Exponential);
    check_with(&code, shown, &[(&[(NAME, "explicit_bucket_histogram")], "Base2Exponential", 0)]);
}

#[test]
fn otlp_variables_of_metrics_beat_those_of_all_signals() {
    let shown = |settings: &Settings| {
        let otlp = &otlp(settings).otlp;
        let headers = otlp.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",");
        format!("{:?} {} {:?} {:?} [{headers}]", otlp.protocol, otlp.endpoint, otlp.timeout, otlp.compression)
    };
    let generic = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "all=1"),
    ];
    let own = [
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://own/custom"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "own=1"),
    ];
    let both = [generic, own].concat();
    check(
        shown,
        &[
            (&generic, "HttpProtobuf http://all/v1/metrics Some(1s) Gzip [all]", 0),
            (&own, "HttpProtobuf http://own/custom None None [own]", 0),
            (&both, "HttpProtobuf http://own/custom None None [own]", 0),
        ],
    );
    let grpc = Otlp::new().protocol(Protocol::Grpc).endpoint("http://code:4317").header("code", "1");
    let code = SettingsBuilder::new().otlp(Otlp::new().endpoint("http://shared")).otlp_metrics(grpc);
    check_with(&code, shown, &[(&both, "Grpc http://code:4317/ None None [code]", 0)]);
}

#[test]
fn otlp_variables_of_one_signal_leave_the_other_alone() {
    let settings = SettingsBuilder::new()
        .resolve(&Variables::from([
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m/x"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t/y"),
        ]))
        .settings;
    let TracesExporter::Otlp(traces) = &settings.traces.exporters[0] else { panic!("{settings}") };
    assert_eq!(traces.endpoint, "http://t/y");
    assert_eq!(otlp(&settings).otlp.endpoint, "http://m/x");
}

#[test]
fn prometheus_host_and_port() {
    const HOST: &str = "OTEL_EXPORTER_PROMETHEUS_HOST";
    const PORT: &str = "OTEL_EXPORTER_PROMETHEUS_PORT";
    let shown = |settings: &Settings| prometheus(settings).authority();
    check(
        shown,
        &[
            (&[PROMETHEUS], "localhost:9464", 0),
            (&[PROMETHEUS, (HOST, ""), (PORT, "")], "localhost:9464", 0),
            (&[PROMETHEUS, (HOST, " 0.0.0.0 "), (PORT, "80")], "0.0.0.0:80", 0),
            (&[PROMETHEUS, (HOST, "[::]"), (PORT, "0")], "[::]:0", 0),
            (&[PROMETHEUS, (HOST, "0.0.0.0:80"), (PORT, "65536")], "localhost:9464", 2),
            (&[PROMETHEUS, (HOST, "/"), (PORT, "-1")], "localhost:9464", 2),
        ],
    );
    let code = |prometheus| SettingsBuilder::new().prometheus(prometheus);
    let own = code(Prometheus::new().host("::1").port(1));
    check_with(&own, shown, &[(&[PROMETHEUS, (HOST, "x y"), (PORT, "x")], "[::1]:1", 0)]);
    let bad = code(Prometheus::new().host("x y"));
    check_with(&bad, shown, &[(&[PROMETHEUS, (HOST, "name"), (PORT, "2")], "name:2", 1)]);
    assert_eq!(
        only_warning(&[PROMETHEUS, (HOST, "http://me:s3cret@host")]),
        "OTEL_EXPORTER_PROMETHEUS_HOST=\"http://REDACTED@host\" is neither a host's name nor an IP address (the port \
         is a setting of its own); using the default, localhost"
    );
}

#[test]
fn prometheus_names_and_labels_are_set_in_code_alone() {
    let shown = |settings: &Settings| format!("{:?}", prometheus(settings));
    let default = format!("{:?}", PrometheusConfig::default());
    check(shown, &[(&[PROMETHEUS], &default, 0)]);
    let none =
        Prometheus::new().unit_suffixes(false).counter_suffixes(false).scope_labels(false).target_info(false);
    let expected = PrometheusConfig {
        unit_suffixes: false,
        counter_suffixes: false,
        scope_labels: false,
        target_info: false,
        ..PrometheusConfig::default()
    };
    let code = SettingsBuilder::new().prometheus(none);
    check_with(&code, shown, &[(&[PROMETHEUS], &format!("{expected:?}"), 0)]);
}

#[test]
fn how_much_a_metric_and_a_request_may_hold_is_set_in_code_alone() {
    let shown = |settings: &Settings| {
        let metrics = &settings.metrics;
        format!("{} {:?}", metrics.cardinality_limit, metrics.export_batch_points_max)
    };
    let code = |sets, points| {
        SettingsBuilder::new().metrics_cardinality_limit(sets).metrics_export_batch_points_max(points)
    };
    check_with(&code(2, 1), shown, &[(&[], "2 Some(1)", 0)]);
    check_with(&code(1, 0), shown, &[(&[], "2000 None", 2)]);
    assert_eq!(
        only_warning_about_code(code(0, 1)),
        "metrics_cardinality_limit is 0, but the overflow needs an attribute set of its own besides others; using \
         the default, 2000"
    );
}

#[test]
fn a_fault_in_a_variable_of_all_signals_is_told_once() {
    let warning = only_warning(&[("OTEL_EXPORTER_OTLP_COMPRESSION", "zip")]);
    assert!(warning.ends_with("using the default, none"), "{warning}");
}
