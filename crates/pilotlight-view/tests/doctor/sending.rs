//! Causes that show when something is sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use pilotlight_view::doctor::send::Options as Sending;
use pilotlight_view::doctor::{Report, Severity};
use pilotlight_view::receive::PortRole;
use pilotlight_view::view::{Options, View};
use prost::Message;

use crate::servers;
use crate::world::World;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// More than an empty request has, compressed or not.
const SOMETHING: usize = 40;

async fn viewer() -> View {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let otlp_addresses = vec![(any, PortRole::Grpc), (any, PortRole::Http)];
    View::start(Options { page_address: any, otlp_addresses, ..Options::default() }).await.unwrap()
}

fn at(view: &View, protocol: &str) -> World {
    let (address, _) = view.otlp_addresses()[usize::from(protocol != "grpc")];
    World::online().with(ENDPOINT, format!("http://{address}")).with(PROTOCOL, protocol)
}

fn outcomes(report: &Report) -> Vec<(&str, &str)> {
    let observations = report.observations.iter();
    observations.map(|seen| (seen.subject.as_str(), seen.outcome.as_str())).collect()
}

async fn finds(world: World, sending: &Sending, id: &str) -> Severity {
    let report = world.with("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cret").report_of_sending(sending).await;
    let shown = serde_json::to_string(&report).unwrap();
    assert!(!shown.contains("s3cret"), "{shown}");
    let found = report.findings.iter().find(|finding| finding.id == id);
    found.unwrap_or_else(|| panic!("{id} is not among {report:#?}")).severity
}

#[tokio::test]
async fn what_is_sent_to_a_viewer_is_read_back() {
    let view = viewer().await;
    let sending = Sending { viewer: Some(view.url().to_owned()), ..Sending::default() };
    for protocol in ["grpc", "http/protobuf"] {
        for compression in ["none", "gzip"] {
            let world = at(&view, protocol).with("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
            let report = world.report_of_sending(&sending).await;
            let arrived = [("traces", "arrived"), ("metrics", "arrived"), ("logs", "arrived")];
            assert_eq!(outcomes(&report), arrived, "{protocol} {compression}: {report:#?}");
            assert_eq!(report.code(), 0, "{report:#?}");
        }
    }
    view.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn what_a_collector_takes_cannot_be_read_back_and_that_is_fine() {
    let server = servers::reading(|_, _| Some((200, Vec::new()))).await;
    let report = World::online().with(ENDPOINT, server.http()).report_of_sending(&Sending::default()).await;
    assert_eq!(outcomes(&report), [("traces", "accepted"), ("metrics", "accepted"), ("logs", "accepted")]);
    assert_eq!(report.code(), 0, "{report:#?}");
}

#[tokio::test]
async fn what_is_not_exported_is_not_sent() {
    let server = servers::reading(|_, _| Some((200, Vec::new()))).await;
    let world = World::online().with(ENDPOINT, server.http()).with("OTEL_METRICS_EXPORTER", "none");
    let report = world
        .with("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json")
        .report_of_sending(&Sending::default())
        .await;
    assert_eq!(outcomes(&report), [("traces", "accepted"), ("metrics", "skipped"), ("logs", "skipped")]);
}

#[tokio::test]
async fn credentials_that_are_missing_show_when_something_is_sent() {
    for (status, id) in [(401, "unauthenticated"), (403, "forbidden")] {
        let server = servers::reading(move |_, length| {
            Some((if length > SOMETHING { status } else { 200 }, Vec::new()))
        })
        .await;
        finds(World::online().with(ENDPOINT, server.http()), &Sending::default(), id).await;
    }
    let server = servers::grpc(|_| 16).await;
    let world = World::online().with(ENDPOINT, server.http()).with(PROTOCOL, "grpc");
    finds(world, &Sending::default(), "unauthenticated").await;
}

#[tokio::test]
async fn compression_that_is_refused_shows_when_something_is_sent() {
    let server = servers::reading(|headers, length| {
        let refused = length > SOMETHING && headers.contains_key("content-encoding");
        Some((if refused { 415 } else { 200 }, Vec::new()))
    })
    .await;
    let world = World::online().with(ENDPOINT, server.http()).with("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    finds(world, &Sending::default(), "compression-refused").await;
}

#[tokio::test]
async fn what_a_receiver_rejects_is_told() {
    let server = servers::reading(|_, length| {
        let partial =
            ExportTracePartialSuccess { rejected_spans: 1, error_message: "no pipeline".to_owned() };
        let response = ExportTraceServiceResponse { partial_success: Some(partial) };
        Some((200, if length > SOMETHING { response.encode_to_vec() } else { Vec::new() }))
    })
    .await;
    let severity =
        finds(World::online().with(ENDPOINT, server.http()), &Sending::default(), "partial-success").await;
    assert_eq!(severity, Severity::Error);
}

#[tokio::test]
async fn credentials_that_a_receiver_repeats_are_not_shown() {
    // Whoever cuts the text first cuts the credential into something that nobody knows again.
    let echoed = format!("{}Bearer s3cret-and-more", "x".repeat(285));
    let message = echoed.clone();
    let server = servers::reading(move |_, length| {
        let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: message.clone() };
        let response = ExportTraceServiceResponse { partial_success: Some(partial) };
        Some((200, if length > SOMETHING { response.encode_to_vec() } else { Vec::new() }))
    })
    .await;
    let headers = "authorization=Bearer%20s3cret-and-more";
    let world = World::online().with(ENDPOINT, server.http()).with("OTEL_EXPORTER_OTLP_HEADERS", headers);
    let shown = serde_json::to_string(&world.report_of_sending(&Sending::default()).await).unwrap();
    assert!(shown.contains("partial-success") && !shown.contains("s3cr"), "{shown}");
    let server = servers::reading(move |_, length| {
        Some((if length > SOMETHING { 400 } else { 200 }, echoed.clone().into_bytes()))
    })
    .await;
    let world = World::online().with(ENDPOINT, server.http()).with("OTEL_EXPORTER_OTLP_HEADERS", headers);
    let shown = serde_json::to_string(&world.report_of_sending(&Sending::default()).await).unwrap();
    assert!(shown.contains("request-refused") && !shown.contains("s3cr"), "{shown}");
}

#[tokio::test]
async fn a_receiver_that_hangs_when_something_comes_is_slow() {
    let server = servers::reading(|_, length| (length <= SOMETHING).then(|| (200, Vec::new()))).await;
    let world = World::online().with(ENDPOINT, server.http()).with("OTEL_EXPORTER_OTLP_TIMEOUT", "200");
    finds(world, &Sending::default(), "receiver-slow").await;
}

#[tokio::test]
async fn requests_that_are_too_large_are_found_with_larger_and_larger_ones() {
    let view = viewer().await;
    let sending = Sending { large: true, ..Sending::default() };
    // A limit of 4 MiB is what receivers of gRPC have.
    assert_eq!(finds(at(&view, "grpc"), &sending, "batch-exceeds-limit").await, Severity::Note);
    view.stop(Duration::from_secs(5)).await;
    let server =
        servers::reading(|_, length| Some((if length > 100_000 { 413 } else { 200 }, Vec::new()))).await;
    let world = World::online().with(ENDPOINT, server.http());
    assert_eq!(finds(world, &sending, "batch-exceeds-limit").await, Severity::Warning);
}
