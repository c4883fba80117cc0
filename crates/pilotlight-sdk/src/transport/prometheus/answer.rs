//! From a request to its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use tokio::sync::Mutex;

use crate::diagnostics;
use crate::transport::BoxFuture;

use super::negotiate::Format;
use super::page::PageWriter;
use super::trouble::PrometheusCounts;

/// What leads people from `/` to the page.
const WELCOME: &str =
    "<!DOCTYPE html><title>Metrics</title><p>For Prometheus: <a href=\"/metrics\">/metrics</a></p>\n";

type Collect = dyn Fn() -> BoxFuture<'static, Result<Vec<Bytes>, String>> + Send + Sync;

/// Answers one request after another.
pub(super) struct Answerer {
    collect: Box<Collect>,
    /// Protects the page's writer, and is held from before a collection until its page is written: one scrape at a time,
    /// so that ten scrapers cost no more memory than one.
    page: Mutex<PageWriter>,
    counts: PrometheusCounts,
}

impl Answerer {
    pub(super) fn new(collect: Box<Collect>, page: PageWriter, counts: PrometheusCounts) -> Arc<Self> {
        Arc::new(Self { collect, page: Mutex::new(page), counts })
    }

    /// The answer to `request`, whose body does not matter.
    pub(super) async fn answer<B>(&self, request: Request<B>) -> Response<Full<Bytes>> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let response = match (request.uri().path(), is_read) {
            ("/metrics", true) => self.metrics(request.headers()).await,
            ("/", true) => response(StatusCode::OK, "text/html; charset=utf-8", WELCOME),
            ("/metrics" | "/", false) => not_allowed(),
            _ => plain(StatusCode::NOT_FOUND, "There is nothing here; metrics are at /metrics\n".into()),
        };
        if *request.method() == Method::HEAD { without_body(response) } else { response }
    }

    async fn metrics(&self, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let format = Format::negotiated(headers);
        let page = {
            let mut writer = self.page.lock().await;
            (self.collect)().await.map(|requests| writer.write(&requests, format))
        };
        match page {
            Ok(page) => {
                self.counts.count_scrape();
                let mut response =
                    compressed(headers, response(StatusCode::OK, format.content_type(), ""), page);
                response.headers_mut().insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
                response
            }
            Err(why) => {
                self.counts.count_failed_scrape();
                diagnostics::debug(format_args!("a scrape by Prometheus failed: {why}"));
                plain(StatusCode::SERVICE_UNAVAILABLE, format!("The metrics could not be collected: {why}\n"))
            }
        }
    }
}

/// `response` with `page` for a body, as small as the client and our features allow.
#[cfg(feature = "gzip")]
fn compressed(
    headers: &HeaderMap,
    mut response: Response<Full<Bytes>>,
    page: String,
) -> Response<Full<Bytes>> {
    let gzip = super::negotiate::takes_gzip(headers).then(|| gzip(page.as_bytes()).ok()).flatten();
    if gzip.is_some() {
        let encoding = HeaderValue::from_static("gzip");
        response.headers_mut().insert(http::header::CONTENT_ENCODING, encoding);
    }
    with_body(response, gzip.unwrap_or_else(|| page.into_bytes()).into())
}

#[cfg(not(feature = "gzip"))]
fn compressed(_: &HeaderMap, response: Response<Full<Bytes>>, page: String) -> Response<Full<Bytes>> {
    with_body(response, page.into())
}

#[cfg(feature = "gzip")]
fn gzip(page: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Write;

    // A page repeats its names and labels: even at the fastest level a tenth remains.
    let mut encoder =
        flate2::write::GzEncoder::new(Vec::with_capacity(page.len() / 8), flate2::Compression::fast());
    encoder.write_all(page)?;
    encoder.finish()
}

fn not_allowed() -> Response<Full<Bytes>> {
    let mut response =
        plain(StatusCode::METHOD_NOT_ALLOWED, "This can only be read: use GET or HEAD\n".into());
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn plain(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    response(status, "text/plain; charset=utf-8", text)
}

fn response(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    with_body(response, body.into())
}

fn with_body(mut response: Response<Full<Bytes>>, body: Bytes) -> Response<Full<Bytes>> {
    response.headers_mut().insert(CONTENT_LENGTH, body.len().into());
    *response.body_mut() = Full::new(body);
    response
}

/// `response` as `HEAD` wants it: with the length of what is not sent.
fn without_body(response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    response.map(|_| Full::default())
}
