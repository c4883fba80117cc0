//! What stands before every request: is it for us, may it ask, and what a browser may do with the answer.

use super::access::Access;
use super::origin;
use super::token::{Shown, Token};
use crate::api::Refusal;
use crate::receive::IncidentKind;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY, SET_COOKIE,
    USER_AGENT, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode, Uri};

/// What every answer says to browsers. The page needs scripts, styles and answers of its own origin and nothing else: what was
/// received can then do nothing even if it got into the page as more than text.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets a request through, or answers in its place.
pub(super) async fn guard(State(access): State<Access>, request: Request, next: Next) -> Response {
    let mut response = match check(&access, &request) {
        Ok(()) => next.run(request).await,
        Err(answer) => *answer,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Boxed: an answer is large, and there is seldom one.
fn check(access: &Access, request: &Request) -> Result<(), Box<Response>> {
    for_us(access, request)?;
    if let Some(token) = access.token() {
        known(access, token, request)?;
    }
    of_our_own(access, request)
}

fn for_us(access: &Access, request: &Request) -> Result<(), Box<Response>> {
    access.hosts.check(request.uri(), request.headers()).map_err(|name| {
        refused(access, request, IncidentKind::Host, &format!("a request for the host {name}"));
        let message = format!(
            "this viewer does not answer to the host {name}: open it by the address that it printed, or start it with \
             --allowed-host and that name"
        );
        answer(request, StatusCode::MISDIRECTED_REQUEST, message)
    })
}

fn known(access: &Access, token: &Token, request: &Request) -> Result<(), Box<Response>> {
    if let Some((given, place)) = in_address(request) {
        if token.is(&given) {
            return Err(Box::new(welcome(access, token, &place)));
        }
        refused(access, request, IncidentKind::Token, "a wrong token in the address");
        return Err(unknown(request));
    }
    match token.shown(request.headers(), access.port()) {
        Shown::Right => Ok(()),
        Shown::Wrong => {
            refused(access, request, IncidentKind::Token, "a wrong token");
            Err(unknown(request))
        }
        Shown::Nothing => {
            refused(access, request, IncidentKind::Token, "no token");
            Err(unknown(request))
        }
    }
}

/// The token in a page's address, and the address without it.
fn in_address(request: &Request) -> Option<(String, String)> {
    if request.method() != Method::GET || asks_the_api(request.uri()) {
        return None;
    }
    let query = request.uri().query()?;
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="))?;
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("token=")).collect();
    // One slash, or it would be the address of another host.
    let path = format!("/{}", request.uri().path().trim_start_matches(['/', '\\']));
    let place = if rest.is_empty() { path } else { format!("{path}?{}", rest.join("&")) };
    Some((token.to_owned(), place))
}

/// Has the browser remember the token, and takes it out of the address, where others could read it.
fn welcome(access: &Access, token: &Token, place: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(LOCATION, HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/")));
    if let Ok(cookie) = HeaderValue::try_from(token.cookie(access.port())) {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}

fn unknown(request: &Request) -> Box<Response> {
    let message = "this viewer asks for a token: it was printed where the viewer was started, in the address to open \
                   (…/?token=…). Programs send it as `Authorization: Bearer …`.";
    let mut response = answer(request, StatusCode::UNAUTHORIZED, message.to_owned());
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// The page itself may be linked to from anywhere; what it asks is its own affair.
fn of_our_own(access: &Access, request: &Request) -> Result<(), Box<Response>> {
    let reads_a_page =
        matches!(*request.method(), Method::GET | Method::HEAD) && !asks_the_api(request.uri());
    if reads_a_page {
        return Ok(());
    }
    origin::check(request.uri(), request.headers()).map_err(|origin| {
        refused(
            access,
            request,
            IncidentKind::Origin,
            &format!("a request of {origin} to {}", request.uri().path()),
        );
        answer(
            request,
            StatusCode::FORBIDDEN,
            format!("only the viewer's own page may ask this: this was {origin}"),
        )
    })
}

fn asks_the_api(uri: &Uri) -> bool {
    uri.path().starts_with("/api/")
}

fn refused(access: &Access, request: &Request, kind: IncidentKind, detail: &str) {
    let user_agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    access.refused(kind, detail, user_agent);
}

/// In JSON for those who ask the API, as plain text for people: never as HTML.
fn answer(request: &Request, status: StatusCode, message: String) -> Box<Response> {
    let mut response = if asks_the_api(request.uri()) {
        Refusal::new(status, message).into_response()
    } else {
        let mut response = (status, message).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Box::new(response)
}
