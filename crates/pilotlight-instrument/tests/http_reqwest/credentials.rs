//! Credentials, which are for one server.

use crate::servers::serve;
use crate::support::Spans;
use http::HeaderValue;
use pilotlight_instrument::http::reqwest::FollowRedirects;

/// What arrives at the end of a chain of redirects, asked for with three kinds of credentials.
async fn arriving(url: String) -> String {
    let mut key = HeaderValue::from_static("key");
    key.set_sensitive(true);
    let client = Spans::recorded().following(FollowRedirects::new());
    let request = client.get(url).bearer_auth("token").header("cookie", "a=b").header("x-api-key", key);
    request.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn credentials_stay_with_the_same_origin() {
    let url = format!("http://{}/redirect?status=307&to=/credentials", serve().await);
    assert_eq!(arriving(url).await, "Bearer token a=b key");
}

#[tokio::test]
async fn credentials_are_not_sent_to_another_origin() {
    let (here, there) = (serve().await, serve().await);
    let url = format!("http://{here}/redirect?status=307&to=http://{there}/credentials");
    assert_eq!(arriving(url).await, "none none none");
}

#[tokio::test]
async fn credentials_that_were_left_behind_do_not_come_back_further_on() {
    let (here, there) = (serve().await, serve().await);
    // Once there, the second redirect stays at the other origin.
    let further = format!("http://{there}/redirect?status=307%26to=/credentials");
    assert_eq!(arriving(format!("http://{here}/redirect?status=307&to={further}")).await, "none none none");
    // And back to where they were from, on somebody else's word.
    let back = format!("http://{there}/redirect?status=307%26to=http://{here}/credentials");
    assert_eq!(arriving(format!("http://{here}/redirect?status=307&to={back}")).await, "none none none");
}
