//! The end.

use crate::harness::{Harness, TRACES, frame};
use crate::telemetry::{span, traces};
use http::StatusCode;
use prost::Message;
use std::time::Duration;
use tokio::net::TcpStream;

/// Longer than anything here takes; a test that needs it has failed.
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_was_begun_is_finished_and_nothing_new_is_taken() {
    let harness = Harness::start().await;
    harness.recorder.gate.forget_permits(usize::MAX);
    let message = frame(0, &traces(vec![span("a")]).encode_to_vec());
    let (http, grpc, finished) = tokio::join!(
        harness.post("/v1/traces", "application/json", b"{}"),
        harness.call(TRACES, &[], message),
        async {
            harness.recorder.at_gate.acquire_many(2).await.unwrap().forget();
            tokio::join!(harness.receiver.stop(LONG), async {
                while TcpStream::connect(harness.address).await.is_ok() {
                    tokio::task::yield_now().await;
                }
                harness.recorder.gate.add_permits(2);
            })
            .0
        },
    );
    assert!(finished);
    assert_eq!(http.status, StatusCode::OK);
    assert_eq!(grpc.grpc_status(), "0");
    assert_eq!(harness.received().len(), 2);
}

#[tokio::test]
async fn what_takes_too_long_is_cut_off() {
    let harness = Harness::start().await;
    harness.recorder.gate.forget_permits(usize::MAX);
    let request = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let (answer, finished) = tokio::join!(harness.raw(request.as_bytes()), async {
        harness.recorder.at_gate.acquire().await.unwrap().forget();
        harness.receiver.stop(Duration::from_millis(20)).await
    });
    assert_eq!(answer, b"");
    assert!(!finished);
}

#[tokio::test]
async fn connections_at_rest_do_not_hold_up_the_end() {
    let harness = Harness::start().await;
    let _silent = TcpStream::connect(harness.address).await.unwrap();
    let resting = TcpStream::connect(harness.address).await.unwrap();
    let (client, connection) = h2::client::handshake(resting).await.unwrap();
    let connection = tokio::spawn(connection);
    assert_eq!(harness.post("/v1/traces", "application/json", b"{}").await.status, StatusCode::OK);
    assert!(harness.receiver.stop(LONG).await);
    connection.await.unwrap().unwrap();
    drop(client);
}

#[tokio::test]
async fn a_receiver_that_is_dropped_closes_everything() {
    let harness = Harness::start().await;
    let resting = TcpStream::connect(harness.address).await.unwrap();
    let (_client, connection) = h2::client::handshake(resting).await.unwrap();
    let Harness { receiver, address, .. } = harness;
    drop(receiver);
    let _ = connection.await;
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
