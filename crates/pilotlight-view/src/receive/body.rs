//! A body, read whole, within its limits.

use super::IncidentKind;
use super::endpoint::Request;
use super::refusal::Refusal;
use super::room::Lease;
use bytes::{Bytes, BytesMut};
use http::header::EXPECT;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::time::Duration;

/// What a body may be.
pub(super) struct Bounds {
    /// Bytes of it.
    pub(super) bytes_max: usize,
    /// Bytes that the protocol adds before it.
    pub(super) prefix: usize,
    /// How many bytes its beginning says that it has; none when that cannot be told yet.
    pub(super) announced: fn(&[u8]) -> Option<u64>,
    /// How long it may take.
    pub(super) timeout: Duration,
}

/// Reads the whole body. One that came in one piece is not copied.
pub(super) async fn whole(body: &mut Incoming, bounds: &Bounds, lease: &mut Lease) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(bounds.timeout, pieces(body, bounds, lease)).await {
        Ok(whole) => whole,
        Err(_) => Err(Refusal::slow(bounds.timeout)),
    }
}

async fn pieces(body: &mut Incoming, bounds: &Bounds, lease: &mut Lease) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken_off(first.len() + rest.len(), &error))?;
        let Ok(piece) = frame.into_data() else { continue };
        if !lease.grow(piece.len()) {
            return Err(full());
        }
        if first.is_empty() {
            first = piece;
        } else {
            if rest.is_empty() {
                rest.reserve(expected(&first, bounds));
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&piece);
        }
        let beginning: &[u8] = if rest.is_empty() { &first } else { &rest };
        let announced = (bounds.announced)(beginning).unwrap_or_default();
        let length = announced.max(beginning.len() as u64);
        let length = length.saturating_sub(bounds.prefix as u64);
        if length > bounds.bytes_max as u64 {
            return Err(too_large(length, bounds.bytes_max));
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// How much to reserve: what is announced and not more than what a sender pays for by having sent the first piece.
fn expected(first: &[u8], bounds: &Bounds) -> usize {
    let announced =
        (bounds.announced)(first).and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default();
    announced.min(bounds.bytes_max + bounds.prefix).min(first.len().saturating_mul(64)).max(first.len())
}

/// How much is read and thrown away of a body that is refused. A sender that is still writing would otherwise see a reset
/// connection instead of the answer.
const DRAINED_BYTES_MAX: usize = 64 << 20;

/// How long the rest of a refused body may take. What takes longer was not on its way.
const DRAINED_WITHIN: Duration = Duration::from_secs(1);

/// Reads the rest of a refused body, for a while. Not when the sender waits to be told to go on with it.
pub(super) async fn drain(request: &mut Request) {
    if request.headers().contains_key(EXPECT) {
        return;
    }
    let body = request.body_mut();
    let mut left = DRAINED_BYTES_MAX;
    let rest = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    // Too slow is as good as done: the answer follows in either case.
    let _ = tokio::time::timeout(DRAINED_WITHIN, rest).await;
}

pub(super) fn too_large(bytes: u64, most: usize) -> Refusal {
    Refusal::new(
        IncidentKind::TooLarge,
        format!(
            "{bytes} bytes are more than {most}, the limit for a request; send smaller batches, or raise the limit"
        ),
    )
}

/// When a sender is to come again while the memory for requests is taken: a few batches later.
const ROOM_AGAIN: Duration = Duration::from_millis(500);

pub(super) fn full() -> Refusal {
    Refusal::busy(ROOM_AGAIN, "too much is in flight at the moment; come again")
}

fn broken_off(bytes: usize, error: &hyper::Error) -> Refusal {
    Refusal::new(
        IncidentKind::Malformed,
        format!("the body ended after {bytes} bytes, before it was whole: {error}"),
    )
}
