//! A chain of reqwest-middleware whose end answers at once, so that nothing is sent.

use std::future::{Future, ready};
use std::hint::black_box;
use std::pin::Pin;

use anyhow::{Context as _, Result};
use http::Extensions;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Request, Response, ResponseBuilderExt, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Next};

use super::exchange::at_once;
use super::{Call, requests};

/// Makes calls through a chain: what `with` adds to it comes before the end.
///
/// # Errors
///
/// When the URL is none.
pub fn through(with: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Box<dyn Fn(u64) + Send + Sync>> {
    let client = with(ClientBuilder::new(Client::new())).with(answer).build();
    let url = Url::parse(requests::URL).context("the URL of all calls")?;
    let headers = requests::request(Call::Reqwest).headers().clone();
    Ok(Box::new(move |calls| (0..calls).for_each(|_| make(&client, black_box(&url), &headers))))
}

fn make(client: &ClientWithMiddleware, url: &Url, headers: &HeaderMap) {
    let mut request = Request::new(Method::GET, url.clone());
    request.headers_mut().clone_from(headers);
    at_once(async {
        // The end of the chain does not fail.
        if let Ok(response) = client.execute(request).await {
            let _ = black_box(response.bytes().await);
        }
    });
}

type Answer<'a> = Pin<Box<dyn Future<Output = reqwest_middleware::Result<Response>> + Send + 'a>>;

fn answer<'a>(request: Request, _extensions: &'a mut Extensions, _next: Next<'a>) -> Answer<'a> {
    let answered = http::Response::builder()
        .url(request.url().clone())
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(requests::ITEM);
    Box::pin(ready(answered.map(Response::from).map_err(reqwest_middleware::Error::middleware)))
}
