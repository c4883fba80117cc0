//! The generations of names, chosen by the environment: each in a process of its own.

use crate::measured::Metrics;
use crate::probe::{Running, script};
use crate::support::{Spans, draw};
use http::HeaderName;
use std::process::Command;
use tonic::Code;

const LIST: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";

/// Set in those processes.
const CHILD: &str = "PILOTLIGHT_TEST_NAMES";

/// Runs the test of this name again, with that list in its environment.
fn run_again(name: &str, list: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(CHILD, "1")
        .env(LIST, list)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// The spans of a failed call, server's first, and what was measured.
async fn recorded() -> [String; 3] {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let metrics = Metrics::recorded();
    let tenant = || [HeaderName::from_static("x-tenant")];
    let layer = server.server().with_meter_provider(&metrics.provider).capture_request_metadata(tenant());
    let running = Running::with(layer.server("probe", None).build()).await;
    let layer = client.client().with_meter_provider(&metrics.provider).endpoint(running.endpoint().uri());
    let mut probe = running.client(layer.build()).await;
    let mut request = tonic::Request::new(script(0, Code::Internal));
    request.metadata_mut().insert("x-tenant", "acme".parse().unwrap());
    probe.unary(request).await.unwrap_err();
    [draw(&server.next().await), draw(&client.next().await), metrics.draw()]
}

fn assert_drawn(drawn: &str, expected: &str) {
    assert_eq!(drawn, crate::support::dedented(expected));
}

#[tokio::test]
async fn the_older_names_alone() {
    if !is_child() {
        return run_again("names::the_older_names_alone", "http/dup, rpc/old");
    }
    let [server, client, metrics] = recorded().await;
    assert_drawn(
        &server,
        "
        SERVER test.Probe/Unary
          status error told to: ü
          network.peer.address = 127.0.0.1
          network.peer.port = PORT
          rpc.grpc.request.metadata.x-tenant = [\"acme\"]
          rpc.grpc.status_code = 13
          rpc.method = Unary
          rpc.service = test.Probe
          rpc.system = grpc
          server.address = probe
        ",
    );
    assert_drawn(
        &client,
        "
        CLIENT test.Probe/Unary
          status error told to: ü
          rpc.grpc.status_code = 13
          rpc.method = Unary
          rpc.service = test.Probe
          rpc.system = grpc
          server.address = localhost
          server.port = PORT
        ",
    );
    assert_drawn(
        &metrics,
        "
        rpc.client.duration: 1 of rpc.grpc.status_code = 13, rpc.method = Unary, rpc.service = test.Probe, rpc.system = grpc, server.address = localhost
        rpc.server.duration: 1 of rpc.grpc.status_code = 13, rpc.method = Unary, rpc.service = test.Probe, rpc.system = grpc
        ",
    );
}

#[tokio::test]
async fn both_generations_at_once() {
    if !is_child() {
        return run_again("names::both_generations_at_once", "rpc/dup");
    }
    let [server, _, metrics] = recorded().await;
    assert_drawn(
        &server,
        "
        SERVER test.Probe/Unary
          status error told to: ü
          error.type = INTERNAL
          network.peer.address = 127.0.0.1
          network.peer.port = PORT
          rpc.grpc.request.metadata.x-tenant = [\"acme\"]
          rpc.grpc.status_code = 13
          rpc.method = test.Probe/Unary
          rpc.request.metadata.x-tenant = [\"acme\"]
          rpc.service = test.Probe
          rpc.status_code = INTERNAL
          rpc.system = grpc
          rpc.system.name = grpc
          server.address = probe
        ",
    );
    assert_drawn(
        &metrics,
        "
        rpc.client.call.duration: 1 of error.type = INTERNAL, rpc.method = test.Probe/Unary, rpc.status_code = INTERNAL, rpc.system.name = grpc, server.address = localhost
        rpc.client.duration: 1 of rpc.grpc.status_code = 13, rpc.method = Unary, rpc.service = test.Probe, rpc.system = grpc, server.address = localhost
        rpc.server.call.duration: 1 of error.type = INTERNAL, rpc.method = test.Probe/Unary, rpc.status_code = INTERNAL, rpc.system.name = grpc
        rpc.server.duration: 1 of rpc.grpc.status_code = 13, rpc.method = Unary, rpc.service = test.Probe, rpc.system = grpc
        ",
    );
}

#[tokio::test]
async fn words_that_are_not_for_us_change_nothing() {
    if !is_child() {
        return run_again("names::words_that_are_not_for_us_change_nothing", "http, rpc/newest");
    }
    let [server, _, metrics] = recorded().await;
    assert!(server.contains("rpc.system.name") && !server.contains("rpc.service"), "{server}");
    assert!(!metrics.contains("rpc.server.duration"), "{metrics}");
}
