//! What sends: gRPC over a few connections, by hand, so that the sender costs little of the machine that it shares.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// What a request holds.
#[derive(Clone, Copy)]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

impl Signal {
    fn path(self) -> &'static str {
        match self {
            Self::Traces => "trace.v1.TraceService",
            Self::Logs => "logs.v1.LogsService",
            Self::Metrics => "metrics.v1.MetricsService",
        }
    }
}

/// A connection.
#[derive(Clone)]
pub struct Connection {
    requests: SendRequest<Full<Bytes>>,
    port: u16,
}

impl Connection {
    /// To the port of this machine.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (requests, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { requests, port })
    }

    /// Sends a framed message and waits for the status. A request that is asked to come again comes again; how often is told.
    pub async fn export(&mut self, signal: Signal, framed: Bytes) -> Result<u64> {
        for again in 0.. {
            match self.attempt(signal, framed.clone()).await?.as_str() {
                "0" => return Ok(again),
                // Unavailable: the viewer is behind, and says so.
                "14" if again < 10_000 => tokio::time::sleep(Duration::from_millis(5)).await,
                status => bail!("the viewer answers with status {status}"),
            }
        }
        unreachable!("the loop above has no end")
    }

    async fn attempt(&mut self, signal: Signal, framed: Bytes) -> Result<String> {
        let uri =
            format!("http://127.0.0.1:{}/opentelemetry.proto.collector.{}/Export", self.port, signal.path());
        let request = http::Request::post(uri)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Full::new(framed))?;
        self.requests.ready().await?;
        let answer = self.requests.send_request(request).await?;
        let early = answer.headers().get("grpc-status").cloned();
        let body = answer.into_body().collect().await?;
        let late = body.trailers().and_then(|trailers| trailers.get("grpc-status").cloned());
        let status = early.or(late).context("an answer without a status")?;
        Ok(status.to_str()?.to_owned())
    }
}

/// How a run went.
pub struct Run {
    /// Spans that were acknowledged.
    pub spans: u64,
    /// How long it took.
    pub took: Duration,
    /// How long each request took, from when it was due; sorted.
    pub latencies: Vec<Duration>,
    /// How often a request was asked to come again.
    pub again: u64,
}

impl Run {
    /// Spans a second.
    pub fn rate(&self) -> f64 {
        self.spans as f64 / self.took.as_secs_f64()
    }

    /// So many of a hundred requests took at most this long.
    pub fn quantile(&self, of_hundred: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get((last as f64 * of_hundred / 100.0).round() as usize).copied().unwrap_or_default()
    }
}

/// The moment since which latencies count: when the request was due, however late it was sent.
pub fn since(due: Instant) -> Duration {
    Instant::now().saturating_duration_since(due)
}
