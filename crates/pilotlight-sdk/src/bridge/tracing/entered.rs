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
    /// Detaches the span's context when dropped. `None` where it could not be attached: the entry still has its exit, which must not
    /// be taken for that of an earlier one.
    guard: Option<ContextGuard>,
    handle: Handle,
}

thread_local! {
    /// Innermost last. First used after the context was, so gone before it: see [`current_context`].
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

/// How many contexts a thread has attached at once. The API has room for 65,534, and tells of one more in a way that panics wherever a
/// subscriber asks for the current context. So many are entered by mistake and never left; further ones are nobody's parents.
const ATTACHED_MAX: usize = 32_768;

/// Attaches the context of a span that is entered.
#[inline]
pub(super) fn enter(bridge: u64, id: &tracing::Id, entry: Entry) {
    // Neither context nor list: the thread is ending.
    if !current_context::is_there() {
        return;
    }
    let Ok(depth) = ENTERED.try_with(|list| list.borrow().len()) else { return };
    let Entry { context, handle } = entry;
    handle.set_used();
    // Not where a sampler or processor of a span of the API's enters a span, which is nobody's parent then.
    let guard = (depth < ATTACHED_MAX && current_context::can_attach()).then(|| context.attach());
    let mut entered = Some(Entered { bridge, id: id.into_non_zero_u64(), guard, handle });
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

impl Entered {
    /// Whether it is one of `bridge` whose context is attached.
    fn is_attached(&self, bridge: u64) -> bool {
        self.bridge == bridge && self.guard.is_some()
    }
}

/// The span of `bridge` that the thread entered last and is still in.
pub(in crate::bridge) fn innermost(bridge: u64) -> Option<Handle> {
    let innermost = ENTERED.try_with(|list| {
        list.borrow()
            .iter()
            .rfind(|entered| entered.is_attached(bridge))
            .map(|entered| entered.handle.clone())
    });
    innermost.ok().flatten()
}

/// The spans of `bridge` that the thread is in, innermost first.
#[cfg(feature = "log")]
#[cold]
pub(in crate::bridge) fn all(bridge: u64) -> Vec<Handle> {
    let all = ENTERED.try_with(|list| {
        let list = list.borrow();
        let own = list.iter().rev().filter(|entered| entered.is_attached(bridge));
        own.map(|entered| entered.handle.clone()).collect()
    });
    all.unwrap_or_default()
}
