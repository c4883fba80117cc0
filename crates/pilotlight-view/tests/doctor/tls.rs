//! Causes about certificates.

use pilotlight_view::doctor::send::Options as Sending;

use crate::certificates::{Authority, VALID};
use crate::servers::{self, TAKEN};
use crate::world::World;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";

fn world(server: &servers::Server, authority: &Authority) -> World {
    World::online().with(ENDPOINT, server.https()).with(CERTIFICATE, authority.file().display())
}

#[tokio::test]
async fn plain_text_to_a_tls_port_is_recognised() {
    let authority = Authority::new();
    let server = servers::https(authority.server("localhost", VALID, &[]), |_| TAKEN).await;
    World::online().with(ENDPOINT, server.http()).finds("plaintext-to-tls").await;
}

#[tokio::test]
async fn a_private_authority_is_not_trusted_unless_it_is_named() {
    let authority = Authority::new();
    let server = servers::https(authority.server("localhost", VALID, &[]), |_| TAKEN).await;
    World::online().with(ENDPOINT, server.https()).finds("certificate-authority-unknown").await;
    world(&server, &authority).is_healthy().await;
}

#[tokio::test]
async fn certificates_out_of_their_time_are_told_apart() {
    let authority = Authority::new();
    for (years, id) in [((2000, 2001), "certificate-expired"), ((3000, 4000), "certificate-not-yet-valid")] {
        let server = servers::https(authority.server("localhost", years, &[]), |_| TAKEN).await;
        world(&server, &authority).finds(id).await;
    }
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_one_that_should_have_been_renewed() {
    let authority = Authority::new();
    for hours in [(24, 3), (6 * 24, 3 * 24), (90 * 24, 60 * 24)] {
        let server = servers::https(authority.short_lived_server("localhost", hours), |_| TAKEN).await;
        world(&server, &authority).is_healthy().await;
    }
    for hours in [(24, 20), (90 * 24, 86 * 24)] {
        let server = servers::https(authority.short_lived_server("localhost", hours), |_| TAKEN).await;
        world(&server, &authority).finds("certificate-ends-soon").await;
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_names_the_name() {
    let authority = Authority::new();
    let server = servers::https(authority.server("collector.example", VALID, &[]), |_| TAKEN).await;
    let finding = world(&server, &authority).finds("certificate-other-name").await;
    assert!(finding.cause.contains("collector.example"), "{finding:#?}");
}

#[tokio::test]
async fn a_file_of_certificates_that_is_none_is_named() {
    let authority = Authority::new();
    let server = servers::https(authority.server("localhost", VALID, &[]), |_| TAKEN).await;
    let finding = World::online()
        .with(ENDPOINT, server.https())
        .with(CERTIFICATE, "/nowhere/ca.pem")
        .finds("certificate-file-unusable")
        .await;
    assert!(finding.cause.contains("/nowhere/ca.pem"), "{finding:#?}");
}

#[cfg(unix)]
#[tokio::test]
async fn certificates_and_keys_without_an_end_are_not_waited_for() {
    let authority = Authority::new();
    let server = servers::https(authority.server("localhost", VALID, &[]), |_| TAKEN).await;
    let online = || World::online().with(ENDPOINT, server.https());
    for trusting in [online().with_pipe(CERTIFICATE), online().with(CERTIFICATE, "/dev/zero")] {
        trusting.finds("certificate-file-unusable").await;
        assert_eq!(trusting.report_of_sending(&Sending::default()).await.observations[0].outcome, "failed");
    }
    let identified = online().with(CERTIFICATE, authority.file().display());
    let identified = identified
        .with("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", authority.file().display())
        .with_pipe("OTEL_EXPORTER_OTLP_CLIENT_KEY");
    identified.finds("request-fails").await;
    assert_eq!(identified.report_of_sending(&Sending::default()).await.observations[0].outcome, "failed");
}

#[tokio::test]
async fn grpc_needs_http2_to_be_agreed_upon() {
    let authority = Authority::new();
    let server = servers::https(authority.server("localhost", VALID, &["http/1.1"]), |_| TAKEN).await;
    world(&server, &authority).with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc").finds("tls-without-http2").await;
}

#[tokio::test]
async fn grpc_over_tls_is_healthy_when_everything_fits() {
    let authority = Authority::new();
    let server = servers::secure_grpc(authority.server("localhost", VALID, &["h2"])).await;
    world(&server, &authority).with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc").is_healthy().await;
}

#[tokio::test]
async fn headers_are_not_sent_to_a_server_that_is_not_trusted() {
    let authority = Authority::new();
    let server = servers::https(authority.server("localhost", VALID, &[]), |head| {
        assert!(!head.contains("s3cret"), "{head}");
        TAKEN
    })
    .await;
    let world =
        World::online().with(ENDPOINT, server.https()).with("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cret");
    world.finds("certificate-authority-unknown").await;
    assert!(world.skips("answers").await);
}
