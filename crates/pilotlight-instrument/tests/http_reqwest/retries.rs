//! Retries, a span for each attempt.

use crate::servers::serve;
use crate::support::{Spans, attributes, plain};
use pilotlight_instrument::http::reqwest::FollowRedirects;
use pilotlight_instrument::http::{Resends, UrlTemplate};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use std::time::Duration;

fn retrying(spans: &Spans) -> ClientWithMiddleware {
    let moment = Duration::from_millis(1);
    let policy = ExponentialBackoff::builder().retry_bounds(moment, moment).build_with_max_retries(3);
    ClientBuilder::new(plain())
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .with(FollowRedirects::new())
        .with(spans.middleware())
        .build()
}

#[tokio::test]
async fn three_attempts_are_three_spans_with_their_numbers_and_the_last_is_good() {
    let spans = Spans::recorded();
    let response = retrying(&spans).get(format!("http://{}/flaky", serve().await)).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "at last");
    let finished = spans.finished();
    assert_eq!(attributes(&finished, "http.request.resend_count"), ["-", "1", "2"]);
    assert_eq!(attributes(&finished, "http.response.status_code"), ["503", "503", "200"]);
    assert_eq!(attributes(&finished, "error.type"), ["503", "503", "-"]);
}

#[tokio::test]
async fn requests_that_have_nothing_to_do_with_each_other_are_not_numbered_together() {
    let spans = Spans::recorded();
    let client = retrying(&spans);
    let url = format!("http://{}/hello", serve().await);
    for _ in 0..2 {
        drop(client.get(&url).send().await.unwrap());
    }
    assert_eq!(attributes(&spans.finished(), "http.request.resend_count"), ["-", "-"]);
}

#[tokio::test]
async fn hops_and_retries_are_numbered_together_and_each_retry_begins_with_the_template() {
    let spans = Spans::recorded();
    let server = serve().await;
    let request = retrying(&spans).get(format!("http://{server}/redirect?status=307&to=/flaky"));
    drop(request.with_extension(UrlTemplate::new("/redirect")).send().await.unwrap());
    let finished = spans.finished();
    assert_eq!(attributes(&finished, "http.request.resend_count"), ["-", "1", "2", "3", "4", "5"]);
    assert_eq!(attributes(&finished, "url.template"), ["/redirect", "-", "/redirect", "-", "/redirect", "-"]);
}

#[tokio::test]
async fn a_count_around_the_client_is_the_one_that_counts() {
    let spans = Spans::recorded();
    let client = spans.client();
    let url = format!("http://{}/hello", serve().await);
    let twice = async {
        for _ in 0..2 {
            drop(client.get(&url).send().await.unwrap());
        }
    };
    Resends::new().within(twice).await;
    assert_eq!(attributes(&spans.finished(), "http.request.resend_count"), ["-", "1"]);
}
