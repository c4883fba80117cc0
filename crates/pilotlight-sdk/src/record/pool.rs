//! Records that wait for their next span, a few for each thread.
//!
//! Bound: [`KEPT_MAX`] records a thread, each with at most 16 KiB of buffer; beyond it a record is freed. A thread that ends
//! frees its own. A span that ends on another thread than it started on moves its record there.

use std::cell::RefCell;

use super::span::ActiveSpan;

/// As many spans as are commonly open at once on one thread; more only means an allocation.
const KEPT_MAX: usize = 64;

thread_local! {
    #[allow(clippy::vec_box, reason = "the box is what a span's handle holds: it changes hands as it is")]
    static POOL: RefCell<Vec<Box<ActiveSpan>>> = const { RefCell::new(Vec::new()) };
}

#[inline]
pub(super) fn take() -> Box<ActiveSpan> {
    // The thread may be ending (its locals gone): then records are simply not pooled.
    POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

#[inline]
pub(super) fn give(mut span: Box<ActiveSpan>) {
    span.reset();
    // An option, since taking a box out of its place would leave, and so allocate, another one.
    let mut span = Some(span);
    // What the pool does not take is dropped after its borrow has ended: it may own a tracer, whose drop runs users' code.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < KEPT_MAX {
            pool.extend(span.take());
        }
    });
}
