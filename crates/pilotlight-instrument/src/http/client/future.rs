//! The time between a request and its response's head.

use super::body::ClientResponseBody;
use super::exchange::Exchange;
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The response future of an [`HttpClientService`](super::HttpClientService).
    ///
    /// The attempt's span is the current one while the inner future is polled. Dropping this future before it is
    /// ready ends the span with an event `cancelled`; a panic in the inner future ends it as `panic` and unwinds on.
    pub struct ClientResponseFuture<F> {
        // Some until the drop, which it has in the span, and so before the exchange's end.
        #[pin]
        inner: Option<F>,
        exchange: Option<Box<Exchange>>,
    }

    impl<F> PinnedDrop for ClientResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange {
                exchange.run(|| this.inner.set(None));
            }
        }
    }
}

impl<F> ClientResponseFuture<F> {
    pub(super) fn new(inner: F, exchange: Box<Exchange>) -> Self {
        Self { inner: Some(inner), exchange: Some(exchange) }
    }
}

impl<F, B, E> Future for ClientResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: 'static,
{
    type Output = Result<Response<ClientResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Pending };
        let answer = match this.exchange.as_mut() {
            Some(exchange) => ready!(exchange.run(|| inner.poll(cx))),
            // Polled again after it was ready: whatever the inner future does then is right.
            None => return inner.poll(cx).map_ok(|response| response.map(ClientResponseBody::bare)),
        };
        let mut exchange = this.exchange.take();
        Poll::Ready(match answer {
            Ok(response) => Ok(watched(response, exchange)),
            Err(error) => {
                if let Some(exchange) = &mut exchange {
                    exchange.failed(&error);
                }
                Err(error)
            }
        })
    }
}

fn watched<B: Body>(
    response: Response<B>,
    mut exchange: Option<Box<Exchange>>,
) -> Response<ClientResponseBody<B>> {
    let (head, body) = response.into_parts();
    if let Some(exchange) = &mut exchange {
        exchange.responded(&head, &body);
    }
    Response::from_parts(head, ClientResponseBody::new(body, exchange))
}

impl<F> fmt::Debug for ClientResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientResponseFuture").finish_non_exhaustive()
    }
}
