//! How attempts end, without a network.

use crate::support::{Spans, answering, attribute, draw, get, hello, layer};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use opentelemetry::trace::Status;
use std::error::Error;
use std::future::{Ready, pending, ready};
use std::{fmt, io};
use tower::util::ServiceFn;
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};

type Answer = Response<Full<Bytes>>;
type Failure<E> = Ready<Result<Answer, E>>;

#[tokio::test]
async fn every_status_from_400_on_is_an_error() {
    for (code, error) in [
        (200, None),
        (302, None),
        (399, None),
        (400, Some("400")),
        (418, Some("418")),
        (503, Some("503")),
        (600, Some("600")),
    ] {
        let mut spans = Spans::recorded();
        let service = layer(&spans).build().layer(answering(move |_| {
            let mut response = hello();
            *response.status_mut() = StatusCode::from_u16(code).unwrap();
            response
        }));
        drop(service.oneshot(get("http://shop.example/")).await.unwrap());
        let span = spans.next().await;
        assert_eq!(attribute(&span, "error.type").as_deref(), error, "{code}");
        assert_eq!(span.status == Status::error(""), error.is_some(), "{code}");
    }
}

/// A client that fails with `error`.
fn failing<E>(error: impl Fn() -> E) -> ServiceFn<impl Fn(Request<Empty<Bytes>>) -> Failure<E>> {
    service_fn(move |_| ready(Err(error())))
}

/// An error of the user's own, over another.
#[derive(Debug)]
struct Own(io::Error);

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot reach http://ada:hunter2@shop.example/")
    }
}

impl Error for Own {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn refused() -> Own {
    Own(io::ErrorKind::ConnectionRefused.into())
}

/// Of a span whose client failed with `error`.
async fn error_type<E: 'static>(
    builder: impl Fn(&Spans) -> pilotlight_instrument::http::HttpClientLayerBuilder,
    error: impl Fn() -> E,
) -> String {
    let mut spans = Spans::recorded();
    let service = builder(&spans).build().layer(failing(error));
    assert!(service.oneshot(get("http://shop.example/")).await.is_err());
    let span = spans.next().await;
    assert_eq!(span.status, Status::error("there was no response"));
    assert!(!format!("{span:?}").contains("hunter2"));
    attribute(&span, "error.type").unwrap()
}

#[tokio::test]
async fn errors_of_any_type_are_named() {
    assert_eq!(error_type(layer, || io::Error::from(io::ErrorKind::TimedOut)).await, "timeout");
    assert_eq!(error_type(layer, || BoxError::from(refused())).await, "connection_refused");
    assert_eq!(error_type(layer, || BoxError::from("hunter2")).await, "_OTHER");
    assert_eq!(error_type(layer, || "hunter2").await, "&str");
    assert_eq!(error_type(layer, refused).await, "http_client::outcomes::Own");
    let named = |spans: &Spans| layer(spans).look_into::<Own>();
    assert_eq!(error_type(named, refused).await, "connection_refused");
}

#[tokio::test]
async fn users_name_errors_before_the_layer_does() {
    let own = |spans: &Spans| layer(spans).error_type(|error| error.is::<Own>().then_some("shop_closed"));
    assert_eq!(error_type(own, || BoxError::from(refused())).await, "shop_closed");
    assert_eq!(error_type(own, || io::Error::from(io::ErrorKind::TimedOut)).await, "timeout");
}

#[tokio::test]
async fn a_request_dropped_before_its_response_is_cancelled_and_no_error() {
    let mut spans = Spans::recorded();
    let layer = layer(&spans).build();
    let mut service =
        layer.layer(service_fn(|_: Request<Empty<Bytes>>| pending::<Result<Answer, io::Error>>()));
    drop(Service::call(&mut service, get("http://shop.example/")));
    let drawn = draw(&spans.next().await);
    assert!(drawn.ends_with("* cancelled") && !drawn.contains("error"), "{drawn}");
}

#[tokio::test]
async fn a_cancelled_request_can_be_an_error() {
    let mut spans = Spans::recorded();
    let layer = layer(&spans).cancellation_is_error(true).build();
    let mut service =
        layer.layer(service_fn(|_: Request<Empty<Bytes>>| pending::<Result<Answer, io::Error>>()));
    drop(Service::call(&mut service, get("http://shop.example/")));
    let span = spans.next().await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("cancelled"));
    assert_eq!(span.status, Status::error("the request was dropped before its response"));
}

#[tokio::test]
async fn a_panic_in_the_client_is_recorded_and_goes_on() {
    let mut spans = Spans::recorded();
    let service = layer(&spans).build().layer(service_fn(|request: Request<Empty<Bytes>>| {
        assert_ne!(request.uri().path(), "/now", "out of cheese");
        async move {
            assert_ne!(request.uri().path(), "/later", "out of cheese");
            Ok::<_, io::Error>(hello())
        }
    }));
    for path in ["/now", "/later"] {
        let request = get(&format!("http://shop.example{path}"));
        let service = service.clone();
        let outcome = tokio::spawn(async move { service.oneshot(request).await.map(drop) }).await;
        assert!(outcome.unwrap_err().is_panic());
        let span = spans.next().await;
        assert_eq!(attribute(&span, "error.type").as_deref(), Some("panic"));
        assert_eq!(span.status, Status::error("the client panicked"));
        assert!(draw(&span).contains("out of cheese"), "{}", draw(&span));
    }
}
