//! Subscribers of the application's own.
#![cfg(feature = "tracing")]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::{is_alone, only_the_service, run_without_exporters, run_without_exporters_under};
use pilotlight::sdk::transport::{
    Batch, BoxFuture, ExportError, Exporter, InMemoryExporter, Receipt, TextTree,
};
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// A layer that says each event's target.
struct Telling;

impl<S: tracing::Subscriber> Layer<S> for Telling {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        println!("\ntold of {}", event.metadata().target());
    }
}

fn memory_and_builder() -> (InMemoryExporter, pilotlight::Builder) {
    let memory = InMemoryExporter::new();
    let builder = only_the_service().traces_exporter(memory.clone()).logs_exporter(memory.clone());
    (memory, builder)
}

fn check_that_both_hear(memory: &InMemoryExporter, guard: pilotlight::Guard) {
    tracing::info_span!("span").in_scope(|| tracing::info!(target: "heard", "event"));
    assert!(guard.shutdown().is_complete());
    tracing::info!(target: "afterwards", "event");
    assert_eq!(TextTree::new().with_attributes(["none"]).draw(&memory.spans()), "span\n");
    assert_eq!(memory.logs().len(), 1);
}

/// Lines go on after the shutdown, on standard error; who has none has another layer for it.
fn check_what_was_told(test: &str) {
    for (lines, afterwards) in [("json", "INFO afterwards: event\n"), ("off", "")] {
        let outcome = run_without_exporters_under(test, &[("PILOTLIGHT_LOG_LINES", lines)]);
        assert!(outcome.stdout.contains("told of heard\n"), "{outcome:?}");
        assert!(outcome.stdout.contains("told of afterwards\n"), "{outcome:?}");
        assert_eq!(outcome.stderr, afterwards);
    }
}

/// Takes nothing.
struct Refusing;

impl Exporter for Refusing {
    fn component_type(&self) -> &'static str {
        "refusing_exporter"
    }

    fn export(&self, _: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async { Err(ExportError::permanent("not today")) })
    }
}

#[test]
fn a_loss_at_the_shutdown_is_told_where_the_layer_is_the_only_one() {
    const TEST: &str = "a_loss_at_the_shutdown_is_told_where_the_layer_is_the_only_one";
    if is_alone() {
        let registry = tracing_subscriber::registry().with(pilotlight::tracing::layer());
        tracing::subscriber::set_global_default(registry).unwrap();
        let guard = only_the_service().traces_exporter(Refusing).init().unwrap();
        tracing::info_span!("span").in_scope(|| {});
        return drop(guard);
    }
    let outcome = run_without_exporters(TEST);
    let told = &outcome.stderr;
    assert!(told.contains("pilotlight warning: 1 item lost by refusing_exporter"), "{told}");
    assert!(told.contains("pilotlight warning: telemetry was lost at shutdown"), "{told}");
    assert!(!told.contains("console_log_exporter"), "it delivered everything: {told}");
}

#[test]
fn a_registry_with_the_layer_may_be_there_before() {
    if is_alone() {
        let registry = tracing_subscriber::registry().with(pilotlight::tracing::layer()).with(Telling);
        tracing::subscriber::set_global_default(registry).unwrap();
        tracing::info_span!("too early").in_scope(|| {});
        let (memory, builder) = memory_and_builder();
        return check_that_both_hear(&memory, builder.init().unwrap());
    }
    check_what_was_told("a_registry_with_the_layer_may_be_there_before");
}

#[test]
fn a_registry_with_the_layer_may_come_after() {
    if is_alone() {
        let (memory, builder) = memory_and_builder();
        let guard = builder.without_subscriber().init().unwrap();
        let registry = tracing_subscriber::registry().with(Telling).with(pilotlight::tracing::layer());
        tracing::subscriber::set_global_default(registry).unwrap();
        return check_that_both_hear(&memory, guard);
    }
    check_what_was_told("a_registry_with_the_layer_may_come_after");
}

#[test]
fn pilotlights_own_messages_are_left_to_the_applications_subscriber() {
    const TEST: &str = "pilotlights_own_messages_are_left_to_the_applications_subscriber";
    if is_alone() {
        let registry = tracing_subscriber::registry().with(pilotlight::tracing::layer()).with(Telling);
        tracing::subscriber::set_global_default(registry).unwrap();
        only_the_service().init().unwrap().shutdown();
        return;
    }
    let variables = [("RUST_LOG", "shop=loud"), ("PILOTLIGHT_LOG_LINES", "off")];
    let outcome = run_without_exporters_under(TEST, &variables);
    assert_eq!(outcome.stdout.matches("told of pilotlight\n").count(), 1, "{outcome:?}");
    assert_eq!((outcome.log().len(), outcome.stderr.as_str()), (0, ""));
}

#[test]
fn a_subscriber_without_the_layer_is_an_error_before_anything_is_started() {
    if !is_alone() {
        run_without_exporters("a_subscriber_without_the_layer_is_an_error_before_anything_is_started");
        return;
    }
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Telling)).unwrap();
    let (_, builder) = memory_and_builder();
    let error = builder.init().unwrap_err();
    assert!(error.is_subscriber_installed() && !error.is_already_initialized());
    for advice in ["pilotlight::tracing::layer()", "without_subscriber()"] {
        assert!(error.to_string().contains(advice), "{error}");
    }
    #[cfg(target_os = "linux")]
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let name = std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap();
        assert!(!name.starts_with("pilotlight"), "{name}");
    }
    let (_, builder) = memory_and_builder();
    let guard = builder.without_subscriber().init().unwrap();
    let (_, builder) = memory_and_builder();
    assert!(builder.init().unwrap_err().is_already_initialized());
    drop(guard);
}
