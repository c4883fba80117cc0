//! The spans that a thread is in, and the contexts attached for them.

use std::cell::RefCell;
use std::num::NonZeroU64;

use opentelemetry::ContextGuard;

use crate::record::current_context;

use super::open_span::Handle;
use super::open_spans::Entry;

/// A span that was entered and not left yet.
struct Entered {
    /// Tells the bridges of a process apart.
    bridge: u64,
    id: NonZeroU64,
    /// Detaches the span's context when dropped.
    guard: ContextGuard,
    handle: Handle,
}

thread_local! {
    /// Innermost last. First used after the context was, so gone before it: see [`current_context`].
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

/// Attaches the context of a span that is entered.
#[inline]
pub(super) fn enter(bridge: u64, id: &tracing::Id, entry: Entry) {
    // No context and no list: the thread is ending. Or a sampler or processor of a span of the API's enters a span of its own,
    // which is nobody's parent then.
    if !current_context::can_attach() {
        return;
    }
    let Entry { context, handle } = entry;
    handle.set_used();
    let mut entered = Some(Entered { bridge, id: id.into_non_zero_u64(), guard: context.attach(), handle });
    let _ = ENTERED.try_with(|list| list.borrow_mut().extend(entered.take()));
}

/// Detaches the context of a span that is left: the innermost of its entries, wherever it stands among those of others.
#[inline]
pub(super) fn leave(bridge: u64, id: &tracing::Id) {
    let id = id.into_non_zero_u64();
    let left = ENTERED.try_with(|list| {
        let mut list = list.borrow_mut();
        let at = list.iter().rposition(|entered| entered.id == id && entered.bridge == bridge)?;
        Some(list.remove(at))
    });
    // Dropped outside of the borrow: it may be a span's last reference, and its end runs users' code.
    if let Ok(Some(Entered { guard, handle, .. })) = left {
        handle.leave();
        drop(guard);
    }
}

/// The span of `bridge` that the thread entered last and is still in.
pub(in crate::bridge) fn innermost(bridge: u64) -> Option<Handle> {
    let innermost = ENTERED.try_with(|list| {
        list.borrow().iter().rfind(|entered| entered.bridge == bridge).map(|entered| entered.handle.clone())
    });
    innermost.ok().flatten()
}

/// The spans of `bridge` that the thread is in, innermost first.
#[cfg(feature = "log")]
#[cold]
pub(in crate::bridge) fn all(bridge: u64) -> Vec<Handle> {
    let all = ENTERED.try_with(|list| {
        let list = list.borrow();
        let own = list.iter().rev().filter(|entered| entered.bridge == bridge);
        own.map(|entered| entered.handle.clone()).collect()
    });
    all.unwrap_or_default()
}
