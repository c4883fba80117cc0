//! Where requests and responses are dropped: in their span, or on a thread that has lost its context already.

use crate::measured::Metrics;
use crate::support::{Spans, answering, get, layer};
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{Empty, StreamBody};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use std::any::Any;
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::pending;
use std::sync::mpsc;
use std::task::Poll;
use tower::{Layer, Service, ServiceExt, service_fn};

thread_local! {
    static KEPT: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Makes something on a thread of its own, and keeps it until the thread's other locals are gone.
fn kept_until_the_end<T: 'static>(make: impl FnOnce() -> T + Send + 'static) {
    let keeps = move || {
        // Used before the context is, and so destroyed after it.
        KEPT.with_borrow_mut(Vec::clear);
        let made = make();
        KEPT.with_borrow_mut(|kept| kept.push(Box::new(made)));
    };
    std::thread::spawn(keeps).join().unwrap();
}

fn never()
-> impl Service<Request<Empty<Bytes>>, Response = Response<Empty<Bytes>>, Error = Infallible> + Clone {
    service_fn(|_| pending())
}

#[test]
fn a_request_kept_until_its_thread_ends_is_recorded_and_measured_all_the_same() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let layer = layer(&spans).with_meter_provider(&metrics.provider).build();
    kept_until_the_end(move || layer.layer(never()).call(get("http://shop.example/")));
    assert_eq!(spans.so_far().len(), 1);
    assert!(metrics.draw("").contains("request.duration: 1"), "{}", metrics.draw(""));
}

/// Tells the span that was the current one when it was dropped.
struct TellsOnDrop(mpsc::Sender<SpanContext>);

impl Drop for TellsOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(Context::map_current(|context| context.span().span_context().clone()));
    }
}

#[tokio::test]
async fn what_a_request_or_a_response_holds_is_dropped_in_its_span() {
    let (mut spans, (sender, dropped_in)) = (Spans::recorded(), mpsc::channel());
    let waits = {
        let sender = sender.clone();
        service_fn(move |_| {
            let held = TellsOnDrop(sender.clone());
            async move {
                let _held = held;
                pending::<Result<Response<Empty<Bytes>>, Infallible>>().await
            }
        })
    };
    drop(layer(&spans).build().layer(waits).call(get("http://shop.example/")));
    assert_eq!(dropped_in.recv().unwrap(), spans.next().await.span_context);

    let answers = answering(move |_: Request<Empty<Bytes>>| {
        let held = TellsOnDrop(sender.clone());
        Response::new(StreamBody::new(stream::poll_fn(move |_| {
            let _held = &held;
            Poll::<Option<Result<Frame<Bytes>, Infallible>>>::Pending
        })))
    });
    drop(layer(&spans).build().layer(answers).oneshot(get("http://shop.example/")).await.unwrap());
    assert_eq!(dropped_in.recv().unwrap(), spans.next().await.span_context);
}
