//! OTLP over gRPC: one unary call a batch.
//!
//! Specification: <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>, and gRPC's own wire format,
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.

use std::time::Duration;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use percent_encoding::percent_decode;

use super::super::exporter::{
    Answer as Status, Batch, BoxFuture, ExportError, Exporter, Receipt, Signal, grpc_code_name,
};
use super::BuildError;
use super::answer::{self, quoted};
use super::client::{Answer, Client, Payload, payload};
use super::compress::Compressor;
use super::connect::Versions;
use super::endpoint::Endpoint;
use super::headers;
use super::status::{self, RetryInfo};
use crate::config::OtlpConfig;

/// A flag byte and a length in front of each gRPC message.
const PREFIX_BYTES: usize = 5;

/// `grpc-timeout` has at most eight digits.
const TIMEOUT_MILLIS_MAX: u128 = 99_999_999;

/// Sends batches to an OTLP receiver over gRPC, usually on port 4317.
///
/// `http://` endpoints are spoken to in HTTP/2 without TLS ("prior knowledge"); the endpoint's path is ignored, as
/// gRPC has none. `https://` endpoints are verified against the configured certificate, or else the platform's trust
/// store. Proxies are not used. Needs no runtime to be made, and the exporter thread's tokio runtime to export. Dropping an export's
/// future cancels the call; whether the receiver took the batch is then unknown.
///
/// Limits: one attempt takes at most [`OtlpConfig::timeout`] (the receiver is told, in `grpc-timeout`); requests above
/// [`OtlpConfig::request_bytes_max`] and responses above [`OtlpConfig::response_bytes_max`] are permanent errors.
pub struct OtlpGrpcExporter {
    signal: Signal,
    client: Client,
    headers: HeaderMap,
    compressor: Compressor,
    request_bytes_max: usize,
    response_bytes_max: usize,
}

impl OtlpGrpcExporter {
    /// Makes the exporter without connecting; see [`otlp`](super::otlp). `config.protocol` is not looked at.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when a certificate or key cannot be used, or a feature that the configuration needs is off.
    pub fn new(config: OtlpConfig) -> Result<Self, BuildError> {
        let (endpoint, authorization) = Endpoint::parse(&config.endpoint)?;
        let compressor = Compressor::new(config.compression)?;
        let mut headers = headers::common(&config.headers, authorization);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc+proto"));
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        if cfg!(feature = "gzip") {
            headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity,gzip"));
        }
        if compressor.is_enabled() {
            headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
        }
        if let Some(timeout) = config.timeout.and_then(grpc_timeout) {
            headers.insert("grpc-timeout", timeout);
        }
        let client = Client::new(endpoint, &config, Versions::Http2)?;
        let OtlpConfig { signal, request_bytes_max, response_bytes_max, .. } = config;
        Ok(Self { signal, client, headers, compressor, request_bytes_max, response_bytes_max })
    }

    async fn attempt(&self, batch: &Batch) -> Result<Receipt, ExportError> {
        if batch.request.len() > self.request_bytes_max {
            let (bytes, bytes_max) = (batch.request.len(), self.request_bytes_max);
            return Err(answer::request_too_large(self.signal, bytes, bytes_max));
        }
        let request = self.request(batch)?;
        let answer = self.client.send(request).await?;
        self.read(answer)
    }

    fn request(&self, batch: &Batch) -> Result<Request<Payload>, ExportError> {
        let message = self.compressor.apply(&batch.request).map_err(|error| {
            ExportError::permanent("the batch cannot be compressed for OTLP").caused_by(error)
        })?;
        let length = u32::try_from(message.len())
            .map_err(|_| answer::request_too_large(self.signal, message.len(), u32::MAX as usize))?;
        let mut prefix = BytesMut::with_capacity(PREFIX_BYTES);
        prefix.put_u8(u8::from(self.compressor.is_enabled()));
        prefix.put_u32(length);
        let mut request = Request::new(payload(prefix.freeze(), message));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.client.endpoint().at(path(batch.signal));
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    fn read(&self, answer: Answer) -> Result<Receipt, ExportError> {
        // A call that fails at once has its status among the headers.
        let holder =
            if answer.trailers.contains_key("grpc-status") { &answer.trailers } else { &answer.headers };
        match holder.get("grpc-status").map(code) {
            Some(0) => self.accepted(&answer),
            Some(code) => Err(refused(self.client.endpoint(), code, holder)),
            None => Err(without_status(self.client.endpoint(), answer)),
        }
    }

    fn accepted(&self, answer: &Answer) -> Result<Receipt, ExportError> {
        let Some((compressed, message)) = only_message(&answer.body) else {
            return Ok(answer::accepted(None, Status::Grpc(0)));
        };
        let encoding = if compressed { answer::encoding(&answer.headers, "grpc-encoding") } else { None };
        let plain = answer::plain(&message, encoding, self.response_bytes_max, self.client.endpoint())?;
        Ok(answer::accepted(plain.as_deref(), Status::Grpc(0)))
    }
}

impl Exporter for OtlpGrpcExporter {
    fn component_type(&self) -> &'static str {
        match self.signal {
            Signal::Traces => "otlp_grpc_span_exporter",
            Signal::Metrics => "otlp_grpc_metric_exporter",
            Signal::Logs => "otlp_grpc_log_exporter",
        }
    }

    fn server(&self) -> Option<(String, u16)> {
        self.client.endpoint().server()
    }

    fn request_bytes_max(&self) -> usize {
        self.request_bytes_max
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async move {
            let result = self.attempt(&batch).await;
            if !result.as_ref().is_err_and(ExportError::is_retryable) {
                self.compressor.forget();
            }
            result
        })
    }
}

fn path(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    }
}

fn grpc_timeout(timeout: Duration) -> Option<HeaderValue> {
    // At least one: a deadline of zero has passed before the call arrives.
    let millis = timeout.as_millis().clamp(1, TIMEOUT_MILLIS_MAX);
    HeaderValue::try_from(format!("{millis}m")).ok()
}

/// The message of a unary response and whether it is compressed; `None` when the body is anything else.
fn only_message(body: &Bytes) -> Option<(bool, Bytes)> {
    let (prefix, message) = body.split_first_chunk::<PREFIX_BYTES>()?;
    let [flag, length @ ..] = *prefix;
    let whole = u32::from_be_bytes(length) as usize == message.len() && flag <= 1;
    whole.then(|| (flag == 1, body.slice(PREFIX_BYTES..)))
}

/// What is not a number means nothing, which gRPC calls UNKNOWN.
fn code(status: &HeaderValue) -> u32 {
    status.to_str().ok().and_then(|status| status.parse().ok()).unwrap_or(2)
}

#[cold]
fn refused(endpoint: &Endpoint, code: u32, holder: &HeaderMap) -> ExportError {
    let message = holder
        .get("grpc-message")
        .map(|message| status::printable(&percent_decode(message.as_bytes()).collect::<Vec<u8>>()));
    let retry = holder.get("grpc-status-details-bin").and_then(retry_info);
    let text = format!(
        "{endpoint} answered {} ({code}){}{}",
        grpc_code_name(code),
        quoted(message.as_deref().unwrap_or_default()),
        hint(code)
    );
    let error = match (is_retryable(code, retry.is_some()), retry.and_then(|retry| retry.delay)) {
        (false, _) => ExportError::permanent(text),
        (true, None) => ExportError::transient(text),
        (true, Some(delay)) => ExportError::throttled(text, delay),
    };
    error.answered(Status::Grpc(code))
}

/// Specification: "Failures", <https://opentelemetry.io/docs/specs/otlp/#failures>.
fn is_retryable(code: u32, has_retry_info: bool) -> bool {
    match code {
        // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
        1 | 4 | 10 | 11 | 14 | 15 => true,
        // RESOURCE_EXHAUSTED: only a receiver that expects to recover says when.
        8 => has_retry_info,
        _ => false,
    }
}

fn retry_info(details: &HeaderValue) -> Option<RetryInfo> {
    // gRPC leaves the padding off, and asks to accept it.
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, LENIENT).decode(details.as_bytes()).ok()?;
    status::status(&bytes).ok()?.retry
}

/// An answer that gRPC did not finish: a connection cut, or no gRPC server.
///
/// Specification: "HTTP to gRPC Status Code Mapping",
/// <https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md>.
#[cold]
fn without_status(endpoint: &Endpoint, answer: Answer) -> ExportError {
    if let Some(cut_short) = answer.cut_short {
        return cut_short;
    }
    let status = answer.status;
    if status == StatusCode::OK {
        return ExportError::permanent(format!(
            "{endpoint} answered without a gRPC status. This is no gRPC server: use the gRPC port, usually 4317, or set \
             OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
        ));
    }
    let code = match status.as_u16() {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502 | 503 | 504 => 14,
        _ => 2,
    };
    let text = format!("{endpoint} answered HTTP {status}, not gRPC{}", hint(code));
    let error =
        if is_retryable(code, false) { ExportError::transient(text) } else { ExportError::permanent(text) };
    error.answered(Status::Http(status.as_u16()))
}

fn hint(code: u32) -> &'static str {
    match code {
        7 | 16 => ". Check the credentials in OTEL_EXPORTER_OTLP_HEADERS",
        8 => ". Send less, or give the receiver more",
        12 => {
            ". The receiver does not take this signal here: check its pipelines, and that this is the gRPC port, usually 4317"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_receiver_is_told_the_deadline_in_at_most_eight_digits() {
        assert_eq!(grpc_timeout(Duration::from_secs(10)).unwrap(), "10000m");
        assert_eq!(grpc_timeout(Duration::from_nanos(1)).unwrap(), "1m");
        assert_eq!(grpc_timeout(Duration::MAX).unwrap(), "99999999m");
    }

    proptest! {
        #[test]
        fn a_hostile_body_is_one_message_or_none(body in prop::collection::vec(any::<u8>(), 0..40)) {
            let message = only_message(&Bytes::from(body.clone()));
            prop_assert_eq!(message.map_or(body.len(), |(_, message)| message.len() + PREFIX_BYTES), body.len());
        }

        #[test]
        fn hostile_details_never_panic(details in "[ -~]{0,80}") {
            let _ = retry_info(&HeaderValue::try_from(details).unwrap());
        }
    }
}
