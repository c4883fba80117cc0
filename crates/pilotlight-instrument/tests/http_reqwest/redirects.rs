//! Redirects, a span for each hop.

use crate::servers::serve;
use crate::support::{Catch, Spans, attributes, builder, plain};
use http::{Method, StatusCode};
use pilotlight_instrument::http::UrlTemplate;
use pilotlight_instrument::http::reqwest::{FollowRedirects, TooManyRedirects};
use reqwest::Body;
use reqwest_middleware::ClientBuilder;
use std::net::SocketAddr;
use std::time::Duration;

#[tokio::test]
async fn each_hop_is_a_span_with_its_number_and_its_own_url() {
    let spans = Spans::recorded();
    let server = serve().await;
    let client = spans.following(FollowRedirects::new());
    let response = client.get(format!("http://{server}/hops/1")).send().await.unwrap();
    assert_eq!(response.url().path(), "/hello");
    assert_eq!(response.text().await.unwrap(), "hello");
    let finished = spans.finished();
    let base = format!("http://{server}");
    assert_eq!(
        attributes(&finished, "url.full"),
        ["/hops/1", "/hops/0", "/hello"].map(|path| format!("{base}{path}"))
    );
    assert_eq!(attributes(&finished, "http.request.resend_count"), ["-", "1", "2"]);
    assert_eq!(attributes(&finished, "http.response.status_code"), ["302", "302", "200"]);
    assert_eq!(attributes(&finished, "error.type"), ["-", "-", "-"]);
}

#[tokio::test]
async fn a_loop_ends_at_the_limit_with_an_error_that_says_so() {
    let spans = Spans::recorded();
    let client = spans.following(FollowRedirects::limited(3));
    let error = client.get(format!("http://{}/loop", serve().await)).send().await.unwrap_err();
    let reqwest_middleware::Error::Middleware(error) = error else { panic!("{error}") };
    assert_eq!(error.downcast_ref::<TooManyRedirects>().unwrap().limit, 3);
    assert_eq!(attributes(&spans.finished(), "http.request.resend_count"), ["-", "1", "2", "3"]);
}

#[tokio::test]
async fn as_many_redirects_as_allowed_are_followed() {
    let spans = Spans::recorded();
    let url = format!("http://{}/hops/9", serve().await);
    let response = spans.following(FollowRedirects::new()).get(&url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    drop(response);
    assert_eq!(spans.finished().len(), 11);
}

fn redirecting(server: SocketAddr, status: u16, to: &str) -> String {
    format!("http://{server}/redirect?status={status}&to={to}")
}

#[tokio::test]
async fn the_status_decides_what_becomes_of_the_method_and_the_body() {
    let spans = Spans::recorded();
    let server = serve().await;
    let client = spans.following(FollowRedirects::new());
    for (status, method, expected) in [
        (301, Method::POST, "GET none "),
        (302, Method::POST, "GET none "),
        (303, Method::POST, "GET none "),
        (307, Method::POST, "POST text/plain hello"),
        (308, Method::POST, "POST text/plain hello"),
        (301, Method::PUT, "PUT text/plain hello"),
        (303, Method::PUT, "GET none "),
    ] {
        let request = client.request(method.clone(), redirecting(server, status, "/method"));
        let response = request.header("content-type", "text/plain").body("hello").send().await.unwrap();
        assert_eq!(response.text().await.unwrap(), expected, "{status} {method}");
    }
}

#[tokio::test]
async fn a_stream_is_followed_only_where_it_need_not_be_sent_again() {
    let spans = Spans::recorded();
    let server = serve().await;
    let client = spans.following(FollowRedirects::new());
    for (status, expected) in [(303, StatusCode::OK), (307, StatusCode::TEMPORARY_REDIRECT)] {
        let stream = Body::wrap("hello".to_owned());
        let request = client.post(redirecting(server, status, "/method")).body(stream);
        assert_eq!(request.send().await.unwrap().status(), expected);
    }
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_the_answer() {
    let spans = Spans::recorded();
    let server = serve().await;
    let client = spans.following(FollowRedirects::new());
    for to in ["ftp://files.example/", "http://"] {
        let response = client.get(redirecting(server, 302, to)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::FOUND, "{to}");
    }
    assert_eq!(spans.finished().len(), 2);
}

#[tokio::test]
async fn a_template_is_the_first_hops_only() {
    let spans = Spans::recorded();
    let url = format!("http://{}/hops/0", serve().await);
    let request = spans.following(FollowRedirects::new()).get(url);
    let request = request.with_extension(UrlTemplate::new("/hops/{left}"));
    drop(request.send().await.unwrap());
    assert_eq!(attributes(&spans.finished(), "url.template"), ["/hops/{left}", "-"]);
}

#[tokio::test]
async fn the_timeout_of_a_request_covers_its_hops_together() {
    let (catch, mut caught) = Catch::all();
    let client = ClientBuilder::new(plain()).with(FollowRedirects::new()).with(catch).build();
    let url = format!("http://{}/hops/0", serve().await);
    drop(client.get(url).timeout(Duration::from_secs(60)).send().await.unwrap());
    let mut left = || caught.try_recv().unwrap().timeout().copied().unwrap();
    assert_eq!(left(), Duration::from_secs(60));
    assert!(left() < Duration::from_secs(60));
}

#[tokio::test]
async fn redirects_that_reqwest_follows_itself_are_one_span() {
    let spans = Spans::recorded();
    let server = serve().await;
    let client = builder().redirect(reqwest::redirect::Policy::limited(2)).build().unwrap();
    let client = ClientBuilder::new(client).with(spans.middleware()).build();
    drop(client.get(format!("http://{server}/hops/1")).send().await.unwrap());
    let finished = spans.finished();
    assert_eq!(attributes(&finished, "url.full"), [format!("http://{server}/hops/1")]);
    assert_eq!(attributes(&finished, "http.response.status_code"), ["200"]);

    client.get(format!("http://{server}/loop")).send().await.unwrap_err();
    assert_eq!(attributes(&spans.finished(), "error.type"), ["redirect"]);
}
