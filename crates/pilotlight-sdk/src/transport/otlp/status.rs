//! The few protobuf messages that receivers answer with, read by hand: what they say is short, and whoever answers may be
//! hostile, so every length is checked and nothing is copied before it is known to be wanted.

use std::time::Duration;

use super::super::exporter::Receipt;
use crate::encode::reader::{Content, Fields};

/// The longest receiver's message that is repeated to a person, in bytes; the rest is noise in a log line.
const MESSAGE_BYTES_MAX: usize = 1024;

/// The longest pause a receiver can ask for. Far beyond any retry budget, and short enough for any clock arithmetic.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The bytes are not the message they were taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// `google.rpc.Status`, as far as an exporter cares.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) message: String,
    pub(super) retry: Option<RetryInfo>,
}

/// `google.rpc.RetryInfo`: its presence alone makes `RESOURCE_EXHAUSTED` retryable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RetryInfo {
    /// `None` when it is absent, zero or negative: the receiver leaves the pause to us.
    pub(super) delay: Option<Duration>,
}

/// Reads any `Export…ServiceResponse`; they have the same shape for all signals.
///
/// Specification: "Partial Success", <https://opentelemetry.io/docs/specs/otlp/#partial-success>.
pub(super) fn receipt(response: &[u8]) -> Result<Receipt, Malformed> {
    let mut receipt = Receipt::default();
    for field in fields(response)? {
        if let (1, Content::Bytes(partial_success)) = field {
            read_partial_success(partial_success, &mut receipt)?;
        }
    }
    Ok(receipt)
}

fn read_partial_success(message: &[u8], receipt: &mut Receipt) -> Result<(), Malformed> {
    for field in fields(message)? {
        match field {
            // An int64 on the wire; a negative count means nothing.
            (1, Content::Number(rejected)) => receipt.rejected = (rejected as i64).max(0).unsigned_abs(),
            (2, Content::Bytes(message)) => {
                receipt.message = Some(printable(message)).filter(|m| !m.is_empty())
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads a `google.rpc.Status`.
pub(super) fn status(message: &[u8]) -> Result<Status, Malformed> {
    let mut status = Status::default();
    for field in fields(message)? {
        match field {
            (2, Content::Bytes(message)) => status.message = printable(message),
            (3, Content::Bytes(detail)) => status.retry = retry_info(detail)?.or(status.retry),
            _ => {}
        }
    }
    Ok(status)
}

/// Reads a `google.protobuf.Any`, if it holds a `RetryInfo`.
fn retry_info(any: &[u8]) -> Result<Option<RetryInfo>, Malformed> {
    let (mut type_url, mut value) = (&[][..], &[][..]);
    for field in fields(any)? {
        match field {
            (1, Content::Bytes(bytes)) => type_url = bytes,
            (2, Content::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    // The part before the slash names a server of types and is free.
    if type_url.rsplit(|&byte| byte == b'/').next() != Some(b"google.rpc.RetryInfo") {
        return Ok(None);
    }
    let mut info = RetryInfo::default();
    for field in fields(value)? {
        if let (1, Content::Bytes(delay)) = field {
            info.delay = duration(delay)?;
        }
    }
    Ok(Some(info))
}

/// Reads a `google.protobuf.Duration`.
fn duration(message: &[u8]) -> Result<Option<Duration>, Malformed> {
    let (mut seconds, mut nanos) = (0_i64, 0_i64);
    for field in fields(message)? {
        match field {
            (1, Content::Number(value)) => seconds = value as i64,
            (2, Content::Number(value)) => nanos = value as i64,
            _ => {}
        }
    }
    let nanos = u32::try_from(nanos.clamp(0, 999_999_999)).unwrap_or_default();
    Ok(u64::try_from(seconds).ok().and_then(|seconds| pause(Duration::new(seconds, nanos))))
}

/// A pause as a receiver asked for it, made safe to add to a clock; `None` is no pause at all.
pub(super) fn pause(asked: Duration) -> Option<Duration> {
    (!asked.is_zero()).then(|| asked.min(PAUSE_MAX))
}

/// A receiver's words as one line for a log: bounded, without control characters.
pub(super) fn printable(text: &[u8]) -> String {
    let cut = &text[..text.len().min(MESSAGE_BYTES_MAX)];
    let line: String =
        String::from_utf8_lossy(cut).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().to_owned()
}

/// The fields of one message, by number.
fn fields(message: &[u8]) -> Result<impl Iterator<Item = (u32, Content<'_>)>, Malformed> {
    let fields = Fields::checked(message).ok_or(Malformed)?;
    Ok(fields.map(|field| (field.key >> 3, field.content)))
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    /// google.rpc's messages, generated independently of the reader above.
    #[derive(Clone, PartialEq, Message)]
    struct RpcStatus {
        #[prost(int32, tag = "1")]
        code: i32,
        #[prost(string, tag = "2")]
        message: String,
        #[prost(message, repeated, tag = "3")]
        details: Vec<Any>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        value: Vec<u8>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct RpcRetryInfo {
        #[prost(message, tag = "1")]
        delay: Option<RpcDuration>,
    }
    #[derive(Clone, Copy, PartialEq, Message)]
    struct RpcDuration {
        #[prost(int64, tag = "1")]
        seconds: i64,
        #[prost(int32, tag = "2")]
        nanos: i32,
    }

    fn with_delay(delay: Option<(i64, i32)>) -> Vec<u8> {
        let delay = delay.map(|(seconds, nanos)| RpcDuration { seconds, nanos });
        let value = RpcRetryInfo { delay }.encode_to_vec();
        let other = Any { type_url: "type.googleapis.com/google.rpc.Help".into(), value: vec![1, 2] };
        let info = Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".into(), value };
        RpcStatus { code: 8, message: "slow down".into(), details: vec![other, info] }.encode_to_vec()
    }

    #[test]
    fn a_retry_delay_is_found_among_other_details() {
        let read = status(&with_delay(Some((2, 500_000_000)))).unwrap();
        assert_eq!(read.message, "slow down");
        assert_eq!(read.retry, Some(RetryInfo { delay: Some(Duration::from_millis(2500)) }));
    }

    #[test]
    fn a_retry_info_without_a_usable_delay_still_says_that_a_retry_is_welcome() {
        for delay in [None, Some((0, 0)), Some((-3, 0)), Some((-1, -5))] {
            assert_eq!(
                status(&with_delay(delay)).unwrap().retry,
                Some(RetryInfo { delay: None }),
                "{delay:?}"
            );
        }
    }

    #[test]
    fn an_absurd_delay_is_cut_to_what_a_clock_can_add() {
        let read = status(&with_delay(Some((i64::MAX, i32::MAX)))).unwrap();
        assert_eq!(read.retry.unwrap().delay, Some(PAUSE_MAX));
    }

    #[test]
    fn a_receivers_words_are_bounded_and_stay_on_one_line() {
        assert_eq!(printable(b"a\nb\x1b[31m\xff"), "a b [31m\u{fffd}");
        assert!(printable(&vec![b'x'; 1 << 20]).len() <= MESSAGE_BYTES_MAX);
    }

    #[test]
    fn a_negative_count_of_rejected_spans_counts_as_none() {
        let partial_success =
            Some(ExportTracePartialSuccess { rejected_spans: -1, error_message: String::new() });
        let read = receipt(&ExportTraceServiceResponse { partial_success }.encode_to_vec());
        assert_eq!(read, Ok(Receipt::default()));
    }

    proptest! {
        #[test]
        fn any_partial_success_is_read_as_it_was_written(
            rejected_spans in 0..i64::MAX,
            error_message in "[a-z]{0,40}",
        ) {
            let partial_success =
                Some(ExportTracePartialSuccess { rejected_spans, error_message: error_message.clone() });
            let read = receipt(&ExportTraceServiceResponse { partial_success }.encode_to_vec()).unwrap();
            prop_assert_eq!(read.rejected, rejected_spans.unsigned_abs());
            prop_assert_eq!(read.message.unwrap_or_default(), error_message);
        }

        #[test]
        fn any_positive_retry_delay_is_read_as_it_was_written(seconds in 1_i64..3600, nanos in 0_i32..1_000_000_000) {
            let read = status(&with_delay(Some((seconds, nanos)))).unwrap();
            let expected = Duration::new(seconds.unsigned_abs(), nanos.unsigned_abs());
            prop_assert_eq!(read.retry.unwrap().delay, Some(expected));
        }

        #[test]
        fn hostile_bytes_are_refused_or_read_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = status(&bytes);
            let _ = receipt(&bytes);
            let _ = retry_info(&bytes);
            let _ = duration(&bytes);
        }

        #[test]
        fn a_damaged_status_never_panics(at in 0_usize..60, byte in any::<u8>()) {
            let mut bytes = with_delay(Some((2, 5)));
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = status(&bytes);
        }
    }
}
