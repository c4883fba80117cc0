//! What came since the start.

use super::{Arrival, Compression, Protocol, Signal};
use crate::query::SignalCounts;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what was taken: requests that were refused as a whole are in the journal. A clone is the same counters.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    counts: Arc<Counts>,
}

/// Each is for show alone and publishes nothing else.
#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    bytes: AtomicU64,
    spans: AtomicU64,
    logs: AtomicU64,
    points: AtomicU64,
    rejected: AtomicU64,
    /// Requests by protocol and compression.
    spoken: [[AtomicU64; COMPRESSIONS.len()]; PROTOCOLS.len()],
}

const PROTOCOLS: [(Protocol, &str); 4] = [
    (Protocol::Grpc, "grpc"),
    (Protocol::HttpProtobuf, "http/protobuf"),
    (Protocol::HttpJson, "http/json"),
    (Protocol::File, "file"),
];

const COMPRESSIONS: [(Compression, &str); 3] =
    [(Compression::None, ""), (Compression::Gzip, " gzip"), (Compression::Zstd, " zstd")];

impl Counters {
    /// Counts a request that was taken, with `items` of its signal in it, and `rejected` more that were not.
    pub fn add(&self, arrival: &Arrival, signal: Signal, items: u64, rejected: u64) {
        let counts = &*self.counts;
        counts.requests.fetch_add(1, Ordering::Relaxed);
        counts.bytes.fetch_add(arrival.bytes, Ordering::Relaxed);
        counts.rejected.fetch_add(rejected, Ordering::Relaxed);
        let counter = match signal {
            Signal::Traces => &counts.spans,
            Signal::Metrics => &counts.points,
            Signal::Logs => &counts.logs,
        };
        counter.fetch_add(items, Ordering::Relaxed);
        let protocol = PROTOCOLS.iter().position(|(protocol, _)| *protocol == arrival.protocol);
        let compression =
            COMPRESSIONS.iter().position(|(compression, _)| *compression == arrival.compression);
        if let (Some(protocol), Some(compression)) = (protocol, compression) {
            counts.spoken[protocol][compression].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What came so far.
    pub fn snapshot(&self) -> SignalCounts {
        let counts = &*self.counts;
        SignalCounts {
            spans: counts.spans.load(Ordering::Relaxed),
            logs: counts.logs.load(Ordering::Relaxed),
            points: counts.points.load(Ordering::Relaxed),
            requests: counts.requests.load(Ordering::Relaxed),
            bytes: counts.bytes.load(Ordering::Relaxed),
            rejected: counts.rejected.load(Ordering::Relaxed),
            by_protocol: self.by_protocol(),
        }
    }

    fn by_protocol(&self) -> BTreeMap<String, u64> {
        let mut requests = BTreeMap::new();
        for (spoken, (_, protocol)) in self.counts.spoken.iter().zip(PROTOCOLS) {
            for (count, (_, compression)) in spoken.iter().zip(COMPRESSIONS) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    requests.insert(format!("{protocol}{compression}"), count);
                }
            }
        }
        requests
    }
}
