//! Programs under test, as processes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread::JoinHandle;

use e2e::Receiver;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A process that is killed with the test that started it.
pub(crate) struct Process {
    child: Child,
    /// `None` once nobody reads it any more, or somebody else does.
    stdout: Option<BufReader<ChildStdout>>,
    /// Reads along where the process writes more than a pipe holds.
    reading: Option<JoinHandle<String>>,
    /// Reads along, so that the process never waits for somebody to read.
    stderr: Option<JoinHandle<String>>,
    /// The lines of standard error, as they come.
    complaints: Mutex<mpsc::Receiver<String>>,
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
        if name.starts_with("OTEL_") || name.starts_with("PILOTLIGHT_") || OTHERS.contains(&&*name) {
            command.env_remove(&*name);
        }
    }
    command.env("OTEL_LOGS_EXPORTER", "none").env("PILOTLIGHT_LOG_LINES", "off");
    command
}

/// Variables of other programs that ours read as well.
const OTHERS: [&str; 3] = ["RUST_LOG", "DATABASE_URL", "NATS_URL"];

/// With logs, after all: over OTLP and as JSON lines.
pub(crate) fn logging(command: &mut Command) -> &mut Command {
    command.env_remove("OTEL_LOGS_EXPORTER").env("PILOTLIGHT_LOG_LINES", "json")
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
        let stdout = Some(BufReader::new(child.stdout.take().unwrap()));
        let (told, complaints) = mpsc::channel();
        let stderr = Some(lines_of(child.stderr.take().unwrap(), told));
        Self { child, stdout, reading: None, stderr, complaints: Mutex::new(complaints) }
    }

    /// What follows `words` on the next line of standard output that has them.
    pub(crate) fn line(&mut self, words: &str) -> String {
        loop {
            let line = self.next_line();
            assert!(!line.is_empty(), "the program ended without saying {words:?}");
            if let Some((_, rest)) = line.trim_end().split_once(words) {
                return rest.to_owned();
            }
        }
    }

    /// What follows `words` on the next line of standard error that has them.
    pub(crate) fn error_line(&mut self, words: &str) -> String {
        let mut lines = self.complaints.get_mut().unwrap().iter();
        let found = lines.find_map(|line| Some(line.split_once(words)?.1.to_owned()));
        found.unwrap_or_else(|| panic!("the program ended without saying {words:?}"))
    }

    /// The next line of standard output, with its end; empty at the end.
    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    /// From here on, somebody reads what is written to standard output.
    pub(crate) fn read_along(&mut self) {
        if let Some(stdout) = self.stdout.take() {
            self.reading = Some(all_of(stdout));
        }
    }

    /// From here on, writing to standard output fails.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// The processes that it started and that have not ended.
    #[cfg(target_os = "linux")]
    pub(crate) fn children(&self) -> Vec<Pid> {
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        children.split_whitespace().map(|pid| Pid::from_raw(pid.parse().unwrap()).unwrap()).collect()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn wait(mut self) -> Outcome {
        self.read_along();
        self.wait_unread()
    }

    /// The same, reading nothing of standard output until the process has ended, unless somebody else does.
    pub(crate) fn wait_unread(mut self) -> Outcome {
        let status = self.child.wait().unwrap();
        self.read_along();
        let text = |reading: Option<JoinHandle<String>>| {
            reading.map_or_else(String::new, |reading| reading.join().unwrap())
        };
        Outcome { status, stdout: text(self.reading.take()), stderr: text(self.stderr.take()) }
    }
}

/// Reads until the end, in a thread.
fn all_of(mut output: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    })
}

/// The same, telling each line as it comes.
fn lines_of(output: impl Read + Send + 'static, told: mpsc::Sender<String>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let (mut output, mut all) = (BufReader::new(output), String::new());
        loop {
            let from = all.len();
            if output.read_line(&mut all).unwrap() == 0 {
                return all;
            }
            // Nobody waits for a line once the process is waited for.
            let _ = told.send(all[from..].trim_end().to_owned());
        }
    })
}

impl Outcome {
    /// The log lines among what is left of standard output: what is not JSON is the program's own.
    pub(crate) fn log_lines(&self) -> Vec<Value> {
        let is_line = |line: &&str| line.starts_with('{');
        let parsed = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        self.stdout.lines().filter(is_line).map(parsed).collect()
    }

    /// How many log lines came out whole, where the last one may not have.
    pub(crate) fn log_lines_but_the_torn_one(&self) -> usize {
        let whole = self.stdout.rfind('\n').map_or("", |end| &self.stdout[..end]);
        whole.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count()
    }

    /// What the report, which is the last thing said on standard error, says of an exporter.
    pub(crate) fn account(&self, exporter: &str) -> Account {
        Account::of(self.stderr.trim_end().lines().last().unwrap_or_default(), exporter)
    }
}

/// What became of one exporter's items.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) exported: u64,
    pub(crate) rejected: u64,
    pub(crate) dropped: u64,
    pub(crate) unfinished: u64,
}

impl Account {
    /// Read from a report as people read it.
    pub(crate) fn of(report: &str, exporter: &str) -> Self {
        let of_exporter = report.split("; ").find_map(|part| part.split_once(&format!("{exporter}: ")));
        let (_, told) = of_exporter.unwrap_or_else(|| panic!("{report:?} does not tell of {exporter}"));
        let told = told.split(" (last error").next().unwrap();
        let number = |text: &str| text.split(' ').find_map(|word| word.parse::<u64>().ok());
        let count = |word: &str| told.split(", ").find(|part| part.contains(word)).and_then(number);
        Self {
            exported: count(" exported").unwrap(),
            rejected: count(" rejected").unwrap_or_default(),
            dropped: count(" dropped").unwrap_or_default(),
            unfinished: count("not finished").unwrap_or_default(),
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.exported + self.rejected + self.dropped + self.unfinished
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
