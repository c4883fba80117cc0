//! How the viewer itself is: what it holds, what it let go, what it refused.

use super::UnixNano;
use crate::receive::{IncidentKind, JournalEntry};
use crate::store::Store;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The viewer's own state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct State {
    /// The program's version.
    pub version: String,
    /// When it was started.
    pub started: UnixNano,
    /// Where it listens.
    pub listening: Vec<Listening>,
    /// The file, when it is one of the user's own.
    pub db: Option<String>,
    /// What is held.
    pub held: Held,
    /// What may be held.
    pub bounds: Bounds,
    /// What was let go of since the start because of the bounds.
    pub dropped: Dropped,
    /// What came since the start, by signal.
    pub received: SignalCounts,
    /// What was refused since the start, by kind.
    pub incidents: BTreeMap<IncidentKind, u64>,
    /// The newest of that, oldest first.
    pub newest_incidents: Vec<JournalEntry>,
    /// How much of the file has been read back into memory, 0 to 1; 1 when that is done.
    pub loaded: f64,
}

/// An address that is listened on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Listening {
    /// `127.0.0.1:4317`.
    pub address: String,
    /// What for: `otlp`, or `page`.
    pub purpose: String,
}

/// What is held.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Held {
    /// Spans in memory.
    pub spans: u64,
    /// Log records in memory.
    pub logs: u64,
    /// Data points in memory.
    pub points: u64,
    /// Series in memory.
    pub series: u64,
    /// Bytes of memory that these take.
    pub memory_bytes: u64,
    /// Spans in memory and in the file.
    pub spans_on_disk: u64,
    /// Log records in the file.
    pub logs_on_disk: u64,
    /// Data points in the file.
    pub points_on_disk: u64,
    /// Bytes of the file.
    pub disk_bytes: u64,
    /// The oldest thing in memory.
    pub oldest_in_memory: Option<UnixNano>,
    /// The oldest thing in the file.
    pub oldest_on_disk: Option<UnixNano>,
}

/// What may be held.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Bounds {
    /// Bytes of memory.
    pub memory_bytes_max: u64,
    /// Bytes of the file.
    pub disk_bytes_max: u64,
    /// Seconds that anything is kept.
    pub age_seconds_max: u64,
    /// Bytes of a request.
    pub request_bytes_max: u64,
}

/// What was let go of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Dropped {
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Data points.
    pub points: u64,
    /// How many partitions they were in.
    pub partitions: u64,
    /// Series that were never begun because there are too many.
    pub series: u64,
    /// News that a page was too slow to take.
    pub news: u64,
}

/// What came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct SignalCounts {
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Data points.
    pub points: u64,
    /// Requests.
    pub requests: u64,
    /// Bytes, as they came over the network.
    pub bytes: u64,
    /// Parts that were refused with a partial success.
    pub rejected: u64,
    /// Requests by protocol and compression: `grpc gzip` to their number.
    pub by_protocol: BTreeMap<String, u64>,
}

impl Store {
    /// The store's own part of the state: what it holds, may hold and let go of. The server adds what it knows.
    pub fn state(&self) -> State {
        State::default()
    }
}
