//! Which names are believed, and what is recorded of the others.

use crate::measured::Metrics;
use crate::probe::{Probe, Running, script};
use crate::support::{Spans, attribute, draw};
use http::Request as HttpRequest;
use http_body_util::Empty;
use pilotlight_instrument::grpc::{GrpcServerLayer, GrpcServerLayerBuilder};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::{Code, Request};
use tower::{Layer, ServiceExt};

/// Name, method and original method of the server's span for a call of `path`.
async fn named(
    configure: impl FnOnce(GrpcServerLayerBuilder) -> GrpcServerLayerBuilder,
    path: &str,
    message: &[u8],
) -> [String; 3] {
    let mut spans = Spans::recorded();
    let metrics = Metrics::recorded();
    let layer = configure(spans.server().with_meter_provider(&metrics.provider)).build();
    ask(layer, path, message).await;
    let span = spans.next().await;
    let method = attribute(&span, "rpc.method").unwrap();
    assert!(metrics.draw().contains(&format!("rpc.method = {method}, ")), "{}", metrics.draw());
    [span.name.to_string(), method, attribute(&span, "rpc.method_original").unwrap_or_default()]
}

/// Calls tonic's router, and reads the response to its end.
async fn ask(layer: GrpcServerLayer, path: &str, message: &[u8]) {
    use http_body_util::BodyExt;
    let mut wire = vec![0, 0, 0, 0, message.len() as u8];
    wire.extend(message);
    let body = Body::new(http_body_util::Full::new(bytes::Bytes::from(wire)).map_err(|never| match never {}));
    let request = HttpRequest::post(path).header("content-type", "application/grpc").body(body).unwrap();
    let response = layer.layer(Routes::new(Probe)).oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
}

const UNKNOWN: [&str; 2] = ["grpc", "_OTHER"];

#[tokio::test]
async fn a_method_that_the_router_does_not_have_is_other() {
    for path in ["/no.Such/Thing", "/test.Probe/Nothing"] {
        assert_eq!(named(|layer| layer, path, b"").await, [UNKNOWN[0], UNKNOWN[1], &path[1..]]);
    }
}

#[tokio::test]
async fn a_path_that_names_no_method_is_other() {
    for path in ["/", "/a/b/c", "/test.Probe/", "/test..Probe/Unary", "/%2e/x"] {
        assert_eq!(named(|layer| layer, path, b"").await, [UNKNOWN[0], UNKNOWN[1], &path[1..]]);
    }
}

#[tokio::test]
async fn what_a_stranger_calls_a_method_is_cut() {
    let path = format!("/{}", "x".repeat(9000));
    assert_eq!(named(|layer| layer, &path, b"").await[2].len(), 4096);
}

#[tokio::test]
async fn registered_names_are_told_from_all_others() {
    let registered = |layer: GrpcServerLayerBuilder| layer.methods(["test.Probe/Unary"]);
    assert_eq!(
        named(registered, "/test.Probe/Unary", b"0 0").await,
        ["test.Probe/Unary", "test.Probe/Unary", ""]
    );
    assert_eq!(named(registered, "/test.Probe/Down", b"0 0").await, ["grpc", "_OTHER", "test.Probe/Down"]);
}

#[tokio::test]
async fn of_a_registered_service_those_methods_count_that_it_answers() {
    let registered = |layer: GrpcServerLayerBuilder| layer.services([Probe::NAME]);
    assert_eq!(named(registered, "/test.Probe/Unary", b"0 5").await[1], "test.Probe/Unary");
    assert_eq!(named(registered, "/test.Probe/Nothing", b"").await[1], "_OTHER");
    assert_eq!(named(registered, "/no.Such/Thing", b"").await[1], "_OTHER");
}

#[tokio::test]
async fn a_registered_method_may_be_unimplemented_without_a_word() {
    let call = ("/test.Probe/Unary", b"0 silent");
    assert_eq!(named(|layer| layer, call.0, call.1).await[1], "_OTHER");
    assert_eq!(
        named(|layer| layer.methods(["test.Probe/Unary"]), call.0, call.1).await[1],
        "test.Probe/Unary"
    );
}

#[tokio::test]
async fn a_service_that_takes_any_name_cannot_be_made_to_have_more_than_a_thousand() {
    let spans = Spans::recorded();
    let metrics = Metrics::recorded();
    let layer = spans.server().with_meter_provider(&metrics.provider).build();
    let service = layer.layer(crate::without_network::answering());
    for number in 0..1500 {
        let request = HttpRequest::post(format!("/a.B/M{number}")).body(()).unwrap();
        service.clone().oneshot(request).await.unwrap();
    }
    let drawn = metrics.draw();
    assert_eq!(drawn.lines().count(), 1001);
    assert!(drawn.contains("500 of rpc.method = _OTHER, "), "{drawn}");
}

#[tokio::test]
async fn an_unknown_method_is_drawn_on_both_sides() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = running.client(client.client().server("probe", None).build()).await;
    let status = probe.call("/no.Such/Thing", Request::new(String::new())).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    server
        .assert_one(
            "
            SERVER grpc
              status error
              error.type = UNIMPLEMENTED
              network.peer.address = 127.0.0.1
              network.peer.port = PORT
              rpc.method = _OTHER
              rpc.method_original = no.Such/Thing
              rpc.status_code = UNIMPLEMENTED
              rpc.system.name = grpc
              server.address = localhost
              server.port = PORT
            ",
        )
        .await;
    client
        .assert_one(
            "
            CLIENT no.Such/Thing
              status error
              error.type = UNIMPLEMENTED
              rpc.method = no.Such/Thing
              rpc.status_code = UNIMPLEMENTED
              rpc.system.name = grpc
              server.address = probe
            ",
        )
        .await;
}

#[tokio::test]
async fn health_and_reflection_are_left_out_by_one_word() {
    let mut spans = Spans::recorded();
    let metrics = Metrics::recorded();
    let layer = spans.server().with_meter_provider(&metrics.provider).without_health_and_reflection().build();
    for path in [
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/test.Probe/Unary",
    ] {
        ask(layer.clone(), path, b"0 0").await;
    }
    assert!(draw(&spans.next().await).starts_with("SERVER test.Probe/Unary"));
    assert!(spans.so_far().is_empty());
    metrics.assert(
        "rpc.server.call.duration: 1 of rpc.method = test.Probe/Unary, rpc.status_code = OK, rpc.system.name = grpc",
    );
}

#[tokio::test]
async fn a_filtered_call_still_carries_its_context() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = running.client(client.client().filter(|_| false).build()).await;
    let (trace, parent) = crate::context::within(&client, async {
        probe.unary(script(0, Code::Ok)).await.unwrap();
    })
    .await;
    let span = server.next().await;
    assert_eq!((span.span_context.trace_id(), span.parent_span_id), (trace, parent));
    assert!(client.so_far().iter().all(|span| span.name == "caller"));
}

#[tokio::test]
async fn a_body_that_any_client_has_will_do() {
    let mut spans = Spans::recorded();
    let inner = tower::service_fn(|_: HttpRequest<Empty<bytes::Bytes>>| async {
        let response = http::Response::builder().header("grpc-status", "0");
        response.body(Empty::<bytes::Bytes>::new())
    });
    let request = HttpRequest::post("http://shop.example/a.B/C").body(Empty::new()).unwrap();
    spans.client().build().layer(inner).oneshot(request).await.unwrap();
    spans
        .assert_one(
            "
            CLIENT a.B/C
              rpc.method = a.B/C
              rpc.status_code = OK
              rpc.system.name = grpc
              server.address = shop.example
              server.port = PORT
            ",
        )
        .await;
}
