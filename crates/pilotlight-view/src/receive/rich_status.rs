//! `google.rpc.Status`, which tells a sender in both protocols why it was refused and when to come again.

use super::refusal::Refusal;
use prost::Message;
use std::time::Duration;

/// The status, encoded as protobuf: an HTTP body, or the `grpc-status-details-bin` trailer.
pub(super) fn encoded(refusal: &Refusal) -> Vec<u8> {
    let details = refusal.retry_after.map(retry_info).into_iter().collect();
    Status { code: refusal.grpc as i32, message: refusal.message.clone(), details }.encode_to_vec()
}

/// The same in protobuf's JSON.
pub(super) fn json(refusal: &Refusal) -> Vec<u8> {
    let mut status = serde_json::json!({ "code": refusal.grpc as i32, "message": refusal.message });
    if let Some(delay) = refusal.retry_after {
        status["details"] = serde_json::json!([
            { "@type": RETRY_INFO, "retryDelay": format!("{}.{:09}s", delay.as_secs(), delay.subsec_nanos()) }
        ]);
    }
    status.to_string().into_bytes()
}

const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

fn retry_info(delay: Duration) -> Any {
    let delay = Seconds {
        seconds: i64::try_from(delay.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(delay.subsec_nanos()).unwrap_or_default(),
    };
    let value = RetryInfo { retry_delay: Some(delay) }.encode_to_vec();
    Any { type_url: RETRY_INFO.to_owned(), value }
}

#[derive(Clone, PartialEq, Message)]
struct Status {
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
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Seconds>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Seconds {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}
