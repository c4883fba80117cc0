//! The attempts of one request, numbered.

use crate::support::{Spans, answering, attribute, get, hello, layer};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{Empty, Full};
use pilotlight_instrument::http::{Resends, ResendsLayer};
use std::convert::Infallible;
use std::future::{Ready, ready};
use tower::retry::{Policy, RetryLayer};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tower_http::follow_redirect::FollowRedirectLayer;

/// The number of each attempt so far, in order of their ends.
fn numbers(spans: &mut Spans) -> Vec<Option<String>> {
    spans.so_far().iter().map(|span| attribute(span, "http.request.resend_count")).collect()
}

fn expected(numbers: &[&str]) -> Vec<Option<String>> {
    numbers.iter().map(|number| Some((*number).to_owned()).filter(|number| number != "0")).collect()
}

/// Sends everything three times.
#[derive(Clone)]
struct Thrice(u32);

impl<A, E> Policy<Request<Empty<Bytes>>, A, E> for Thrice {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Request<Empty<Bytes>>, _: &mut Result<A, E>) -> Option<Ready<()>> {
        self.0 = self.0.checked_sub(1)?;
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &Request<Empty<Bytes>>) -> Option<Request<Empty<Bytes>>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn retries_are_numbered_from_each_request_on() {
    let mut spans = Spans::recorded();
    let service = ServiceBuilder::new()
        .layer(ResendsLayer::new())
        .layer(RetryLayer::new(Thrice(2)))
        .layer(layer(&spans).build())
        .service(answering(|_| hello()));
    for _ in 0..2 {
        drop(service.clone().oneshot(get("http://shop.example/")).await.unwrap());
        assert_eq!(numbers(&mut spans), expected(&["0", "1", "2"]));
    }
}

#[tokio::test]
async fn redirects_are_numbered_and_each_names_its_own_server() {
    let mut spans = Spans::recorded();
    let service = ServiceBuilder::new()
        .layer(ResendsLayer::new())
        .layer(FollowRedirectLayer::new())
        .layer(layer(&spans).build())
        .service(answering(|request: Request<Empty<Bytes>>| {
            let mut response = hello();
            if request.uri().host() == Some("old.example") {
                *response.status_mut() = StatusCode::FOUND;
                response.headers_mut().insert("location", "https://new.example/".parse().unwrap());
            }
            response
        }));
    drop(service.oneshot(get("http://old.example/")).await.unwrap());
    let ended = spans.so_far();
    let drawn: Vec<_> = ended
        .iter()
        .map(|span| {
            ["server.address", "server.port", "http.request.resend_count"].map(|key| attribute(span, key))
        })
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        drawn,
        [[some("old.example"), some("80"), None], [some("new.example"), some("443"), some("1")]]
    );
}

#[tokio::test]
async fn a_loop_by_hand_is_numbered_within_its_future() {
    let mut spans = Spans::recorded();
    let service = layer(&spans).build().layer(answering(|_| hello()));
    let send = || async { drop(service.clone().oneshot(get("http://shop.example/")).await.unwrap()) };
    Resends::new()
        .within(async {
            send().await;
            tokio::task::yield_now().await;
            send().await;
        })
        .await;
    send().await;
    assert_eq!(numbers(&mut spans), expected(&["0", "1", "0"]));
}

#[tokio::test]
async fn a_count_in_the_request_goes_before_one_in_the_context() {
    let mut spans = Spans::recorded();
    let service = layer(&spans).build().layer(answering(|_| hello()));
    let mut request = get("http://shop.example/");
    request.extensions_mut().insert(Resends::new());
    Resends::new()
        .within(async {
            for _ in 0..2 {
                drop(service.clone().oneshot(request.clone()).await.unwrap());
            }
            drop(service.clone().oneshot(get("http://shop.example/")).await.unwrap());
        })
        .await;
    assert_eq!(numbers(&mut spans), expected(&["0", "1", "0"]));
}

#[tokio::test]
async fn what_an_attempt_sends_for_itself_is_not_counted_with_it() {
    let mut spans = Spans::recorded();
    let tokens = layer(&spans).build().layer(answering(|_: Request<Full<Bytes>>| hello()));
    let client = service_fn(move |_: Request<Empty<Bytes>>| {
        let request = Request::post("http://tokens.example/").body(Full::default()).unwrap();
        let token = tokens.clone().oneshot(request);
        async move {
            drop(token.await.unwrap());
            Ok::<_, Infallible>(hello())
        }
    });
    let service = ServiceBuilder::new()
        .layer(ResendsLayer::new())
        .layer(RetryLayer::new(Thrice(1)))
        .layer(layer(&spans).build())
        .service(client);
    drop(service.oneshot(get("http://shop.example/")).await.unwrap());
    assert_eq!(numbers(&mut spans), expected(&["0", "0", "0", "1"]));
}
