//! The shop's program as a process, with the children that it starts.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// For what takes no time but that of a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// A program whose standard output is read on demand.
pub(crate) struct Process {
    child: Child,
    /// None once it is closed.
    stdout: Option<BufReader<ChildStdout>>,
    stderr: Option<JoinHandle<String>>,
    heard: String,
}

/// How it ended, and all that it said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The shop on free ports, without notice, and without the telemetry settings of whoever runs the tests.
pub(crate) fn shop(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["OTEL_", "PILOTLIGHT_", "SHOP_", "RUST_LOG", "DATABASE_URL", "NATS_URL"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(&*name);
        }
    }
    command.env("OTEL_TRACES_EXPORTER", "none").env("OTEL_METRICS_EXPORTER", "none");
    command.env("PILOTLIGHT_LOG_LINES", "json").args(flags);
    command
}

/// All three programs, listening.
pub(crate) fn running(command: &mut Command) -> Process {
    command.args(["--addr=127.0.0.1:0", "--notice-ms=0"]);
    let mut process = Process::start(command);
    for words in ["inventory listens on http://", "payments listens on http://", "shop listens on http://"] {
        process.until(words);
    }
    process
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().map(BufReader::new);
        let mut stderr = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        Self { child, stdout, stderr: Some(stderr), heard: String::new() }
    }

    /// Reads until somebody has said this, and returns the rest of the line.
    pub(crate) fn until(&mut self, words: &str) -> String {
        loop {
            if let Some((_, rest)) = self.heard.split_once(words) {
                return rest.lines().next().unwrap_or_default().to_owned();
            }
            let read = self.stdout.as_mut().unwrap().read_line(&mut self.heard).unwrap();
            assert!(read > 0, "nobody said {words:?}:\n{}", self.heard);
        }
    }

    /// Where the gateway listens.
    pub(crate) fn addr(&mut self) -> String {
        self.until("shop listens on http://").split('"').next().unwrap().to_owned()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The children, each with the program that it is.
    pub(crate) fn children(&self) -> Vec<(String, Pid)> {
        let id = self.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        // One that has just ended has no command line any more.
        let program = |pid: &str| {
            let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
            Some((line.split('\0').nth(1)?.to_owned(), Pid::from_raw(pid.parse().ok()?)?))
        };
        children.split_whitespace().filter_map(program).collect()
    }

    pub(crate) fn child(&self, name: &str) -> Pid {
        self.children().into_iter().find(|(program, _)| program == name).unwrap().1
    }

    /// From here on, writing to standard output fails.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Waits for its end, and for that of everybody who writes where it does.
    pub(crate) fn wait(mut self) -> Outcome {
        if let Some(stdout) = &mut self.stdout {
            stdout.read_to_string(&mut self.heard).unwrap();
        }
        self.wait_unread()
    }

    /// The same, without reading what it says on standard output.
    pub(crate) fn wait_unread(mut self) -> Outcome {
        let stderr = self.stderr.take().unwrap().join().unwrap();
        let status = self.child.wait().unwrap();
        Outcome { status, stdout: std::mem::take(&mut self.heard), stderr }
    }
}

/// A test that fails leaves nobody behind either.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until none of them is there, other than as something for whoever inherits them to collect.
pub(crate) fn assert_gone(processes: &[(String, Pid)]) {
    let began = Instant::now();
    for (name, pid) in processes {
        while is_there(*pid) {
            assert!(began.elapsed() < SOON, "the {name} is still there");
            std::thread::yield_now();
        }
    }
}

fn is_there(pid: Pid) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let is_zombie = state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'));
    test_kill_process(pid).is_ok() && !is_zombie
}
