//! Spans end with the body of their response.

use crate::support::{Spans, answering, attribute, draw, get, layer};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use opentelemetry::trace::Status;
use pilotlight_instrument::http::ClientResponseBody;
use std::io::Error;
use tower::{Layer, ServiceExt};

fn chunk(text: &'static str) -> Result<Frame<Bytes>, Error> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

fn two_chunks() -> impl Body<Data = Bytes, Error = Error> + Unpin {
    StreamBody::new(stream::iter([chunk("a"), chunk("b")]))
}

/// The response to a request that a client with the layer sent.
async fn received<B: Body>(
    spans: &Spans,
    response: impl Fn() -> Response<B> + Clone,
) -> Response<ClientResponseBody<B>> {
    let service = layer(spans).build().layer(answering(move |_| response()));
    service.oneshot(get("http://shop.example/")).await.unwrap()
}

#[tokio::test]
async fn a_span_ends_with_the_last_byte_and_not_before() {
    let mut spans = Spans::recorded();
    let mut body = received(&spans, || Response::new(two_chunks())).await.into_body();
    for _ in 0..2 {
        body.frame().await.unwrap().unwrap();
        assert!(spans.so_far().is_empty());
    }
    assert!(body.frame().await.is_none());
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn a_body_that_says_it_is_over_is_not_asked_again() {
    let mut spans = Spans::recorded();
    let mut body =
        received(&spans, || Response::new(Full::new(Bytes::from_static(b"hello")))).await.into_body();
    assert_eq!(body.size_hint().exact(), Some(5));
    body.frame().await.unwrap().unwrap();
    assert!(body.is_end_stream());
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn as_many_bytes_as_were_announced_are_the_end() {
    let mut spans = Spans::recorded();
    let mut body = received(&spans, || {
        let mut response = Response::new(two_chunks());
        response.headers_mut().insert("content-length", HeaderValue::from(2));
        response
    })
    .await
    .into_body();
    body.frame().await.unwrap().unwrap();
    assert!(spans.so_far().is_empty());
    body.frame().await.unwrap().unwrap();
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn trailers_pass_and_end_the_span() {
    let mut spans = Spans::recorded();
    let trailers =
        || Frame::trailers(HeaderMap::from_iter([("x-sum".parse().unwrap(), HeaderValue::from(7))]));
    let frames = move || StreamBody::new(stream::iter([chunk("a"), Ok(trailers())]));
    let mut body = received(&spans, move || Response::new(frames())).await.into_body();
    body.frame().await.unwrap().unwrap();
    assert!(spans.so_far().is_empty());
    assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap()["x-sum"], "7");
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn responses_without_a_body_end_at_once() {
    for (method, status) in [
        (Method::HEAD, StatusCode::OK),
        (Method::CONNECT, StatusCode::OK),
        (Method::GET, StatusCode::SWITCHING_PROTOCOLS),
        (Method::GET, StatusCode::NO_CONTENT),
        (Method::GET, StatusCode::NOT_MODIFIED),
    ] {
        let mut spans = Spans::recorded();
        let service = layer(&spans).build().layer(answering(move |_| {
            let mut response = Response::new(two_chunks());
            *response.status_mut() = status;
            response
        }));
        let mut request = get("http://shop.example/");
        *request.method_mut() = method.clone();
        let _response = service.oneshot(request).await.unwrap();
        let ended = spans.so_far();
        assert_eq!(ended.len(), 1, "{method} {status}");
        assert_eq!(ended[0].status, Status::Unset, "{method} {status}");
    }
}

#[tokio::test]
async fn an_empty_body_ends_at_once_and_so_does_one_announced_as_empty() {
    let mut spans = Spans::recorded();
    let _response = received(&spans, || Response::new(Empty::<Bytes>::new())).await;
    assert_eq!(spans.so_far().len(), 1);
    let announced = || Response::builder().header("content-length", 0).body(two_chunks()).unwrap();
    let _response = received(&spans, announced).await;
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn a_body_dropped_unread_or_half_way_says_so_and_is_no_error() {
    for frames in [0, 1] {
        let mut spans = Spans::recorded();
        let mut body = received(&spans, || Response::new(two_chunks())).await.into_body();
        for _ in 0..frames {
            body.frame().await.unwrap().unwrap();
        }
        drop(body);
        spans
            .assert_one(
                "
                CLIENT GET
                  http.request.method = GET
                  http.response.status_code = 200
                  network.protocol.version = 1.1
                  server.address = shop.example
                  server.port = 80
                  url.full = http://shop.example/
                  * response_dropped
                ",
            )
            .await;
    }
}

#[tokio::test]
async fn a_dropped_body_can_be_an_error() {
    let mut spans = Spans::recorded();
    let layer = layer(&spans).cancellation_is_error(true).build();
    let service = layer.layer(answering(|_| Response::new(two_chunks())));
    drop(service.oneshot(get("http://shop.example/")).await.unwrap());
    let span = spans.next().await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("cancelled"));
    assert_eq!(span.status, Status::error("the response was dropped before its end"));
}

#[tokio::test]
async fn a_failing_body_is_an_error_and_the_first_error_stays() {
    for (status, error) in [(200, "body"), (503, "503")] {
        let mut spans = Spans::recorded();
        let frames = || StreamBody::new(stream::iter([chunk("a"), Err(Error::other("hunter2"))]));
        let response = received(&spans, move || {
            let mut response = Response::new(frames());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        });
        response.await.into_body().collect().await.unwrap_err();
        let span = spans.next().await;
        assert_eq!(attribute(&span, "error.type").as_deref(), Some(error));
        assert!(!draw(&span).contains("hunter2"));
    }
}

#[tokio::test]
async fn a_panicking_body_is_a_panic() {
    let mut spans = Spans::recorded();
    let frames = || {
        stream::poll_fn(|_| -> std::task::Poll<Option<Result<Frame<Bytes>, Error>>> {
            panic!("the stream ran dry")
        })
    };
    let body = received(&spans, move || Response::new(StreamBody::new(frames()))).await.into_body();
    let outcome = tokio::spawn(async move { body.collect().await.map(drop).map_err(drop) }).await;
    assert!(outcome.unwrap_err().is_panic());
    let span = spans.next().await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("panic"));
    assert!(draw(&span).contains("exception.message = the stream ran dry"));
}
