//! Programs under test, as processes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use e2e::Receiver;
use rustix::process::{Pid, Signal, kill_process};

/// A process that is killed with the test that started it.
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    /// Reads along, so that the process never waits for somebody to read.
    stderr: Option<JoinHandle<String>>,
}

/// How a process ended and what it said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// One of the programs in `scenario.rs`.
pub(crate) fn scenario(name: &str) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_scenario"));
    command.arg(name);
    command
}

/// A program without the telemetry settings of whoever runs the tests. Without logs as well, unless a test sets these two otherwise:
/// standard output is then the program's alone, and what Pilotlight says about itself is on standard error.
pub(crate) fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("OTEL_") || name.starts_with("PILOTLIGHT_") || name == "RUST_LOG" {
            command.env_remove(&*name);
        }
    }
    command.env("OTEL_LOGS_EXPORTER", "none").env("PILOTLIGHT_LOG_LINES", "off");
    command
}

/// Sends to `receiver`.
pub(crate) fn exporting<'a>(
    command: &'a mut Command,
    receiver: &Receiver,
    protocol: &str,
) -> &'a mut Command {
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint())
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    Process::start(command).wait()
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        Self { child, stdout, stderr: Some(stderr) }
    }

    /// What follows `beginning` on the next line of standard output that begins so.
    pub(crate) fn line(&mut self, beginning: &str) -> String {
        let mut line = String::new();
        while self.stdout.read_line(&mut line).unwrap() > 0 {
            if let Some(rest) = line.trim_end().strip_prefix(beginning) {
                return rest.to_owned();
            }
            line.clear();
        }
        panic!("the program ended without saying {beginning:?}");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn wait(mut self) -> Outcome {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        let stderr = self.stderr.take().unwrap().join().unwrap();
        Outcome { status: self.child.wait().unwrap(), stdout, stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
