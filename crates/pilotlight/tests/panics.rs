//! Panics of a whole program, main thread included: no test harness in between.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::process::{Command, Output};

use common::NO_EXPORTERS;

/// Set for the program that panics: how.
const PROGRAM: &str = "PANICS_TEST_PROGRAM";

fn main() {
    match std::env::var(PROGRAM).as_deref() {
        Ok("main") => panic_in_main(),
        Ok("thread") => panic_in_a_thread(),
        Ok("without_hook") => panic_without_hook(),
        _ => {
            a_panic_in_main_is_exported_and_printed_with_its_ids();
            a_panic_in_a_thread_is_logged_and_the_program_goes_on();
            without_the_hook_panics_are_left_alone();
        }
    }
}

fn panic_in_main() {
    let _guard = pilotlight::init().unwrap();
    let _span = tracing::info_span!("startup").entered();
    panic!("out of cheese");
}

fn panic_in_a_thread() {
    let guard = pilotlight::builder().init().unwrap();
    let outcome = std::thread::spawn(|| panic!("in a thread")).join();
    assert!(outcome.is_err());
    tracing::info!(target: "t", "went on");
    guard.shutdown();
}

fn panic_without_hook() {
    let _guard = pilotlight::builder().without_panic_hook().init().unwrap();
    panic!("nobody's");
}

fn run(program: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(PROGRAM, program).env_remove("RUST_LOG").env_remove("RUST_BACKTRACE");
    command.envs(NO_EXPORTERS).envs(variables.iter().copied()).output().unwrap()
}

/// The JSON lines on standard output.
fn lines(output: &Output) -> Vec<serde_json::Value> {
    let stdout = str::from_utf8(&output.stdout).unwrap();
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn a_panic_in_main_is_exported_and_printed_with_its_ids() {
    let receiver = common::receiver::Receiver::start();
    let variables = [
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()),
    ];
    let output = run("main", &variables);
    assert_eq!(output.status.code(), Some(101), "{output:?}");
    let lines = lines(&output);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["event_name"], "exception");
    assert_eq!(lines[0]["exception.message"], "out of cheese");
    assert_eq!(lines[0]["trace_id"].as_str().unwrap().len(), 32);
    assert!(String::from_utf8_lossy(&output.stderr).contains("out of cheese"));
    let sent = receiver.bodies("/v1/logs");
    assert_eq!(sent.len(), 1);
    assert!(String::from_utf8_lossy(&sent[0]).contains("out of cheese"));
}

fn a_panic_in_a_thread_is_logged_and_the_program_goes_on() {
    let output = run("thread", &[]);
    assert!(output.status.success(), "{output:?}");
    let lines = lines(&output);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().any(|line| line["exception.message"] == "in a thread"));
    assert!(lines.iter().any(|line| line["message"] == "went on"));
}

fn without_the_hook_panics_are_left_alone() {
    let output = run("without_hook", &[]);
    assert_eq!(output.status.code(), Some(101), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
}
