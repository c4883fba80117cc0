//! What no single cause of the list stands for, and the doctor finds all the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use pilotlight_view::doctor::send::Options as Sending;
use pilotlight_view::doctor::{Finding, Report, Severity, explain};
use pilotlight_view::page::Token;
use pilotlight_view::view::{Options, View};
use prost::Message;

use crate::certificates::Authority;
use crate::servers::{self, TAKEN};
use crate::world::World;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const CLIENT_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const CLIENT_KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

/// The finding called `id`, which has to be there, with all that a reader needs.
fn found<'r>(report: &'r Report, id: &str) -> &'r Finding {
    let found = report.findings.iter().find(|finding| finding.id == id);
    let finding = found.unwrap_or_else(|| panic!("{id} is not among {report:#?}"));
    for text in [&finding.title, &finding.cause, &finding.next] {
        assert!(!text.is_empty(), "{finding:#?}");
    }
    finding
}

/// What was found, good-to-knows apart.
fn serious(report: &Report) -> Vec<&str> {
    let serious = report.findings.iter().filter(|finding| finding.severity > Severity::Note);
    serious.map(|finding| finding.id.as_str()).collect()
}

/// Each signal is named with these words beside it.
fn tells_of_each_signal(finding: &Finding, words: &str) {
    for signal in ["traces", "metrics", "logs"] {
        let is_told = |line: &String| line.contains(signal) && line.contains(words);
        assert!(finding.evidence.iter().any(is_told), "{signal}, {words}: {finding:#?}");
    }
}

fn outcomes(report: &Report) -> Vec<&str> {
    report.observations.iter().map(|seen| seen.outcome.as_str()).collect()
}

/// A viewer whose receivers nobody in these tests sends to.
async fn viewer(token: Option<Token>) -> View {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Options { page_address: any, otlp_addresses: Vec::new(), token, ..Options::default() };
    View::start(options).await.unwrap()
}

#[tokio::test]
async fn what_was_taken_and_does_not_come_to_the_viewer_is_missing() {
    let (server, view) = (servers::reading(|_, _| Some((200, Vec::new()))).await, viewer(None).await);
    let sending = Sending { viewer: Some(view.url().to_owned()), ..Sending::default() };
    let report = World::online().with(ENDPOINT, server.http()).report_of_sending(&sending).await;
    assert_eq!(outcomes(&report), ["accepted"; 3]);
    assert_eq!(serious(&report), ["accepted-and-missing"]);
    tells_of_each_signal(found(&report, "accepted-and-missing"), "the viewer does not show it");
    view.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn of_a_viewer_that_does_not_let_us_ask_nothing_is_concluded() {
    let token = Token::parse("0123456789abcdef").unwrap();
    let (server, view) = (servers::reading(|_, _| Some((200, Vec::new()))).await, viewer(Some(token)).await);
    let sending = Sending { viewer: Some(view.url().to_owned()), ..Sending::default() };
    let report = World::online().with(ENDPOINT, server.http()).report_of_sending(&sending).await;
    assert_eq!(outcomes(&report), ["accepted"; 3]);
    assert_eq!(serious(&report), [] as [&str; 0]);
    assert!(
        report.observations.iter().all(|seen| seen.detail.contains("cannot be read back")),
        "{report:#?}"
    );
    view.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_of_each_signal_with_the_exporters_own_words() {
    let port = servers::free_port().await;
    let world = World::online().with(ENDPOINT, format!("http://127.0.0.1:{port}"));
    let report = world.report_of_sending(&Sending::default()).await;
    assert_eq!(outcomes(&report), ["failed"; 3]);
    assert_eq!(serious(&report), ["nothing-listens", "not-delivered"]);
    tells_of_each_signal(found(&report, "not-delivered"), "refused");
}

#[tokio::test]
async fn an_exporter_whose_files_are_not_there_cannot_be_made() {
    let world = World::online()
        .with(ENDPOINT, format!("https://localhost:{}", servers::free_port().await))
        .with(CERTIFICATE, "/nowhere/ca.pem");
    let report = world.report_of_sending(&Sending::default()).await;
    assert_eq!(outcomes(&report), ["failed"; 3]);
    tells_of_each_signal(found(&report, "exporter-not-built"), "/nowhere/ca.pem");
}

#[tokio::test]
async fn a_receiver_that_takes_everything_and_complains_is_repeated() {
    let server = servers::reading(|_, _| {
        let complaint = ExportTracePartialSuccess { rejected_spans: 0, error_message: "no host".to_owned() };
        let response = ExportTraceServiceResponse { partial_success: Some(complaint) };
        Some((200, response.encode_to_vec()))
    })
    .await;
    let world = World::online().with(ENDPOINT, server.http());
    let report = world.report_of_sending(&Sending::default()).await;
    assert_eq!(outcomes(&report), ["accepted"; 3]);
    tells_of_each_signal(found(&report, "receiver-warns"), "no host");
    assert_eq!(serious(&report), [] as [&str; 0]);
}

#[tokio::test]
async fn a_certificate_that_is_not_a_servers_is_refused() {
    let authority = Authority::new();
    let server = servers::https(authority.server_of_a_client("localhost"), |_| TAKEN).await;
    let world = World::online().with(ENDPOINT, server.https()).with(CERTIFICATE, authority.file().display());
    world.finds("certificate-refused").await;
}

#[tokio::test]
async fn a_receiver_that_demands_a_clients_certificate_breaks_off_without_and_is_healthy_with() {
    let authority = Authority::new();
    let server = servers::https(authority.demanding_server("localhost"), |_| TAKEN).await;
    let world =
        || World::online().with(ENDPOINT, server.https()).with(CERTIFICATE, authority.file().display());
    let finding = world().finds("request-fails").await;
    assert!(finding.next.contains(CLIENT_CERTIFICATE), "{finding:#?}");
    let (certificate, key) = authority.client();
    let world = world().with(CLIENT_CERTIFICATE, certificate.display()).with(CLIENT_KEY, key.display());
    world.is_healthy().await;
}

#[tokio::test]
async fn a_receiver_that_hangs_up_on_requests_breaks_off() {
    let server = servers::breaking_off().await;
    World::online().with(ENDPOINT, server.http()).finds("request-fails").await;
}

#[tokio::test]
async fn a_web_server_with_http2_is_no_receiver_of_grpc() {
    for status in [200, 301, 404, 415] {
        let server = servers::http2(status).await;
        let world = World::online().with(ENDPOINT, server.http()).with(PROTOCOL, "grpc");
        world.finds("not-grpc").await;
        let report = world.report_of_sending(&Sending::default()).await;
        assert_eq!(serious(&report)[0], "not-grpc", "{status}: {report:#?}");
    }
}

#[tokio::test]
async fn an_address_that_the_system_knows_no_way_to_cannot_be_reached() {
    // The address of everybody, which a connection cannot have.
    let finding = World::online().with(ENDPOINT, "http://255.255.255.255:4318").finds("no-route").await;
    assert!(finding.evidence.iter().any(|line| line.starts_with("255.255.255.255:4318: ")), "{finding:#?}");
}

#[cfg(target_os = "linux")] // Only there a listener without room drops what it has no room for.
#[tokio::test]
async fn packets_that_get_lost_are_told_from_a_refusal() {
    let server = servers::full().await;
    let world = World::online().with(ENDPOINT, server.http()).patience(Duration::from_millis(200));
    let finding = world.finds("no-answer").await;
    assert!(
        finding.evidence.contains(&format!("127.0.0.1:{}: no answer in time", server.port)),
        "{finding:#?}"
    );
}

#[tokio::test]
async fn a_receiver_at_only_one_address_of_localhost_is_mentioned_when_the_other_comes_first() {
    let both = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    let first = tokio::net::lookup_host("localhost:0").await.unwrap().next().unwrap().ip();
    let Some(second) = both.into_iter().find(|address| *address != first) else { return };
    // A machine without IPv6 has one address alone.
    let Ok(server) = servers::receiver_at(second).await else { return };
    let world = World::online().with(ENDPOINT, format!("http://localhost:{}", server.port));
    let finding = world.finds("one-address-only").await;
    assert_eq!(finding.severity, Severity::Note);
    assert!(finding.next.contains(&SocketAddr::new(second, server.port).to_string()), "{finding:#?}");
}

#[tokio::test]
async fn a_sampler_that_leaves_nearly_everything_out_is_mentioned() {
    let ratio = |ratio| {
        World::offline().with("OTEL_TRACES_SAMPLER", "traceidratio").with("OTEL_TRACES_SAMPLER_ARG", ratio)
    };
    let finding = ratio("0.001").finds("sampler-rare").await;
    assert_eq!(finding.severity, Severity::Note);
    assert!(finding.title.contains("1000"), "{finding:#?}");
    let report = ratio("0.1").is_healthy().await;
    assert!(report.findings.iter().all(|finding| finding.id != "sampler-rare"), "{report:#?}");
}

#[test]
fn lines_about_connections_that_break_off_and_about_a_missing_client_are_explained() {
    for (line, id) in [
        ("OTLP export failed: Connection reset by peer (os error 104)", "connection-lost"),
        ("otlp exporter: connection closed before message completed", "connection-lost"),
        ("OpenTelemetry: no http client specified", "http-client-missing"),
        ("ExporterBuildError: NoHttpClient, opentelemetry-otlp", "http-client-missing"),
    ] {
        found(&explain::lines_of(line.as_bytes()).unwrap(), id);
    }
}

#[test]
fn numbers_that_are_left_out_of_an_explanation_are_counted() {
    // The beginning of a TLS alert, and one byte more.
    let alert = |byte: u32| format!("message of {} bytes is larger than allowed\n", 0x1503_0000 + byte);
    let explained = |numbers: u32| {
        let log: String = (0..numbers).map(alert).collect();
        explain::lines_of(log.as_bytes()).unwrap()
    };
    assert_eq!(serious(&explained(16)), ["plaintext-to-tls"; 16]);
    assert_eq!(explained(16).findings.len(), 16);
    let report = explained(20);
    assert_eq!(serious(&report), ["plaintext-to-tls"; 16]);
    assert_eq!(found(&report, "numbers-left-out").evidence, ["4 occurrences of further ones"]);
}
