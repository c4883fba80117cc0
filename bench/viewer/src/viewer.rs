//! The viewer as a process, and questions to it.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A viewer that runs.
pub struct Viewer {
    process: Child,
    /// Where its page and its API are.
    pub page: u16,
    /// Where it takes OTLP.
    pub otlp: u16,
    /// From the start of the process to the whole of its page.
    pub first_page: Duration,
    _folder: tempfile::TempDir,
}

impl Viewer {
    /// Starts it, with a file that is kept when `durable`, and waits for its page.
    pub async fn start(program: &Path, durable: bool, memory: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (page, otlp, other) = (free_port()?, free_port()?, free_port()?);
        let mut command = Command::new(program);
        command.args(["view", "--memory", memory, "--port", &page.to_string()]);
        command.args(["--grpc-port", &otlp.to_string(), "--http-port", &other.to_string()]);
        if durable {
            command.arg("--db").arg(folder.path().join("bench.db"));
        }
        let started = Instant::now();
        let process = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        while get(page, "/").await.is_err() {
            if started.elapsed() > Duration::from_secs(20) {
                bail!("the viewer shows no page after 20 s");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self { process, page, otlp, first_page: started.elapsed(), _folder: folder })
    }

    /// Memory that it has of the machine now, in bytes.
    pub fn resident(&self) -> Result<u64> {
        let id = self.process.id().context("the viewer has ended")?;
        let status = std::fs::read_to_string(PathBuf::from(format!("/proc/{id}/status")))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    }

    /// What its API answers, and how long that took.
    pub async fn ask(&self, path: &str) -> Result<(serde_json::Value, Duration)> {
        let started = Instant::now();
        let body = get(self.page, path).await.with_context(|| path.to_owned())?;
        let took = started.elapsed();
        Ok((serde_json::from_slice(&body)?, took))
    }

    /// Ends it.
    pub async fn stop(mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }
}

async fn get(port: u16, path: &str) -> Result<Bytes> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut requests, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request =
        http::Request::get(path).header("host", format!("127.0.0.1:{port}")).body(Empty::<Bytes>::new())?;
    let answer = requests.send_request(request).await?;
    if !answer.status().is_success() {
        bail!("{path} answers {}", answer.status());
    }
    Ok(answer.into_body().collect().await?.to_bytes())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
