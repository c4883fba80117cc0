//! Causes that only asking the port can tell.

use std::time::Duration;

use crate::servers::{self, Answer, TAKEN};
use crate::world::World;
use pilotlight_view::doctor::Severity;

/// Only what never answers is waited for that long.
const SHORT: Duration = Duration::from_millis(200);

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

#[tokio::test]
async fn a_port_that_refuses_has_nobody_listening() {
    let port = servers::free_port().await;
    let finding =
        World::online().with(ENDPOINT, format!("http://127.0.0.1:{port}")).finds("nothing-listens").await;
    assert!(finding.evidence.contains(&format!("127.0.0.1:{port}: refused")), "{finding:#?}");
}

#[tokio::test]
async fn a_name_that_stands_for_nothing_is_told_from_a_port_that_refuses() {
    // Longer than a label may be: refused by the resolver itself, with or without a network.
    let name = "a".repeat(64);
    World::online().with(ENDPOINT, format!("http://{name}.invalid:4318")).finds("name-unknown").await;
}

#[tokio::test]
async fn both_addresses_of_localhost_are_tried() {
    let port = servers::free_port().await;
    let finding =
        World::online().with(ENDPOINT, format!("http://localhost:{port}")).finds("nothing-listens").await;
    for address in ["127.0.0.1", "[::1]"] {
        assert!(
            finding.evidence.iter().any(|line| line.starts_with(&format!("{address}:{port}"))),
            "{finding:#?}"
        );
    }
}

#[tokio::test]
async fn localhost_in_a_container_is_the_container() {
    let port = servers::free_port().await;
    let world = World::online().with(ENDPOINT, format!("http://localhost:{port}")).in_container();
    let finding = world.finds("localhost-in-container").await;
    assert!(finding.evidence.contains(&"/.dockerenv".to_owned()));
}

#[tokio::test]
async fn an_http_exporter_at_a_grpc_port_is_recognised() {
    let server = servers::grpc(|_| 0).await;
    let known = || [World::online().with(PROTOCOL, "http/protobuf"), World::online().pilotlight()];
    for world in known() {
        let finding = world.with(ENDPOINT, server.http()).finds("port-speaks-grpc").await;
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.next.contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), "{finding:#?}");
    }
    let package = "{ \"dependencies\": { \"@opentelemetry/exporter-trace-otlp-proto\": \"^0.200.0\" } }";
    let world = World::online().file("package.json", package).with(ENDPOINT, server.http());
    let finding = world.finds("port-speaks-grpc").await;
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.next.contains("package.json"), "{finding:#?}");
}

#[tokio::test]
async fn a_grpc_port_is_mentioned_where_the_services_protocol_is_not_known() {
    let server = servers::grpc(|_| 0).await;
    let world = World::online().with(ENDPOINT, server.http());
    let finding = world.finds("port-speaks-grpc").await;
    assert_eq!(finding.severity, Severity::Note);
    assert!(finding.next.contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), "{finding:#?}");
    world.is_healthy().await;
}

#[tokio::test]
async fn a_grpc_exporter_at_an_http_port_is_recognised() {
    let server = servers::http1(|_| TAKEN).await;
    let finding =
        World::online().with(ENDPOINT, server.http()).with(PROTOCOL, "grpc").finds("port-speaks-http").await;
    assert!(finding.next.contains("http/protobuf"), "{finding:#?}");
}

#[tokio::test]
async fn a_port_of_another_protocol_is_recognised() {
    let server = servers::talking(b"SSH-2.0-OpenSSH_9.6\r\n").await;
    World::online().with(ENDPOINT, server.http()).finds("port-speaks-something-else").await;
}

#[tokio::test]
async fn https_to_a_plain_port_is_recognised() {
    let server = servers::http1(|_| TAKEN).await;
    World::online().with(ENDPOINT, server.https()).finds("tls-to-plaintext").await;
}

#[tokio::test]
async fn whoever_says_nothing_is_told_from_whoever_hangs_up() {
    let (silent, hanging_up) = (servers::silent().await, servers::hanging_up().await);
    World::online().with(ENDPOINT, silent.http()).patience(SHORT).finds("receiver-silent").await;
    World::online().with(ENDPOINT, hanging_up.http()).finds("receiver-hangs-up").await;
}

#[tokio::test]
async fn a_receiver_that_takes_requests_and_does_not_answer_is_slow() {
    let server = servers::slow_http().await;
    World::online().with(ENDPOINT, server.http()).patience(SHORT).finds("receiver-slow").await;
}

#[tokio::test]
async fn a_signals_endpoint_without_a_path_is_used_as_it_is() {
    let server =
        servers::http1(|head| if head.starts_with("post /v1/") { TAKEN } else { Answer(404, "") }).await;
    let finding = World::online()
        .with(ENDPOINT, server.http())
        .with("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", server.http())
        .finds("path-missing")
        .await;
    assert!(finding.next.contains("/v1/traces"), "{finding:#?}");
}

#[tokio::test]
async fn a_path_that_is_doubled_is_recognised() {
    let server = servers::status(404).await;
    World::online().with(ENDPOINT, format!("{}/v1/traces", server.http())).finds("path-doubled").await;
}

#[tokio::test]
async fn a_server_that_does_not_know_the_path_is_told_from_one_that_takes_no_post() {
    for (status, id) in [(404, "path-unknown"), (405, "path-not-otlp"), (501, "path-not-otlp")] {
        let server = servers::status(status).await;
        World::online().with(ENDPOINT, server.http()).finds(id).await;
    }
}

#[tokio::test]
async fn a_page_for_people_and_a_redirect_are_no_receivers() {
    let page = servers::http1(|_| Answer(200, "content-type: text/html\r\n")).await;
    World::online().with(ENDPOINT, page.http()).finds("path-not-otlp").await;
    let redirect = servers::http1(|_| Answer(308, "location: https://otlp.example/?key=s3cret\r\n")).await;
    let finding = World::online().with(ENDPOINT, redirect.http()).finds("path-redirects").await;
    assert!(finding.next.contains("https://otlp.example/"), "{finding:#?}");
}

#[tokio::test]
async fn missing_and_insufficient_credentials_are_told_apart() {
    for (status, id) in [(401, "unauthenticated"), (403, "forbidden")] {
        let server = servers::status(status).await;
        let world =
            World::online().with(ENDPOINT, server.http()).with("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cret");
        let finding = world.finds(id).await;
        assert!(finding.evidence.contains(&"headers sent: x-key".to_owned()), "{finding:#?}");
    }
}

#[tokio::test]
async fn grpc_statuses_are_understood() {
    for (status, id) in [
        (16, "unauthenticated"),
        (7, "forbidden"),
        (12, "service-unknown"),
        (8, "receiver-limits"),
        (14, "receiver-unavailable"),
        (13, "receiver-fails"),
    ] {
        let server = servers::grpc(move |_| status).await;
        World::online().with(ENDPOINT, server.http()).with(PROTOCOL, "grpc").finds(id).await;
    }
}

#[tokio::test]
async fn http_statuses_are_understood() {
    for (status, id) in [
        (400, "request-refused"),
        (415, "content-type-refused"),
        (429, "receiver-limits"),
        (503, "receiver-unavailable"),
        (500, "receiver-fails"),
    ] {
        let server = servers::status(status).await;
        World::online().with(ENDPOINT, server.http()).finds(id).await;
    }
}

#[tokio::test]
async fn compression_that_is_refused_is_recognised_over_http() {
    let server =
        servers::http1(|head| if head.contains("content-encoding: gzip") { Answer(415, "") } else { TAKEN })
            .await;
    let world = World::online().with(ENDPOINT, server.http()).with("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    world.finds("compression-refused").await;
}

#[tokio::test]
async fn compression_that_is_refused_is_recognised_over_grpc() {
    let server = servers::grpc(|headers| if headers.contains_key("grpc-encoding") { 12 } else { 0 }).await;
    let world = World::online()
        .with(ENDPOINT, server.http())
        .with(PROTOCOL, "grpc")
        .with("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    world.finds("compression-refused").await;
}

#[tokio::test]
async fn a_receiver_whose_clock_is_days_off_is_noticed() {
    let server = servers::http1(|_| {
        Answer(200, "content-type: application/x-protobuf\r\ndate: Sat, 01 Jan 2000 00:00:00 GMT\r\n")
    })
    .await;
    World::online().with(ENDPOINT, server.http()).finds("clock-skew").await;
}

#[tokio::test]
async fn configured_headers_reach_the_receiver_and_nobody_else() {
    let server =
        servers::http1(|head| if head.contains("x-key: s3cret") { TAKEN } else { Answer(401, "") }).await;
    let world =
        World::online().with(ENDPOINT, server.http()).with("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cret");
    let report = world.is_healthy().await;
    assert!(!serde_json::to_string(&report).unwrap().contains("s3cret"));
}

#[tokio::test]
async fn a_transport_that_is_chosen_in_code_is_not_said_to_be_changed_by_a_variable() {
    let server = servers::http1(|_| TAKEN).await;
    let main = "fn main() { let e = SpanExporter::builder().with_tonic().build(); p.shutdown(); }";
    let world = World::online().opentelemetry_rust().file("src/main.rs", main).with(ENDPOINT, server.http());
    let finding = world.finds("port-speaks-http").await;
    assert!(finding.next.contains("src/main.rs:1") && !finding.next.contains("OTEL_"), "{finding:#?}");
}

#[tokio::test]
async fn a_backend_for_traces_alone_is_healthy_for_a_service_that_sends_traces_alone() {
    let server =
        servers::http1(|head| if head.starts_with("post /v1/traces ") { TAKEN } else { Answer(404, "") })
            .await;
    let main = "fn main() { let e = SpanExporter::builder().with_http().build(); p.shutdown(); }";
    World::online()
        .opentelemetry_rust()
        .file("src/main.rs", main)
        .with(ENDPOINT, server.http())
        .is_healthy()
        .await;
}

#[tokio::test]
async fn credentials_in_the_name_of_a_server_are_not_shown() {
    // Cut to what is shown, it would end within the credentials.
    const NAMED: Answer = Answer(
        401,
        "server: a-gateway-that-knows-its-clients-and-has-a-long-name/Bearer s3cret-and-more\r\n",
    );
    let server = servers::http1(|_| NAMED).await;
    let report = World::online()
        .with(ENDPOINT, server.http())
        .with("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret-and-more")
        .report()
        .await;
    let shown = serde_json::to_string(&report).unwrap();
    assert!(shown.contains("a-gateway") && !shown.contains("s3"), "{shown}");
}
