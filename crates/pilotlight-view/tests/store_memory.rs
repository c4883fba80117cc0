//! What the store says about its memory is what it takes. A program of its own, since it counts every allocation.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

mod support;

use pilotlight_instrument::runtime::allocator::{CountingAllocator, totals};
use pilotlight_view::store::{Options, Store};
use support::{int, span, spans, text, until, with};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

/// Spans as services send them: eight attributes, some of which are different each time.
fn batch(first: u64) -> pilotlight_view::receive::Received {
    let one = |number: u64| {
        let attributes = [
            text("http.request.method", "GET"),
            text("http.route", "/orders/{id}"),
            int("http.response.status_code", 200),
            text("url.path", &format!("/orders/{}", number % 5000)),
            text("order.id", &format!("order-{number}")),
            text("user.id", &format!("user-{}", number % 1000)),
            text("server.address", "orders.example"),
            text("db.system.name", "postgresql"),
        ];
        with(
            span(u128::from(number / 10 + 1) << 64 | 1, number + 1, number, "GET /orders/{id}", number, 5),
            &attributes,
        )
    };
    spans("orders", (first..first + 100).map(one).collect())
}

#[tokio::test]
async fn it_is_within_a_fifth_of_every_byte_that_is_allocated_and_a_million_spans_fit() {
    let store = Store::open(Options::default()).unwrap();
    let before = totals().live_bytes();
    for first in (0..100_000).step_by(100) {
        while let Err(busy) = store.keep(batch(first)).await {
            tokio::time::sleep(busy.retry_after).await;
        }
    }
    until("all is written", || store.state().held.spans_on_disk == 100_000).await;
    let taken = (totals().live_bytes() - before) as f64;
    let held = store.state().held;
    let said = held.memory_bytes as f64;
    assert!((said / taken - 1.0).abs() < 0.2, "{said} is said, {taken} is taken");
    let bytes_a_span = said / held.spans as f64;
    let room = Options::default().memory_bytes_max as f64 * 0.75;
    assert!(bytes_a_span * 1e6 < room, "{bytes_a_span} bytes a span");
}
