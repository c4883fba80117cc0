//! One process that does not outlive its parent.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::tools::libraries;

/// How often a process is asked whether it has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// A process that runs. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts a program in a process group of its own: a Ctrl-C at the terminal is for the test, which then takes the server along.
    pub(super) fn start(mut command: Command, log: File) -> Result<Self, String> {
        let shown = format!("{} cannot be started", command.get_program().to_string_lossy());
        let with = |error| format!("{shown}: {error}");
        let output = log.try_clone().map_err(with)?;
        command.stdin(Stdio::null()).stdout(output).stderr(log).process_group(0);
        on_lasting_thread(command).map(Self).map_err(with)
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    /// How it has ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    /// Kills it and all that it has started, and waits until they are gone.
    pub(super) fn kill(mut self) {
        self.kill_all();
    }

    /// Sends a signal and waits for the end. False when it had to be killed.
    pub(super) fn end_with(mut self, signal: Signal, patience: Duration) -> bool {
        let asked = Instant::now();
        self.send(signal);
        while self.ended().is_none() {
            if asked.elapsed() > patience {
                return false;
            }
            thread::sleep(PAUSE);
        }
        true
    }

    fn kill_all(&mut self) {
        // While it is stopped, it starts no more of them.
        self.send(Signal::STOP);
        let children = children_of(self.id());
        self.send(Signal::KILL);
        let _ = self.0.wait();
        for child in &children {
            // It may have ended with its parent.
            let _ = kill_process(*child, Signal::KILL);
        }
        while children.iter().any(|child| is_running(*child)) {
            thread::sleep(PAUSE);
        }
    }

    fn send(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.id()).ok().and_then(Pid::from_raw) {
            // It may have ended by itself. Its number is not given to another before we have waited for it.
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.kill_all();
        }
    }
}

/// The command of a program that gets `death` when its parent ends, and finds the libraries that were unpacked with it.
///
/// It goes by way of `setpriv`, which asks the system for that signal and then becomes the program. Only Linux has both: elsewhere a
/// server is left behind when its parent is killed.
pub(crate) fn command(program: &Path, death: Signal) -> Command {
    let mut command = if cfg!(target_os = "linux") {
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig").arg(name(death)).arg("--").arg(program);
        command
    } else {
        Command::new(program)
    };
    let libraries = program.parent().map(libraries).unwrap_or_default();
    if !libraries.is_empty() {
        command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).unwrap_or_default());
    }
    command
}

/// As `setpriv` calls it. What it may not know kills.
fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::QUIT => "QUIT",
        Signal::TERM => "TERM",
        _ => "KILL",
    }
}

/// Runs a command to its end, with this as its input, and returns what it wrote.
///
/// # Panics
/// When it fails, with what it wrote.
pub(crate) fn run(command: &mut Command, input: &str) -> String {
    let shown = format!("{command:?}");
    let output = output_of(command, input).unwrap_or_else(|error| panic!("{shown} cannot be run: {error}"));
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{shown} failed ({}):\n{stdout}{stderr}", output.status);
    stdout
}

fn output_of(command: &mut Command, input: &str) -> io::Result<Output> {
    // A file: a pipe would have to be written and read at the same time.
    let mut file = tempfile::tempfile()?;
    file.write_all(input.as_bytes())?;
    file.rewind()?;
    command.stdin(file).output()
}

/// For the system, the parent of a process is the thread that started it, and a test's thread ends with the test: one of our own starts
/// them all.
fn on_lasting_thread(command: Command) -> io::Result<Child> {
    type Request = (Command, mpsc::Sender<io::Result<Child>>);
    static STARTER: OnceLock<mpsc::Sender<Request>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (starter, requests) = mpsc::channel::<Request>();
        let start = move || {
            for (mut command, answer) in requests {
                // Whoever asked waits for it.
                let _ = answer.send(command.spawn());
            }
        };
        thread::Builder::new().name("server starter".into()).spawn(start).expect("a thread can be started");
        starter
    });
    let (answer, answered) = mpsc::channel();
    let gone = || io::Error::other("the thread that starts servers is gone");
    starter.send((command, answer)).map_err(|_| gone())?;
    answered.recv().unwrap_or_else(|_| Err(gone()))
}

/// What a process has started, where the system tells.
fn children_of(process: u32) -> Vec<Pid> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?)).collect()
}

/// Whether a process that is not ours to wait for still does something. One that ended is there until its new parent looks.
fn is_running(process: Pid) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())) else {
        return false;
    };
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}
