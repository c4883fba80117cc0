//! Set-ups in which nothing is wrong, and of which nothing is said.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use pilotlight_view::doctor::send::Options as Sending;
use pilotlight_view::doctor::settings::Signal;
use pilotlight_view::receive::PortRole;
use pilotlight_view::view::{Options, View};

use crate::certificates::{Authority, VALID};
use crate::servers::{self, TAKEN};
use crate::world::{OPENTELEMETRY_RUST, Package, World};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

#[tokio::test]
async fn a_viewer_is_healthy_in_every_protocol_at_either_port() {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Options {
        page_address: any,
        otlp_addresses: vec![(any, PortRole::Grpc), (any, PortRole::Http)],
        ..Options::default()
    };
    let view = View::start(options).await.unwrap();
    for (address, _) in view.otlp_addresses() {
        for protocol in ["grpc", "http/protobuf", "http/json"] {
            for compression in ["none", "gzip"] {
                let world = World::online().with(ENDPOINT, format!("http://{address}"));
                let report = world
                    .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
                    .with("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
                    .is_healthy()
                    .await;
                assert!(
                    report.checks.iter().any(|check| check.id == "answers" && check.why.is_none()),
                    "{protocol} {compression}"
                );
            }
        }
    }
    view.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_pilotlight_service_is_healthy() {
    let server = servers::http1(|_| TAKEN).await;
    let main = "fn main() -> Result<(), E> {\n    let telemetry = pilotlight::init()?;\n    serve();\n    telemetry.shutdown();\n    Ok(())\n}\n";
    World::online()
        .pilotlight()
        .file("src/main.rs", main)
        .with(ENDPOINT, server.http())
        .with("RUST_LOG", "warn,shop=debug")
        .is_healthy()
        .await;
}

#[tokio::test]
async fn an_opentelemetry_rust_service_with_a_grpc_collector_is_healthy() {
    let server = servers::grpc(|_| 0).await;
    let main = "#[tokio::main]\nasync fn main() {\n    global::set_text_map_propagator(TraceContextPropagator::new());\n\
                let exporter = SpanExporter::builder().with_tonic().build().unwrap();\n\
                let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();\n\
                global::set_tracer_provider(provider.clone());\n    serve().await;\n    provider.shutdown().unwrap();\n}\n";
    let world = World::online().opentelemetry_rust().file("src/main.rs", main).with("RUST_LOG", "info");
    // Metrics and logs have no exporter in code, and so the variables count for them.
    world.with(ENDPOINT, server.http()).with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc").is_healthy().await;
}

/// Services in other languages that speak gRPC without being told: by default, or by the exporter that they link.
const GRPC_ELSEWHERE: [(&str, &str); 5] = [
    ("requirements.txt", "flask\nopentelemetry-distro\nopentelemetry-exporter-otlp\n"),
    (
        "pyproject.toml",
        "[project]\nname = \"a\"\ndependencies = [\"opentelemetry-exporter-otlp-proto-grpc\"]\n",
    ),
    ("go.mod", "module x\nrequire go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc v1.38.0\n"),
    ("package.json", "{ \"dependencies\": { \"@opentelemetry/exporter-trace-otlp-grpc\": \"^0.200.0\" } }"),
    ("shop.csproj", "<PackageReference Include=\"OpenTelemetry.Exporter.OpenTelemetryProtocol\" />"),
];

#[tokio::test]
async fn services_in_other_languages_with_a_grpc_collector_are_healthy() {
    let server = servers::grpc(|_| 0).await;
    for (file, text) in GRPC_ELSEWHERE {
        let world = World::online().file(file, text).with(ENDPOINT, server.http());
        let report = world.is_healthy().await;
        assert!(report.checks.iter().any(|check| check.id == "answers" && check.why.is_none()), "{file}");
        let report = world.report_of_sending(&Sending::default()).await;
        let outcomes: Vec<&str> = report.observations.iter().map(|seen| seen.outcome.as_str()).collect();
        assert_eq!(outcomes, ["accepted"; 3], "{file}");
    }
    for (file, text) in GRPC_ELSEWHERE {
        World::offline().file(file, text).with(ENDPOINT, "http://collector:4317").is_healthy().await;
    }
}

#[tokio::test]
async fn services_in_other_languages_with_an_http_collector_are_healthy() {
    let server = servers::http1(|_| TAKEN).await;
    for (file, text) in [
        ("requirements.txt", "opentelemetry-distro\nopentelemetry-exporter-otlp\n"),
        ("pom.xml", "<groupId>io.opentelemetry</groupId>"),
        (
            "package.json",
            "{ \"dependencies\": { \"@opentelemetry/exporter-trace-otlp-proto\": \"^0.200.0\" } }",
        ),
    ] {
        let report = World::online().file(file, text).with(ENDPOINT, server.http()).is_healthy().await;
        assert!(report.checks.iter().any(|check| check.id == "answers" && check.why.is_none()), "{file}");
    }
}

#[tokio::test]
async fn a_service_whose_protocol_is_guessed_is_healthy_with_an_http_collector_behind_tls() {
    let authority = Authority::new();
    for alpn in [&[][..], &["http/1.1"], &["h2", "http/1.1"]] {
        let server = servers::https(authority.server("localhost", VALID, alpn), |_| TAKEN).await;
        let world = World::online()
            .file("requirements.txt", "opentelemetry-distro\nopentelemetry-exporter-otlp\n")
            .with(ENDPOINT, server.https())
            .with("OTEL_EXPORTER_OTLP_CERTIFICATE", authority.file().display());
        let report = world.is_healthy().await;
        assert!(report.checks.iter().any(|check| check.id == "answers" && check.why.is_none()), "{alpn:?}");
    }
}

#[tokio::test]
async fn a_service_whose_protocol_is_guessed_is_healthy_with_a_grpc_collector_behind_tls() {
    let authority = Authority::new();
    let server = servers::secure_grpc(authority.server("localhost", VALID, &["h2"])).await;
    let world = World::online()
        .file("requirements.txt", "opentelemetry-distro\nopentelemetry-exporter-otlp\n")
        .with(ENDPOINT, server.https())
        .with("OTEL_EXPORTER_OTLP_CERTIFICATE", authority.file().display());
    world.is_healthy().await;
}

/// A service whose telemetry is set up by a crate beside it; how that one is named in the service's manifest and in the workspace's.
fn shop_beside_its_telemetry(service: &str, workspace: &str) -> World {
    let mut packages: Vec<Package<'_>> =
        vec![("shop", "0.1.0+", &["axum-tracing-opentelemetry", "telemetry"])];
    packages.push(("axum-tracing-opentelemetry", "0.34.0", &["opentelemetry"]));
    packages.push(("telemetry", OPENTELEMETRY_RUST[0].1, OPENTELEMETRY_RUST[0].2));
    packages.extend(&OPENTELEMETRY_RUST[1..]);
    let set_up = "pub fn init() -> SdkTracerProvider {\n    global::set_text_map_propagator(TraceContextPropagator::new());\n\
                  let exporter = SpanExporter::builder().with_tonic().build().unwrap();\n\
                  let resource = Resource::builder().with_service_name(\"shop\").build();\n\
                  SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()\n}\n";
    let telemetry = "[package]\nname = \"telemetry\"\n[dependencies]\nopentelemetry = \"0.33\"\nopentelemetry-otlp = \"0.33\"\n\
                     opentelemetry_sdk = \"0.33\"\ntracing-opentelemetry = \"0.34\"\n";
    let shop = format!(
        "[package]\nname = \"shop\"\n[dependencies]\naxum-tracing-opentelemetry = \"0.34\"\ntelemetry = {service}\n"
    );
    World::online()
        .locked(&packages)
        .file(
            "Cargo.toml",
            &format!("[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\n{workspace}\n"),
        )
        .file("crates/telemetry/Cargo.toml", telemetry)
        .file("crates/telemetry/src/lib.rs", set_up)
        .file("crates/shop/Cargo.toml", &shop)
        .file(
            "crates/shop/src/main.rs",
            "fn main() {\n    let provider = telemetry::init();\n    serve();\n    provider.shutdown();\n}\n",
        )
}

#[tokio::test]
async fn a_service_whose_telemetry_is_set_up_by_a_crate_beside_it_is_healthy() {
    let server = servers::grpc(|_| 0).await;
    for (service, workspace) in [
        ("{ path = \"../telemetry\" }", ""),
        ("{ workspace = true }", "telemetry = { path = \"crates/telemetry\" }"),
    ] {
        for place in ["", "crates/shop"] {
            let world = shop_beside_its_telemetry(service, workspace).at(place).with("OTEL_SERVICE_NAME", "");
            let report = world.with(ENDPOINT, server.http()).is_healthy().await;
            let exporters = report.signals.iter().map(|signal| signal.settings[0].value.as_str());
            assert_eq!(exporters.collect::<Vec<_>>(), ["otlp", "none", "none"], "{place} {service}");
        }
    }
}

#[tokio::test]
async fn a_service_that_sends_metrics_alone_is_healthy() {
    let server = servers::http1(|_| TAKEN).await;
    let main = "fn main() {\n    let exporter = MetricExporter::builder().with_http().build().unwrap();\n\
                let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).build();\n    serve();\n    provider.shutdown();\n}\n";
    let world = World::online().opentelemetry_rust().file("src/main.rs", main).with(ENDPOINT, server.http());
    world.is_healthy().await;
}

#[tokio::test]
async fn values_that_only_other_languages_take_are_healthy_there() {
    for (file, name, value) in [
        ("pom.xml", "OTEL_METRIC_EXPORT_INTERVAL", "30s"),
        ("pom.xml", "OTEL_METRIC_EXPORT_TIMEOUT", "500ms"),
        ("pom.xml", "OTEL_EXPORTER_OTLP_TIMEOUT", "5s"),
        ("pom.xml", "OTEL_BSP_SCHEDULE_DELAY", "1m"),
        ("build.gradle", "OTEL_LOGS_EXPORTER", "logging-otlp"),
        ("requirements.txt", "OTEL_EXPORTER_OTLP_TIMEOUT", "10"),
        ("requirements.txt", "OTEL_TRACES_EXPORTER", "otlp_proto_grpc"),
        ("requirements.txt", "OTEL_TRACES_EXPORTER", "console,otlp_proto_http"),
    ] {
        World::offline().file(file, "opentelemetry").with(name, value).is_healthy().await;
    }
}

#[tokio::test]
async fn an_exporter_with_its_protocol_in_its_name_is_asked_in_it() {
    let (grpc, http) = (servers::grpc(|_| 0).await, servers::http1(|_| TAKEN).await);
    for (name, server) in [("otlp_proto_grpc", grpc), ("otlp_proto_http", http)] {
        let world = World::online().file("requirements.txt", "opentelemetry").with(ENDPOINT, server.http());
        let world = Signal::ALL.into_iter().fold(world, |world, signal| {
            world.with(&format!("OTEL_{}_EXPORTER", signal.name().to_ascii_uppercase()), name)
        });
        let report = world.is_healthy().await;
        assert!(report.checks.iter().any(|check| check.id == "answers" && check.why.is_none()), "{name}");
        assert!(report.findings.iter().all(|finding| !finding.id.starts_with("port-")), "{report:#?}");
    }
}

#[tokio::test]
async fn usual_sets_of_variables_are_healthy() {
    let sets: [&[(&str, &str)]; 8] = [
        &[
            (ENDPOINT, "http://otel-collector:4317"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ],
        &[
            (ENDPOINT, "https://otlp.eu.example/otlp"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20dXNlcjpwYXNzdw=="),
        ],
        &[
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://tempo:4318/v1/traces"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://prometheus:9090/api/v1/otlp/v1/metrics"),
        ],
        &[("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.1")],
        &[("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")],
        &[(
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.namespace=shop,service.version=0.1.0,deployment.environment.name=production",
        )],
        &[
            ("OTEL_BSP_MAX_QUEUE_SIZE", "8192"),
            ("OTEL_BSP_SCHEDULE_DELAY", "1000"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "15000"),
        ],
        &[
            ("HTTP_PROXY", "http://proxy:3128"),
            ("NO_PROXY", "localhost,127.0.0.1,.svc"),
            ("OTEL_PROPAGATORS", "tracecontext,baggage"),
        ],
    ];
    for set in sets {
        for world in [World::offline(), World::offline().pilotlight()] {
            set.iter().fold(world, |world, (name, value)| world.with(name, value)).is_healthy().await;
        }
    }
}

#[tokio::test]
async fn a_receiver_beyond_a_container_is_healthy() {
    let server = servers::http1(|_| TAKEN).await;
    World::online().with(ENDPOINT, server.http()).in_container().is_healthy().await;
}

#[tokio::test]
async fn when_nothing_is_sent_nothing_is_asked() {
    let world = World::online()
        .with("OTEL_TRACES_EXPORTER", "none")
        .with("OTEL_METRICS_EXPORTER", "none")
        .with("OTEL_LOGS_EXPORTER", "none");
    for check in ["reach", "protocol", "answers", "clock"] {
        assert!(world.skips(check).await, "{check}");
    }
}

#[tokio::test]
async fn a_program_that_ends_when_its_telemetry_cannot_start_is_healthy() {
    for start in [
        "pilotlight::builder()\n        .service_name(\"shop\")\n        .start()\n        .unwrap_or_else(|error| { eprintln!(\"{error}\"); std::process::exit(1) });",
        "match pilotlight::init() {\n        Ok(telemetry) => telemetry,\n        Err(error) => { eprintln!(\"{error}\"); std::process::exit(1) }\n    };",
        "pilotlight::init() else { std::process::exit(1) };",
    ] {
        let main = format!(
            "fn main() {{\n    let telemetry = {start}\n    serve();\n    telemetry.shutdown();\n}}\n"
        );
        World::offline().pilotlight().file("src/main.rs", &main).is_healthy().await;
    }
}

#[tokio::test]
async fn a_task_that_enters_a_runtime_is_healthy() {
    for runtime in ["self.pool.handle()", "self.runtime()", "tokio::runtime::Handle::current()", "self.io_rt"]
    {
        let main =
            format!("async fn work(&self) {{\n    let _g = {runtime}.enter();\n    rest().await;\n}}\n");
        World::offline().pilotlight().file("src/main.rs", &main).is_healthy().await;
    }
}
