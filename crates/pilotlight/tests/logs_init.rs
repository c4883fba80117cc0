//! One call gives all three signals through `tracing`, `log` and the API.
#![cfg(feature = "log")]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::time::Duration;

use common::{is_alone, only_the_service, run_without_exporters, run_without_exporters_under};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use pilotlight::sdk::record::{LogMut, LogRecordProcessor};
use pilotlight::sdk::transport::{
    Batch, BoxFuture, ExportError, Exporter, InMemoryExporter, Receipt, TextLogs, TextTree,
};
use tracing::Instrument;

const SOON: Duration = Duration::from_secs(30);

fn into(memory: &InMemoryExporter) -> pilotlight::Builder {
    only_the_service().traces_exporter(memory.clone()).logs_exporter(memory.clone())
}

/// Names and parents of the spans in memory.
fn tree(memory: &InMemoryExporter) -> String {
    TextTree::new().with_attributes(["none"]).draw(&memory.spans())
}

fn logs(memory: &InMemoryExporter) -> String {
    TextLogs::new().except_attributes(["code.*"]).spans(&memory.spans()).draw(&memory.logs())
}

#[test]
fn one_call_leads_tracing_and_log_to_spans_records_and_lines() {
    if is_alone() {
        let memory = InMemoryExporter::new();
        let guard = into(&memory).init().unwrap();
        {
            let _span = tracing::info_span!("checkout", user_id = 123).entered();
            tracing::info!(target: "shop", items = 3, "Processing request");
            log::warn!(target: "library", retries = 2; "slow");
        }
        guard.force_flush(SOON).unwrap();
        assert_eq!(tree(&memory), "checkout\n");
        assert_eq!(
            logs(&memory),
            "INFO shop \"Processing request\" items=3 · in checkout\nWARN library \"slow\" retries=2 · in checkout\n"
        );
        let report = guard.shutdown();
        assert!(report.is_complete() && report.open_spans == 0, "{report}");
        return;
    }
    let outcome = run_without_exporters("one_call_leads_tracing_and_log_to_spans_records_and_lines");
    let lines = outcome.lines();
    assert_eq!(outcome.log(), ["INFO shop Processing request", "WARN library slow"]);
    assert_eq!((&lines[0]["items"], &lines[1]["retries"]), (&3.into(), &2.into()));
    assert_eq!(lines[0]["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(lines[0]["span_id"], lines[1]["span_id"]);
}

#[test]
fn rust_log_silences_logs_and_keeps_every_span() {
    if is_alone() {
        let memory = InMemoryExporter::new();
        let guard = into(&memory).init().unwrap();
        tracing::info_span!("outer").in_scope(|| {
            tracing::info_span!("inner").in_scope(|| tracing::warn!("no"));
            log::info!("no");
            tracing::error!(target: "t", "yes");
        });
        guard.shutdown();
        assert_eq!(tree(&memory), "outer ✗ \n  └─ inner\n".replace("✗ \n", "✗\n"));
        assert_eq!(log::max_level(), log::LevelFilter::Error);
        return;
    }
    let outcome =
        run_without_exporters_under("rust_log_silences_logs_and_keeps_every_span", &[("RUST_LOG", "error")]);
    assert_eq!(outcome.log(), ["ERROR t yes"]);
}

#[test]
fn filters_are_exchanged_while_the_service_runs() {
    if !is_alone() {
        run_without_exporters("filters_are_exchanged_while_the_service_runs");
        return;
    }
    let memory = InMemoryExporter::new();
    let guard = into(&memory).log_filter("warn").init().unwrap();
    let tell = |name: &'static str| {
        tracing::info_span!("span", otel.name = name).in_scope(|| {
            tracing::info!(target: "t", "event {name}");
            log::info!(target: "t", "record {name}");
        });
    };
    tell("1");
    guard.set_log_filter("info").unwrap();
    tell("2");
    pilotlight::tracing::set_span_filter("off").unwrap();
    tell("3");
    let error = guard.set_log_filter("shop=loud").unwrap_err();
    assert!(error.to_string().contains("loud"), "{error}");
    assert_eq!(pilotlight::tracing::log_filter(), "info");
    assert_eq!(pilotlight::tracing::span_filter(), "off");
    guard.shutdown();
    assert_eq!(tree(&memory), "1\n\n2\n");
    assert_eq!(
        logs(&memory),
        "INFO t \"event 2\" · in 2\nINFO t \"record 2\" · in 2\nINFO t \"event 3\"\nINFO t \"record 3\"\n"
    );
}

#[test]
fn telemetry_is_turned_off_and_on_again_with_the_same_subscriber() {
    if is_alone() {
        let first = InMemoryExporter::new();
        let guard = into(&first).log_filter("info").init().unwrap();
        tracing::info!(target: "t", "first");
        guard.shutdown();

        tracing::info_span!("nobody's").in_scope(|| {
            tracing::info!(target: "between", n = 1, "event\nof two lines");
            log::warn!(target: "between", n = 2; "record");
            log::debug!(target: "between", "too quiet");
        });

        let second = InMemoryExporter::new();
        let guard = into(&second).log_filter("warn").init().unwrap();
        tracing::info_span!("second's").in_scope(|| {
            tracing::info!(target: "t", "too quiet");
            log::warn!(target: "t", "second");
        });
        assert!(guard.logger_provider().is_some());
        drop(guard);
        assert_eq!((logs(&first), tree(&first)), ("INFO t \"first\"\n".into(), String::new()));
        assert_eq!(logs(&second), "WARN t \"second\" · in second's\n");
        return;
    }
    let outcome = run_without_exporters("telemetry_is_turned_off_and_on_again_with_the_same_subscriber");
    assert_eq!(outcome.log(), ["INFO t first", "WARN t second"]);
    assert_eq!(outcome.stderr, "INFO between: event\\nof two lines n=1\nWARN between: record n=2\n");
}

#[test]
fn what_processors_may_have_hidden_is_not_shown_when_they_are_gone() {
    struct Nothing;
    impl LogRecordProcessor for Nothing {
        fn on_emit(&self, log: &mut LogMut<'_>, _: &Context) {
            log.set_attribute("password", "hidden".into());
        }
    }
    if is_alone() {
        let guard = only_the_service().log_record_processor(Nothing).init().unwrap();
        tracing::info!(target: "t", password = "secret", "told");
        guard.shutdown();
        tracing::info!(target: "t", password = "secret", "not told");
        return;
    }
    let outcome = run_without_exporters("what_processors_may_have_hidden_is_not_shown_when_they_are_gone");
    assert_eq!(outcome.log(), ["INFO t told"]);
    assert_eq!(outcome.lines()[0]["password"], "hidden");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn without_telemetry_there_is_still_a_log() {
    if is_alone() {
        let memory = InMemoryExporter::new();
        let guard = into(&memory).init().unwrap();
        tracing::info_span!("unseen").in_scope(|| {
            tracing::info!(target: "t", "event");
            log::info!(target: "t", "record");
            assert!(!Context::current().span().span_context().is_valid());
        });
        assert!(guard.tracer_provider().is_none() && guard.meter_provider().is_none());
        guard.shutdown();
        assert_eq!((memory.spans().len(), memory.logs().len()), (0, 0));
        return;
    }
    let disabled = [("OTEL_SDK_DISABLED", "true")];
    let outcome = run_without_exporters_under("without_telemetry_there_is_still_a_log", &disabled);
    assert_eq!(outcome.log(), ["INFO t event", "INFO t record"]);
    let silent = [("OTEL_SDK_DISABLED", "true"), ("PILOTLIGHT_LOG_LINES", "off")];
    let outcome = run_without_exporters_under("without_telemetry_there_is_still_a_log", &silent);
    assert!(outcome.log().is_empty(), "{outcome:?}");
}

#[test]
fn what_is_wrong_with_settings_is_in_the_log_or_on_standard_error_without_one() {
    const TEST: &str = "what_is_wrong_with_settings_is_in_the_log_or_on_standard_error_without_one";
    if is_alone() {
        only_the_service().init().unwrap().shutdown();
        return;
    }
    let bad = ("RUST_LOG", "warn,shop=loud");
    let bad_sampler = ("OTEL_TRACES_SAMPLER", "sometimes");
    let outcome = run_without_exporters_under(TEST, &[bad, bad_sampler]);
    let log = outcome.log();
    assert_eq!(log.len(), 2, "{outcome:?}");
    assert!(log[0].starts_with("WARN pilotlight ") && log[0].contains("OTEL_TRACES_SAMPLER"), "{log:?}");
    assert!(log[1].starts_with("WARN pilotlight log filter: \"shop=loud\""), "{log:?}");
    assert_eq!(outcome.stderr, "");

    let outcome = run_without_exporters_under(TEST, &[bad, ("PILOTLIGHT_LOG_LINES", "off")]);
    assert!(outcome.log().is_empty(), "{outcome:?}");
    assert!(outcome.stderr.starts_with("pilotlight warning: log filter: \"shop=loud\""), "{outcome:?}");
}

#[test]
fn spans_that_are_still_open_are_in_the_report() {
    if !is_alone() {
        run_without_exporters("spans_that_are_still_open_are_in_the_report");
        return;
    }
    let memory = InMemoryExporter::new();
    let guard = into(&memory).init().unwrap();
    let kept = tracing::info_span!("kept");
    let entered = tracing::info_span!("entered").entered();
    let report = guard.shutdown();
    assert_eq!(report.open_spans, 2);
    assert!(report.to_string().ends_with("; 2 spans still open"), "{report}");
    drop((kept, entered));
    assert_eq!(tree(&memory), "");
    assert_eq!(Context::current().span().span_context(), Context::new().span().span_context());
}

async fn work() {
    async {
        tokio::task::yield_now().await;
        tracing::info!(target: "t", "in the task");
    }
    .instrument(tracing::info_span!("inner"))
    .await;
}

#[test]
fn spans_are_held_across_await_on_every_runtime() {
    if !is_alone() {
        run_without_exporters("spans_are_held_across_await_on_every_runtime");
        return;
    }
    let runtimes =
        [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()];
    for mut runtime in runtimes {
        let memory = InMemoryExporter::new();
        let report = runtime.enable_all().build().unwrap().block_on(async {
            let guard = into(&memory).init().unwrap();
            let task = work().instrument(tracing::info_span!("outer"));
            tokio::spawn(task).await.unwrap();
            guard.shutdown_async().await
        });
        assert!(report.is_complete(), "{report}");
        assert_eq!(tree(&memory), "outer\n  └─ inner\n");
        assert_eq!(logs(&memory), "INFO t \"in the task\" · in inner\n");
    }
}

#[test]
fn another_logger_of_the_log_crate_is_a_warning() {
    struct Silent;
    impl log::Log for Silent {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            false
        }
        fn log(&self, _: &log::Record<'_>) {}
        fn flush(&self) {}
    }
    if is_alone() {
        log::set_logger(&Silent).unwrap();
        only_the_service().init().unwrap().shutdown();
        return;
    }
    let outcome = run_without_exporters("another_logger_of_the_log_crate_is_a_warning");
    let log = outcome.log();
    assert_eq!(log.len(), 1, "{outcome:?}");
    assert!(log[0].starts_with("WARN pilotlight records of the `log` crate"), "{log:?}");
}

#[test]
fn what_the_last_exports_have_to_say_is_on_standard_error() {
    struct Deaf;
    impl Exporter for Deaf {
        fn component_type(&self) -> &'static str {
            "deaf"
        }
        fn export(&self, _: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
            Box::pin(async {
                Ok(Receipt { rejected: 1, message: Some("not listening".into()), ..Receipt::default() })
            })
        }
    }
    const TEST: &str = "what_the_last_exports_have_to_say_is_on_standard_error";
    if is_alone() {
        let guard = only_the_service().traces_exporter(Deaf).init().unwrap();
        tracing::info_span!("work").in_scope(|| {});
        drop(guard);
        return;
    }
    for lines in ["json", "off"] {
        let outcome = run_without_exporters_under(TEST, &[("PILOTLIGHT_LOG_LINES", lines)]);
        let said: Vec<_> = outcome.stderr.lines().collect();
        assert_eq!(said.len(), 2, "{outcome:?}");
        assert!(said[0].starts_with("pilotlight warning: the receiver rejected 1 of 1 items"), "{outcome:?}");
        assert!(said[1].starts_with("pilotlight warning: telemetry was lost at shutdown"), "{outcome:?}");
    }
}
