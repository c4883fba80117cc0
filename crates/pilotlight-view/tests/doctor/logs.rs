//! Causes that an error line tells.

use pilotlight_view::doctor::{Severity, explain};

fn ids(log: &str) -> Vec<String> {
    explain::lines_of(log.as_bytes()).unwrap().findings.into_iter().map(|finding| finding.id).collect()
}

#[test]
fn lines_of_real_programs_are_explained() {
    for (line, id) in [
        (
            "BatchSpanProcessor.ExportError error=\"ConnectError: tcp connect error: Connection refused (os error 111)\"",
            "nothing-listens",
        ),
        ("Error: 14 UNAVAILABLE: Name resolution failed for target dns:otel-collector:4317", "name-unknown"),
        ("RESOURCE_EXHAUSTED: http2 exception FRAME_SIZE_ERROR: 4740180", "port-speaks-http"),
        ("grpc: failed: frame length 1752460652 exceeds limit", "port-speaks-http"),
        (
            "Post \"http://localhost:4317/v1/traces\": net/http: HTTP/1.x transport connection broken: malformed HTTP response \"\\x00\\x00\"",
            "port-speaks-grpc",
        ),
        (
            "{\"stack\":\"Error: Parse Error: Expected HTTP/\",\"code\":\"HPE_INVALID_CONSTANT\"}",
            "port-speaks-grpc",
        ),
        ("error:0A00010B:SSL routines::wrong version number", "tls-to-plaintext"),
        ("received message of 352518912 bytes, larger than allowed", "plaintext-to-tls"),
        ("invalid peer certificate: UnknownIssuer", "certificate-authority-unknown"),
        (
            "x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is after",
            "certificate-expired",
        ),
        (
            "invalid exporter configuration: endpoint 'https://c:4317' uses HTTPS but no TLS feature is enabled; enable one of",
            "tls-not-compiled",
        ),
        ("OTLP export failed: code=Unauthenticated", "unauthenticated"),
        ("HTTP export failed. Status Code: 403", "forbidden"),
        ("tonic: code: 'The request does not have valid authentication credentials'", "unauthenticated"),
        ("Failed to export batch. code: 404, reason: Not Found; status code: 404", "path-unknown"),
        (
            "rpc error: code = Unimplemented desc = unknown service opentelemetry.proto.collector.logs.v1.LogsService",
            "service-unknown",
        ),
        (
            "thread 'OpenTelemetry.Traces.BatchProcessor' panicked: there is no reactor running, must be called from the context of a Tokio 1.x runtime",
            "async-client-without-runtime",
        ),
        ("Cannot drop a runtime in a context where blocking is not allowed.", "blocking-client-in-async"),
        ("BatchSpanProcessor dropped a Span due to queue full.", "queue-full"),
        ("Exporter otlp encountered the following error(s): the operation timed out", "export-timed-out"),
        ("exporter: invalid URI", "endpoint-not-a-url"),
        ("grpc: Decompressor is not installed for grpc-encoding \"gzip\"", "compression-refused"),
        (
            "code = ResourceExhausted desc = grpc: received message larger than max (5242880 vs. 4194304)",
            "batch-exceeds-limit",
        ),
        ("GOAWAY: ENHANCE_YOUR_CALM, debug data: too_many_pings", "too-many-pings"),
        ("tonic::transport::Error(Transport, ...)", "transport-error"),
        ("service.name=unknown_service:shop", "unknown-service"),
        ("name=\"TracerProvider.Config.InvalidSamplerArgument\"", "number-not-usable"),
        ("Spans are being emitted even after Shutdown.", "record-after-shutdown"),
        ("ignoring `shop=loud`: invalid filter directive", "filter-directive"),
        ("OTLP partial success: 3 spans rejected", "partial-success"),
        (
            "note: there are multiple different versions of crate `opentelemetry` in the dependency graph",
            "two-versions-of-the-api",
        ),
        ("proxyconnect tcp: dial tcp: lookup proxy", "proxy-catches-exporter"),
    ] {
        assert!(ids(line).iter().any(|found| found == id), "{line}: {:?}", ids(line));
    }
}

#[test]
fn everyday_lines_are_not() {
    let lines = "INFO shop: listening on 127.0.0.1:8080\nGET /orders/401 200 12ms\nWARN payments: card declined for order 4740180\n\
                 INFO took 1213486160 ns\nDEBUG cache miss rate 0.404\nINFO processed 1700000000 messages\nGET /orders HTTP 404 Not Found\nWARN login: 401 Unauthorized\n";
    assert_eq!(ids(lines), [] as [&str; 0]);
}

#[test]
fn lines_that_carry_the_ids_of_their_trace_are_not_about_telemetry() {
    let fields = "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"span_id\":\"00f067aa0ba902b7\",\"spans\":[{\"otel.name\":\"GET /item\",\"metric\":1}]";
    let log: String = [
        "GET /item/9 404 Not Found",
        "login failed: 401 Unauthorized",
        "worker already shut down",
        "502 Bad Gateway",
    ]
    .map(|message| format!("{{\"level\":\"TRACE\",\"message\":\"{message}\",{fields}}}\n"))
    .concat();
    assert_eq!(ids(&log), [] as [&str; 0]);
}

#[test]
fn a_connection_to_something_else_is_only_mentioned() {
    for (message, id) in [
        ("redis: Connection refused (os error 111)", "nothing-listens"),
        ("postgres: connection reset by peer", "connection-lost"),
        ("failed to lookup address information: Name or service not known", "name-unknown"),
    ] {
        let severity = |line: &str| {
            let report = explain::lines_of(line.as_bytes()).unwrap();
            report.findings.into_iter().find(|finding| finding.id == id).unwrap().severity
        };
        let line = format!("ERROR shop: {message} trace_id=4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(severity(&line), Severity::Note, "{line}");
        for place in ["export failed", "http://collector/v1/traces", "connect 127.0.0.1:4318"] {
            let line = format!("{place}: {message}");
            assert!(severity(&line) > Severity::Note, "{line}");
        }
    }
}
