//! `pilotlight doctor run`: programs that send, and programs that do not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};
use std::time::Duration;

use opentelemetry::logs::{LogRecord, Logger, LoggerProvider};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Span, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::config::{Otlp, ProcessEnvironment, Protocol, SettingsBuilder};
use pilotlight_sdk::pipeline::{self, Parts, Providers};
use serde_json::Value;

const CHILD: &str = "PILOTLIGHT_TEST_CHILD";

/// Runs a program with the doctor, which is given these variables.
fn observed(command: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_pilotlight"));
    doctor.args(["doctor", "run", "--json", "--"]).args(command).env_clear();
    doctor.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    doctor.envs(variables.iter().copied()).output().unwrap()
}

fn report(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}\n{errors}"))
}

/// This test's own program again, which then is only [`child`].
fn observed_child(kind: &str, variables: &[(&str, &str)]) -> Output {
    let this = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
    let variables = [variables, &[(CHILD, kind)]].concat();
    observed(&[&this, "--exact", "running::child", "--nocapture"], &variables)
}

fn ids(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

fn finds(report: &Value, id: &str) {
    assert!(ids(report).contains(&id), "{id} is not in {report:#}");
}

fn outcomes(report: &Value) -> Vec<String> {
    let observations = report["observations"].as_array().unwrap().iter();
    let words =
        |seen: &Value| format!("{} {}", seen["subject"].as_str().unwrap(), seen["outcome"].as_str().unwrap());
    observations.map(words).collect()
}

/// Not a test by itself: the program that others here run.
#[test]
fn child() {
    match std::env::var(CHILD).as_deref() {
        Ok("well") => well(),
        Ok("grpc") => over_grpc(),
        Ok("at once") => at_once(),
        Ok("open") => open(),
        Ok("dying") => dying("gauge", ""),
        Ok("idle") => dying("sum", r#","aggregationTemporality":1"#),
        Ok("named") => named(),
        _ => {}
    }
}

fn started(builder: SettingsBuilder) -> Providers {
    let settings = builder.resolve(&ProcessEnvironment).settings;
    pipeline::start(&settings, Parts::default()).unwrap()
}

/// A small service that does everything right.
fn well() {
    let providers = started(SettingsBuilder::new());
    let tracer = providers.tracer_provider.tracer("shop");
    tracer.in_span("GET /orders", |_| {
        tracer.in_span("SELECT", |_| {});
        let logger = providers.logger_provider.logger("shop");
        let mut record = logger.create_log_record();
        record.set_body("paid".into());
        logger.emit(record);
    });
    providers
        .meter_provider
        .meter("shop")
        .u64_counter("orders")
        .build()
        .add(1, &[KeyValue::new("kind", "new")]);
    assert!(providers.shutdown(Duration::from_secs(30)).is_complete());
}

/// One whose protocol is in its code, whatever it is told.
fn over_grpc() {
    let providers = started(SettingsBuilder::new().otlp(Otlp::new().protocol(Protocol::Grpc)));
    providers.tracer_provider.tracer("shop").start("GET /orders").end();
    assert!(providers.shutdown(Duration::from_secs(30)).is_complete());
}

/// One that ends with everything in its queue.
fn at_once() {
    let providers = started(SettingsBuilder::new());
    providers.tracer_provider.tracer("shop").start("GET /orders").end();
    std::process::exit(0);
}

/// One that flushes while its outermost span is open, and then ends.
fn open() {
    let providers = started(SettingsBuilder::new());
    let tracer = providers.tracer_provider.tracer("shop");
    let outer = Context::new().with_span(tracer.start("GET /orders"));
    tracer.start_with_context("SELECT", &outer).end();
    providers.force_flush(Duration::from_secs(30)).unwrap();
    std::process::exit(0);
}

/// One whose exporter sends metrics twice and never again, while it works on.
fn dying(kind: &str, temporality: &str) {
    for number in 1..=2 {
        let body = format!(
            r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}}]}},"scopeMetrics":[{{"metrics":[{{"name":"orders","{kind}":{{"dataPoints":[{{"timeUnixNano":"{number}000000000000000000","asInt":"1"}}]{temporality}}}}}]}}]}}]}}"#
        );
        post("/v1/metrics", &body);
    }
    std::thread::sleep(Duration::from_millis(2_500));
}

fn named() {
    let providers = started(SettingsBuilder::new().service_name("its own"));
    providers.tracer_provider.tracer("shop").start("GET /orders").end();
    assert!(providers.shutdown(Duration::from_secs(30)).is_complete());
}

fn post(path: &str, body: &str) {
    let endpoint = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap();
    let address = endpoint.strip_prefix("http://").unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_protocol_that_is_chosen_in_code_is_as_good_as_the_one_that_it_is_told() {
    let output = observed_child("grpc", &[]);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!(ids(&report), [] as [&str; 0], "{report:#}");
}

#[test]
fn of_a_program_that_is_well_nothing_is_said() {
    let output = observed_child("well", &[]);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!(ids(&report), [] as [&str; 0], "{report:#}");
    let outcomes = outcomes(&report);
    for seen in ["traces came", "metrics came", "logs came", "program ended", "program sent"] {
        assert!(outcomes.iter().any(|outcome| outcome == seen), "{seen}: {report:#}");
    }
    let flushed = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "flushed").unwrap();
    assert_eq!(flushed["status"], "pass");
}

#[test]
fn a_program_that_ends_before_its_first_batch_sends_nothing() {
    // However slow the machine is, it ends before that.
    let output = observed_child("at once", &[("OTEL_BSP_SCHEDULE_DELAY", "600000")]);
    assert_eq!(output.status.code(), Some(1));
    finds(&report(&output), "ended-before-flush");
}

#[test]
fn a_program_that_does_not_flush_at_its_end_leaves_spans_behind() {
    let output = observed_child("open", &[]);
    assert_eq!(output.status.code(), Some(1));
    finds(&report(&output), "not-flushed");
}

#[test]
fn an_exporter_that_stops_before_its_program_is_noticed() {
    let output = observed_child("dying", &[("OTEL_METRIC_EXPORT_INTERVAL", "10")]);
    assert_eq!(output.status.code(), Some(1));
    finds(&report(&output), "exporter-stopped");
}

#[test]
fn an_exporter_of_deltas_with_nothing_new_has_not_stopped() {
    let output = observed_child("idle", &[("OTEL_METRIC_EXPORT_INTERVAL", "10")]);
    let report = report(&output);
    assert!(!ids(&report).contains(&"exporter-stopped"), "{report:#}");
}

#[test]
fn a_name_that_is_set_in_code_wins_and_is_mentioned() {
    let output = observed_child("named", &[]);
    let report = report(&output);
    finds(&report, "variable-ignored");
    assert_eq!(output.status.code(), Some(0), "{report:#}");
}

#[cfg(unix)]
#[test]
fn a_program_that_sends_nothing_in_all_its_time_has_no_sdk_at_work() {
    let output = observed(&["sh", "-c", "exit 3"], &[("OTEL_BSP_SCHEDULE_DELAY", "0")]);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(1));
    finds(&report, "nothing-came");
    assert!(outcomes(&report).contains(&"program failed".to_owned()), "{report:#}");
}

#[cfg(unix)]
#[test]
fn what_a_program_says_itself_is_explained() {
    let output = observed(&["sh", "-c", "echo hello; echo 'there is no reactor running' >&2"], &[]);
    finds(&report(&output), "async-client-without-runtime");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("hello") && errors.contains("no reactor"), "{errors}");
}

#[test]
fn a_program_that_is_not_there_cannot_be_checked() {
    let output = observed(&["./no-such-program"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no such program"));
}
