//! Decompression that stops at the limit.

use super::body::full;
use super::refusal::Refusal;
use super::room::Lease;
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

/// The body as it was before it was compressed. Never more than one byte over `bytes_max` is held, and nothing that the lease, which is
/// that of the compressed body, has not taken before.
pub(super) fn decompress(
    body: Bytes,
    compression: Compression,
    bytes_max: usize,
    lease: &mut Lease,
) -> Result<Bytes, Refusal> {
    let plain = match compression {
        _ if body.is_empty() => return Ok(body),
        Compression::None => return Ok(body),
        Compression::Gzip => bounded(MultiGzDecoder::new(&body[..]), body.len(), bytes_max, "gzip", lease)?,
        Compression::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(&body[..]).map_err(|e| broken("zstd", &e))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|e| broken("zstd", &e))?;
            bounded(decoder, body.len(), bytes_max, "zstd", lease)?
        }
    };
    lease.give_back(body.len());
    Ok(plain)
}

/// Room is taken in steps of at least so much, each as large as what is there: a bomb gets no further than there is room, and nothing is
/// copied more than twice.
const STEP_BYTES: usize = 64 << 10;

fn bounded(
    mut decoder: impl Read,
    compressed: usize,
    bytes_max: usize,
    name: &str,
    lease: &mut Lease,
) -> Result<Bytes, Refusal> {
    let (mut plain, mut whole) = (Vec::new(), false);
    while !whole {
        if plain.len() > bytes_max {
            return Err(bomb(compressed, bytes_max, name));
        }
        let step = plain.len().max(STEP_BYTES).min(bytes_max.saturating_add(1) - plain.len());
        if !lease.grow(step) {
            return Err(full());
        }
        plain.reserve_exact(step);
        let read = decoder.by_ref().take(step as u64).read_to_end(&mut plain);
        let read = read.map_err(|error| broken(name, &error))?;
        whole = read < step;
        lease.give_back(step - read);
    }
    plain.shrink_to_fit();
    Ok(plain.into())
}

fn bomb(compressed: usize, bytes_max: usize, name: &str) -> Refusal {
    Refusal::new(
        IncidentKind::Bomb,
        format!(
            "{compressed} bytes of {name} become more than {bytes_max}, the limit for a request after decompression; send smaller batches"
        ),
    )
}

fn broken(name: &str, error: &std::io::Error) -> Refusal {
    Refusal::new(IncidentKind::Malformed, format!("the body is not whole or not {name}: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Compression, decompress};
    use crate::receive::IncidentKind;
    use crate::receive::room::Room;
    use bytes::Bytes;

    fn zeros(bytes: usize) -> Bytes {
        zstd::stream::encode_all(&vec![0; bytes][..], 1).unwrap().into()
    }

    #[test]
    fn what_a_body_becomes_is_lent_before_it_is_there() {
        let room = Room::new(1 << 20);
        let mut lease = room.lease();
        let refusal = decompress(zeros(2 << 20), Compression::Zstd, 4 << 20, &mut lease).unwrap_err();
        assert_eq!(refusal.kind, IncidentKind::Busy);
    }

    #[test]
    fn a_body_takes_as_much_room_as_it_is_long_in_the_end() {
        let (room, body) = (Room::new(1 << 20), zeros(300_000));
        let mut lease = room.lease();
        assert!(lease.grow(body.len()));
        assert_eq!(decompress(body, Compression::Zstd, 300_000, &mut lease).unwrap().len(), 300_000);
        assert!(!room.lease().grow((1 << 20) - 300_000 + 1));
        assert!(room.lease().grow((1 << 20) - 300_000));
    }
}
