//! Spans end with the body of their response.

use crate::support::{Spans, attribute, get};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use axum::routing::get as route;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use opentelemetry::trace::Status;
use std::convert::Infallible;
use std::io::Error;
use tower::{Layer, Service, ServiceExt, service_fn};

fn chunk(text: &'static str) -> Result<Frame<Bytes>, Error> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

/// A service that always answers with the same kind of body, below the layer.
fn answering<B, L>(
    layer: L,
    body: impl Fn() -> B + Clone,
) -> impl Service<Request<Body>, Response = L::Answer, Error = Infallible>
where
    L: Answering<B>,
{
    layer.answering(move || Response::new(body()))
}

/// Names the answer's type, which the layer's own generics would bury.
trait Answering<B> {
    type Answer;
    fn answering(
        self,
        response: impl Fn() -> Response<B> + Clone,
    ) -> impl Service<Request<Body>, Response = Self::Answer, Error = Infallible>;
}

impl<B: http_body::Body> Answering<B> for pilotlight_instrument::http::HttpServerLayer {
    type Answer = Response<pilotlight_instrument::http::ResponseBody<B>>;

    fn answering(
        self,
        response: impl Fn() -> Response<B> + Clone,
    ) -> impl Service<Request<Body>, Response = Self::Answer, Error = Infallible> {
        self.layer(service_fn(move |_: Request<Body>| std::future::ready(Ok(response()))))
    }
}

#[tokio::test]
async fn a_span_ends_with_the_last_byte_and_not_before() {
    let mut spans = Spans::recorded();
    let service =
        answering(spans.layer().build(), || StreamBody::new(stream::iter([chunk("a"), chunk("b")])));
    let mut body = service.oneshot(get("/")).await.unwrap().into_body();
    for _ in 0..2 {
        body.frame().await.unwrap().unwrap();
        assert!(spans.so_far().is_empty());
    }
    assert!(body.frame().await.is_none());
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn an_empty_body_ends_at_once() {
    let mut spans = Spans::recorded();
    let response = answering(spans.layer().build(), Empty::<Bytes>::new).oneshot(get("/")).await.unwrap();
    assert!(response.body().is_end_stream());
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn a_body_that_says_it_is_over_is_not_asked_again() {
    let mut spans = Spans::recorded();
    let service = answering(spans.layer().build(), || Full::new(Bytes::from_static(b"hello")));
    let mut body = service.oneshot(get("/")).await.unwrap().into_body();
    assert_eq!(body.size_hint().exact(), Some(5));
    body.frame().await.unwrap().unwrap();
    assert!(body.is_end_stream());
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn trailers_pass_and_end_the_span() {
    let mut spans = Spans::recorded();
    let trailers =
        || Frame::trailers(HeaderMap::from_iter([("x-sum".parse().unwrap(), HeaderValue::from(7))]));
    let service =
        answering(spans.layer().build(), move || StreamBody::new(stream::iter([chunk("a"), Ok(trailers())])));
    let mut body = service.oneshot(get("/")).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    assert!(spans.so_far().is_empty());
    assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap()["x-sum"], "7");
    assert_eq!(spans.so_far().len(), 1);
}

#[tokio::test]
async fn a_failing_body_is_an_error_of_its_type() {
    let mut spans = Spans::recorded();
    let frames = || stream::iter([chunk("a"), Err(Error::other("disk on fire"))]);
    let service = answering(spans.layer().build(), move || StreamBody::new(frames()));
    service.oneshot(get("/")).await.unwrap().into_body().collect().await.unwrap_err();
    let span = spans.next().await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("std::io::error::Error"));
    assert_eq!(attribute(&span, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(span.status, Status::error("the response's body failed"));
}

#[tokio::test]
async fn a_panicking_body_is_a_panic() {
    let mut spans = Spans::recorded();
    let frames = || stream::iter([0, 1]).then_panic();
    let service = answering(spans.layer().build(), move || StreamBody::new(frames()));
    let body = service.oneshot(get("/")).await.unwrap().into_body();
    let outcome = tokio::spawn(async move { body.collect().await.map(drop).map_err(drop) }).await;
    assert!(outcome.unwrap_err().is_panic());
    assert_eq!(attribute(&spans.next().await, "error.type").as_deref(), Some("panic"));
}

/// A stream whose second item panics.
trait ThenPanic: Sized {
    fn then_panic(
        self,
    ) -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Error>> + Unpin + Send + 'static;
}

impl<S: futures_util::Stream<Item = i32> + Unpin + Send + 'static> ThenPanic for S {
    fn then_panic(
        self,
    ) -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Error>> + Unpin + Send + 'static {
        futures_util::StreamExt::map(self, |at| {
            assert!(at == 0, "the stream ran dry");
            chunk("a")
        })
    }
}

#[tokio::test]
async fn a_body_dropped_in_the_middle_is_a_disconnect() {
    let mut spans = Spans::recorded();
    let service =
        answering(spans.layer().build(), || StreamBody::new(stream::iter([chunk("a"), chunk("b")])));
    let mut body = service.oneshot(get("/")).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    let span = spans.next().await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("client_disconnected"));
    assert_eq!(span.status, Status::error("the response was dropped before its end"));
}

#[tokio::test]
async fn a_body_nobody_asked_for_is_no_disconnect() {
    let mut spans = Spans::recorded();
    let service = answering(spans.layer().build(), || StreamBody::new(stream::iter([chunk("a")])));
    drop(service.oneshot(get("/")).await.unwrap());
    assert_eq!(spans.next().await.status, Status::Unset);
}

#[tokio::test]
async fn a_body_with_all_the_bytes_it_announced_is_complete() {
    let mut spans = Spans::recorded();
    let service = spans.layer().build().answering(|| {
        let mut response =
            Response::new(StreamBody::new(stream::iter([chunk("ab"), chunk("never asked for")])));
        response.headers_mut().insert("content-length", HeaderValue::from(2));
        response
    });
    let mut body = service.oneshot(get("/")).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert_eq!(spans.next().await.status, Status::Unset);
}

#[tokio::test]
async fn answers_to_head_end_with_their_headers() {
    let mut spans = Spans::recorded();
    let service = answering(spans.layer().build(), || StreamBody::new(stream::iter([chunk("a")])));
    let mut request = get("/");
    *request.method_mut() = Method::HEAD;
    let _response = service.oneshot(request).await.unwrap();
    let span = spans.so_far().remove(0);
    assert_eq!((span.name.as_ref(), &span.status), ("HEAD", &Status::Unset));
}

#[tokio::test]
async fn reads_and_writes_are_events_when_asked_for() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().read_events().write_events(true).body_sizes(true).build();
    let echo = |body: String| async { body };
    let app = Router::new().route("/", route(echo)).layer(layer);
    let request = Request::get("/").header("content-length", "5").body(Body::from("hello")).unwrap();
    let body = app.oneshot(request).await.unwrap().into_body();
    assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
    spans
        .assert_one(
            "
            SERVER GET /
              http.request.body.size = 5
              http.request.method = GET
              http.response.body.size = 5
              http.response.status_code = 200
              http.route = /
              network.protocol.version = 1.1
              url.path = /
              url.scheme = http
              * read http.read_bytes = 5
              * write http.wrote_bytes = 5
            ",
        )
        .await;
}
