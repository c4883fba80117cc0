//! What was received, handed out again as OTLP/JSON.
//!
//! A thread reads the store and writes lines into blocks; a few blocks wait for the network. When nobody takes them the thread waits
//! too, so that an export of any size needs little memory; but not for ever, since there are few places for exports.

use super::asked::Asked;
use super::asker::takes_gzip;
use super::context::Context;
use super::otlp_json::write_line;
use super::refusal::{Refusal, Refusals};
use super::signals::signals;
use crate::receive::Data;
use crate::store;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::{Stream, StreamExt, unfold};
use http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use std::io::{self, Write};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use utoipa::IntoParams;

/// Which telemetry to hand out.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ExportQuestion {
    /// Of one trace, 32 hexadecimal digits; of everything when it is not given.
    trace_id: Option<String>,
    /// `traces`, `metrics`, `logs`, separated by commas; all when it is not given.
    signals: Option<String>,
    /// From here on, milliseconds since 1970.
    from_ms: Option<f64>,
    /// Until here, milliseconds since 1970.
    to_ms: Option<f64>,
}

/// Blocks that wait for the network.
const BLOCKS_MAX: usize = 4;

/// Bytes of a block, at least: enough that handing one over costs nothing beside writing it.
const BLOCK_BYTES: usize = 64 * 1024;

/// How long a block may wait for the network: who reads nothing for so long has gone, or holds the place against others.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was received, oldest first, as lines of OTLP/JSON: one `Export…ServiceRequest` a line.
#[utoipa::path(get, path = "/api/export", tag = "files", params(ExportQuestion),
    responses((status = 200, description = "Lines of OTLP/JSON, as a download.", content_type = "application/x-ndjson", body = String), Refusals))]
pub(super) async fn export(
    State(context): State<Context>,
    headers: HeaderMap,
    Asked(question): Asked<ExportQuestion>,
) -> Result<Response, Refusal> {
    let Some(place) = context.exporter() else {
        return Err(Refusal::busy("too many exports at once: wait for one of them to end"));
    };
    let name = file_name(question.trace_id.as_deref());
    let gzip = takes_gzip(&headers);
    let question = store::ExportQuestion {
        signals: signals(question.signals.as_deref())?,
        trace_id: question.trace_id,
        from_ms: question.from_ms,
        to_ms: question.to_ms,
    };
    let (blocks, waiting) = channel(BLOCKS_MAX);
    let store = context.store.clone();
    let writing = tokio::task::spawn_blocking(move || {
        let _place = place;
        Lines::new(blocks, gzip, PATIENCE).export(&store, &question)
    });
    let body = taken(waiting, writing, context).await?;
    Ok(download(Body::from_stream(body), &name, gzip))
}

/// The blocks as a body. The first one is waited for: only until then can a question still be refused.
async fn taken(
    mut waiting: Receiver<Result<Bytes, Refusal>>,
    writing: JoinHandle<io::Result<()>>,
    context: Context,
) -> Result<impl Stream<Item = io::Result<Bytes>>, Refusal> {
    let first = waiting.recv().await.transpose()?.map(Ok);
    let rest = unfold(Some((waiting, writing)), move |rest| {
        let closed = context.clone().closed();
        async move {
            let (mut waiting, writing) = rest?;
            let block = tokio::select! {
                block = waiting.recv() => block,
                () = closed => return Some((Err(io::Error::other("the viewer is closing")), None)),
            };
            match block {
                Some(Ok(block)) => Some((Ok(block), Some((waiting, writing)))),
                Some(Err(refusal)) => Some((Err(io::Error::other(format!("{refusal:?}"))), None)),
                // The end of the blocks is the end of the export only when the thread came to its own end.
                None => {
                    let ended = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
                    ended.err().map(|error| (Err(error), None))
                }
            }
        }
    });
    Ok(futures_util::stream::iter(first).chain(rest))
}

fn download(body: Body, name: &str, gzip: bool) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// A trace's id is part of the name only when it is one: this goes into a header.
fn file_name(trace_id: Option<&str>) -> String {
    match trace_id {
        Some(id) if id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("pilotlight-trace-{id}.jsonl")
        }
        _ => "pilotlight-telemetry.jsonl".to_owned(),
    }
}

/// Lines on their way into blocks.
struct Lines {
    blocks: Sender<Result<Bytes, Refusal>>,
    line: Vec<u8>,
    block: Block,
    patience: Duration,
    /// Nobody took a block for so long.
    gave_up: bool,
    /// What tells the time while a block waits.
    runtime: Handle,
}

/// The block that is being filled.
enum Block {
    Plain(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Lines {
    /// On a thread of the runtime where it may wait.
    fn new(blocks: Sender<Result<Bytes, Refusal>>, gzip: bool, patience: Duration) -> Self {
        let block = if gzip {
            Block::Gzip(GzEncoder::new(Vec::new(), Compression::fast()))
        } else {
            Block::Plain(Vec::new())
        };
        let (line, runtime) = (Vec::new(), Handle::current());
        Self { blocks, line, block, patience, gave_up: false, runtime }
    }

    /// Fails when nobody read; what goes wrong otherwise is sent instead of a block.
    fn export(mut self, store: &store::Store, question: &store::ExportQuestion) -> io::Result<()> {
        let mut went_on = true;
        let exported = store.export(question, &mut |data| {
            went_on = self.add(data);
            went_on
        });
        match exported {
            Err(error) => self.send(Err(error.into())),
            Ok(()) if went_on => self.finish(),
            Ok(()) => false,
        };
        self.ended()
    }

    fn ended(&self) -> io::Result<()> {
        if self.gave_up {
            let message = format!("the export ended: nobody read it for {} s", self.patience.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        Ok(())
    }

    /// Adds a line; false when nobody takes it, or it cannot be written.
    fn add(&mut self, data: Data) -> bool {
        self.line.clear();
        let written = write_line(data, &mut self.line).map_err(io::Error::other);
        match written.and_then(|()| self.block.write(&self.line)) {
            Ok(Some(block)) => self.send(Ok(block)),
            Ok(None) => true,
            Err(error) => {
                self.send(Err(Refusal::question(format!("the export cannot be written: {error}"))));
                false
            }
        }
    }

    fn finish(&mut self) -> bool {
        let end = match std::mem::replace(&mut self.block, Block::Plain(Vec::new())) {
            Block::Plain(block) => Ok(block),
            Block::Gzip(encoder) => encoder.finish(),
        };
        self.send(end.map(Bytes::from).map_err(|error| Refusal::question(error.to_string())))
    }

    /// Waits until the network took enough; false when it went away, or does not take anything.
    fn send(&mut self, block: Result<Bytes, Refusal>) -> bool {
        let sent = self.runtime.block_on(self.blocks.send_timeout(block, self.patience));
        self.gave_up |= matches!(sent, Err(SendTimeoutError::Timeout(_)));
        sent.is_ok()
    }
}

impl Block {
    /// Adds a line, and hands out the block when it is full.
    fn write(&mut self, line: &[u8]) -> io::Result<Option<Bytes>> {
        let filled = match self {
            Self::Plain(block) => {
                block.extend_from_slice(line);
                block
            }
            Self::Gzip(encoder) => {
                encoder.write_all(line)?;
                encoder.get_mut()
            }
        };
        Ok((filled.len() >= BLOCK_BYTES).then(|| Bytes::from(std::mem::take(filled))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
    use tokio::task::spawn_blocking;

    fn line_of(bytes: usize) -> Data {
        let schema_url = "x".repeat(bytes);
        Data::Logs(vec![ResourceLogs { schema_url, ..ResourceLogs::default() }])
    }

    /// Writes blocks, at most 20, and says how many were taken.
    fn write(lines: &mut Lines) -> usize {
        (0..20).take_while(|_| lines.add(line_of(BLOCK_BYTES))).count()
    }

    #[tokio::test]
    async fn an_export_that_nobody_takes_stops() {
        let (blocks, waiting) = channel(BLOCKS_MAX);
        drop(waiting);
        let writing = spawn_blocking(move || {
            let mut lines = Lines::new(blocks, false, PATIENCE);
            assert!(lines.add(line_of(1)), "a line that fills no block is not yet handed over");
            assert!(!lines.add(line_of(BLOCK_BYTES)));
        });
        writing.await.unwrap();
    }

    #[tokio::test]
    async fn an_export_waits_when_enough_blocks_do() {
        let (blocks, mut waiting) = channel(BLOCKS_MAX);
        let writing = spawn_blocking(move || write(&mut Lines::new(blocks, false, PATIENCE)));
        while waiting.len() < BLOCKS_MAX {
            tokio::task::yield_now().await;
        }
        assert!(!writing.is_finished());
        let mut taken = 0;
        while waiting.recv().await.is_some() {
            taken += 1;
        }
        assert_eq!((taken, writing.await.unwrap()), (20, 20));
    }

    #[tokio::test]
    async fn an_export_that_nobody_reads_gives_up_and_says_that_it_is_not_whole() {
        let (blocks, waiting) = channel(BLOCKS_MAX);
        let writing = spawn_blocking(move || {
            let mut lines = Lines::new(blocks, false, Duration::from_millis(1));
            let taken = write(&mut lines);
            lines.ended().map_err(|error| (taken, error.kind()))
        });
        assert_eq!(writing.await.unwrap(), Err((BLOCKS_MAX, io::ErrorKind::TimedOut)));
        drop(waiting);
    }

    #[test]
    fn only_a_trace_id_gets_into_the_files_name() {
        assert_eq!(file_name(Some(&"0f".repeat(16))), format!("pilotlight-trace-{}.jsonl", "0f".repeat(16)));
        assert_eq!(file_name(Some("\"; x=\r\n")), "pilotlight-telemetry.jsonl");
        assert_eq!(file_name(None), "pilotlight-telemetry.jsonl");
    }
}
