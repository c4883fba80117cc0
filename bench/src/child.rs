//! Runs this program again as a process of its own, and reads what it reports.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

/// Starts this program with other arguments; its input and output are pipes.
///
/// # Errors
///
/// When the operating system refuses.
pub fn start(arguments: &[&str]) -> Result<Child> {
    let program = std::env::current_exe()?;
    Command::new(program)
        .args(arguments)
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
    let mut child = start(arguments)?;
    wait(&mut child, time_max).with_context(|| format!("running {arguments:?}"))?;
    let mut output = String::new();
    child.stdout.take().context("the child has no output")?.read_to_string(&mut output)?;
    serde_json::from_str(&output).with_context(|| format!("{arguments:?} reported {output:?}"))
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
    println!("{}", serde_json::to_string(measured)?);
    Ok(())
}

/// The application's runtime; some contestants need one from the application.
///
/// # Errors
///
/// When its threads cannot be started.
pub fn runtime(threads: usize) -> Result<Runtime> {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().context("cannot start a runtime")
}
