//! One request of a chain of redirects, and the one that its answer leads to.

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION, PROXY_AUTHORIZATION,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::{Request, Response, Url};
use std::time::Instant;

/// What describes a body, and goes with it.
const OF_THE_BODY: [HeaderName; 4] = [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING];

/// What is for one server only.
const CREDENTIALS: [HeaderName; 3] = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION];

/// A copy of a request under way, from which the next hop is made.
pub(super) struct Hop {
    request: Request,
    /// A stream's body cannot be copied.
    has_body: bool,
    began: Instant,
}

impl Hop {
    /// Always there; only the API cannot say so.
    pub(super) fn of(request: &mut Request) -> Option<Self> {
        let began = Instant::now();
        if let Some(copy) = request.try_clone() {
            return Some(Self { request: copy, has_body: true, began });
        }
        let stream = request.body_mut().take();
        let copy = request.try_clone();
        *request.body_mut() = stream;
        copy.map(|request| Self { request, has_body: false, began })
    }

    /// The next hop, if `response` leads to one that can be asked.
    pub(super) fn redirected(self, response: &Response) -> Option<Request> {
        let resend = Resend::after(response.status(), self.request.method())?;
        if resend == Resend::Same && !self.has_body {
            return None;
        }
        let location = self.location(response.headers())?;
        let mut request = self.request;
        if resend == Resend::Get {
            to_get(&mut request);
        }
        if request.url().origin() != location.origin() {
            remove_credentials(request.headers_mut());
        }
        if let Some(timeout) = request.timeout().copied() {
            *request.timeout_mut() = Some(timeout.saturating_sub(self.began.elapsed()));
        }
        *request.url_mut() = location;
        Some(request)
    }

    fn location(&self, headers: &HeaderMap) -> Option<Url> {
        let location = std::str::from_utf8(headers.get(LOCATION)?.as_bytes()).ok()?;
        let location = self.request.url().join(location).ok()?;
        matches!(location.scheme(), "http" | "https").then_some(location)
    }
}

/// How a redirect wants the request again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resend {
    /// With its method and body.
    Same,
    /// As a `GET` for something else.
    Get,
}

impl Resend {
    fn after(status: StatusCode, method: &Method) -> Option<Self> {
        match status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND if *method == Method::POST => Some(Self::Get),
            StatusCode::SEE_OTHER if *method != Method::HEAD => Some(Self::Get),
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => Some(Self::Same),
            _ => None,
        }
    }
}

fn to_get(request: &mut Request) {
    *request.method_mut() = Method::GET;
    *request.body_mut() = None;
    for name in OF_THE_BODY {
        request.headers_mut().remove(name);
    }
}

/// The next hop is made from what is left, so what is removed once does not come back.
fn remove_credentials(headers: &mut HeaderMap) {
    for name in CREDENTIALS {
        headers.remove(name);
    }
    let secret: Vec<HeaderName> = headers
        .iter()
        .filter(|(_, value)| HeaderValue::is_sensitive(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in secret {
        headers.remove(name);
    }
}
