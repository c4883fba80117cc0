//! Causes that variables tell.

use crate::world::World;
use pilotlight_view::doctor::Severity;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

#[tokio::test]
async fn values_that_cannot_be_used_are_found() {
    for (name, value, id) in [
        (ENDPOINT, "grpc://collector:4317", "endpoint-scheme"),
        (ENDPOINT, "collector:4318", "endpoint-without-scheme"),
        (ENDPOINT, "http:/collector:4318", "endpoint-not-a-url"),
        (ENDPOINT, "http://collector:port", "endpoint-not-a-url"),
        (ENDPOINT, "\"http://collector:4318\"", "value-quoted"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http", "protocol-not-usable"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli", "compression-not-usable"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "number-not-usable"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization: Bearer s3cret", "header-malformed"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Bearer%20s3cret==", "header-malformed"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic s3cret", "header-suspicious"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "deltas", "temporality-not-usable"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0", "number-not-usable"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "queue-of-zero"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "-1", "number-not-usable"),
        ("OTEL_TRACES_EXPORTER", ",", "exporter-not-usable"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "sampler-not-usable"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5", "sampler-argument"),
        ("OTEL_SDK_DISABLED", "yes", "boolean-not-usable"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.version", "resource-attributes-malformed"),
        ("OTEL_EXPORTER_OTLP_ENDPONT", "http://collector:4318", "variable-misspelt"),
    ] {
        World::offline().with(name, value).finds(id).await;
    }
}

#[tokio::test]
async fn an_endpoint_for_grpc_without_a_scheme_means_tls() {
    let world =
        || World::offline().with(ENDPOINT, "collector:4317").with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let finding = world().finds("endpoint-without-scheme").await;
    assert!(finding.cause.contains("TLS is used"), "{finding:#?}");
    world().with("OTEL_EXPORTER_OTLP_INSECURE", "true").is_healthy().await;
}

#[tokio::test]
async fn a_port_that_does_not_fit_the_default_protocol_is_noticed_without_asking_it() {
    let world = || World::offline().with(ENDPOINT, "http://collector:4317");
    assert_eq!(world().pilotlight().finds("port-unlikely").await.severity, Severity::Warning);
    // Of other SDKs some speak gRPC unless they are told.
    assert_eq!(world().finds("port-unlikely").await.severity, Severity::Note);
    World::offline()
        .with(ENDPOINT, "http://collector:4317")
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .is_healthy()
        .await;
}

#[tokio::test]
async fn a_sampler_that_drops_everything_is_found() {
    for (sampler, argument) in [
        ("always_off", None),
        ("traceidratio", Some("0")),
        ("parentbased_traceidratio", Some("0.0")),
        ("parentbased_always_off", None),
    ] {
        let world = World::offline().with("OTEL_TRACES_SAMPLER", sampler);
        let world = argument.map_or_else(
            || World::offline().with("OTEL_TRACES_SAMPLER", sampler),
            |argument| world.with("OTEL_TRACES_SAMPLER_ARG", argument),
        );
        world.finds("sampler-drops-all").await;
    }
}

#[tokio::test]
async fn a_sampler_that_asks_elsewhere_is_fine_where_the_sdk_may_have_it() {
    for sampler in ["xray", "jaeger_remote", "parentbased_jaeger_remote"] {
        let world = || World::offline().with("OTEL_TRACES_SAMPLER", sampler);
        world().is_healthy().await;
        world().file("package.json", "opentelemetry").is_healthy().await;
        world().opentelemetry_rust().finds("sampler-not-usable").await;
    }
}

#[tokio::test]
async fn a_ratio_that_is_missing_or_none_is_found() {
    World::offline().with("OTEL_TRACES_SAMPLER", "traceidratio").finds("sampler-argument").await;
    for ratio in ["1.5", "-0.1", "10%", "half"] {
        World::offline()
            .with("OTEL_TRACES_SAMPLER", "traceidratio")
            .with("OTEL_TRACES_SAMPLER_ARG", ratio)
            .finds("sampler-argument")
            .await;
    }
}

#[tokio::test]
async fn an_sdk_that_is_switched_off_is_found_where_the_sdk_listens_to_it() {
    World::offline().pilotlight().with("OTEL_SDK_DISABLED", "true").finds("sdk-disabled").await;
    let ignored = World::offline()
        .opentelemetry_rust()
        .with("OTEL_SDK_DISABLED", "true")
        .finds("variable-ignored")
        .await;
    assert!(ignored.evidence.contains(&"OTEL_SDK_DISABLED".to_owned()), "{ignored:#?}");
}

#[tokio::test]
async fn an_exporter_that_is_not_otlp_is_found_where_the_sdk_listens_to_it() {
    for exporter in ["none", "console"] {
        World::offline().pilotlight().with("OTEL_TRACES_EXPORTER", exporter).finds("exporter-not-otlp").await;
        World::offline()
            .opentelemetry_rust()
            .with("OTEL_TRACES_EXPORTER", exporter)
            .finds("variable-ignored")
            .await;
    }
}

#[tokio::test]
async fn an_exporter_of_an_unknown_name_is_an_error_only_where_all_names_are_known() {
    let world = |name| World::offline().with("OTEL_TRACES_EXPORTER", name);
    world("jaeger").pilotlight().finds("exporter-not-usable").await;
    for name in ["jaeger", "ours"] {
        let finding = world(name).file("requirements.txt", "opentelemetry").finds("exporter-not-otlp").await;
        assert_eq!(finding.severity, Severity::Note);
    }
    let finding = world("zipkin").file("requirements.txt", "opentelemetry").finds("exporter-not-otlp").await;
    assert_eq!(finding.severity, Severity::Warning);
}

#[tokio::test]
async fn a_time_limit_of_python_is_in_seconds() {
    let world = |text| {
        let world = World::offline().file("requirements.txt", "opentelemetry");
        world.with("OTEL_EXPORTER_OTLP_TIMEOUT", text)
    };
    for (text, shown) in [("10", "10000 ms"), ("2.5", "2500 ms"), ("0", "no limit")] {
        let report = world(text).is_healthy().await;
        let timeout = report.signals[0].settings.iter().find(|line| line.name == "timeout").unwrap();
        assert_eq!(timeout.value, shown);
    }
    for text in ["10s", "-1", "NaN", "1e300"] {
        world(text).finds("number-not-usable").await;
    }
}

#[tokio::test]
async fn variables_that_the_sdk_ignores_are_found() {
    let ignored = [
        "OTEL_PROPAGATORS",
        "OTEL_LOG_LEVEL",
        "OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_METRICS_EXEMPLAR_FILTER",
        "OTEL_CONFIG_FILE",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
    ];
    for name in ignored {
        World::offline().opentelemetry_rust().with(name, "b3").finds("variable-ignored").await;
    }
    World::offline().pilotlight().with("OTEL_CONFIG_FILE", "otel.yaml").finds("variable-ignored").await;
}

#[tokio::test]
async fn what_an_unknown_sdk_ignores_is_not_guessed() {
    assert!(World::offline().with("OTEL_CONFIG_FILE", "otel.yaml").skips("support").await);
}

#[tokio::test]
async fn a_log_filter_that_takes_spans_away_is_found() {
    World::offline().opentelemetry_rust().with("RUST_LOG", "warn").finds("filter-drops-spans").await;
    World::offline().pilotlight().with("PILOTLIGHT_SPAN_FILTER", "error").finds("filter-drops-spans").await;
    // Pilotlight's spans have a filter of their own.
    World::offline().pilotlight().with("RUST_LOG", "warn").is_healthy().await;
}

#[tokio::test]
async fn a_log_filter_that_hides_export_errors_is_mentioned() {
    for filter in ["shop=info", "info,opentelemetry=off"] {
        let finding =
            World::offline().opentelemetry_rust().with("RUST_LOG", filter).finds("errors-hidden").await;
        assert_eq!(finding.severity, Severity::Note);
    }
}

#[tokio::test]
async fn a_loud_filter_may_make_the_exporter_trace_itself() {
    World::offline().opentelemetry_rust().with("RUST_LOG", "debug").finds("feedback-loop").await;
}

#[tokio::test]
async fn sizes_that_lose_telemetry_or_take_memory_are_found() {
    let small = || World::offline().with("OTEL_BSP_MAX_QUEUE_SIZE", "100");
    small().is_healthy().await;
    let small = || small().with("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512");
    assert_eq!(small().finds("queue-smaller-than-batch").await.severity, Severity::Warning);
    let cut = small().opentelemetry_rust().finds("queue-smaller-than-batch").await;
    assert_eq!(cut.severity, Severity::Note);
    World::offline().with("OTEL_BSP_MAX_QUEUE_SIZE", "10000000").finds("queue-may-take-much-memory").await;
    let world = World::offline()
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .with("OTEL_BLRP_MAX_QUEUE_SIZE", "100000");
    world.with("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "50000").finds("batch-may-exceed-grpc-limit").await;
    World::offline()
        .with("OTEL_BSP_MAX_QUEUE_SIZE", u64::MAX)
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .with("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", u64::MAX)
        .finds("batch-may-exceed-grpc-limit")
        .await;
}

#[tokio::test]
async fn metrics_that_come_after_a_minute_are_mentioned() {
    let finding = World::offline().finds("metrics-come-late").await;
    assert_eq!(finding.severity, Severity::Note);
    let report = World::offline().with("OTEL_METRIC_EXPORT_INTERVAL", "1000").is_healthy().await;
    assert_eq!(report.findings, []);
}

#[tokio::test]
async fn delta_metrics_for_prometheus_are_found() {
    let world = World::offline().with(ENDPOINT, "http://prometheus:9090/api/v1/otlp");
    world
        .with("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
        .finds("temporality-unwanted")
        .await;
}

#[tokio::test]
async fn a_proxy_that_catches_the_exporter_is_found() {
    let world = || {
        World::offline()
            .opentelemetry_rust()
            .with("HTTP_PROXY", "http://me:s3cret@proxy:3128")
            .with(ENDPOINT, "http://collector:4318")
    };
    world().finds("proxy-catches-exporter").await;
    world().with("NO_PROXY", "localhost,collector").is_healthy().await;
    world()
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .with(ENDPOINT, "http://collector:4317")
        .is_healthy()
        .await;
}

#[tokio::test]
async fn a_service_without_a_name_is_found() {
    let world = || World::offline().with("OTEL_SERVICE_NAME", "").pilotlight();
    let finding = world()
        .file("src/main.rs", "fn main() { let _telemetry = pilotlight::init(); }")
        .finds("unknown-service")
        .await;
    assert_eq!(finding.severity, Severity::Warning);
    world()
        .file("src/main.rs", "fn main() { let _t = pilotlight::builder().service_name(\"shop\").init(); }")
        .is_healthy()
        .await;
    world().with("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop").is_healthy().await;
}

#[tokio::test]
async fn deprecated_names_of_attributes_are_found() {
    let finding = World::offline()
        .with("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=prod")
        .finds("deprecated-attribute")
        .await;
    assert!(finding.next.contains("deployment.environment.name"), "{finding:#?}");
    World::offline().with("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod").is_healthy().await;
}

#[tokio::test]
async fn propagators_that_are_off_or_unknown_are_found() {
    World::offline().pilotlight().with("OTEL_PROPAGATORS", "none").finds("propagator-off").await;
    World::offline()
        .pilotlight()
        .with("OTEL_PROPAGATORS", "b3,tracecontext")
        .finds("propagator-not-supported")
        .await;
}

#[tokio::test]
async fn secrets_are_shown_nowhere() {
    let world = World::offline()
        .with(ENDPOINT, "https://me:s3cret@collector:4318/?key=s3cret")
        .with("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret,x-key=s3cret")
        .with("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://me:s3cret@collector?key=s3cret")
        .with("HTTPS_PROXY", "http://me:s3cret@proxy");
    let report = world.report().await;
    let shown = serde_json::to_string(&report).unwrap();
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(shown.contains("authorization, x-key"), "{shown}");
}

#[tokio::test]
async fn a_configuration_file_is_looked_for_where_the_sdk_reads_it() {
    let world =
        || World::offline().file("package.json", "opentelemetry").with("OTEL_CONFIG_FILE", "otel.yaml");
    world().finds("config-file-missing").await;
    let finding = world().file("otel.yaml", "file_format: '1.0'").finds("config-file-rules").await;
    assert_eq!(finding.severity, Severity::Note);
}

#[tokio::test]
async fn a_file_of_variables_that_nobody_read_is_mentioned() {
    let finding =
        World::offline().file(".env", "OTEL_TRACES_SAMPLER=always_off\n").finds("env-file-not-read").await;
    assert_eq!(finding.severity, Severity::Note);
}

#[cfg(unix)]
#[tokio::test]
async fn pipes_in_the_folder_are_not_waited_for() {
    let report = World::offline().pipe(".env").pipe("Cargo.toml").report().await;
    assert!(report.findings.iter().all(|finding| finding.id != "env-file-not-read"), "{report:#?}");
}
