//! Events for look-ups of names.

use super::BoxError;
use super::failure::error_type;
use super::step::recording;
use crate::telemetry::text::bounded;
use hyper_util::client::legacy::connect::dns::Name;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;
use tower_service::Service;

/// The longest name that DNS allows.
const NAME_BYTES_MAX: usize = 253;

/// A name with more addresses than this is a large pool, and which ones it has is no longer a fact to search by.
const ANSWERS_MAX: usize = 16;

/// Tells the current span about the names that a resolver looks up: `http.dns.start` with `dns.question.name`, and
/// `http.dns.done` with `dns.answers` or `error.type`.
///
/// Around any resolver of `hyper-util`, for example `HttpConnector::new_with_resolver`. With feature `reqwest` it is
/// a `reqwest::dns::Resolve` around another one as well.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracedResolver<R> {
    pub(crate) inner: R,
}

impl<R> TracedResolver<R> {
    /// Tells about the look-ups of `inner`.
    pub const fn new(inner: R) -> Self {
        Self { inner }
    }
}

impl<R> Service<Name> for TracedResolver<R>
where
    R: Service<Name, Response: Iterator<Item = SocketAddr>, Error: Into<BoxError>>,
{
    type Response = vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Resolving<R::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookup = Lookup::begin(name.as_str());
        Resolving { inner: self.inner.call(name), lookup }
    }
}

pin_project! {
    /// The future of [`TracedResolver`]. Dropping it gives the look-up up: its start stays without an end.
    pub struct Resolving<F> {
        #[pin]
        inner: F,
        lookup: Option<Lookup>,
    }
}

impl<F, A, E> Future for Resolving<F>
where
    F: Future<Output = Result<A, E>>,
    A: Iterator<Item = SocketAddr>,
    E: Into<BoxError>,
{
    type Output = Result<vec::IntoIter<SocketAddr>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.inner.poll(cx)).map(Iterator::collect::<Vec<_>>).map_err(Into::into);
        if let Some(lookup) = this.lookup.take() {
            lookup.end(&answer);
        }
        Poll::Ready(answer.map(Vec::into_iter))
    }
}

impl<F> fmt::Debug for Resolving<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolving").finish_non_exhaustive()
    }
}

/// A name that is being looked up. There is none when nobody listens.
pub(crate) struct Lookup(opentelemetry::Context);

impl Lookup {
    pub(crate) fn begin(name: &str) -> Option<Self> {
        let context = recording()?;
        let name = KeyValue::new("dns.question.name", bounded(name, NAME_BYTES_MAX));
        context.span().add_event("http.dns.start", vec![name]);
        Some(Self(context))
    }

    pub(crate) fn end(self, answer: &Result<Vec<SocketAddr>, BoxError>) {
        let fact = match answer {
            Ok(addresses) => KeyValue::new("dns.answers", answers(addresses)),
            Err(error) => KeyValue::new("error.type", error_type(error)),
        };
        self.0.span().add_event("http.dns.done", vec![fact]);
    }
}

fn answers(addresses: &[SocketAddr]) -> Value {
    let first = addresses.iter().take(ANSWERS_MAX);
    Value::Array(Array::String(first.map(|address| StringValue::from(address.ip().to_string())).collect()))
}
