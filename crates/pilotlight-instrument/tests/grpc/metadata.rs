//! Metadata: what is listed, and nothing else.

use crate::probe::{ProbeClient, Running, script};
use crate::support::{Spans, attribute, draw};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request};
use tonic::Code;
use tower::{Layer, ServiceExt};

fn request() -> tonic::Request<String> {
    let mut request = tonic::Request::new(script(0, Code::Ok));
    for (key, value) in [("x-tenant", "acme"), ("x-echo", "hello"), ("authorization", "Bearer hunter2")] {
        request.metadata_mut().insert(key, value.parse().unwrap());
    }
    request.metadata_mut().append("x-tenant", "other".parse().unwrap());
    request.metadata_mut().insert_bin("x-id-bin", tonic::metadata::MetadataValue::from_bytes(&[0, 255]));
    request
}

#[tokio::test]
async fn nothing_that_is_not_listed_is_recorded() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = running.client(client.client().build()).await;
    probe.unary(request()).await.unwrap();
    for drawn in [draw(&server.next().await), draw(&client.next().await)] {
        assert!(!drawn.contains("metadata") && !drawn.contains("hunter2"), "{drawn}");
    }
}

#[tokio::test]
async fn what_is_listed_is_recorded_and_secrets_never_are() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let keys = || {
        ["x-tenant", "x-id-bin", "x-absent"].map(HeaderName::from_static).into_iter().chain([AUTHORIZATION])
    };
    let echo = || [HeaderName::from_static("x-echo")];
    let layer = server.server().capture_request_metadata(keys()).capture_response_metadata(echo());
    let running = Running::with(layer.build()).await;
    let layer = client.client().capture_request_metadata(keys()).capture_response_metadata(echo());
    running.client(layer.build()).await.unary(request()).await.unwrap();
    for span in [server.next().await, client.next().await] {
        let metadata = |key: &str| attribute(&span, &format!("rpc.{key}"));
        assert_eq!(metadata("request.metadata.x-tenant").as_deref(), Some(r#"["acme","other"]"#));
        assert_eq!(metadata("request.metadata.x-id-bin").as_deref(), Some(r#"["AP8"]"#));
        assert_eq!(metadata("request.metadata.authorization").as_deref(), Some(r#"["REDACTED"]"#));
        assert_eq!(metadata("request.metadata.x-absent"), None);
        assert_eq!(metadata("response.metadata.x-echo").as_deref(), Some(r#"["hello"]"#));
        assert!(!draw(&span).contains("hunter2"));
    }
}

#[tokio::test]
async fn trailers_are_metadata_too() {
    for messages in [0, 2] {
        let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
        let keys = || ["x-reason", "x-detail-bin"].map(HeaderName::from_static);
        let running = Running::with(server.server().capture_response_metadata(keys()).build()).await;
        let channel =
            client.client().capture_response_metadata(keys()).build().layer(running.channel().await);
        let mut probe = ProbeClient::new(channel);
        if let Ok(mut stream) = probe.down(script(messages, Code::NotFound)).await {
            crate::probe::read(&mut stream).await.unwrap_err();
        }
        for span in [server.next().await, client.next().await] {
            let metadata = |key: &str| attribute(&span, &format!("rpc.response.metadata.{key}"));
            assert_eq!(metadata("x-reason").as_deref(), Some(r#"["told to"]"#));
            assert_eq!(metadata("x-detail-bin").as_deref(), Some(r#"["AAH/"]"#));
        }
    }
}

#[tokio::test]
async fn values_that_are_marked_as_sensitive_stay_hidden() {
    let mut spans = Spans::recorded();
    let layer = spans.server().capture_request_metadata([HeaderName::from_static("x-key")]).build();
    let mut key = HeaderValue::from_static("hunter2");
    key.set_sensitive(true);
    let request = Request::post("/a.B/C").header("x-key", key).body(()).unwrap();
    layer.layer(crate::without_network::answering()).oneshot(request).await.unwrap();
    assert_eq!(
        attribute(&spans.next().await, "rpc.request.metadata.x-key").as_deref(),
        Some(r#"["REDACTED"]"#)
    );
}
