//! How a request came, in words.

use crate::receive::{Arrival, Compression, Protocol};

/// `http/protobuf on port 4318, gzip, OTel-OTLP-Exporter-Rust/0.33.1`.
pub(super) fn describe(arrival: &Arrival) -> String {
    let mut words = match arrival.protocol {
        Protocol::File => "read from a file".to_owned(),
        protocol => format!("{} on port {}", name(protocol), arrival.port),
    };
    let compression = compression(arrival.compression);
    for more in [compression, arrival.user_agent.as_deref()].into_iter().flatten() {
        words.push_str(", ");
        words.push_str(more);
    }
    words
}

/// `http/protobuf gzip`: what requests are counted by.
pub(super) fn kind(arrival: &Arrival) -> String {
    let compression = compression(arrival.compression).unwrap_or("uncompressed");
    format!("{} {compression}", name(arrival.protocol))
}

fn name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Grpc => "grpc",
        Protocol::HttpProtobuf => "http/protobuf",
        Protocol::HttpJson => "http/json",
        Protocol::File => "file",
    }
}

fn compression(compression: Compression) -> Option<&'static str> {
    match compression {
        Compression::None => None,
        Compression::Gzip => Some("gzip"),
        Compression::Zstd => Some("zstd"),
    }
}
