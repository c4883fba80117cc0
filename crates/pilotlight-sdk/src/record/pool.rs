//! Records that wait for their next span, a few for each thread; and, beside them, the thread's count of spans, since every start
//! comes by here.
//!
//! Bound: [`KEPT_MAX`] records a thread, each with at most 16 KiB of buffer; beyond it a record is freed. A thread that ends
//! frees its own. A span that ends on another thread than it started on moves its record there.

use std::cell::RefCell;
use std::sync::Arc;

use super::sampler::Decision;
use super::span::ActiveSpan;
use super::span_counts::{SpanCounts, Start, ThreadSpanCounts};

/// As many spans as are commonly open at once on one thread; more only means an allocation.
const KEPT_MAX: usize = 64;

thread_local! {
    static POOL: RefCell<Pool> =
        const { RefCell::new(Pool { spans: Vec::new(), counts: ThreadSpanCounts::new() }) };
}

struct Pool {
    #[allow(clippy::vec_box, reason = "the box is what a span's handle holds: it changes hands as it is")]
    spans: Vec<Box<ActiveSpan>>,
    counts: ThreadSpanCounts,
}

/// A record for a span that starts, which is counted if somebody collects the counts.
#[inline]
pub(super) fn take(counts: Option<(&Arc<SpanCounts>, Start)>) -> Box<ActiveSpan> {
    let taken = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if let Some((counts, start)) = counts {
            pool.counts.start(counts, start);
        }
        pool.spans.pop()
    });
    // The thread may be ending (its locals gone): then records are simply not pooled.
    taken.unwrap_or_else(|_| take_elsewhere(counts)).unwrap_or_default()
}

#[cold]
fn take_elsewhere(counts: Option<(&Arc<SpanCounts>, Start)>) -> Option<Box<ActiveSpan>> {
    if let Some((counts, start)) = counts {
        counts.start_elsewhere(start);
    }
    None
}

/// Counts the end of a span that was recorded.
#[inline]
pub(super) fn count_end(counts: &Arc<SpanCounts>, decision: Decision) {
    if POOL.try_with(|pool| pool.borrow_mut().counts.end(counts, decision)).is_err() {
        counts.end_elsewhere(decision);
    }
}

#[inline]
pub(super) fn give(mut span: Box<ActiveSpan>) {
    span.reset();
    // An option, since taking a box out of its place would leave, and so allocate, another one.
    let mut span = Some(span);
    // What the pool does not take is dropped after its borrow has ended: it may own a tracer, whose drop runs users' code.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.spans.len() < KEPT_MAX {
            pool.spans.extend(span.take());
        }
    });
}
