//! Requests and responses that are dropped when the current context of their thread is gone already.

use crate::measured::Metrics;
use crate::support::{Spans, get, layer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Empty;
use std::any::Any;
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::pending;
use tower::{Layer, Service, service_fn};

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
