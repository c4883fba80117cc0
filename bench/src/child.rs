//! Runs this program again as a process of its own, and reads what it reports.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write, stdout};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::unistd::dup2_stdout;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

/// An environment variable and its value.
pub type Variable = (&'static str, String);

/// Starts this program with other arguments; its input and output are pipes.
///
/// # Errors
///
/// When the operating system refuses.
pub fn start(arguments: &[&str]) -> Result<Child> {
    start_in(&[], arguments)
}

/// The same with environment variables that this process does not have.
///
/// # Errors
///
/// When the operating system refuses.
pub fn start_in(variables: &[Variable], arguments: &[&str]) -> Result<Child> {
    let program = std::env::current_exe()?;
    Command::new(program)
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start this program again with {arguments:?}"))
}

/// Starts this program with other arguments, waits for it, and returns what it [`report`]ed.
///
/// # Errors
///
/// When it fails, takes longer than `time_max` (it is ended then), or reports nothing readable.
pub fn run<T: DeserializeOwned>(arguments: &[&str], time_max: Duration) -> Result<T> {
    run_in(&[], arguments, time_max)
}

/// The same with environment variables that this process does not have.
///
/// # Errors
///
/// When it fails, takes longer than `time_max` (it is ended then), or reports nothing readable.
pub fn run_in<T: DeserializeOwned>(
    variables: &[Variable],
    arguments: &[&str],
    time_max: Duration,
) -> Result<T> {
    let mut child = start_in(variables, arguments)?;
    wait(&mut child, time_max).with_context(|| format!("running {arguments:?}"))?;
    let mut output = String::new();
    child.stdout.take().context("the child has no output")?.read_to_string(&mut output)?;
    serde_json::from_str(&output).with_context(|| format!("{arguments:?} reported {output:?}"))
}

/// A child that is told to go on, and answers each time with a line; dropping it ends the process.
pub struct Dialogue {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Dialogue {
    /// Starts this program with other arguments.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        Self::start_in(&[], arguments)
    }

    /// The same with environment variables that this process does not have.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn start_in(variables: &[Variable], arguments: &[&str]) -> Result<Self> {
        let mut process = start_in(variables, arguments)?;
        let input = process.stdin.take().context("the child has no input")?;
        let output = BufReader::new(process.stdout.take().context("the child has no output")?);
        Ok(Self { process, input, output })
    }

    /// Lets the child go on, and hears what it [`report`]s then.
    ///
    /// # Errors
    ///
    /// When it ended, or reports nothing readable.
    pub fn tell<T: DeserializeOwned>(&mut self, what: &str) -> Result<T> {
        writeln!(self.input, "{what}")?;
        self.hear()
    }

    /// Hears what the child [`report`]s without being told.
    ///
    /// # Errors
    ///
    /// When it ended, or reports nothing readable.
    pub fn hear<T: DeserializeOwned>(&mut self) -> Result<T> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the child ended early");
        }
        serde_json::from_str(&line).with_context(|| format!("the child said {line:?}"))
    }

    /// Waits for the child's success, `time_max` at most.
    ///
    /// # Errors
    ///
    /// When it fails, or takes longer (it is ended then).
    pub fn end(mut self, time_max: Duration) -> Result<()> {
        wait(&mut self.process, time_max)
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        // Nothing is left to do about a process that cannot be ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for a child's success, `time_max` at most.
///
/// # Errors
///
/// When it fails, or takes longer (it is ended then).
pub fn wait(child: &mut Child, time_max: Duration) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < time_max {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("the child ended with {status}"),
            None => sleep(Duration::from_millis(5)),
        }
    }
    child.kill()?;
    child.wait()?;
    bail!("the child did not end within {time_max:?}")
}

/// Says to the parent what was measured.
///
/// # Errors
///
/// When it cannot be written as JSON.
pub fn report<T: Serialize>(measured: &T) -> Result<()> {
    report_to(&mut stdout(), measured)
}

/// Says it where [`keep_stdout`] says.
///
/// # Errors
///
/// When it cannot be written as JSON, or the parent has ended.
pub fn report_to<T: Serialize>(parent: &mut impl Write, measured: &T) -> Result<()> {
    Ok(writeln!(parent, "{}", serde_json::to_string(measured)?)?)
}

/// The pipe to the parent. Whatever else writes to standard output from now on writes to `/dev/null`, as fast as that is.
///
/// # Errors
///
/// When the operating system refuses.
pub fn keep_stdout() -> Result<File> {
    let parent = stdout().as_fd().try_clone_to_owned()?;
    dup2_stdout(OpenOptions::new().write(true).open("/dev/null")?)?;
    Ok(parent.into())
}

/// The application's runtime; some contestants need one from the application.
///
/// # Errors
///
/// When its threads cannot be started.
pub fn runtime(threads: usize) -> Result<Runtime> {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().context("cannot start a runtime")
}
