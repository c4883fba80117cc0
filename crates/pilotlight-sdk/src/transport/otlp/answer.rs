//! What both protocols do with an answer's body.

use bytes::Bytes;
use http::HeaderMap;

use super::super::exporter::{Answer, ExportError, Receipt, Signal};
use super::compress::{self, Decompressed};
use super::endpoint::Endpoint;
use super::{failure, status};

/// The receipt of a receiver that accepted the batch.
///
/// A body that cannot be read does not undo the acceptance: sending again would only make duplicates.
pub(super) fn accepted(body: Option<&[u8]>, answer: Answer) -> Receipt {
    let unreadable = || Receipt {
        message: Some("the receiver accepted the batch, with a response that cannot be read".to_owned()),
        ..Receipt::default()
    };
    let receipt = body.and_then(|body| status::receipt(body).ok()).unwrap_or_else(unreadable);
    Receipt { answer: Some(answer), ..receipt }
}

/// The body without its compression; `None` when it cannot be had.
pub(super) fn plain(
    body: &Bytes,
    encoding: Option<&[u8]>,
    bytes_max: usize,
    endpoint: &Endpoint,
) -> Result<Option<Bytes>, ExportError> {
    match encoding {
        None | Some(b"identity") => Ok(Some(body.clone())),
        Some(b"gzip") => match compress::decompress(body, bytes_max) {
            Decompressed::Whole(plain) => Ok(Some(plain)),
            Decompressed::TooLarge => Err(failure::too_large(endpoint, bytes_max)),
            Decompressed::Malformed => Ok(None),
        },
        Some(_) => Ok(None),
    }
}

pub(super) fn encoding<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    headers.get(name).map(|value| value.as_bytes().trim_ascii())
}

/// A batch that no receiver would be sent.
#[cold]
pub(super) fn request_too_large(signal: Signal, bytes: usize, bytes_max: usize) -> ExportError {
    ExportError::permanent(format!(
        "a request of {bytes} bytes is larger than the {bytes_max} that may be sent: make batches or {} smaller, or \
         raise the exporter's largest request size",
        signal.items()
    ))
}

/// `: what the receiver said`, or nothing.
pub(super) fn quoted(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
