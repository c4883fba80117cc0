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
    /// Whether senders have to have a token, which is printed where the viewer was started.
    pub senders_need_token: bool,
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
    /// Why nothing more is taken, while the file cannot be written to; none when all is well.
    pub trouble: Option<String>,
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
    /// Attributes in memory that searches do not see: beyond the 256th of one span, record, resource or scope.
    pub attributes_not_searched: u64,
    /// Requests in the file that could not be read: it is damaged.
    pub unreadable_requests: u64,
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
        let options = self.options();
        let db = options.db.as_ref().map(|path| path.display().to_string());
        let bounds = Bounds {
            memory_bytes_max: options.memory_bytes_max,
            disk_bytes_max: options.disk_bytes_max,
            age_seconds_max: options.age_max.as_secs(),
            request_bytes_max: 0,
        };
        let [spans, logs, points, partitions] = self.disk().counts().dropped();
        let metrics = self.aggregates().metrics();
        let (points_of_window, series) = (metrics.points_dropped(), metrics.series_left_out());
        drop(metrics);
        // Points go from memory by themselves, and from the file with their partition: whichever went further.
        let points = points.max(points_of_window);
        let dropped = Dropped { spans, logs, points, partitions, series, news: self.missed_news() };
        State {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            db,
            held: self.held(),
            bounds,
            dropped,
            received: self.received(),
            loaded: self.loaded(),
            trouble: self.disk().trouble(),
            ..State::default()
        }
    }

    fn held(&self) -> Held {
        let disk = self.disk();
        let mut held = Held {
            disk_bytes: disk.counts().bytes(),
            unreadable_requests: disk.counts().unreadable(),
            ..Held::default()
        };
        let earlier = |known: Option<UnixNano>, time: u64| {
            Some(known.map_or(UnixNano(time), |known| known.min(UnixNano(time))))
        };
        for segment in self.window().all() {
            let segment = segment.read();
            held.spans += segment.spans.len() as u64;
            held.logs += segment.logs.len() as u64;
            held.memory_bytes += segment.bytes() as u64;
            held.attributes_not_searched += segment.unindexed;
            if !segment.is_empty() {
                held.oldest_in_memory = earlier(held.oldest_in_memory, segment.from);
            }
        }
        let metrics = self.aggregates().metrics();
        held.points = metrics.points();
        held.series = metrics.series();
        held.memory_bytes += metrics.bytes() as u64;
        if let Some(oldest) = metrics.oldest() {
            held.oldest_in_memory = earlier(held.oldest_in_memory, oldest);
        }
        drop(metrics);
        for partition in disk.partitions() {
            held.spans_on_disk += partition.spans;
            held.logs_on_disk += partition.logs;
            held.points_on_disk += partition.points;
            if partition.from <= partition.last {
                held.oldest_on_disk = earlier(held.oldest_on_disk, partition.from);
            }
        }
        held
    }
}
