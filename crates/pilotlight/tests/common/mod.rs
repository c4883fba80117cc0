//! Tests in processes of their own: global providers are installed once a process.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

#[path = "../../../pilotlight-sdk/tests/common/receiver.rs"]
pub mod receiver;

use std::process::Command;
use std::time::Duration;

use opentelemetry::metrics::Meter;
use pilotlight::sdk::batch::Reader;
use pilotlight::sdk::transport::InMemoryExporter;

/// Set for the process that a test starts: itself again.
const ALONE: &str = "PILOTLIGHT_TEST_ALONE";

/// What a process left behind.
#[derive(Debug)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
}

/// Whether this is the process that a test started.
pub fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// Runs the test called `test` again in a process of its own, under these variables and no others that telemetry reads.
/// Fails when it does.
pub fn run_alone(test: &str, variables: &[(&str, &str)]) -> Outcome {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(ALONE, "1");
    for (name, _) in std::env::vars().filter(|(name, _)| is_read_by_telemetry(name)) {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    let outcome = Outcome { stdout, stderr };
    let has_passed = output.status.success() && outcome.stdout.contains("test result: ok. 1 passed");
    assert!(has_passed, "{test} under {variables:?}: {outcome:#?}");
    outcome
}

fn is_read_by_telemetry(variable: &str) -> bool {
    variable.starts_with("OTEL_") || variable.starts_with("PILOTLIGHT_") || variable == "RUST_LOG"
}

/// The same, without log records anywhere, lines included.
pub fn run_without_logs(test: &str, variables: &[(&str, &str)]) -> Outcome {
    run_alone(test, &[&[("OTEL_LOGS_EXPORTER", "none"), ("PILOTLIGHT_LOG_LINES", "off")], variables].concat())
}

/// The same, with nothing exported but to what the test itself asks for.
pub fn run_without_exporters(test: &str) -> Outcome {
    run_without_exporters_under(test, &[])
}

/// The same, under these variables.
pub fn run_without_exporters_under(test: &str, variables: &[(&str, &str)]) -> Outcome {
    run_alone(test, &[&NO_EXPORTERS, variables].concat())
}

/// Nothing is exported but to what a test itself asks for, and to the lines on standard output.
pub const NO_EXPORTERS: [(&str, &str); 3] =
    [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")];

impl Outcome {
    /// The JSON lines among what was printed.
    pub fn lines(&self) -> Vec<serde_json::Value> {
        // The harness may have begun a line.
        let objects = self.stdout.lines().filter_map(|line| line.find("{\"").map(|start| &line[start..]));
        objects.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The lines' levels, targets and messages.
    pub fn log(&self) -> Vec<String> {
        let text = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let lines = self.lines();
        lines
            .iter()
            .map(|line| format!("{} {} {}", text(line, "level"), text(line, "target"), text(line, "message")))
            .collect()
    }
}

/// Settings without what the process, the runtime and Pilotlight tell about themselves.
pub fn only_the_service() -> pilotlight::Builder {
    let builder = pilotlight::builder().self_metrics(false);
    #[cfg(feature = "runtime")]
    let builder = builder.without_runtime_metrics();
    builder
}

/// Exports to `memory`, when it is asked to.
pub fn reader_of(memory: &InMemoryExporter) -> Reader {
    Reader::periodic(memory.clone()).interval(Duration::from_secs(3600))
}

/// Measures once with a counter of the meter.
pub fn count(meter: &Meter) {
    meter.u64_counter("counted").build().add(1, &[]);
}
