//! From a whole body to the sink: decompress, decode, check, count, keep.

use super::body::full;
use super::check::{Checked, check};
use super::compression::decompress;
use super::decode::{Undecodable, decode_json, decode_weighed};
use super::refusal::Refusal;
use super::room::{Lease, Room};
use super::weight::weigh;
use super::{
    Arrival, Compression, Counters, Incident, IncidentKind, Journal, Limits, PortRole, Protocol, Received,
    Signal,
};
use crate::store::{Busy, Kept, Store};
use bytes::Bytes;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where requests go: the store, or the doctor while it listens.
pub trait Sink: Send + Sync + 'static {
    /// Takes a request; the sender is answered with what became of it.
    fn keep(&self, received: Received) -> impl Future<Output = Result<Kept, Busy>> + Send;

    /// Looks at the headers of a request that has come, before anything is known of it. By default nobody does.
    fn look_at(&self, _headers: &http::HeaderMap) {}
}

impl Sink for Store {
    fn keep(&self, received: Received) -> impl Future<Output = Result<Kept, Busy>> + Send {
        Store::keep(self, received)
    }
}

/// What every request needs.
#[derive(Debug)]
pub(super) struct Intake<S> {
    pub(super) sink: S,
    pub(super) journal: Journal,
    pub(super) counters: Counters,
    pub(super) limits: Limits,
    pub(super) room: Room,
    /// What a sender has to know, if anything.
    pub(super) token: Option<String>,
}

/// The port that a connection came to.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) number: u16,
    pub(super) role: PortRole,
    /// Once for each connection is enough. Publishes nothing else.
    pub(super) wrong_port_noted: AtomicBool,
}

/// A request that is whole, and not yet opened.
pub(super) struct Parcel {
    pub(super) signal: Signal,
    pub(super) arrival: Arrival,
    pub(super) body: Bytes,
    /// Bytes that the body may have when it is no longer compressed.
    pub(super) bytes_max: usize,
    /// The memory that it takes.
    pub(super) lease: Lease,
}

/// A parcel that has been opened.
struct Opened {
    received: Received,
    checked: Checked,
    lease: Lease,
}

/// Bodies from here on are opened on a thread of their own, so that other connections and the page do not wait for it: about a
/// millisecond's work.
const OPENED_ASIDE_BYTES: usize = 256 << 10;

/// The same for compressed ones, which may become a thousand times as large.
const COMPRESSED_OPENED_ASIDE_BYTES: usize = 4 << 10;

fn is_opened_aside(parcel: &Parcel) -> bool {
    let at_once = match parcel.arrival.compression {
        Compression::None => OPENED_ASIDE_BYTES,
        Compression::Gzip | Compression::Zstd => COMPRESSED_OPENED_ASIDE_BYTES,
    };
    parcel.body.len() >= at_once
}

impl<S: Sink> Intake<S> {
    /// Takes a request. What the sender gets to know is how much of it was refused and why.
    pub(super) async fn take(&self, port: &Port, parcel: Parcel) -> Result<Kept, Refusal> {
        let opened = if is_opened_aside(&parcel) {
            let opened = tokio::task::spawn_blocking(move || open(parcel)).await;
            opened.map_err(|_| Refusal::new(IncidentKind::Malformed, "the body could not be decoded"))??
        } else {
            open(parcel)?
        };
        let Opened { received, checked, lease } = opened;
        let (arrival, signal) = (received.arrival.clone(), received.data.signal());
        let kept = self.sink.keep(received).await.map_err(busy)?;
        drop(lease);
        let kept = both(kept, &checked);
        self.counters.add(
            &arrival,
            signal,
            checked.items.saturating_sub(kept.rejected - checked.rejected),
            kept.rejected,
        );
        if let Some(reason) = &kept.reason {
            self.note(&arrival, IncidentKind::Partial, reason.clone());
        }
        // Empty requests are probes, which try what there is.
        if checked.items + checked.rejected > 0 {
            self.note_wrong_port(port, &arrival);
        }
        Ok(kept)
    }

    /// Writes down that something was refused.
    pub(super) fn refused(
        &self,
        port: &Port,
        protocol: Option<Protocol>,
        user_agent: Option<String>,
        refusal: &Refusal,
    ) {
        let detail = refusal.message.clone();
        self.journal.record(Incident { kind: refusal.kind, port: port.number, protocol, detail, user_agent });
    }

    fn note_wrong_port(&self, port: &Port, arrival: &Arrival) {
        let words = match (port.role, arrival.protocol) {
            (PortRole::Grpc, Protocol::HttpProtobuf | Protocol::HttpJson) => {
                "OTLP over HTTP came to the port of gRPC; it was taken, but a collector would refuse it: send it to the port of HTTP (4318 as a rule), or set the protocol to grpc"
            }
            (PortRole::Http, Protocol::Grpc) => {
                "gRPC came to the port of OTLP over HTTP; it was taken, but a collector would refuse it: send it to the port of gRPC (4317 as a rule), or set the protocol to http/protobuf"
            }
            _ => return,
        };
        if !port.wrong_port_noted.swap(true, Ordering::Relaxed) {
            self.note(arrival, IncidentKind::WrongPort, words.to_owned());
        }
    }

    fn note(&self, arrival: &Arrival, kind: IncidentKind, detail: String) {
        let Arrival { port, protocol, user_agent, .. } = arrival;
        let (protocol, user_agent) = (Some(*protocol), user_agent.clone());
        self.journal.record(Incident { kind, port: *port, protocol, detail, user_agent });
    }
}

fn open(parcel: Parcel) -> Result<Opened, Refusal> {
    let Parcel { signal, arrival, body, bytes_max, mut lease } = parcel;
    let plain = decompress(body, arrival.compression, bytes_max, &mut lease)?;
    let mut data = match arrival.protocol {
        Protocol::HttpJson => {
            // Text takes less in memory than as JSON: only a body of empty objects comes to so much.
            let memory_bytes_max = Limits::decoded_bytes_max(plain.len().max(SMALL_BYTES));
            take_room(&mut lease, memory_bytes_max)?;
            decode_json(signal, &plain, memory_bytes_max).map_err(undecodable)?
        }
        Protocol::Grpc | Protocol::HttpProtobuf | Protocol::File => {
            let memory_bytes_max = Limits::decoded_bytes_max(bytes_max);
            let weight = weigh(signal, &plain, memory_bytes_max).map_err(undecodable)?;
            take_room(&mut lease, weight)?;
            decode_weighed(signal, &plain).map_err(undecodable)?
        }
    };
    let checked = check(&mut data);
    let again = checked.changed || arrival.protocol == Protocol::HttpJson;
    let encoded = if again { data.encode().into() } else { plain };
    Ok(Opened { received: Received { arrival, data, encoded }, checked, lease })
}

/// Below this a body's own length says little of what it becomes.
const SMALL_BYTES: usize = 1 << 10;

fn take_room(lease: &mut Lease, bytes: usize) -> Result<(), Refusal> {
    if lease.grow(bytes) { Ok(()) } else { Err(full()) }
}

fn undecodable(error: Undecodable) -> Refusal {
    let kind = match error {
        Undecodable::Malformed(_) => IncidentKind::Malformed,
        Undecodable::TooLarge(_) => IncidentKind::Bomb,
    };
    Refusal::new(kind, format!("the body cannot be decoded: {error}"))
}

fn busy(Busy { retry_after }: Busy) -> Refusal {
    Refusal::busy(retry_after, "the store cannot take more at the moment; come again")
}

/// What the check and the sink refused, together.
fn both(kept: Kept, checked: &Checked) -> Kept {
    let reasons = [checked.reason(), kept.reason];
    let reason = reasons.into_iter().flatten().collect::<Vec<_>>().join("; ");
    Kept {
        rejected: kept.rejected + checked.rejected,
        reason: Some(reason).filter(|reason| !reason.is_empty()),
    }
}
