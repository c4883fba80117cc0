//! Redirects that are followed where each hop is seen.

use super::hop::Hop;
use crate::http::UrlTemplate;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};
use std::fmt;

/// What browsers and reqwest itself allow, or more.
const LIMIT: usize = 10;

/// Follows redirects around [`HttpClientMiddleware`](super::HttpClientMiddleware), so that each hop is an attempt
/// with a span of its own, numbered by `http.request.resend_count`.
///
/// The client inside must not follow them first: build it with `redirect::Policy::none()`.
///
/// ```no_run
/// use pilotlight_instrument::http::reqwest::{FollowRedirects, HttpClientMiddleware};
/// use reqwest_middleware::ClientBuilder;
///
/// let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// let client = ClientBuilder::new(client)
///     .with(FollowRedirects::new())
///     .with(HttpClientMiddleware::new())
///     .build();
/// # Ok::<(), reqwest::Error>(())
/// ```
///
/// **What is followed** ([RFC 9110, section 15.4](https://www.rfc-editor.org/rfc/rfc9110#section-15.4)):
///
/// | status | method and body of the next hop |
/// |---|---|
/// | 301, 302 | `POST` becomes `GET` without a body; every other method stays, with its body |
/// | 303 | `HEAD` stays, every other method becomes `GET` without a body |
/// | 307, 308 | the same again |
///
/// The redirect itself is the answer when it has no `Location`, or one that is no `http` or `https` URL, or when the
/// body would have to be sent again and is a stream.
///
/// **Credentials** (`Authorization`, `Cookie`, `Proxy-Authorization`, and every header value that is marked as
/// sensitive) are not sent to another scheme, host or port, nor again to the first one later in the same chain.
/// No `Referer` is added. `url.template` is the first hop's only: where a redirect leads is not made from it.
///
/// **Limits.** At most 10 redirects, or [`limited`](Self::limited); one more is the error [`TooManyRedirects`]. The
/// timeout of a request covers all of its hops together; that of the client, which cannot be seen here, each one anew.
///
/// **Cost.** A copy of the request's head and URL for each hop. A redirect's own body is not read: if it has one, its
/// span has the event `response_dropped`.
#[derive(Clone, Copy, Debug)]
pub struct FollowRedirects {
    limit: usize,
}

impl FollowRedirects {
    /// Follows at most 10 redirects.
    pub const fn new() -> Self {
        Self::limited(LIMIT)
    }

    /// Follows at most `limit` redirects.
    pub const fn limited(limit: usize) -> Self {
        Self { limit }
    }
}

impl Default for FollowRedirects {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl Middleware for FollowRedirects {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let template = extensions.get::<UrlTemplate>().cloned();
        let answer = self.follow(request, extensions, next).await;
        // For a retry, which starts from the first URL again.
        if let Some(template) = template {
            extensions.insert(template);
        }
        answer
    }
}

impl FollowRedirects {
    async fn follow(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        for _ in 0..=self.limit {
            let hop = Hop::of(&mut request);
            let response = next.clone().run(request, extensions).await?;
            match hop.and_then(|hop| hop.redirected(&response)) {
                Some(following) => request = following,
                None => return Ok(response),
            }
            extensions.remove::<UrlTemplate>();
        }
        Err(Error::middleware(TooManyRedirects { limit: self.limit }))
    }
}

/// A chain of redirects that went on for longer than [`FollowRedirects`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooManyRedirects {
    /// How many redirects were followed.
    pub limit: usize,
}

impl fmt::Display for TooManyRedirects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the request was redirected more than {} times: look at the hops' spans for a loop, or allow more with \
             FollowRedirects::limited",
            self.limit
        )
    }
}

impl std::error::Error for TooManyRedirects {}
