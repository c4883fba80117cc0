//! Decompression that stops at the limit.

use super::refusal::Refusal;
use super::{Compression, IncidentKind};
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use std::io::Read;

impl Compression {
    /// Reads a `Content-Encoding` or `grpc-encoding`; none when it is unknown.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::None),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// What both protocols are told that we take.
pub(super) const ACCEPTED: &str = "identity,gzip,zstd";

/// A window of 8 MiB is what zstd tells every decoder to support; a larger one is memory that the sender chooses for us.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// The body as it was before it was compressed. Never more than one byte over `bytes_max` is held.
pub(super) fn decompress(body: Bytes, compression: Compression, bytes_max: usize) -> Result<Bytes, Refusal> {
    match compression {
        _ if body.is_empty() => Ok(body),
        Compression::None => Ok(body),
        Compression::Gzip => bounded(MultiGzDecoder::new(&body[..]), body.len(), bytes_max, "gzip"),
        Compression::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(&body[..]).map_err(|e| broken("zstd", &e))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|e| broken("zstd", &e))?;
            bounded(decoder, body.len(), bytes_max, "zstd")
        }
    }
}

fn bounded(decoder: impl Read, compressed: usize, bytes_max: usize, name: &str) -> Result<Bytes, Refusal> {
    // Telemetry shrinks five to ten times; an honest body grows this at most twice.
    let mut plain = Vec::with_capacity(compressed.saturating_mul(4).min(bytes_max));
    let read = decoder.take(bytes_max as u64 + 1).read_to_end(&mut plain);
    if plain.len() > bytes_max {
        return Err(Refusal::new(
            IncidentKind::Bomb,
            format!(
                "{compressed} bytes of {name} become more than {bytes_max}, the limit for a request after decompression; send smaller batches"
            ),
        ));
    }
    read.map_err(|error| broken(name, &error))?;
    Ok(plain.into())
}

fn broken(name: &str, error: &std::io::Error) -> Refusal {
    Refusal::new(IncidentKind::Malformed, format!("the body is not whole or not {name}: {error}"))
}
