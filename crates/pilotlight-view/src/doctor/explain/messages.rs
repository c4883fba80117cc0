//! Phrases that are known, and what they mean.

/// One kind of message.
#[derive(Debug)]
pub(super) struct Message {
    /// The finding's id, the same that looking around would give.
    pub(super) id: &'static str,
    /// Whether nothing arrives because of it.
    pub(super) is_error: bool,
    /// Each is enough, in lower case. Within one, all parts between `…` have to be there.
    phrases: &'static [&'static str],
    pub(super) title: &'static str,
    pub(super) cause: &'static str,
    pub(super) next: &'static str,
}

impl Message {
    /// The phrase of this message that is on `line`, and whether telemetry is what the line is about.
    pub(super) fn phrase_on(&self, line: &str) -> Option<(&'static str, bool)> {
        let phrase =
            self.phrases.iter().copied().find(|phrase| phrase.split('…').all(|part| line.contains(part)))?;
        let has_context = || CONTEXT.iter().any(|word| line.contains(word));
        match self.id {
            id if AMBIGUOUS.contains(&id) => has_context().then_some((phrase, true)),
            id if OF_ANY_CONNECTION.contains(&id) => Some((phrase, has_context())),
            _ => Some((phrase, true)),
        }
    }
}

/// Messages whose phrases every service writes about its own affairs: they need a word of [`CONTEXT`] beside them.
const AMBIGUOUS: [&str; 7] = [
    "unauthenticated",
    "forbidden",
    "path-unknown",
    "service-unknown",
    "receiver-limits",
    "receiver-unavailable",
    "export-timed-out",
];

/// Messages about connections, of which a service has others: without a word of [`CONTEXT`] they are only mentioned.
const OF_ANY_CONNECTION: [&str; 3] = ["nothing-listens", "name-unknown", "connection-lost"];

/// Words of which one is on a line about telemetry. Ids of traces and spans, and fields such as `otel.name`, are on every line of a
/// service that has telemetry, whatever the line is about.
const CONTEXT: [&str; 17] = [
    "export",
    "otlp",
    "telemetry",
    "otel_",
    "otel-",
    "otelcol",
    "collector",
    "/v1/",
    ":4317",
    ":4318",
    "spanprocessor",
    "logprocessor",
    "logrecordprocessor",
    "periodicreader",
    "tracerprovider",
    "grpc",
    "tonic",
];

/// All of them. Phrases are long enough not to be found in what has nothing to do with it.
pub(super) const MESSAGES: [Message; 37] = [
    Message {
        id: "nothing-listens",
        is_error: true,
        phrases: &[
            "connection refused",
            "econnrefused",
            "connectionrefused",
            "os error 111",
            "actively refused it",
        ],
        title: "A connection was refused: nothing listens there",
        cause: "The host is there, and no receiver runs at the port.",
        next: "Start the receiver, or correct OTEL_EXPORTER_OTLP_ENDPOINT; `pilotlight doctor` shows the effective one.",
    },
    Message {
        id: "name-unknown",
        is_error: true,
        phrases: &[
            "failed to lookup address",
            "name or service not known",
            "temporary failure in name resolution",
            "nodename nor servname",
            "enotfound",
            "eai_again",
            "no such host",
            "dns error",
            "name resolution failed",
        ],
        title: "A host's name stands for no address",
        cause: "Name resolution failed, so that no connection was even tried.",
        next: "Correct the host in the endpoint: within Docker Compose and Kubernetes it is the service's name.",
    },
    Message {
        id: "port-speaks-http",
        is_error: true,
        phrases: &[
            "frame_size_error",
            "frame with invalid size",
            "http2: frame too large",
            "http2 frame too large",
            "invalid http2 frame",
            "not a http/2 connection",
        ],
        title: "A gRPC exporter talks to an HTTP/1 server",
        cause: "What the server answered is no frame of HTTP/2.",
        next: "Use the receiver's gRPC port (4317), or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.",
    },
    Message {
        id: "port-speaks-grpc",
        is_error: true,
        phrases: &[
            "malformed http response",
            "malformed http version",
            "parse error: expected http/",
            "invalid http version parsed",
            "received http/0.9 when not allowed",
            "error reading preface from client",
            "bogus greeting",
            "badstatusline",
        ],
        title: "An HTTP exporter talks to a gRPC server",
        cause: "An HTTP/1 request was answered with frames of HTTP/2.",
        next: "Use the receiver's HTTP port (4318), or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.",
    },
    Message {
        id: "tls-to-plaintext",
        is_error: true,
        phrases: &[
            "wrong_version_number",
            "wrong version number",
            "invalidcontenttype",
            "first record does not look like a tls handshake",
            "packet length too long",
            "record layer failure",
        ],
        title: "TLS is spoken to a server that has none",
        cause: "The endpoint says https, or has no scheme, and the receiver speaks plain text.",
        next: "Write the endpoint with http://.",
    },
    Message {
        id: "plaintext-to-tls",
        is_error: true,
        phrases: &[
            "client sent an http request to an https server",
            "plain http request was sent to https port",
            "received plaintext",
        ],
        title: "Plain text is spoken to a server that wants TLS",
        cause: "The endpoint says http, and the receiver speaks TLS.",
        next: "Write the endpoint with https://.",
    },
    Message {
        id: "certificate-authority-unknown",
        is_error: true,
        phrases: &[
            "unknownissuer",
            "self-signed certificate",
            "self signed certificate",
            "self_signed_cert",
            "unable to get local issuer certificate",
            "unable to verify the first certificate",
            "signed by unknown authority",
            "unable to find valid certification path",
        ],
        title: "Nobody that is trusted signed the receiver's certificate",
        cause: "A private authority, or the server itself, signed it.",
        next: "Set OTEL_EXPORTER_OTLP_CERTIFICATE to the authority's certificate (PEM), or add it to the platform's store.",
    },
    Message {
        id: "certificate-expired",
        is_error: true,
        phrases: &[
            "certificate has expired",
            "certificate expired",
            "certexpired",
            "cert_has_expired",
            "certificate has expired or is not yet valid",
        ],
        title: "The receiver's certificate has ended",
        cause: "Its time is over, or this machine's clock is ahead.",
        next: "Renew the certificate; check this machine's clock with `date`.",
    },
    Message {
        id: "certificate-not-yet-valid",
        is_error: true,
        phrases: &["certificate is not yet valid", "certnotvalidyet", "notvalidyet"],
        title: "The receiver's certificate has not begun",
        cause: "Most often this machine's clock is behind.",
        next: "Set this machine's clock.",
    },
    Message {
        id: "certificate-other-name",
        is_error: true,
        phrases: &[
            "notvalidforname",
            "certificate is valid for …, not",
            "hostname mismatch",
            "err_tls_cert_altname_invalid",
            "no alternative certificate subject name matches",
        ],
        title: "The receiver's certificate is for another name",
        cause: "It does not name the host in the endpoint.",
        next: "Write the endpoint with a name that the certificate has.",
    },
    Message {
        id: "tls-not-compiled",
        is_error: true,
        phrases: &[
            "uses https but no tls feature is enabled",
            "invalid url, scheme is not http",
            "connecting to https without tls enabled",
            "https scheme …not supported",
            "no process-level cryptoprovider available",
            "could not automatically determine the process-level cryptoprovider",
        ],
        title: "The endpoint says https, and TLS is not compiled in",
        cause: "The exporter's TLS is a feature of Cargo that is off, or has no cryptography chosen.",
        next: "Add a tls feature to opentelemetry-otlp (`tls-ring` and `tls-roots` for gRPC), or `tls` to pilotlight.",
    },
    Message {
        id: "unauthenticated",
        is_error: true,
        phrases: &[
            "unauthenticated",
            "does not have valid authentication credentials",
            "401 unauthorized",
            "status code: 401",
            "status: 401",
            "status=401",
            "statuscode=401",
            "http 401",
        ],
        title: "The receiver does not know who we are",
        cause: "Credentials are missing, or not accepted.",
        next: "Set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20<token>, with the header's name that the receiver documents.",
    },
    Message {
        id: "forbidden",
        is_error: true,
        phrases: &[
            "403 forbidden",
            "status code: 403",
            "status: 403",
            "status=403",
            "code: permissiondenied",
            "code = permissiondenied",
            "caller does not have permission to execute",
            "permission_denied",
            "http 403",
        ],
        title: "The receiver knows who we are and refuses",
        cause: "The credentials are not allowed to write there.",
        next: "Use a token that may write telemetry, and the endpoint of its own region or tenant.",
    },
    Message {
        id: "path-unknown",
        is_error: true,
        phrases: &[
            "404 not found",
            "status code: 404",
            "status: 404",
            "status=404",
            "404 page not found",
            "http 404",
            "405 method not allowed",
        ],
        title: "The receiver does not know the path",
        cause: "The path is missing, doubled, or the server takes no OTLP.",
        next: "Set OTEL_EXPORTER_OTLP_ENDPOINT to http://host:4318 without a path; `pilotlight doctor` shows the effective URLs.",
    },
    Message {
        id: "service-unknown",
        is_error: true,
        phrases: &[
            "unknown service opentelemetry",
            "unimplemented",
            "operation is not implemented or not supported",
            "unknown method export",
        ],
        title: "The gRPC server has no such OTLP service",
        cause: "It has no pipeline for this signal, or is no OTLP receiver, or does not take the compression.",
        next: "Turn the signal on at the receiver, or set OTEL_TRACES_EXPORTER, _METRICS_ or _LOGS_ to none for it.",
    },
    Message {
        id: "async-client-without-runtime",
        is_error: true,
        phrases: &["there is no reactor running", "no reactor running, must be called from the context"],
        title: "An async HTTP client runs on a thread without a runtime",
        cause: "The batch processor exports from a thread of its own, and dies there with this message.",
        next: "Use the feature `reqwest-blocking-client` of opentelemetry-otlp instead of `reqwest-client`.",
    },
    Message {
        id: "blocking-client-in-async",
        is_error: true,
        phrases: &[
            "cannot drop a runtime in a context where blocking is not allowed",
            "cannot start a runtime from within a runtime",
            "cannot block the current thread from within a runtime",
        ],
        title: "Blocking code runs on an async thread",
        cause: "A blocking HTTP client, or a blocking shutdown, is called in an async function.",
        next: "Call it in tokio::task::spawn_blocking, or let the exporter make its own client.",
    },
    Message {
        id: "queue-full",
        is_error: false,
        phrases: &[
            "spandroppingstarted",
            "logdroppingstarted",
            "batchspanprocessor.spansdropped",
            "batchlogprocessor.logsdropped",
            "due to queue full",
            "due to a queue being full",
            "due to full/internal errors",
            "queue is full, dropping",
            "queue is full, likely spans",
            "sending queue is full",
        ],
        title: "The queue is full, and telemetry is dropped",
        cause: "More is recorded than is sent: the receiver is slow or away, or bursts are larger than the queue.",
        next: "Find out why exports are slow first; then raise OTEL_BSP_MAX_QUEUE_SIZE (or OTEL_BLRP_…).",
    },
    Message {
        id: "export-timed-out",
        is_error: true,
        phrases: &[
            "exporter…timed out",
            "export…timed out",
            "export…timeout",
            "exporting timed out",
            "deadline_exceeded",
            "deadline exceeded",
            "deadlineexceeded",
            "deadline expired before operation could complete",
            "operation timed out",
            "operation has timed out",
            "etimedout",
            "timeout expired",
        ],
        title: "Exports time out",
        cause: "Packets get lost on the way, as behind a firewall, or the receiver is overloaded or waits for itself.",
        next: "Run `pilotlight doctor` where the service runs; on a current_thread runtime, flush in spawn_blocking.",
    },
    Message {
        id: "endpoint-not-a-url",
        is_error: true,
        phrases: &[
            "invalid uri",
            "relative url without a base",
            "invalid endpoint '",
            "invalidurischema",
            "unsupported protocol scheme",
            "missing address",
            "first path segment in url cannot contain colon",
            "too many colons in address",
        ],
        title: "An endpoint is no URL",
        cause: "It lacks http://, has a scheme such as grpc://, or has quotes or blanks in it.",
        next: "Write OTEL_EXPORTER_OTLP_ENDPOINT=http://host:port.",
    },
    Message {
        id: "http-client-missing",
        is_error: true,
        phrases: &["no http client is configured", "no http client specified", "nohttpclient"],
        title: "The exporter has no HTTP client",
        cause: "With default features off, opentelemetry-otlp has none.",
        next: "Add the feature `reqwest-blocking-client` to opentelemetry-otlp.",
    },
    Message {
        id: "compression-refused",
        is_error: true,
        phrases: &[
            "decompressor is not installed",
            "which isn't supported",
            "unsupported content-encoding",
            "unsupported compression",
            "compression algorithm…not supported",
            "unsupported media type",
        ],
        title: "The receiver does not take the compression, or the encoding",
        cause: "It cannot decompress or decode what it is sent.",
        next: "Set OTEL_EXPORTER_OTLP_COMPRESSION=none, or turn it on at the receiver.",
    },
    Message {
        id: "compression-not-compiled",
        is_error: false,
        phrases: &["compression requested but", "-http feature not enabled", "-tonic feature not enabled"],
        title: "The compression is not compiled in",
        cause: "gzip and zstd are features of opentelemetry-otlp, apart for HTTP and gRPC.",
        next: "Add the feature gzip-http or gzip-tonic to opentelemetry-otlp.",
    },
    Message {
        id: "batch-exceeds-limit",
        is_error: true,
        phrases: &[
            "received message larger than max",
            "message length too large",
            "message after decompression larger than max",
            "message larger than max",
            "413 payload too large",
            "request entity too large",
            "413 content too large",
            "status code: 413",
        ],
        title: "A batch is larger than the receiver takes, and is lost",
        cause: "gRPC servers take 4 MiB in one message unless told otherwise.",
        next: "Set OTEL_BSP_MAX_EXPORT_BATCH_SIZE lower, or raise the receiver's max_recv_msg_size_mib.",
    },
    Message {
        id: "receiver-limits",
        is_error: true,
        phrases: &[
            "429 too many requests",
            "status code: 429",
            "status: 429",
            "resource_exhausted",
            "resourceexhausted",
            "some resource has been exhausted",
            "rate limit exceeded",
        ],
        title: "The receiver limits how much it takes",
        cause: "A quota, a rate limit or its memory is used up.",
        next: "Send less (sampling, longer batches), or raise the limit.",
    },
    Message {
        id: "receiver-unavailable",
        is_error: true,
        phrases: &[
            "503 service unavailable",
            "the service is currently unavailable",
            "502 bad gateway",
            "504 gateway timeout",
            "status code: 503",
            "status code: 502",
            "data refused due to high memory usage",
        ],
        title: "The receiver, or what is behind it, is down or overloaded",
        cause: "It asks to be asked again later.",
        next: "Read the receiver's log; exporters try again for a while and then drop.",
    },
    Message {
        id: "connection-lost",
        is_error: false,
        phrases: &[
            "connection reset by peer",
            "econnreset",
            "broken pipe",
            "socket hang up",
            "connection closed before message completed",
            "unexpected eof during handshake",
            "tls handshake eof",
        ],
        title: "Connections break off",
        cause: "The receiver restarted, or hangs up on a protocol that it does not speak (TLS or not, gRPC or HTTP).",
        next: "When it happens at every export, run `pilotlight doctor`: it asks the port what it speaks.",
    },
    Message {
        id: "too-many-pings",
        is_error: false,
        phrases: &["enhance_your_calm", "too_many_pings"],
        title: "The server finds that the client pings too often",
        cause: "The client's keep-alive is shorter than the server allows, and the connection is ended (GOAWAY).",
        next: "Make the client's keep-alive interval longer, or lower keepalive.enforcement_policy.min_time at the collector.",
    },
    Message {
        id: "transport-error",
        is_error: true,
        phrases: &["tonic::transport::error", "transport error"],
        title: "gRPC's transport failed, and the message hides why",
        cause: "tonic says only this much: the connection was refused, its TLS failed, or another protocol answered.",
        next: "Run `pilotlight doctor` where the service runs: it asks the endpoint who it is.",
    },
    Message {
        id: "unknown-service",
        is_error: false,
        phrases: &["unknown_service"],
        title: "A service has no name",
        cause: "Without a name everything is filed under unknown_service.",
        next: "Set OTEL_SERVICE_NAME.",
    },
    Message {
        id: "number-not-usable",
        is_error: false,
        phrases: &[
            "invalidenvironmentvariable",
            "invalidsamplerargument",
            "unsupportedsampler",
            "invalidsamplertype",
            "unrecognized sampler type",
        ],
        title: "The SDK ignores a variable that it cannot use",
        cause: "Its value is misspelt, out of range, or not supported by this SDK.",
        next: "Run `pilotlight doctor` with the service's environment: it names the variable and what to write.",
    },
    Message {
        id: "record-after-shutdown",
        is_error: false,
        // That a provider was already shut down is said when it is dropped after that, as it should be.
        phrases: &["emitted even after shutdown", "processor…aftershutdown", "exporter…already shut"],
        title: "Telemetry is recorded after shutdown, and lost",
        cause: "The provider was shut down, or dropped, while the service still worked.",
        next: "Shut telemetry down last, after the server has stopped.",
    },
    Message {
        id: "filter-directive",
        is_error: false,
        phrases: &["invalid filter directive", "ignoring `…`: invalid"],
        title: "A directive of RUST_LOG cannot be read, and is ignored",
        cause: "EnvFilter takes `target=level` between commas.",
        next: "Correct RUST_LOG, such as info,shop=debug.",
    },
    Message {
        id: "partial-success",
        is_error: false,
        phrases: &[
            "partial success",
            "partialsuccess",
            "partial_success",
            "rejected_spans",
            "rejected_log_records",
            "rejected_data_points",
        ],
        title: "The receiver took only a part",
        cause: "It refused some of a batch, and said how many and why; most SDKs do no more than log it.",
        next: "Read the message that comes with it: it is the receiver's own.",
    },
    Message {
        id: "two-versions-of-the-api",
        is_error: true,
        phrases: &[
            "multiple different versions of crate `opentelemetry",
            "two different versions of crate `opentelemetry",
            "two versions of crate `opentelemetry",
            "perhaps two different versions of crate `tracing_opentelemetry",
        ],
        title: "Two versions of opentelemetry are linked",
        cause: "Each has its own types and globals, which do not know of each other.",
        next: "Run `pilotlight doctor` in the project: it names who wants which.",
    },
    Message {
        id: "proxy-catches-exporter",
        is_error: true,
        phrases: &[
            "407 proxy authentication required",
            "unsuccessful tunnel",
            "proxy connect",
            "proxyconnect tcp",
        ],
        title: "A proxy catches the exporter",
        cause: "HTTP_PROXY or HTTPS_PROXY is set, and NO_PROXY does not name the receiver.",
        next: "Add the receiver's host to NO_PROXY.",
    },
    Message {
        id: "clock-skew",
        is_error: false,
        phrases: &[
            "timestamp…too far in the future",
            "out of order sample",
            "timestamp…too old",
            "out of bounds…timestamp",
            "span too old",
        ],
        title: "The receiver drops what is too old or comes from the future",
        cause: "The clocks of the service and of the receiver disagree.",
        next: "Synchronise the clocks (NTP).",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_in_lower_case_since_lines_are() {
        for phrase in MESSAGES.iter().flat_map(|message| message.phrases) {
            assert_eq!(*phrase, phrase.to_ascii_lowercase());
        }
    }

    #[test]
    fn parts_of_a_phrase_all_have_to_be_there() {
        let timed_out = MESSAGES.iter().find(|message| message.id == "export-timed-out");
        let phrase = |line| timed_out.and_then(|message| message.phrase_on(line));
        assert_eq!(phrase("exporter otlp encountered: timed out"), Some(("exporter…timed out", true)));
        assert_eq!(phrase("a request timed out"), None);
    }
}
