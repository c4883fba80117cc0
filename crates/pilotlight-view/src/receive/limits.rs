//! How much of a sender's attention the receiver takes.

use std::time::Duration;

/// Bounds of the receiver. What is over one is refused with the protocol's own error and noted in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a gRPC message, compressed and not. Default: 4 MiB, which is what gRPC servers take unless told otherwise.
    pub grpc_bytes_max: usize,
    /// Bytes of an HTTP body, compressed and not. Default: 20 MiB, as a collector takes.
    pub http_bytes_max: usize,
    /// Bytes of all requests together, as bodies and decoded. Default: 256 MiB. Beyond it a sender is asked to come again.
    pub in_flight_bytes_max: usize,
    /// Connections at a time. Default: 512. Beyond it a connection is closed at once.
    pub connections_max: usize,
    /// Bytes of a request's headers. Default: 32 KiB.
    pub header_bytes_max: usize,
    /// How long a new connection may take to its first whole request head. Default: 10 s.
    pub header_timeout: Duration,
    /// How long a body may take. Default: 60 s.
    pub body_timeout: Duration,
    /// How long a connection may rest between requests. Default: 90 s, so that senders of metrics, which come once a minute, keep theirs.
    pub idle_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            grpc_bytes_max: 4 << 20,
            http_bytes_max: 20 << 20,
            in_flight_bytes_max: 256 << 20,
            connections_max: 512,
            header_bytes_max: 32 << 10,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(90),
        }
    }
}

impl Limits {
    /// The same, with room in flight for at least two of the largest requests, decoded.
    #[must_use]
    pub fn with_room_for_largest(self) -> Self {
        let largest = self.grpc_bytes_max.max(self.http_bytes_max);
        let needed = Self::decoded_bytes_max(largest).saturating_mul(2);
        Self { in_flight_bytes_max: self.in_flight_bytes_max.max(needed), ..self }
    }

    /// Bytes of memory that a body of at most `bytes_max` may decode to.
    ///
    /// Telemetry takes two to four times its encoded size; a body of two-byte empty messages would take 130 times.
    pub(super) fn decoded_bytes_max(bytes_max: usize) -> usize {
        bytes_max.saturating_mul(8)
    }
}
