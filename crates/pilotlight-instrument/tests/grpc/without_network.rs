//! The services by themselves: how calls end that no network is needed for.

use crate::support::{Spans, attribute, ending};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use pilotlight_instrument::grpc::GrpcResponseBody;
use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::mpsc;
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};

type Frames = Pin<Box<dyn futures_util::Stream<Item = Result<Frame<Bytes>, BoxError>> + Send>>;
type Answered = BoxFuture<'static, Result<Response<StreamBody<Frames>>, BoxError>>;

/// A service that says `OK`, and nothing else.
pub(crate) fn answering()
-> impl Service<Request<()>, Response = Response<Empty<Bytes>>, Error = Infallible, Future: Send> + Clone {
    service_fn(|_: Request<()>| async {
        Ok(Response::builder().header("grpc-status", "0").body(Empty::new()).unwrap())
    })
}

fn request(timeout: Option<&'static str>) -> Request<()> {
    let mut request = Request::post("/a.B/C").body(()).unwrap();
    if let Some(timeout) = timeout {
        request.headers_mut().insert("grpc-timeout", HeaderValue::from_static(timeout));
    }
    request
}

/// A service whose responses have these frames, and then no end.
fn unfinished(
    frames: Vec<Frame<Bytes>>,
) -> impl Service<Request<()>, Response = Response<StreamBody<Frames>>, Error = BoxError, Future = Answered> {
    let mut frames = Some(frames);
    service_fn(move |_: Request<()>| -> Answered {
        let frames = tokio_stream::iter(frames.take().unwrap_or_default().into_iter().map(Ok));
        let endless = futures_util::stream::pending();
        let body: Frames = Box::pin(futures_util::StreamExt::chain(frames, endless));
        Box::pin(async { Ok(Response::new(StreamBody::new(body))) })
    })
}

fn trailers(status: &'static str) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    Frame::trailers(trailers)
}

#[tokio::test]
async fn a_future_dropped_unpolled_still_ends_its_span() {
    let mut spans = Spans::recorded();
    let mut service = spans.server().build().layer(answering());
    drop(service.call(request(None)));
    assert_eq!(spans.ending().await, "CANCELLED");
}

#[tokio::test]
async fn a_call_dropped_in_time_is_cancelled_and_one_dropped_late_exceeded_its_deadline() {
    let slow = || service_fn(|_: Request<()>| pending::<Result<Response<Empty<Bytes>>, Infallible>>());
    for (timeout, server, client) in [
        (None, "CANCELLED", "CANCELLED, error CANCELLED: the call was dropped before its end"),
        (Some("99999999H"), "CANCELLED", "CANCELLED, error CANCELLED: the call was dropped before its end"),
        (Some("soon"), "CANCELLED", "CANCELLED, error CANCELLED: the call was dropped before its end"),
        (
            Some("0n"),
            "DEADLINE_EXCEEDED, error DEADLINE_EXCEEDED: the deadline passed",
            "DEADLINE_EXCEEDED, error DEADLINE_EXCEEDED: the deadline passed",
        ),
    ] {
        let mut spans = Spans::recorded();
        drop(spans.server().build().layer(slow()).call(request(timeout)));
        assert_eq!(spans.ending().await, server, "{timeout:?}");
        drop(spans.client().build().layer(slow()).call(request(timeout)));
        assert_eq!(spans.ending().await, client, "{timeout:?}");
    }
}

#[tokio::test]
async fn a_body_ends_its_call_with_its_trailers_and_not_when_it_is_dropped() {
    let mut spans = Spans::recorded();
    let service = spans.client().build().layer(unfinished(vec![Frame::data(Bytes::new()), trailers("5")]));
    let mut body = service.oneshot(request(None)).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    assert!(spans.so_far().is_empty(), "the status is still to come");
    body.frame().await.unwrap().unwrap();
    assert_eq!(spans.so_far().len(), 1);
    drop(body);
    assert!(spans.so_far().is_empty(), "a span ends once");
}

#[tokio::test]
async fn a_body_dropped_before_its_trailers_is_cancelled() {
    let mut spans = Spans::recorded();
    let service = spans.server().build().layer(unfinished(vec![Frame::data(Bytes::new())]));
    let mut body = service.oneshot(request(None)).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert_eq!(spans.ending().await, "CANCELLED");
}

#[tokio::test]
async fn a_status_in_the_head_counts_even_if_nobody_reads_the_body() {
    let mut spans = Spans::recorded();
    let service = spans.client().build().layer(service_fn(|_: Request<()>| async {
        let body: Frames = Box::pin(futures_util::stream::pending());
        Response::builder().header("grpc-status", "7").body(StreamBody::new(body))
    }));
    drop(service.oneshot(request(None)).await.unwrap());
    assert_eq!(spans.ending().await, "PERMISSION_DENIED, error PERMISSION_DENIED: ");
}

/// An error that says nothing itself.
#[derive(Debug)]
struct Caused(tonic::Status);

impl std::fmt::Display for Caused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it did not work")
    }
}

impl std::error::Error for Caused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn an_error_is_the_status_in_it_or_in_what_caused_it() {
    let failing = |make: fn() -> BoxError| {
        service_fn(move |_: Request<()>| async move { Err::<Response<Empty<Bytes>>, _>(make()) })
    };
    let mut spans = Spans::recorded();
    let layer = spans.server().build();
    let status = || BoxError::from(tonic::Status::data_loss("half a disk"));
    layer.layer(failing(status)).oneshot(request(None)).await.unwrap_err();
    assert_eq!(spans.ending().await, "DATA_LOSS, error DATA_LOSS: half a disk");
    let caused = || BoxError::from(Caused(tonic::Status::not_found("gone")));
    layer.layer(failing(caused)).oneshot(request(None)).await.unwrap_err();
    assert_eq!(spans.ending().await, "NOT_FOUND");
    layer.layer(failing(|| "no idea".into())).oneshot(request(None)).await.unwrap_err();
    assert_eq!(spans.ending().await, "UNKNOWN, error UNKNOWN: the service answered with an error");
}

#[tokio::test]
async fn a_body_that_fails_ends_with_what_its_error_stands_for() {
    let mut spans = Spans::recorded();
    let service = spans.client().build().layer(service_fn(|_: Request<()>| async {
        let reset = BoxError::from(h2::Error::from(h2::Reason::REFUSED_STREAM));
        let body: Frames = Box::pin(tokio_stream::once(Err(reset)));
        Ok::<_, Infallible>(Response::new(StreamBody::new(body)))
    }));
    let mut body = service.oneshot(request(None)).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap_err();
    assert!(spans.ending().await.starts_with("UNAVAILABLE, error UNAVAILABLE: "));
}

#[tokio::test]
async fn a_body_that_fails_does_not_change_the_error_that_its_head_named() {
    for (head, expected) in [
        ("5", "NOT_FOUND, error NOT_FOUND: "),
        ("0", "UNKNOWN, error UNKNOWN: the service answered with an error"),
    ] {
        let mut spans = Spans::recorded();
        let service = spans.client().build().layer(service_fn(move |_: Request<()>| async move {
            let body: Frames = Box::pin(tokio_stream::once(Err("connection lost".into())));
            Response::builder().header("grpc-status", head).body(StreamBody::new(body))
        }));
        let mut body = service.oneshot(request(None)).await.unwrap().into_body();
        body.frame().await.unwrap().unwrap_err();
        assert_eq!(spans.ending().await, expected);
    }
}

#[tokio::test]
async fn no_secret_of_an_error_is_repeated() {
    let url = "no answer from https://ada:hunter2@auth.example/?sig=hunter2";
    let errors: [fn(&str) -> BoxError; 4] = [
        |url| url.into(),
        |url| std::io::Error::new(std::io::ErrorKind::ConnectionRefused, url).into(),
        |url| tonic::ConnectError(url.into()).into(),
        |url| Box::new(tonic::ConnectError(std::io::Error::other(url).into())),
    ];
    for make in errors {
        let mut spans = Spans::recorded();
        let service =
            service_fn(move |_: Request<()>| async move { Err::<Response<Empty<Bytes>>, _>(make(url)) });
        spans.client().build().layer(service).oneshot(request(None)).await.unwrap_err();
        spans.server().build().layer(service).oneshot(request(None)).await.unwrap_err();
        let spans = format!("{:?}", spans.so_far());
        assert!(spans.contains("rpc.status_code") && !spans.contains("hunter2"), "{spans}");
    }
}

#[tokio::test]
async fn the_span_is_current_while_the_service_and_the_body_are_polled_and_stands_in_the_request() {
    let mut spans = Spans::recorded();
    let service = spans.server().build().layer(service_fn(|request: Request<()>| {
        let id = || Context::current().span().span_context().span_id();
        let given = request.extensions().get::<Context>().unwrap().span().span_context().span_id();
        assert_eq!(id(), given);
        async move {
            assert_eq!(id(), given);
            let body: Frames = Box::pin(futures_util::stream::poll_fn(move |_| {
                assert_eq!(id(), given);
                std::task::Poll::Ready(None)
            }));
            Ok::<_, Infallible>(Response::new(StreamBody::new(body)))
        }
    }));
    let mut body = service.oneshot(request(None)).await.unwrap().into_body();
    assert!(body.frame().await.is_none());
    assert_eq!(spans.ending().await, "UNKNOWN, error UNKNOWN: the response ended without a grpc-status");
    assert!(!Context::current().span().span_context().is_valid());
}

#[tokio::test]
async fn a_panic_before_there_is_a_future_is_recorded_and_goes_on() {
    let mut spans = Spans::recorded();
    let service = spans.client().build().layer(service_fn(|request: Request<()>| {
        assert!(request.uri().path().is_empty(), "no path is good enough");
        async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) }
    }));
    assert!(tokio::spawn(service.oneshot(request(None))).await.unwrap_err().is_panic());
    assert_eq!(ending(&spans.next().await), "INTERNAL, error INTERNAL: the service panicked");
}

#[tokio::test]
async fn the_peers_address_comes_with_the_request_or_the_response() {
    use pilotlight_instrument::grpc::PeerAddr;
    let mut spans = Spans::recorded();
    let address = PeerAddr("192.0.2.7:50123".parse().unwrap());
    let mut call = request(None);
    call.extensions_mut().insert(address);
    spans.server().build().layer(answering()).oneshot(call).await.unwrap();
    assert_eq!(attribute(&spans.next().await, "network.peer.address").as_deref(), Some("192.0.2.7"));
    let service = spans.client().build().layer(service_fn(move |_: Request<()>| async move {
        let mut response = Response::new(Empty::<Bytes>::new());
        response.extensions_mut().insert(address);
        Ok::<_, Infallible>(response)
    }));
    service.oneshot(request(None)).await.unwrap();
    assert_eq!(attribute(&spans.next().await, "network.peer.port").as_deref(), Some("50123"));
}

#[tokio::test]
async fn a_body_of_nobodys_call_is_passed_on() {
    let mut body = pin!(GrpcResponseBody::<Empty<Bytes>>::default());
    assert!(poll_fn(|cx| http_body::Body::poll_frame(body.as_mut(), cx)).await.is_none());
}

/// Tells the span that was the current one when it was dropped.
struct TellsOnDrop(mpsc::Sender<SpanContext>);

impl Drop for TellsOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(Context::map_current(|context| context.span().span_context().clone()));
    }
}

#[tokio::test]
async fn what_a_call_holds_is_dropped_in_its_span() {
    let (mut spans, (sender, dropped_in)) = (Spans::recorded(), mpsc::channel());
    let answers = service_fn(move |_: Request<()>| {
        let (early, late) = (TellsOnDrop(sender.clone()), TellsOnDrop(sender.clone()));
        async move {
            tokio::task::yield_now().await;
            drop(early);
            let body: Frames = Box::pin(futures_util::stream::poll_fn(move |_| {
                let _held = &late;
                std::task::Poll::Pending
            }));
            Ok::<_, Infallible>(Response::new(StreamBody::new(body)))
        }
    });
    drop(spans.server().build().layer(answers.clone()).call(request(None)));
    let span = spans.next().await.span_context;
    assert_eq!([dropped_in.recv().unwrap(), dropped_in.recv().unwrap()], [span.clone(), span]);
    drop(spans.server().build().layer(answers).oneshot(request(None)).await.unwrap());
    let span = spans.next().await.span_context;
    assert_eq!([dropped_in.recv().unwrap(), dropped_in.recv().unwrap()], [span.clone(), span]);
}
