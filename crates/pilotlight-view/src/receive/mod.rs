//! OTLP from the network to the store: connections, limits, decompression, decoding, the protocol's own errors.

mod journal;
mod received;

pub use journal::{Incident, IncidentKind, Journal, JournalEntry};
pub use received::{Arrival, Compression, Data, Protocol, Received, Signal};
