//! The receiver's process, seen from the one that measures.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Between two looks at a count that may still be growing.
const SETTLE: Duration = Duration::from_millis(100);

/// After which a count that still grows is taken as it is.
const SETTLE_MAX: Duration = Duration::from_secs(5);

/// What a receiver has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Requests that carried them.
    pub requests: u64,
    /// The size of those requests' messages.
    pub bytes: u64,
}

/// A running receiver; dropping it ends the process.
pub struct Receiver {
    process: Child,
    address: String,
}

impl Receiver {
    /// Starts the `receiver` program that was built beside the running one, on a free port.
    ///
    /// # Errors
    ///
    /// When the program is missing or does not come up.
    pub fn start() -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("receiver");
        let mut process = Command::new(&program).stdout(Stdio::piped()).spawn().with_context(|| {
            format!("cannot start {}: build it with `cargo build --release --bins`", program.display())
        })?;
        let mut address = String::new();
        let output = process.stdout.take().context("the receiver has no output")?;
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self { process, address: address.trim().to_owned() })
    }

    /// The URL to export to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has counted so far.
    ///
    /// # Errors
    ///
    /// When the receiver does not answer.
    pub fn count(&self) -> Result<Count> {
        let mut connection = TcpStream::connect(&self.address)?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(connection, "GET /count HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address)?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let Some((_, body)) = answer.split_once("\r\n\r\n") else {
            bail!("the receiver's answer to GET /count has no body: {answer:?}");
        };
        serde_json::from_str(body).with_context(|| format!("the receiver's count is not readable: {body:?}"))
    }

    /// What it has counted once nothing more arrives.
    ///
    /// # Errors
    ///
    /// When the receiver does not answer.
    pub fn settled(&self) -> Result<Count> {
        let start = Instant::now();
        let mut last = self.count()?;
        while start.elapsed() < SETTLE_MAX {
            sleep(SETTLE);
            let now = self.count()?;
            if now == last {
                break;
            }
            last = now;
        }
        Ok(last)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Nothing is left to do about a process that cannot be ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
