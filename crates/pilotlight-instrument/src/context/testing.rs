//! Something to be seen in a context.

use opentelemetry::Context;
use std::sync::mpsc::Sender;

/// A value in the context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tenant(pub(super) u32);

pub(super) fn tenant() -> Option<Tenant> {
    Context::current().get().copied()
}

/// Tells who was current when it was dropped.
pub(super) struct TellsOnDrop(pub(super) Sender<Option<Tenant>>);

impl Drop for TellsOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(tenant());
    }
}
