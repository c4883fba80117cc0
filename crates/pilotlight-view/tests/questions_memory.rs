//! What questions take while they are answered: not another copy of all that they look at. A program of its own, since it counts every
//! allocation.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use pilotlight_instrument::runtime::allocator::{CountingAllocator, totals};
use pilotlight_view::query::SpanQuestion;
use pilotlight_view::receive::Journal;
use support::{span, spans, store, text};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

const SPANS: u64 = 20_000;
const TEXT_BYTES: u64 = 1_000;

/// A span of a trace of its own whose parent never came, with an exception.
fn lost(number: u64, name: &str, kind: &str) -> Span {
    let mut span = span(u128::from(number), number, 1_000_000 + number, name, 0, 1);
    span.kind = SpanKind::Internal.into();
    let attributes = vec![text("exception.type", kind)];
    span.events = vec![Event { name: "exception".to_owned(), attributes, ..Event::default() }];
    span
}

#[tokio::test]
async fn a_text_that_many_spans_have_is_not_copied_for_each_of_them() {
    let store = store();
    let (name, kind) = ("n".repeat(TEXT_BYTES as usize), "K".repeat(TEXT_BYTES as usize));
    for first in (1..SPANS).step_by(1_000) {
        let batch = spans("shop", (first..first + 1_000).map(|i| lost(i, &name, &kind)).collect());
        while let Err(busy) = store.keep(batch.clone()).await {
            tokio::time::sleep(busy.retry_after).await;
        }
    }
    support::until("all is written", || store.state().held.spans_on_disk == SPANS).await;
    let before = totals().allocated_bytes;
    let found = store.findings(&Journal::default()).findings;
    let of_findings = (totals().allocated_bytes - before) / SPANS;
    let exceptions = store.exceptions(&SpanQuestion::default()).unwrap();
    let of_exceptions = (totals().allocated_bytes - before) / SPANS - of_findings;
    assert!(found.iter().any(|finding| finding.id == "orphans"), "{found:#?}");
    assert_eq!(exceptions.total, SPANS);
    assert!(of_findings < TEXT_BYTES, "{of_findings} bytes for each span");
    // One copy at a time, by which an exception's group is found.
    assert!(of_exceptions < 2 * TEXT_BYTES, "{of_exceptions} bytes for each span");
}
