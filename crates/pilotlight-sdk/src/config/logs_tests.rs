//! Every variable of logs, value by value: what is in force, and whether somebody is told.

use std::time::Duration;

use opentelemetry::logs::Severity;

use super::variable_tests::{Row, check, check_with};
use super::*;

const EXPORTER: &str = "OTEL_LOGS_EXPORTER";

/// Where log records go: the exporters, and the lines where there are any.
fn destinations(settings: &Settings) -> String {
    let name = |exporter: &LogsExporter| match exporter {
        LogsExporter::Otlp(_) => "otlp",
    };
    let lines = settings.logs.lines.format.map(|_| "lines");
    settings.logs.exporters.iter().map(name).chain(lines).collect::<Vec<_>>().join(",")
}

fn otlp(settings: &Settings) -> &OtlpConfig {
    match &settings.logs.exporters[..] {
        [LogsExporter::Otlp(otlp)] => otlp,
        others => panic!("expected OTLP alone, got {others:?}"),
    }
}

#[test]
fn nothing_set_gives_the_default_settings_and_an_otlp_exporter() {
    let Resolved { settings, warnings } = SettingsBuilder::new().resolve(&Variables::new());
    assert_eq!(warnings, []);
    let config = otlp(&settings);
    assert_eq!(config.endpoint, "http://localhost:4318/v1/logs");
    assert_eq!(config.signal, crate::transport::Signal::Logs);
    let without_exporters = LogsSettings { exporters: Vec::new(), ..settings.logs };
    assert_eq!(format!("{without_exporters:?}"), format!("{:?}", LogsSettings::default()));
}

#[test]
fn default_settings_have_the_specifications_values() {
    let settings = LogsSettings::default();
    assert!(settings.exporters.is_empty());
    assert_eq!(settings.minimum_severity, None);
    assert!(!settings.trace_based);
    assert_eq!(settings.limits, crate::record::LogLimits::default());
    assert_eq!(settings.batch.schedule_delay, Duration::from_secs(1));
    assert_eq!(settings.batch.export_timeout, Some(Duration::from_secs(30)));
    assert_eq!(settings.batch.queue, QueueBound::Bytes(DEFAULT_QUEUE_BYTES));
    assert_eq!(settings.batch.export_batch_items_max, None);
}

#[test]
fn logs_exporter() {
    let rows: &[Row<'_>] = &[
        (&[(EXPORTER, "")], "otlp,lines", 0),
        (&[(EXPORTER, "OTLP")], "otlp,lines", 0),
        (&[(EXPORTER, "console")], "lines", 0),
        (&[(EXPORTER, "console, otlp,console")], "otlp,lines", 0),
        (&[(EXPORTER, "none")], "lines", 0),
        (&[(EXPORTER, "none,otlp")], "lines", 1),
        (&[(EXPORTER, "otlp/stdout")], "otlp,lines", 1),
        (&[(EXPORTER, "otlp/stdout,console")], "lines", 1),
        (&[("OTEL_TRACES_EXPORTER", "console"), ("OTEL_METRICS_EXPORTER", "none")], "otlp,lines", 0),
    ];
    check(destinations, rows);
    let code = SettingsBuilder::new().logs_exporters([LogsExporterKind::Console, LogsExporterKind::Console]);
    check_with(&code, destinations, &[(&[(EXPORTER, "otlp")], "lines", 0)]);
    check_with(
        &SettingsBuilder::new().logs_exporters([]),
        destinations,
        &[(&[(EXPORTER, "otlp")], "lines", 0)],
    );
}

#[test]
fn the_lines_stand_in_for_an_endpoint_that_nobody_named() {
    let rows: &[Row<'_>] = &[
        (&[], "lines", 0),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")], "otlp,lines", 0),
        (&[("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://c:4318")], "otlp,lines", 0),
        (&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318")], "lines", 0),
        (&[(EXPORTER, "otlp")], "otlp,lines", 0),
    ];
    let builder = SettingsBuilder::new().console_without_endpoint();
    check_with(&builder, destinations, rows);
    let named = Otlp::new().endpoint("http://c:4318");
    check_with(&builder.otlp_logs(named), destinations, &[(&[], "otlp,lines", 0)]);
}

#[test]
fn otlp_variables_of_logs_are_read_only_where_logs_go_there() {
    const TIMEOUT: (&str, &str) = ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "x");
    check(destinations, &[(&[(EXPORTER, "console"), TIMEOUT], "lines", 0), (&[TIMEOUT], "otlp,lines", 1)]);
}

#[test]
fn otlp_of_logs_is_stronger_than_otlp_of_all() {
    let shown = |settings: &Settings| {
        let otlp = otlp(settings);
        let headers = otlp.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",");
        format!("{:?} {} {:?} [{headers}]", otlp.protocol, otlp.endpoint, otlp.timeout)
    };
    check(
        shown,
        &[
            (
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all/base"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "7")],
                "HttpProtobuf http://all/base/v1/logs Some(7ms) []",
                0,
            ),
            (
                &[
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all"),
                    ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs/own"),
                    ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"),
                    ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "b=2"),
                    ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "0"),
                ],
                "HttpProtobuf http://logs/own None [b]",
                0,
            ),
            (&[("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc")], "Grpc http://localhost:4317/ Some(10s) []", 0),
        ],
    );
    let code = SettingsBuilder::new()
        .otlp(Otlp::new().endpoint("http://all").protocol(Protocol::Grpc))
        .otlp_logs(Otlp::new().endpoint("http://own/x").protocol(Protocol::HttpProtobuf));
    let variables: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://env")];
    check_with(&code, shown, &[(variables, "HttpProtobuf http://own/x Some(10s) []", 0)]);
}

#[test]
fn batch_times() {
    const DELAY: &str = "OTEL_BLRP_SCHEDULE_DELAY";
    const TIMEOUT: &str = "OTEL_BLRP_EXPORT_TIMEOUT";
    let times = |settings: &Settings| {
        format!("{:?} {:?}", settings.logs.batch.schedule_delay, settings.logs.batch.export_timeout)
    };
    check(
        times,
        &[
            (&[], "1s Some(30s)", 0),
            (&[(DELAY, "200"), (TIMEOUT, "1500")], "200ms Some(1.5s)", 0),
            (&[(DELAY, "0"), (TIMEOUT, "0")], "1ms None", 0),
            (&[(DELAY, "-1"), (TIMEOUT, "1.5")], "1s Some(30s)", 2),
            (&[("OTEL_BSP_SCHEDULE_DELAY", "200"), ("OTEL_BSP_EXPORT_TIMEOUT", "9")], "1s Some(30s)", 0),
        ],
    );
    let code = Batching::new().schedule_delay(Duration::from_secs(2)).export_timeout(Duration::ZERO);
    let code = SettingsBuilder::new().logs_batching(code);
    check_with(&code, times, &[(&[(DELAY, "7"), (TIMEOUT, "7")], "2s None", 0)]);
}

#[test]
fn batch_sizes() {
    const QUEUE: &str = "OTEL_BLRP_MAX_QUEUE_SIZE";
    const BATCH: &str = "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE";
    let sizes = |settings: &Settings| {
        format!("{:?} {:?}", settings.logs.batch.queue, settings.logs.batch.export_batch_items_max)
    };
    check(
        sizes,
        &[
            (&[], "Bytes(16777216) None", 0),
            (&[(QUEUE, "2048"), (BATCH, "512")], "Items(2048) Some(512)", 0),
            (&[(QUEUE, "100"), (BATCH, "512")], "Items(100) Some(100)", 1),
            (&[(QUEUE, "0"), (BATCH, "lots")], "Bytes(16777216) None", 2),
            (&[("OTEL_BSP_MAX_QUEUE_SIZE", "9")], "Bytes(16777216) None", 0),
        ],
    );
    let code = SettingsBuilder::new().logs_batching(Batching::new().queue_bytes_max(1024));
    check_with(&code, sizes, &[(&[(QUEUE, "10"), (BATCH, "20")], "Bytes(1024) Some(20)", 0)]);
}

#[test]
fn the_attribute_count_limit_of_log_records() {
    const COUNT: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
    const LOG_COUNT: &str = "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT";
    let count = |settings: &Settings| settings.logs.limits.attributes.to_string();
    check(
        count,
        &[
            (&[], "128", 0),
            (&[(LOG_COUNT, "0")], "0", 0),
            (&[(COUNT, "5")], "5", 0),
            (&[(COUNT, "5"), (LOG_COUNT, "6")], "6", 0),
            (&[(COUNT, "5"), (LOG_COUNT, "-1")], "5", 1),
            (&[(LOG_COUNT, "many")], "128", 1),
            (&[("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "5")], "128", 0),
        ],
    );
    let code = SettingsBuilder::new().attribute_count_limit(9);
    check_with(&code, count, &[(&[(LOG_COUNT, "6")], "9", 0)]);
    check_with(&code.logrecord_attribute_count_limit(8), count, &[(&[(LOG_COUNT, "6")], "8", 0)]);
}

#[test]
fn the_value_length_limit_of_log_records() {
    const LENGTH: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    const LOG_LENGTH: &str = "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    let length = |settings: &Settings| format!("{:?}", settings.logs.limits.attribute_value_length);
    check(
        length,
        &[
            (&[], "None", 0),
            (&[(LENGTH, "100")], "Some(100)", 0),
            (&[(LENGTH, "100"), (LOG_LENGTH, "0")], "Some(0)", 0),
            (&[(LENGTH, "100"), (LOG_LENGTH, "-5")], "Some(100)", 1),
            (&[(LOG_LENGTH, "long")], "None", 1),
        ],
    );
    let code = SettingsBuilder::new().attribute_value_length_limit(7);
    check_with(&code, length, &[(&[(LOG_LENGTH, "6")], "Some(7)", 0)]);
    let code = code.logrecord_attribute_value_length_limit(None);
    check_with(&code, length, &[(&[(LOG_LENGTH, "6")], "None", 0)]);
}

#[test]
fn what_is_kept_is_decided_in_code_alone() {
    let kept =
        |settings: &Settings| format!("{:?} {}", settings.logs.minimum_severity, settings.logs.trace_based);
    check(kept, &[(&[], "None false", 0)]);
    let code = SettingsBuilder::new().logs_minimum_severity(Severity::Warn2).logs_trace_based(true);
    check_with(&code, kept, &[(&[], "Some(Warn2) true", 0)]);
}
