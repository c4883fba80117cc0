//! The four kinds of call, end to end.

use crate::measured::Metrics;
use crate::probe::{ProbeClient, Running, read, script};
use crate::support::Spans;
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Request, Status};
use tower::Layer;

/// Both sides of one method, called without trouble.
async fn assert_quiet(server: &mut Spans, client: &mut Spans, method: &str) {
    client
        .assert_one(&format!(
            "
            CLIENT test.Probe/{method}
              rpc.method = test.Probe/{method}
              rpc.status_code = OK
              rpc.system.name = grpc
              server.address = localhost
              server.port = PORT
            "
        ))
        .await;
    server
        .assert_one(&format!(
            "
            SERVER test.Probe/{method}
              network.peer.address = 127.0.0.1
              network.peer.port = PORT
              rpc.method = test.Probe/{method}
              rpc.status_code = OK
              rpc.system.name = grpc
              server.address = localhost
              server.port = PORT
            "
        ))
        .await;
}

#[tokio::test]
async fn each_kind_of_call_is_one_span_and_one_measurement_on_each_side() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let metrics = Metrics::recorded();
    let running = Running::with(server.server().with_meter_provider(&metrics.provider).build()).await;
    let layer =
        client.client().with_meter_provider(&metrics.provider).endpoint(running.endpoint().uri()).build();
    let mut probe = running.client(layer).await;

    probe.unary(script(0, Code::Ok)).await.unwrap();
    assert_quiet(&mut server, &mut client, "Unary").await;

    assert_eq!(read(&mut probe.down(script(3, Code::Ok)).await.unwrap()).await.unwrap(), 3);
    assert_quiet(&mut server, &mut client, "Down").await;

    probe.up(vec![script(0, Code::Ok); 3]).await.unwrap();
    assert_quiet(&mut server, &mut client, "Up").await;

    let scripts = tokio_stream::iter(vec![script(2, Code::Ok); 2]);
    assert_eq!(read(&mut probe.both(scripts).await.unwrap()).await.unwrap(), 4);
    assert_quiet(&mut server, &mut client, "Both").await;

    metrics.assert(
        "
        rpc.client.call.duration: 1 of rpc.method = test.Probe/Both, rpc.status_code = OK, rpc.system.name = grpc, server.address = localhost
        rpc.client.call.duration: 1 of rpc.method = test.Probe/Down, rpc.status_code = OK, rpc.system.name = grpc, server.address = localhost
        rpc.client.call.duration: 1 of rpc.method = test.Probe/Unary, rpc.status_code = OK, rpc.system.name = grpc, server.address = localhost
        rpc.client.call.duration: 1 of rpc.method = test.Probe/Up, rpc.status_code = OK, rpc.system.name = grpc, server.address = localhost
        rpc.server.call.duration: 1 of rpc.method = test.Probe/Both, rpc.status_code = OK, rpc.system.name = grpc
        rpc.server.call.duration: 1 of rpc.method = test.Probe/Down, rpc.status_code = OK, rpc.system.name = grpc
        rpc.server.call.duration: 1 of rpc.method = test.Probe/Unary, rpc.status_code = OK, rpc.system.name = grpc
        rpc.server.call.duration: 1 of rpc.method = test.Probe/Up, rpc.status_code = OK, rpc.system.name = grpc
        ",
    );
}

#[tokio::test]
async fn interceptors_fit_above_and_below() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let layer = client.client().build();
    let pass = |request: Request<()>| Ok::<_, Status>(request);
    let above = InterceptedService::new(layer.layer(running.channel().await), pass);
    ProbeClient::new(above).unary(script(0, Code::Ok)).await.unwrap();
    assert_eq!(client.ending().await, "OK");
    assert_eq!(server.ending().await, "OK");

    let refuse = |_: Request<()>| Err::<Request<()>, _>(Status::unauthenticated("no token"));
    let below = layer.layer(InterceptedService::new(running.channel().await, refuse));
    ProbeClient::new(below).unary(script(0, Code::Ok)).await.unwrap_err();
    assert_eq!(client.ending().await, "UNAUTHENTICATED, error UNAUTHENTICATED: no token");
    assert!(server.so_far().is_empty());
}
