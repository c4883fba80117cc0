//! Reading back what was sent, from a viewer that has it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::Options;
use super::message::{Mark, NAME};
use crate::doctor::settings::{Signal, SignalSettings};
use crate::view::PAGE_PORT;

/// Whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The viewer shows it.
    Seen,
    /// The viewer was asked for a while, and does not show it.
    Missing,
    /// There is no viewer to be asked.
    Unknown,
}

/// How long telemetry may be on its way through a collector that batches.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// One question takes milliseconds.
const QUESTION: Duration = Duration::from_secs(2);

/// Answers to these questions are short.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Looks for what was marked.
pub(super) async fn read_back(signal: &SignalSettings, options: &Options, mark: &Mark) -> Arrival {
    let Some(viewer) = viewer_of(signal, options).await else { return Arrival::Unknown };
    let question = question(signal.signal, mark);
    let deadline = Instant::now() + ON_ITS_WAY;
    loop {
        match get(&viewer, &question).await {
            Some(answer) if has_it(signal.signal, &answer) => return Arrival::Seen,
            // It wants a token, or is none of ours.
            None => return Arrival::Unknown,
            Some(_) if Instant::now() >= deadline => return Arrival::Missing,
            Some(_) => sleep(PAUSE).await,
        }
    }
}

/// The viewer that was named; or the one on this machine, when it is the one that receives there.
async fn viewer_of(signal: &SignalSettings, options: &Options) -> Option<String> {
    if let Some(named) = &options.viewer {
        let rest = named.strip_prefix("http://").unwrap_or(named);
        return Some(rest.split('/').next().unwrap_or_default().to_owned());
    }
    let url = signal.url().filter(|url| url.is_loopback())?;
    let viewer = format!("127.0.0.1:{PAGE_PORT}");
    let state = get(&viewer, "/api/state").await?;
    let port = format!(":{}", url.port);
    let receives = state.get("listening")?.as_array()?.iter().any(|listening| {
        let is = |key: &str| listening.get(key).and_then(Value::as_str).unwrap_or_default();
        is("purpose") == "otlp" && is("address").ends_with(&port)
    });
    receives.then_some(viewer)
}

fn question(signal: Signal, mark: &Mark) -> String {
    let filter = format!("{NAME}%3D%22{}%22", mark.text());
    match signal {
        Signal::Traces => format!("/api/traces?filter={filter}"),
        Signal::Metrics => format!("/api/metrics/data?name={NAME}&filter={filter}"),
        Signal::Logs => format!("/api/logs?filter={filter}"),
    }
}

fn has_it(signal: Signal, answer: &Value) -> bool {
    let list = match signal {
        Signal::Traces => "traces",
        Signal::Metrics => "lines",
        Signal::Logs => "logs",
    };
    answer.get(list).and_then(Value::as_array).is_some_and(|items| !items.is_empty())
}

/// What the viewer answers; null when it has nothing of that name. None when it cannot be asked.
async fn get(viewer: &str, path: &str) -> Option<Value> {
    timeout(QUESTION, ask(viewer, path)).await.ok()?
}

async fn ask(viewer: &str, path: &str) -> Option<Value> {
    let stream = TcpStream::connect(viewer).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let running = tokio::spawn(connection);
    let request = Request::get(path).header("host", viewer).body(Empty::<Bytes>::new()).ok()?;
    let response = sender.send_request(request).await.ok()?;
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await.ok()?.to_bytes();
    running.abort();
    match status.as_u16() {
        200 => serde_json::from_slice(&body).ok(),
        // A metric that nobody has sent yet.
        404 if path.starts_with("/api/metrics") => Some(Value::Null),
        _ => None,
    }
}
