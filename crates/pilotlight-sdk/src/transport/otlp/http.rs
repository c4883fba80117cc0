//! OTLP over HTTP: one POST a batch, protobuf in its body.
//!
//! Specification: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};

use super::super::exporter::{Answer as Status, Batch, BoxFuture, ExportError, Exporter, Receipt, Signal};
use super::BuildError;
use super::answer::{self, quoted};
use super::client::{Answer, Client, Payload, payload};
use super::compress::Compressor;
use super::connect::Versions;
use super::endpoint::Endpoint;
use super::{headers, status};
use crate::config::{Names, OtlpConfig};

const PROTOBUF: &str = "application/x-protobuf";

/// Sends batches to an OTLP receiver over HTTP, usually on port 4318.
///
/// Posts to the configured URL as it is. `https://` endpoints are verified against the configured certificate, or else
/// the platform's trust store. Redirects are not followed and proxies are not used. Needs no runtime to be
/// made, and the exporter thread's tokio runtime to export. Dropping an export's future closes the connection; whether
/// the receiver took the batch is then unknown.
///
/// Limits: one attempt takes at most [`OtlpConfig::timeout`]; requests above [`OtlpConfig::request_bytes_max`] and
/// responses above [`OtlpConfig::response_bytes_max`] are permanent errors.
pub struct OtlpHttpExporter {
    signal: Signal,
    client: Client,
    headers: HeaderMap,
    compressor: Compressor,
    request_bytes_max: usize,
    response_bytes_max: usize,
}

impl OtlpHttpExporter {
    /// Makes the exporter without connecting; see [`otlp`](super::otlp). `config.protocol` is not looked at.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when a certificate or key cannot be used, or a feature that the configuration needs is off.
    pub fn new(config: OtlpConfig) -> Result<Self, BuildError> {
        let (endpoint, authorization) = Endpoint::parse(&config.endpoint)?;
        let compressor = Compressor::new(config.compression)?;
        let mut headers = headers::common(&config.headers, authorization);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
        if cfg!(feature = "gzip") {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if compressor.is_enabled() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let client = Client::new(endpoint, &config, Versions::Any)?;
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
        let body = self.compressor.apply(&batch.request).map_err(|error| {
            ExportError::permanent("the batch cannot be compressed for OTLP").caused_by(error)
        })?;
        let mut request = Request::new(payload(Bytes::new(), body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.client.endpoint().uri();
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    fn read(&self, answer: Answer) -> Result<Receipt, ExportError> {
        let endpoint = self.client.endpoint();
        let encoding = answer::encoding(&answer.headers, "content-encoding");
        let plain = match answer.cut_short {
            None => answer::plain(&answer.body, encoding, self.response_bytes_max, endpoint)?,
            Some(_) => None,
        };
        if answer.status.is_success() {
            return Ok(answer::accepted(plain.as_deref(), Status::Http(answer.status.as_u16())));
        }
        let words = words(&answer.headers, &plain.unwrap_or_default());
        let hint = hint(self.signal, answer.status, &words);
        let text = format!("{endpoint} answered {}{}{hint}", answer.status, quoted(&words));
        Err(refused(text, answer.status, &answer.headers, SystemTime::now()))
    }
}

impl Exporter for OtlpHttpExporter {
    fn component_type(&self) -> &'static str {
        match self.signal {
            Signal::Traces => "otlp_http_span_exporter",
            Signal::Metrics => "otlp_http_metric_exporter",
            Signal::Logs => "otlp_http_log_exporter",
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

/// What the receiver said: the message of a `google.rpc.Status`, or plain text.
fn words(headers: &HeaderMap, body: &[u8]) -> String {
    let content_type = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if content_type.starts_with(PROTOBUF.as_bytes()) {
        return status::status(body).map(|status| status.message).unwrap_or_default();
    }
    // A web page says nothing that helps in a log line.
    let readable =
        [&b"text/plain"[..], b"application/json"].iter().any(|kind| content_type.starts_with(kind));
    let readable = readable || content_type.is_empty();
    if readable { status::printable(body) } else { String::new() }
}

/// Specification: "Failures" and "Retryable Response Codes", <https://opentelemetry.io/docs/specs/otlp/#failures-1>.
#[cold]
fn refused(text: String, status: StatusCode, headers: &HeaderMap, now: SystemTime) -> ExportError {
    let error = if !matches!(status.as_u16(), 429 | 502 | 503 | 504) {
        ExportError::permanent(text)
    } else {
        match headers.get(header::RETRY_AFTER).and_then(|value| retry_after(value, now)) {
            Some(pause) => ExportError::throttled(text, pause),
            None => ExportError::transient(text),
        }
    };
    error.answered(Status::Http(status.as_u16()))
}

/// Seconds or a date; `None` when it is neither, or names no time to come.
fn retry_after(value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let value = value.to_str().ok()?.trim();
    let asked = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds still means "very long".
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        httpdate::parse_http_date(value).ok()?.duration_since(now).ok()?
    };
    status::pause(asked)
}

fn hint(signal: Signal, status: StatusCode, words: &str) -> String {
    let hint = match status.as_u16() {
        300..=399 => ". Redirects are not followed: put the final address into OTEL_EXPORTER_OTLP_ENDPOINT",
        // What servers say when they are greeted without TLS.
        400 if words.contains("HTTPS") => ". If the receiver wants TLS, use https:// in the endpoint",
        401 | 403 => ". Check the credentials in OTEL_EXPORTER_OTLP_HEADERS",
        404 | 405 => return check_path(signal),
        413 => make_smaller(signal),
        415 => ". The receiver does not take this encoding: try OTEL_EXPORTER_OTLP_COMPRESSION=none",
        _ => "",
    };
    hint.to_owned()
}

fn check_path(signal: Signal) -> String {
    let names = Names::of(signal);
    let [of_signal, of_all] = names.of_setting("ENDPOINT");
    format!(
        ". Check the path: {of_all} is a base URL that {} is appended to, {of_signal} is used as it is",
        names.path
    )
}

fn make_smaller(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => ". Make batches smaller (OTEL_BSP_MAX_EXPORT_BATCH_SIZE)",
        // No variable is specified for these.
        Signal::Metrics => ". Make batches smaller (metrics_export_batch_points_max in code)",
        Signal::Logs => ". Make batches smaller (OTEL_BLRP_MAX_EXPORT_BATCH_SIZE)",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn pause(value: &str) -> Option<Duration> {
        let now = httpdate::parse_http_date(NOW).unwrap();
        retry_after(&HeaderValue::from_str(value).unwrap(), now)
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_all_three_forms_of_date() {
        assert_eq!(pause("7"), Some(Duration::from_secs(7)));
        for date in
            ["Sun, 06 Nov 1994 08:50:37 GMT", "Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:50:37 1994"]
        {
            assert_eq!(pause(date), Some(Duration::from_secs(60)), "{date}");
        }
    }

    #[test]
    fn retry_after_that_names_no_time_to_come_leaves_the_pause_to_us() {
        for value in ["0", NOW, "Sun, 06 Nov 1994 08:00:00 GMT", "", "soon", "-5", "1.5"] {
            assert_eq!(pause(value), None, "{value}");
        }
    }

    #[test]
    fn an_absurd_retry_after_is_cut_to_a_day() {
        let day = Some(Duration::from_secs(86_400));
        assert_eq!(pause("99999999999999999999999"), day);
        assert_eq!(pause("Fri, 31 Dec 9999 23:59:59 GMT"), day);
    }

    proptest! {
        #[test]
        fn a_hostile_retry_after_never_panics(value in "[ -~]{0,40}") {
            let _ = pause(&value);
        }
    }
}
