//! OTLP from the network to the store: connections, limits, decompression, decoding, the protocol's own errors.
//!
//! ```text
//!  receiver      accepts on each listener, bounds the number of connections, stops
//!  connection    looks at the first bytes, serves HTTP/1 and HTTP/2, closes what is idle
//!  endpoint      one request: who may send it (origin), then grpc or http
//!  grpc, http    framing, headers, limits while the body is read; answers in the request's own format
//!  intake        decompress, decode, check, count, hand to the sink
//!  journal       what was refused on the way, and what others would have refused
//! ```
//!
//! Every port speaks everything. A request is answered when the sink has it: back-pressure is the protocol's own `UNAVAILABLE` or 503.

mod answer;
mod body;
mod check;
mod compression;
mod connection;
mod counters;
mod decode;
mod endpoint;
mod grpc;
mod hints;
mod http;
mod intake;
mod journal;
mod json;
mod limits;
mod origin;
mod received;
mod receiver;
mod refusal;
mod rich_status;
mod room;
mod weight;

pub use check::check;
pub use counters::Counters;
pub use decode::{Undecodable, decode_json, decode_protobuf};
pub use intake::Sink;
pub use journal::{Incident, IncidentKind, Journal, JournalEntry};
pub use limits::Limits;
pub use received::{Arrival, Compression, Data, Protocol, Received, Signal};
pub use receiver::{PortRole, Receiver};
