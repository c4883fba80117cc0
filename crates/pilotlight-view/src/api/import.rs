//! Telemetry from a file: what `/api/export` or a collector's file exporter wrote.
//!
//! It goes the way of everything that is received: decoded, checked, kept. When the store is behind, the file waits.

mod documents;

use super::asked::{Asked, Nothing};
use super::context::Context;
use super::refusal::{Refusal, Refusals};
use crate::query::QuestionError;
use crate::receive::{
    Arrival, Compression, Data, Protocol, Received, Signal, check, decode_json, decode_protobuf,
};
use crate::store::{Busy, Kept};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use documents::{Document, Unreadable, documents, unzipped};
use http::StatusCode;
use serde::Serialize;
use std::time::{Duration, SystemTime};
use utoipa::ToSchema;

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Imported {
    /// How many requests were in it that could be read.
    requests: u64,
    /// Spans that were taken.
    spans: u64,
    /// Log records that were taken.
    logs: u64,
    /// Data points that were taken.
    points: u64,
    /// Spans, log records and data points that were refused.
    rejected: u64,
    /// What was refused and why, at most 20.
    faults: Vec<ImportFault>,
    /// How many more such faults there are.
    faults_left_out: u64,
}

/// Something that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ImportFault {
    /// In which line of the file, from 1.
    line: u64,
    /// What is wrong with it.
    message: String,
}

/// Faults that are told in full. Whoever wrote the file makes the same mistake in each line.
const FAULTS_MAX: usize = 20;

/// How long a file may take to arrive. There is one place for files that arrive, and others wait for it.
const ARRIVAL_MAX: Duration = Duration::from_secs(60);

/// Memory that a document may take when it is decoded, times the bytes that a file may have: JSON is long, so that telemetry takes
/// about as much as its text.
const DECODED_TIMES: usize = 4;

/// Takes telemetry from a file: lines of OTLP/JSON as `/api/export` writes them, or one such document; also gzip.
#[utoipa::path(post, path = "/api/import", tag = "files",
    request_body(content = String, content_type = "application/x-ndjson", description = "64 MiB at most, uncompressed."),
    responses((status = 200, body = Imported), (status = 413, description = "It is too large.", body = QuestionError), Refusals))]
pub(super) async fn import(
    State(context): State<Context>,
    _: Asked<Nothing>,
    body: Body,
) -> Result<Json<Imported>, Refusal> {
    let Some(_place) = context.importer() else {
        return Err(Refusal::busy("another file is being imported: try again when it is done"));
    };
    let bytes_max = context.about.import_bytes_max;
    let file = arrived(body, bytes_max).await?;
    let (compression, file) =
        aside(move || unzipped(file, bytes_max)).await?.map_err(|error| match error {
            Unreadable::TooLarge => too_large(bytes_max),
            Unreadable::Broken(error) => {
                Refusal::question(format!("the file cannot be decompressed: {error}"))
            }
        })?;
    if file.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::question("there is nothing in the file"));
    }
    let mut import = Import { context, compression, imported: Imported::default() };
    for document in documents(&file) {
        import.document(document).await?;
    }
    Ok(Json(import.imported))
}

async fn arrived(body: Body, bytes_max: usize) -> Result<Bytes, Refusal> {
    let whole = tokio::time::timeout(ARRIVAL_MAX, axum::body::to_bytes(body, bytes_max)).await;
    let whole = whole
        .map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the file did not arrive within a minute"))?;
    whole.map_err(|error| {
        let source = std::error::Error::source(&error);
        if source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>()) {
            too_large(bytes_max)
        } else {
            Refusal::question(format!("the file did not arrive whole: {error}"))
        }
    })
}

fn too_large(bytes_max: usize) -> Refusal {
    let message = format!(
        "the file has more than {bytes_max} bytes, uncompressed: import it in parts, cut between lines"
    );
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// Work that takes longer than others should wait for.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the file could not be read to its end"))
}

/// A file on its way into the store.
struct Import {
    context: Context,
    compression: Compression,
    imported: Imported,
}

/// What a document holds, decoded and checked, or why it cannot be used.
struct Opened {
    received: Received,
    items: u64,
    rejected: u64,
    reason: Option<String>,
}

impl Import {
    async fn document(&mut self, document: Document) -> Result<(), Refusal> {
        let Document { line, text } = document;
        let found = {
            let text = text.clone();
            aside(move || documents::signals(&text)).await?
        };
        match found {
            Ok(signals) if signals.is_empty() => {
                self.fault(
                    line,
                    "it has none of `resourceSpans`, `resourceMetrics`, `resourceLogs`".to_owned(),
                );
            }
            Ok(signals) => {
                for signal in signals {
                    self.request(line, signal, text.clone()).await?;
                }
            }
            Err(error) => self.fault(line, format!("it is not JSON: {error}")),
        }
        Ok(())
    }

    async fn request(&mut self, line: u64, signal: Signal, text: Bytes) -> Result<(), Refusal> {
        let memory_bytes_max = self.context.about.import_bytes_max.saturating_mul(DECODED_TIMES);
        let compression = self.compression;
        match aside(move || open(signal, &text, compression, memory_bytes_max)).await? {
            Ok(opened) => self.keep(line, opened, memory_bytes_max).await,
            Err(message) => {
                self.fault(line, message);
                Ok(())
            }
        }
    }

    async fn keep(&mut self, line: u64, opened: Opened, memory_bytes_max: usize) -> Result<(), Refusal> {
        let Opened { received, items, rejected, reason } = opened;
        let (arrival, signal) = (received.arrival.clone(), received.data.signal());
        let kept = self.kept(received, memory_bytes_max).await?;
        let taken = items.saturating_sub(kept.rejected);
        let rejected = rejected + kept.rejected;
        self.context.counters.add(&arrival, signal, taken, rejected);
        self.imported.requests += 1;
        self.imported.rejected += rejected;
        match signal {
            Signal::Traces => self.imported.spans += taken,
            Signal::Metrics => self.imported.points += taken,
            Signal::Logs => self.imported.logs += taken,
        }
        for reason in [reason, kept.reason].into_iter().flatten() {
            self.fault(line, reason);
        }
        Ok(())
    }

    /// Comes again for as long as the store is behind: whoever imports waits, as a sender would.
    async fn kept(&self, received: Received, memory_bytes_max: usize) -> Result<Kept, Refusal> {
        let Received { arrival, data, encoded } = received;
        let signal = data.signal();
        let mut data = data;
        loop {
            let received = Received { arrival: arrival.clone(), data, encoded: encoded.clone() };
            let Busy { retry_after } = match self.context.store.keep(received).await {
                Ok(kept) => return Ok(kept),
                Err(busy) => busy,
            };
            tokio::select! {
                () = tokio::time::sleep(retry_after) => {}
                () = self.context.clone().closed() => return Err(Refusal::busy("the viewer is closing: what is left of the file was not taken")),
            }
            // The store had it and gave nothing back; its encoded form is shared and costs nothing to keep.
            let encoded = encoded.clone();
            data = aside(move || decode_protobuf(signal, &encoded, memory_bytes_max)).await?.map_err(
                |error| {
                    Refusal::new(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        format!("what was read could not be read again: {error}"),
                    )
                },
            )?;
        }
    }

    fn fault(&mut self, line: u64, message: String) {
        if self.imported.faults.len() < FAULTS_MAX {
            let message = message.chars().take(300).collect();
            self.imported.faults.push(ImportFault { line, message });
        } else {
            self.imported.faults_left_out += 1;
        }
    }
}

fn open(
    signal: Signal,
    text: &[u8],
    compression: Compression,
    memory_bytes_max: usize,
) -> Result<Opened, String> {
    let mut data: Data = decode_json(signal, text, memory_bytes_max).map_err(|error| error.to_string())?;
    let checked = check(&mut data);
    let encoded = data.encode().into();
    let arrival = Arrival {
        unix_nano: now(),
        port: 0,
        protocol: Protocol::File,
        compression,
        bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
        user_agent: None,
    };
    let reason = checked.reason();
    let received = Received { arrival, data, encoded };
    Ok(Opened { received, items: checked.items, rejected: checked.rejected, reason })
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
