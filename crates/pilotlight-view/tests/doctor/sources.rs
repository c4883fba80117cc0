//! Causes that the sources tell.

use crate::world::{OPENTELEMETRY_RUST, Package, World};
use pilotlight_view::doctor::Severity;

fn rust(main: &str) -> World {
    World::offline().opentelemetry_rust().file("src/main.rs", main)
}

#[tokio::test]
async fn an_endpoint_in_code_without_a_path_is_found() {
    let main = "fn main() { let e = SpanExporter::builder().with_http()\n.with_endpoint(\"http://collector:4318\").build(); p.shutdown(); }";
    let finding = rust(main).finds("path-missing").await;
    assert!(finding.evidence[0].contains("src/main.rs:1"), "{finding:#?}");
    rust(&main.replace(":4318", ":4318/v1/traces")).is_healthy().await;
}

#[tokio::test]
async fn a_sampler_in_code_that_leaves_everything_out_is_found_when_it_is_the_only_one() {
    let main = "fn main() { let p = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build(); p.shutdown(); }";
    let finding = rust(main).finds("sampler-drops-all").await;
    assert!(finding.evidence[0].contains("src/main.rs:1"), "{finding:#?}");
    // The variable, which this SDK reads, does not count any more.
    rust(main).with("OTEL_TRACES_SAMPLER", "always_on").finds("sampler-drops-all").await;
    rust(main).file("src/other.rs", "fn a() { b.with_sampler(sampler(config)) }").is_healthy().await;
}

#[tokio::test]
async fn of_several_providers_one_that_leaves_everything_out_may_not_be_the_services() {
    let quiet = "fn quiet() { let p = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build(); p.shutdown(); }\n";
    for loud in [
        "SdkTracerProvider::builder()",
        "opentelemetry_sdk::trace::TracerProvider::builder()",
        "pilotlight::builder()",
        "pilotlight::init()",
    ] {
        let world = rust(&format!("{quiet}fn loud() {{ let p = {loud}; p.shutdown(); }}"));
        let report = world.is_healthy().await;
        let sampler = report.checks.iter().find(|check| check.id == "sampler").unwrap();
        assert!(
            sampler.why.as_ref().is_some_and(|why| why.ends_with("src/main.rs:1")),
            "{loud}: {sampler:?}"
        );
    }
}

#[tokio::test]
async fn spans_that_are_made_and_have_no_exporter_are_found() {
    let main = |layer: &str| {
        format!(
            "fn main() {{ let e = MetricExporter::builder().with_http().build(); {layer}; p.shutdown(); }}"
        )
    };
    for layer in
        ["registry().with(tracing_opentelemetry::layer()).init()", "global::set_tracer_provider(p.clone())"]
    {
        let finding = rust(&main(layer)).finds("exporter-not-otlp").await;
        assert_eq!(
            (finding.severity, finding.title.contains("traces")),
            (Severity::Warning, true),
            "{layer}"
        );
    }
}

#[tokio::test]
async fn an_endpoint_that_the_program_computes_is_not_guessed() {
    let report =
        rust("fn main() { let e = SpanExporter::builder().with_tonic().with_endpoint(url()).build(); }")
            .report()
            .await;
    let traces = report.signals.iter().find(|signal| signal.signal == "traces").unwrap();
    let url = traces.settings.iter().find(|line| line.name == "url").unwrap();
    assert_eq!(url.value, "computed by the program");
}

#[tokio::test]
async fn grpc_on_a_runtime_with_one_thread_is_found() {
    let main = "#[tokio::main(flavor = \"current_thread\")]\nasync fn main() { let e = SpanExporter::builder().with_tonic().build(); p.shutdown(); }";
    rust(main).finds("one-thread-deadlock").await;
    rust(&main.replace("with_tonic", "with_http")).is_healthy().await;
    // Pilotlight's exporter has a thread of its own.
    World::offline().pilotlight().file("src/main.rs", main).is_healthy().await;
}

#[tokio::test]
async fn a_blocking_client_in_an_async_function_is_found() {
    let main = "async fn setup() { let e = SpanExporter::builder().with_http().with_http_client(reqwest::blocking::Client::new()).build(); }";
    rust(main).finds("blocking-client-in-async").await;
}

#[tokio::test]
async fn batches_that_nobody_flushes_are_found() {
    let main = "fn main() { let p = SdkTracerProvider::builder().with_batch_exporter(e).build(); global::set_tracer_provider(p.clone()); work(); }";
    rust(main).finds("never-shut-down").await;
    rust(&main.replace("work();", "work(); p.shutdown();")).is_healthy().await;
    rust(&main.replace("work();", "work(); SdkTracerProvider::shutdown(&p);")).is_healthy().await;
    // What waits for a signal is often called so.
    let serve = "serve().with_graceful_shutdown(shutdown()); } async fn shutdown() { ctrl_c().await";
    rust(&main.replace("work();", serve)).finds("never-shut-down").await;
}

#[tokio::test]
async fn a_guard_that_is_dropped_at_once_is_found() {
    let world = |main: &str| World::offline().pilotlight().file("src/main.rs", main);
    world("fn main() { let _ = pilotlight::init(); serve(); }").finds("guard-dropped").await;
    world("fn main() { let _telemetry = pilotlight::init(); serve(); }").is_healthy().await;
}

#[tokio::test]
async fn ways_to_lose_the_last_batch_or_a_span_are_found() {
    let world = |main: &str| World::offline().pilotlight().file("src/main.rs", main);
    world("fn main() { let telemetry = pilotlight::init(); std::mem::forget(telemetry); }")
        .finds("guard-forgotten")
        .await;
    world("fn main() { let telemetry = pilotlight::init(); std::process::exit(run()); }")
        .finds("exit-before-flush")
        .await;
    world("fn work() { let span = tracer.start(\"a\"); std::mem::forget(span); }")
        .finds("span-forgotten")
        .await;
}

#[tokio::test]
async fn guards_held_while_a_task_waits_are_found() {
    let finding = rust("async fn work() {\n    let _guard = span.enter();\n    rest().await;\n}\n")
        .finds("guard-across-await")
        .await;
    assert!(finding.evidence[0].ends_with("src/main.rs:2"), "{finding:#?}");
}

#[tokio::test]
async fn functions_that_may_fail_are_looked_into() {
    let finding = rust(
        "async fn work() -> Result<Order, Error> {\n    let _guard = span.enter();\n    rest().await\n}\n",
    )
    .finds("guard-across-await")
    .await;
    assert!(finding.evidence[0].ends_with("src/main.rs:2"), "{finding:#?}");
    let main =
        "fn main() -> Result<(), Error> { let telemetry = pilotlight::init()?; std::process::exit(run()); }";
    World::offline().pilotlight().file("src/main.rs", main).finds("exit-before-flush").await;
}

#[tokio::test]
async fn a_filter_for_all_layers_is_found() {
    let main =
        "fn main() { tracing_subscriber::registry().with(EnvFilter::from_default_env()).with(otel).init(); }";
    rust(main).finds("filter-drops-spans").await;
    rust(main).with("RUST_LOG", "info").is_healthy().await;
    World::offline()
        .pilotlight()
        .file("src/main.rs", main)
        .with("RUST_LOG", "warn")
        .finds("filter-drops-spans")
        .await;
    rust("fn main() { registry().with(fmt::layer().with_filter(EnvFilter::from_default_env())).with(otel).init(); }").is_healthy().await;
}

#[tokio::test]
async fn instrumentation_without_a_propagator_is_found() {
    let mut packages: Vec<Package<'_>> = OPENTELEMETRY_RUST.to_vec();
    packages[0].2 = &[
        "opentelemetry",
        "opentelemetry-otlp",
        "opentelemetry_sdk",
        "reqwest-tracing",
        "tracing-opentelemetry",
    ];
    packages.push(("reqwest-tracing", "0.7.1", &[]));
    let world = |main: &str| World::offline().locked(&packages).file("src/main.rs", main);
    world("fn main() {}").finds("propagator-not-set").await;
    world("fn main() { global::set_text_map_propagator(TraceContextPropagator::new()); }").is_healthy().await;
}

#[tokio::test]
async fn what_tests_do_is_not_held_against_the_service() {
    rust("fn main() {}\n#[cfg(test)]\nmod tests { async fn t() { let g = span.enter(); a().await; std::mem::forget(span); } }").is_healthy().await;
}

#[tokio::test]
async fn signals_that_the_program_has_no_exporter_for_are_not_asked_about() {
    let report = rust("fn main() { let e = SpanExporter::builder().with_tonic().build(); p.shutdown(); }")
        .report()
        .await;
    let exporters = report.signals.iter().map(|signal| signal.settings[0].value.as_str()).collect::<Vec<_>>();
    assert_eq!(exporters, ["otlp", "none", "none"]);
}

#[tokio::test]
async fn files_of_tests_are_left_out() {
    let world = World::offline().opentelemetry_rust().file("src/main.rs", "fn main() {}");
    world
        .file("src/span_tests.rs", "fn a() { std::mem::forget(span); }")
        .file("src/a/tests.rs", "fn a() { std::mem::forget(span); }")
        .is_healthy()
        .await;
}
