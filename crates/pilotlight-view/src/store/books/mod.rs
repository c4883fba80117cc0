//! Running observations of everything that comes: what questions cannot see in rows, or would have to look for too long.
//!
//! ```text
//!  a request ─┬─ resources.rs    who tells, since when
//!             ├─ senders.rs      by service: what findings are concluded from ── spans.rs, logs.rs, names.rs, clock.rs
//!             └─ stacktraces.rs  the newest stack trace of each kind of exception
//! ```
//!
//! A pass over a request, some hundred nanoseconds a span; every list is bounded, and what is beyond the bound is counted or folded.

mod clock;
mod deprecated;
mod example;
mod logs;
mod names;
mod pattern;
mod resources;
mod senders;
mod spans;
mod stacktraces;

pub(crate) use deprecated::replacement;
pub(crate) use example::Seen;
pub(crate) use names::NAMES_MAX;
pub(crate) use pattern::pattern;
pub(crate) use resources::{Known, Resources, fingerprint};
pub(crate) use senders::{DELTAS_MAX, Deprecated, Process, SENDERS_MAX, Sender, Senders};
pub(crate) use stacktraces::Stacktraces;

use crate::receive::{Arrival, Data, Protocol};
use opentelemetry_proto::tonic::resource::v1::Resource;

/// All observations.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// Who tells.
    pub(crate) resources: Resources,
    /// By service.
    pub(crate) senders: Senders,
    /// Of exceptions.
    pub(crate) stacktraces: Stacktraces,
    /// Requests as a whole.
    pub(crate) requests: Requests,
}

/// Requests as a whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests {
    /// When the first and the last one with spans came, nanoseconds since 1970.
    pub(crate) traces: Option<(u64, u64)>,
    /// The same with points.
    pub(crate) metrics: Option<(u64, u64)>,
    /// The same with log records.
    pub(crate) logs: Option<(u64, u64)>,
    /// Nearly too large for other receivers: how many, and how large the largest is, in bytes without compression.
    pub(crate) large: Seen,
    /// The largest of all, in bytes without compression.
    pub(crate) bytes_max: u64,
    /// When the last request of all came.
    pub(crate) last: u64,
}

/// Receivers of gRPC take 4 MiB. From seven eighths of it on, the next larger batch may be too large.
const LARGE: u64 = (4 << 20) / 8 * 7;

impl Books {
    /// Notes a request, which was so many bytes long without compression.
    pub(crate) fn note(&mut self, arrival: &Arrival, bytes: u64, data: &Data) {
        self.requests.note(arrival, bytes, data);
        // What comes from a file was sent at another time.
        let now = (arrival.protocol != Protocol::File).then_some(arrival.unix_nano);
        match data {
            Data::Traces(all) => {
                for of_resource in all {
                    let sender = self.sender(of_resource.resource.as_ref(), &of_resource.schema_url, arrival);
                    if let Some(sender) = sender {
                        sender.note_spans(of_resource, now);
                    }
                    let spans = of_resource.scope_spans.iter().flat_map(|of_scope| &of_scope.spans);
                    let exceptions =
                        spans.flat_map(|span| &span.events).filter(|event| event.name == "exception");
                    exceptions.for_each(|event| self.stacktraces.note(&event.attributes));
                }
            }
            Data::Logs(all) => {
                for of_resource in all {
                    let sender = self.sender(of_resource.resource.as_ref(), &of_resource.schema_url, arrival);
                    if let Some(sender) = sender {
                        sender.note_logs(of_resource);
                    }
                    let records = of_resource.scope_logs.iter().flat_map(|of_scope| &of_scope.log_records);
                    records.for_each(|record| self.stacktraces.note(&record.attributes));
                }
            }
            Data::Metrics(all) => {
                for of_resource in all {
                    let sender = self.sender(of_resource.resource.as_ref(), &of_resource.schema_url, arrival);
                    if let Some(sender) = sender {
                        sender.note_metrics(of_resource);
                    }
                }
            }
        }
    }

    /// None when there is no room for another service.
    fn sender(
        &mut self,
        resource: Option<&Resource>,
        schema_url: &str,
        arrival: &Arrival,
    ) -> Option<&mut Sender> {
        self.resources.note(resource, schema_url, arrival.unix_nano);
        self.senders.of(resource, arrival.unix_nano, arrival.protocol != Protocol::File)
    }
}

impl Requests {
    fn note(&mut self, arrival: &Arrival, bytes: u64, data: &Data) {
        let now = arrival.unix_nano;
        let times = match data {
            Data::Traces(_) => &mut self.traces,
            Data::Metrics(_) => &mut self.metrics,
            Data::Logs(_) => &mut self.logs,
        };
        *times = Some(times.map_or((now, now), |(first, last)| (first.min(now), last.max(now))));
        self.last = self.last.max(now);
        self.bytes_max = self.bytes_max.max(bytes);
        if bytes >= LARGE && arrival.protocol != Protocol::File {
            self.large.note(|| format!("{bytes} bytes of {:?}", data.signal()).to_lowercase());
        }
    }
}
