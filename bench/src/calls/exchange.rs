//! A service in memory that answers at once, and a caller who reads the answer to its end, as hyper does from either side.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use tower_layer::Layer;
use tower_service::Service;

use super::{Call, requests};

/// Makes calls of this kind through `layer`.
pub fn through<L, S, B>(call: Call, layer: L) -> Box<dyn Fn(u64) + Send + Sync>
where
    L: Layer<Answering, Service = S>,
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + Sync + 'static,
    B: Body,
{
    let service = layer.layer(Answering(Arc::new(requests::response(call))));
    let request = requests::request(call);
    Box::new(move |calls| {
        let mut service = service.clone();
        (0..calls).for_each(|_| make(&mut service, black_box(&request).clone()));
    })
}

fn make<S, B>(service: &mut S, request: Request<Full<Bytes>>)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>>,
    B: Body,
{
    let mut nobody = Context::from_waker(Waker::noop());
    // The service is always ready, and does not fail.
    let _ = service.poll_ready(&mut nobody);
    if let Ok(response) = at_once(service.call(request)) {
        read(response.into_body());
    }
}

/// What a future is ready with that waits for nothing.
pub fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Reads a body that is all there, and its trailers.
fn read<B: Body>(body: B) {
    let mut body = pin!(body);
    while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut Context::from_waker(Waker::noop())) {
        let _ = black_box(frame);
    }
}

/// Reads each request to its end, and gives the same answer.
#[derive(Clone)]
pub struct Answering(Arc<Response<Reply>>);

impl<B: Body> Service<Request<B>> for Answering {
    type Response = Response<Reply>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Reply>, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        black_box(head);
        read(body);
        ready(Ok(Response::clone(&self.0)))
    }
}

/// A body of one piece, perhaps with trailers.
#[derive(Clone, Debug)]
pub struct Reply {
    data: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Reply {
    /// A body with nothing read of it.
    pub fn new(data: Bytes, trailers: Option<HeaderMap>) -> Self {
        Self { data: Some(data), trailers }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = self.data.take().map(Frame::data);
        let frame = data.or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}
