//! Every variable but those of metrics and logs, value by value: what is in force, and whether somebody is told.
//!
//! A row is the variables, what they should amount to, and how many warnings there should be.

use super::*;
use crate::diagnostics::Level;

pub(super) type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, usize);

fn resolve(builder: SettingsBuilder, variables: &[(&str, &str)]) -> Resolved {
    builder.resolve(&variables.iter().copied().collect::<Variables>())
}

/// Compares `shown` of the settings with each row.
pub(super) fn check(shown: impl Fn(&Settings) -> String, rows: &[Row<'_>]) {
    check_with(&SettingsBuilder::new(), shown, rows);
}

pub(super) fn check_with(builder: &SettingsBuilder, shown: impl Fn(&Settings) -> String, rows: &[Row<'_>]) {
    for (variables, expected, warnings) in rows {
        let resolved = resolve(builder.clone(), variables);
        assert_eq!(shown(&resolved.settings), *expected, "{variables:?}");
        assert_eq!(resolved.warnings.len(), *warnings, "{variables:?} gave {:?}", resolved.warnings);
    }
}

pub(super) fn only_warning(variables: &[(&str, &str)]) -> String {
    let resolved = resolve(SettingsBuilder::new(), variables);
    assert_eq!(resolved.warnings.len(), 1, "{:?}", resolved.warnings);
    resolved.warnings[0].to_string()
}

fn otlp(settings: &Settings) -> &OtlpConfig {
    match &settings.traces.exporters[..] {
        [TracesExporter::Otlp(otlp)] => otlp,
        others => panic!("expected OTLP alone, got {others:?}"),
    }
}

fn exporters(settings: &Settings) -> String {
    let name = |exporter: &TracesExporter| match exporter {
        TracesExporter::Otlp(_) => "otlp",
        TracesExporter::Console => "console",
    };
    settings.traces.exporters.iter().map(name).collect::<Vec<_>>().join(",")
}

#[test]
fn nothing_set_gives_the_defaults_without_a_word() {
    let Resolved { settings, warnings } = resolve(SettingsBuilder::new(), &[]);
    assert_eq!(warnings, []);
    assert!(!settings.disabled);
    assert_eq!(settings.log_level, Level::Info);
    assert_eq!(settings.propagators, [PropagatorKind::TraceContext, PropagatorKind::Baggage]);
    assert_eq!(settings.traces.sampler, SamplerSetting::ParentBased(Box::new(SamplerSetting::AlwaysOn)));
    assert_eq!(settings.traces.limits, crate::record::SpanLimits::default());
    assert_eq!(settings.traces.batch.queue, QueueBound::Bytes(16 * 1024 * 1024));
    let otlp = otlp(&settings);
    assert_eq!(otlp.protocol, Protocol::HttpProtobuf);
    assert_eq!(otlp.endpoint, "http://localhost:4318/v1/traces");
    assert_eq!(otlp.request_bytes_max, 64 * 1024 * 1024);
    assert_eq!(otlp.response_bytes_max, 4 * 1024 * 1024);
}

#[test]
fn sdk_disabled() {
    const NAME: &str = "OTEL_SDK_DISABLED";
    let rows: &[Row<'_>] = &[
        (&[(NAME, "")], "false", 0),
        (&[(NAME, " TrUe ")], "true", 0),
        (&[(NAME, "False")], "false", 0),
        (&[(NAME, "1")], "false", 1),
        (&[(NAME, "yes")], "false", 1),
    ];
    check(|settings| settings.disabled.to_string(), rows);
    let code: &[Row<'_>] = &[(&[(NAME, "false")], "true", 0), (&[(NAME, "1")], "true", 0)];
    check_with(&SettingsBuilder::new().disabled(true), |settings| settings.disabled.to_string(), code);
}

#[test]
fn log_level() {
    const NAME: &str = "OTEL_LOG_LEVEL";
    let rows: &[Row<'_>] = &[
        (&[(NAME, " ")], "Info", 0),
        (&[(NAME, "none")], "None", 0),
        (&[(NAME, "ERROR")], "Error", 0),
        (&[(NAME, "Warn")], "Warn", 0),
        (&[(NAME, "warning")], "Warn", 0),
        (&[(NAME, "info")], "Info", 0),
        (&[(NAME, "debug")], "Debug", 0),
        (&[(NAME, "loud")], "Info", 1),
        (&[(NAME, "4")], "Info", 1),
    ];
    check(|settings| format!("{:?}", settings.log_level), rows);
    let code = SettingsBuilder::new().log_level(Level::Error);
    check_with(&code, |settings| format!("{:?}", settings.log_level), &[(&[(NAME, "debug")], "Error", 0)]);
}

#[test]
fn propagators() {
    const NAME: &str = "OTEL_PROPAGATORS";
    let rows: &[Row<'_>] = &[
        (&[(NAME, "")], "[TraceContext, Baggage]", 0),
        (&[(NAME, "baggage")], "[Baggage]", 0),
        (&[(NAME, "Baggage, TraceContext,baggage")], "[Baggage, TraceContext]", 0),
        (&[(NAME, "none")], "[]", 0),
        (&[(NAME, "tracecontext,NONE")], "[]", 1),
        (&[(NAME, "b3,tracecontext")], "[TraceContext]", 1),
        (&[(NAME, "b3,jaeger")], "[TraceContext, Baggage]", 2),
        (&[(NAME, ",")], "[TraceContext, Baggage]", 1),
    ];
    check(|settings| format!("{:?}", settings.propagators), rows);
    let code = SettingsBuilder::new().propagators([PropagatorKind::Baggage, PropagatorKind::Baggage]);
    check_with(
        &code,
        |settings| format!("{:?}", settings.propagators),
        &[(&[(NAME, "none")], "[Baggage]", 0)],
    );
    assert_eq!(
        only_warning(&[(NAME, "b3")]),
        "OTEL_PROPAGATORS=\"b3\" names \"b3\", which is not supported (supported: tracecontext, baggage, none); \
         using the default, tracecontext,baggage"
    );
}

#[test]
fn traces_exporter() {
    const NAME: &str = "OTEL_TRACES_EXPORTER";
    let rows: &[Row<'_>] = &[
        (&[(NAME, "")], "otlp", 0),
        (&[(NAME, "OTLP")], "otlp", 0),
        (&[(NAME, "console")], "console", 0),
        (&[(NAME, "console, otlp,console")], "console,otlp", 0),
        (&[(NAME, "none")], "", 0),
        (&[(NAME, "none,otlp")], "", 1),
        (&[(NAME, "zipkin")], "otlp", 1),
        (&[(NAME, "zipkin,console")], "console", 1),
    ];
    check(exporters, rows);
    let code = SettingsBuilder::new().traces_exporters([ExporterKind::Console]);
    check_with(&code, exporters, &[(&[(NAME, "otlp")], "console", 0)]);
    check_with(&SettingsBuilder::new().traces_exporters([]), exporters, &[(&[(NAME, "otlp")], "", 0)]);
}

#[test]
fn the_console_stands_in_for_an_endpoint_that_nobody_named() {
    let rows: &[Row<'_>] = &[
        (&[], "console", 0),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")], "console", 0),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")], "otlp", 0),
        (&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318")], "otlp", 0),
        (&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://c:4318")], "console", 0),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "::")], "otlp", 1),
        (&[("OTEL_TRACES_EXPORTER", "otlp")], "otlp", 0),
        (&[("OTEL_TRACES_EXPORTER", "none")], "", 0),
    ];
    let builder = SettingsBuilder::new().console_without_endpoint();
    check_with(&builder, exporters, rows);
    let named = Otlp::new().endpoint("http://c:4318");
    check_with(&builder.clone().otlp(named.clone()), exporters, &[(&[], "otlp", 0)]);
    check_with(&builder.clone().otlp_traces(named), exporters, &[(&[], "otlp", 0)]);
    check_with(&builder.traces_exporters([ExporterKind::Otlp]), exporters, &[(&[], "otlp", 0)]);
}

#[test]
fn variables_of_an_exporter_that_is_not_used_are_not_complained_about() {
    let rows: &[Row<'_>] = &[
        (&[("OTEL_TRACES_EXPORTER", "console"), ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "x")], "console", 0),
        (
            &[
                ("OTEL_TRACES_EXPORTER", "console"),
                ("OTEL_METRICS_EXPORTER", "none"),
                ("OTEL_LOGS_EXPORTER", "console"),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "x"),
            ],
            "console",
            0,
        ),
    ];
    check(exporters, rows);
}

#[test]
fn sampler() {
    const NAME: &str = "OTEL_TRACES_SAMPLER";
    const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
    let rows: &[Row<'_>] = &[
        (&[(NAME, "")], "ParentBased(AlwaysOn)", 0),
        (&[(NAME, "always_on")], "AlwaysOn", 0),
        (&[(NAME, "ALWAYS_OFF")], "AlwaysOff", 0),
        (&[(NAME, "parentbased_always_on")], "ParentBased(AlwaysOn)", 0),
        (&[(NAME, "ParentBased_Always_Off")], "ParentBased(AlwaysOff)", 0),
        (&[(NAME, "traceidratio"), (ARG, "0.25")], "TraceIdRatio(0.25)", 0),
        (&[(NAME, "traceidratio"), (ARG, "0")], "TraceIdRatio(0.0)", 0),
        (&[(NAME, "traceidratio")], "TraceIdRatio(1.0)", 0),
        (&[(NAME, "traceidratio"), (ARG, " ")], "TraceIdRatio(1.0)", 0),
        (&[(NAME, "parentbased_traceidratio"), (ARG, "1e-3")], "ParentBased(TraceIdRatio(0.001))", 0),
        (&[(NAME, "traceidratio"), (ARG, "1.5")], "TraceIdRatio(1.0)", 1),
        (&[(NAME, "traceidratio"), (ARG, "-0.1")], "TraceIdRatio(1.0)", 1),
        (&[(NAME, "traceidratio"), (ARG, "NaN")], "TraceIdRatio(1.0)", 1),
        (&[(NAME, "traceidratio"), (ARG, "half")], "TraceIdRatio(1.0)", 1),
        (&[(NAME, "jaeger_remote")], "ParentBased(AlwaysOn)", 1),
        (&[(NAME, "parentbased_jaeger_remote")], "ParentBased(AlwaysOn)", 1),
        (&[(NAME, "xray")], "ParentBased(AlwaysOn)", 1),
        (&[(NAME, "always_off"), (ARG, "0.1")], "AlwaysOff", 0),
        (&[(ARG, "0.1")], "ParentBased(AlwaysOn)", 1),
    ];
    check(|settings| format!("{:?}", settings.traces.sampler), rows);
}

#[test]
fn a_sampler_set_in_code_beats_the_environment_and_has_its_ratio_checked() {
    let shown = |settings: &Settings| format!("{:?}", settings.traces.sampler);
    let variables: &[(&str, &str)] =
        &[("OTEL_TRACES_SAMPLER", "always_on"), ("OTEL_TRACES_SAMPLER_ARG", "x")];
    let code = SettingsBuilder::new().traces_sampler(SamplerSetting::TraceIdRatio(0.5));
    check_with(&code, shown, &[(variables, "TraceIdRatio(0.5)", 0)]);
    let nan = SamplerSetting::ParentBased(Box::new(SamplerSetting::TraceIdRatio(f64::NAN)));
    let code = SettingsBuilder::new().traces_sampler(nan);
    check_with(&code, shown, &[(variables, "ParentBased(TraceIdRatio(1.0))", 1)]);
}

#[test]
fn limits_that_count() {
    type Shown = fn(&Settings) -> String;
    let cases: [(&str, Shown, SettingsBuilder); 5] = [
        (
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
            |settings| settings.traces.limits.attributes.to_string(),
            SettingsBuilder::new().span_attribute_count_limit(9),
        ),
        (
            "OTEL_SPAN_EVENT_COUNT_LIMIT",
            |settings| settings.traces.limits.events.to_string(),
            SettingsBuilder::new().span_event_count_limit(9),
        ),
        (
            "OTEL_SPAN_LINK_COUNT_LIMIT",
            |settings| settings.traces.limits.links.to_string(),
            SettingsBuilder::new().span_link_count_limit(9),
        ),
        (
            "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
            |settings| settings.traces.limits.attributes_per_event.to_string(),
            SettingsBuilder::new().event_attribute_count_limit(9),
        ),
        (
            "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
            |settings| settings.traces.limits.attributes_per_link.to_string(),
            SettingsBuilder::new().link_attribute_count_limit(9),
        ),
    ];
    for (name, shown, code) in cases {
        for (value, expected, warnings) in [
            ("", "128", 0),
            (" 7 ", "7", 0),
            ("0", "0", 0),
            ("-1", "128", 1),
            ("many", "128", 1),
            ("9999999999", "128", 1),
        ] {
            check(shown, &[(&[(name, value)], expected, warnings)]);
        }
        check_with(&code, shown, &[(&[(name, "7")], "9", 0)]);
    }
}

#[test]
fn the_generic_attribute_limits_stand_in_for_those_of_spans() {
    const COUNT: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
    const SPAN_COUNT: &str = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT";
    let count = |settings: &Settings| settings.traces.limits.attributes.to_string();
    check(
        count,
        &[
            (&[(COUNT, "5")], "5", 0),
            (&[(COUNT, "5"), (SPAN_COUNT, "6")], "6", 0),
            (&[(COUNT, "5"), (SPAN_COUNT, "")], "5", 0),
            (&[(COUNT, "5"), (SPAN_COUNT, "x")], "5", 1),
            (&[(COUNT, "x"), (SPAN_COUNT, "x")], "128", 2),
        ],
    );
    check_with(&SettingsBuilder::new().attribute_count_limit(9), count, &[(&[(SPAN_COUNT, "6")], "9", 0)]);

    const LENGTH: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    const SPAN_LENGTH: &str = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    let length = |settings: &Settings| format!("{:?}", settings.traces.limits.attribute_value_length);
    check(
        length,
        &[
            (&[], "None", 0),
            (&[(LENGTH, "100")], "Some(100)", 0),
            (&[(LENGTH, "100"), (SPAN_LENGTH, "0")], "Some(0)", 0),
            (&[(LENGTH, "100"), (SPAN_LENGTH, "-5")], "Some(100)", 1),
            (&[(SPAN_LENGTH, "long")], "None", 1),
        ],
    );
    let code = SettingsBuilder::new().attribute_value_length_limit(7);
    check_with(&code, length, &[(&[(SPAN_LENGTH, "6")], "Some(7)", 0)]);
    let code = code.span_attribute_value_length_limit(None);
    check_with(&code, length, &[(&[(SPAN_LENGTH, "6")], "None", 0)]);
}

#[test]
fn batch_times() {
    use std::time::Duration;
    const DELAY: &str = "OTEL_BSP_SCHEDULE_DELAY";
    const TIMEOUT: &str = "OTEL_BSP_EXPORT_TIMEOUT";
    let times = |settings: &Settings| {
        format!("{:?} {:?}", settings.traces.batch.schedule_delay, settings.traces.batch.export_timeout)
    };
    check(
        times,
        &[
            (&[], "5s Some(30s)", 0),
            (&[(DELAY, "200"), (TIMEOUT, "1500")], "200ms Some(1.5s)", 0),
            (&[(DELAY, "0"), (TIMEOUT, "0")], "1ms None", 0),
            (&[(DELAY, "-1"), (TIMEOUT, "-1")], "5s Some(30s)", 2),
            (&[(DELAY, "5s"), (TIMEOUT, "1.5")], "5s Some(30s)", 2),
            (&[(DELAY, "2147483648"), (TIMEOUT, "2147483648")], "5s Some(30s)", 2),
        ],
    );
    let code = Batching::new().schedule_delay(Duration::from_secs(1)).export_timeout(Duration::ZERO);
    let code = SettingsBuilder::new().traces_batching(code);
    check_with(&code, times, &[(&[(DELAY, "7"), (TIMEOUT, "7")], "1s None", 0)]);
}

#[test]
fn batch_sizes() {
    const QUEUE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
    const BATCH: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
    let sizes = |settings: &Settings| {
        format!("{:?} {:?}", settings.traces.batch.queue, settings.traces.batch.export_batch_items_max)
    };
    check(
        sizes,
        &[
            (&[], "Bytes(16777216) None", 0),
            (&[(QUEUE, "2048")], "Items(2048) None", 0),
            (&[(QUEUE, "2048"), (BATCH, "512")], "Items(2048) Some(512)", 0),
            (&[(QUEUE, "100"), (BATCH, "512")], "Items(100) Some(100)", 1),
            (&[(BATCH, "512")], "Bytes(16777216) Some(512)", 0),
            (&[(QUEUE, "0"), (BATCH, "0")], "Bytes(16777216) None", 2),
            (&[(QUEUE, "-1"), (BATCH, "lots")], "Bytes(16777216) None", 2),
        ],
    );
    let code = |batching| SettingsBuilder::new().traces_batching(batching);
    let bytes = code(Batching::new().queue_bytes_max(1024));
    check_with(&bytes, sizes, &[(&[(QUEUE, "10"), (BATCH, "20")], "Bytes(1024) Some(20)", 0)]);
    let items = code(Batching::new().queue_items_max(10).export_batch_items_max(5));
    check_with(&items, sizes, &[(&[(QUEUE, "x"), (BATCH, "x")], "Items(10) Some(5)", 0)]);
    let zero = code(Batching::new().queue_bytes_max(0).export_batch_items_max(0));
    check_with(&zero, sizes, &[(&[(QUEUE, "10")], "Items(10) None", 2)]);
}

#[test]
fn otlp_protocol() {
    const NAME: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
    const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
    let shown = |settings: &Settings| format!("{:?} {}", otlp(settings).protocol, otlp(settings).endpoint);
    check(
        shown,
        &[
            (&[(NAME, "")], "HttpProtobuf http://localhost:4318/v1/traces", 0),
            (&[(NAME, "GRPC")], "Grpc http://localhost:4317/", 0),
            (&[(NAME, "HTTP/Protobuf")], "HttpProtobuf http://localhost:4318/v1/traces", 0),
            (&[(NAME, "grpc"), (TRACES, "http/protobuf")], "HttpProtobuf http://localhost:4318/v1/traces", 0),
            (&[(NAME, "grpc"), (TRACES, "http/json")], "Grpc http://localhost:4317/", 1),
            (&[(NAME, "http/json")], "HttpProtobuf http://localhost:4318/v1/traces", 1),
        ],
    );
    let code = SettingsBuilder::new().otlp(Otlp::new().protocol(Protocol::Grpc));
    check_with(&code, shown, &[(&[(TRACES, "http/protobuf")], "Grpc http://localhost:4317/", 0)]);
    let code = code.otlp_traces(Otlp::new().protocol(Protocol::HttpProtobuf));
    check_with(&code, shown, &[(&[], "HttpProtobuf http://localhost:4318/v1/traces", 0)]);
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const INSECURE: &str = "OTEL_EXPORTER_OTLP_INSECURE";
const GRPC: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");

fn endpoint(settings: &Settings) -> String {
    otlp(settings).endpoint.to_string()
}

#[test]
fn otlp_endpoint_over_http() {
    check(
        endpoint,
        &[
            (&[(ENDPOINT, " ")], "http://localhost:4318/v1/traces", 0),
            (&[(ENDPOINT, "http://c:4318")], "http://c:4318/v1/traces", 0),
            (&[(ENDPOINT, "HTTPS://c/otlp/")], "https://c/otlp/v1/traces", 0),
            (&[(ENDPOINT, "http://c/otlp?tenant=1")], "http://c/otlp/v1/traces?tenant=1", 0),
            (&[(TRACES_ENDPOINT, "http://t/custom")], "http://t/custom", 0),
            (&[(TRACES_ENDPOINT, "http://t")], "http://t/", 0),
            (&[(TRACES_ENDPOINT, "http://t/x"), (ENDPOINT, "http://c")], "http://t/x", 0),
            (&[(TRACES_ENDPOINT, "ftp://t"), (ENDPOINT, "http://c")], "http://c/v1/traces", 1),
            (&[(ENDPOINT, "ftp://c")], "http://localhost:4318/v1/traces", 1),
            (&[(ENDPOINT, "http://c:port")], "http://localhost:4318/v1/traces", 1),
            (&[(ENDPOINT, "https://me:secret@c")], "https://c/v1/traces", 1),
            (&[(ENDPOINT, "http://c:4317")], "http://c:4317/v1/traces", 1),
        ],
    );
}

#[test]
fn otlp_endpoint_over_grpc() {
    check(
        endpoint,
        &[
            (&[GRPC], "http://localhost:4317/", 0),
            (&[GRPC, (ENDPOINT, "http://c:4317")], "http://c:4317/", 0),
            (&[GRPC, (ENDPOINT, "https://c:4317")], "https://c:4317/", 0),
            (&[GRPC, (ENDPOINT, "dns:///c:4317")], "http://localhost:4317/", 1),
        ],
    );
}

#[test]
fn an_endpoint_without_a_scheme_is_secure_unless_told_otherwise_or_local() {
    check(
        endpoint,
        &[
            (&[GRPC, (ENDPOINT, "localhost:4317")], "http://localhost:4317/", 0),
            (&[GRPC, (ENDPOINT, "[::1]:4317")], "http://[::1]:4317/", 0),
            (&[GRPC, (ENDPOINT, "localhost:4317"), (INSECURE, "false")], "https://localhost:4317/", 0),
            (&[GRPC, (ENDPOINT, "c:4317")], "https://c:4317/", 1),
            (&[GRPC, (ENDPOINT, "c:4317"), (INSECURE, "")], "https://c:4317/", 1),
            (&[GRPC, (ENDPOINT, "c:4317"), (INSECURE, "TRUE")], "http://c:4317/", 0),
            (&[GRPC, (ENDPOINT, "c:4317"), (INSECURE, "false")], "https://c:4317/", 0),
            (&[GRPC, (ENDPOINT, "c:4317"), (INSECURE, "1")], "https://c:4317/", 1),
            (
                &[
                    GRPC,
                    (ENDPOINT, "c:4317"),
                    (INSECURE, "false"),
                    ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true"),
                ],
                "http://c:4317/",
                0,
            ),
            (&[GRPC, (ENDPOINT, "https://c:4317"), (INSECURE, "true")], "https://c:4317/", 0),
            (&[GRPC, (ENDPOINT, "http://c:4317"), (INSECURE, "false")], "http://c:4317/", 0),
            (&[(ENDPOINT, "c:4318"), (INSECURE, "true")], "http://c:4318/v1/traces", 0),
            (&[(ENDPOINT, "localhost:4318")], "http://localhost:4318/v1/traces", 0),
        ],
    );
    let code = SettingsBuilder::new().otlp(Otlp::new().insecure(true));
    check_with(&code, endpoint, &[(&[GRPC, (ENDPOINT, "c:4317"), (INSECURE, "false")], "http://c:4317/", 0)]);
    assert_eq!(
        only_warning(&[GRPC, (ENDPOINT, "otel-collector:4317")]),
        "OTEL_EXPORTER_OTLP_ENDPOINT=\"otel-collector:4317\" has no scheme, so TLS is used; for plaintext write \
         http://otel-collector:4317 or set OTEL_EXPORTER_OTLP_INSECURE=true; using https://otel-collector:4317"
    );
}

#[test]
fn an_endpoint_set_in_code_beats_the_environment_unless_it_cannot_be_used() {
    let variables: &[(&str, &str)] = &[(TRACES_ENDPOINT, "http://env/x")];
    let shared = SettingsBuilder::new().otlp(Otlp::new().endpoint("http://code"));
    check_with(&shared, endpoint, &[(variables, "http://code/v1/traces", 0)]);
    let own = shared.otlp_traces(Otlp::new().endpoint("http://own"));
    check_with(&own, endpoint, &[(variables, "http://own/", 0)]);
    let bad = SettingsBuilder::new()
        .metrics_exporters([])
        .logs_exporters([])
        .otlp(Otlp::new().endpoint("ftp://code"));
    check_with(&bad, endpoint, &[(variables, "http://env/x", 1)]);
}

#[test]
fn otlp_headers() {
    const NAME: &str = "OTEL_EXPORTER_OTLP_HEADERS";
    const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_HEADERS";
    let shown = |settings: &Settings| {
        let pairs = otlp(settings).headers.iter();
        pairs.map(|(name, value)| format!("{name}={}", value.to_str().unwrap())).collect::<Vec<_>>().join(",")
    };
    check(
        shown,
        &[
            (&[(NAME, "")], "", 0),
            (&[(NAME, "Api-Key=a%20b, x = 1")], "api-key=a b,x=1", 0),
            (&[(NAME, "a=1"), (TRACES, "b=2")], "b=2", 0),
            (&[(NAME, "a=1,broken")], "a=1", 1),
            (&[(NAME, "a=1"), (TRACES, "broken")], "a=1", 1),
            (&[(NAME, "broken,worse")], "", 2),
        ],
    );
    let code = SettingsBuilder::new().otlp(Otlp::new().header("c", "3").header("C", "4").header("d", "%20"));
    check_with(&code, shown, &[(&[(TRACES, "b=2")], "c=4,d=%20", 0)]);
    let bad = SettingsBuilder::new().otlp(Otlp::new().header("bad name", "3").header("d", "1"));
    check_with(&bad, shown, &[(&[], "d=1", 1)]);
    let warning = only_warning(&[(NAME, "a=1,authorization s3cret")]);
    assert_eq!(warning, "OTEL_EXPORTER_OTLP_HEADERS has a pair (number 2) that has no =; using headers a");
}

#[test]
fn otlp_compression_and_timeout() {
    use std::time::Duration;
    const COMPRESSION: &str = "OTEL_EXPORTER_OTLP_COMPRESSION";
    const TRACES_COMPRESSION: &str = "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION";
    const TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
    const TRACES_TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT";
    let shown =
        |settings: &Settings| format!("{:?} {:?}", otlp(settings).compression, otlp(settings).timeout);
    check(
        shown,
        &[
            (&[(COMPRESSION, ""), (TIMEOUT, "")], "None Some(10s)", 0),
            (&[(COMPRESSION, "GZip"), (TIMEOUT, "250")], "Gzip Some(250ms)", 0),
            (&[(COMPRESSION, "gzip"), (TRACES_COMPRESSION, "none")], "None Some(10s)", 0),
            (&[(COMPRESSION, "zstd"), (TIMEOUT, "10s")], "None Some(10s)", 2),
            (&[(TIMEOUT, "250"), (TRACES_TIMEOUT, "0")], "None None", 0),
            (&[(TIMEOUT, "250"), (TRACES_TIMEOUT, "-1")], "None Some(250ms)", 1),
        ],
    );
    let code = Otlp::new().compression(Compression::Gzip).timeout(Duration::ZERO);
    let code = SettingsBuilder::new().otlp(code);
    check_with(&code, shown, &[(&[(TRACES_COMPRESSION, "none"), (TRACES_TIMEOUT, "5")], "Gzip None", 0)]);
}

#[test]
fn otlp_certificates() {
    const CA: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
    const TRACES_CA: &str = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE";
    const CLIENT: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    const KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
    const TRACES_KEY: &str = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY";
    let shown = |settings: &Settings| {
        let tls = &otlp(settings).tls;
        let files = [&tls.certificate, &tls.client_certificate, &tls.client_key];
        files.map(|file| file.as_ref().map_or("-".to_owned(), |file| file.display().to_string())).join(" ")
    };
    check(
        shown,
        &[
            (&[(CA, "")], "- - -", 0),
            (&[(CA, "ca.pem")], "ca.pem - -", 0),
            (&[(CA, "ca.pem"), (TRACES_CA, "traces.pem")], "traces.pem - -", 0),
            (&[(CLIENT, "me.pem"), (KEY, "me.key")], "- me.pem me.key", 0),
            (&[(CLIENT, "me.pem"), (KEY, "me.key"), (TRACES_KEY, "t.key")], "- me.pem t.key", 0),
            (&[(CA, "ca.pem"), (CLIENT, "me.pem")], "ca.pem - -", 1),
            (&[(KEY, "me.key")], "- - -", 1),
        ],
    );
    let code = SettingsBuilder::new().otlp(Otlp::new().certificate("c").client_certificate("d", "e"));
    check_with(&code, shown, &[(&[(TRACES_CA, "t"), (CLIENT, "me.pem")], "c d e", 0)]);
}

#[test]
fn sizes_of_requests_and_responses_are_set_in_code_alone() {
    let shown = |settings: &Settings| {
        format!("{} {}", otlp(settings).request_bytes_max, otlp(settings).response_bytes_max)
    };
    let code = |otlp| SettingsBuilder::new().otlp(otlp);
    check_with(&code(Otlp::new().request_bytes_max(7).response_bytes_max(8)), shown, &[(&[], "7 8", 0)]);
    let zero = code(Otlp::new().request_bytes_max(0).response_bytes_max(0));
    check_with(&zero, shown, &[(&[], "67108864 4194304", 2)]);
}

#[test]
fn a_configuration_file_is_not_ignored_silently() {
    let warning = only_warning(&[("OTEL_CONFIG_FILE", "otel.yaml")]);
    assert!(
        warning.starts_with("OTEL_CONFIG_FILE names a configuration file, which is not supported"),
        "{warning}"
    );
}
