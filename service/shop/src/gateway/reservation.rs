//! What was set aside for an order, and what becomes of it when the order comes to nothing.

use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, SpanBuilder};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tracing::error;

use super::inventory::Inventory;
use super::spans::Spans;

/// Makes reservations, and knows which are being put back.
#[derive(Debug)]
pub(crate) struct Reservations {
    pub(crate) inventory: Inventory,
    spans: Spans,
    put_back: TaskTracker,
}

impl Reservations {
    pub(crate) fn new(inventory: Inventory, spans: Spans) -> Self {
        Self { inventory, spans, put_back: TaskTracker::new() }
    }

    /// What the inventory has set aside for the current span's order.
    pub(crate) fn of(&self, names: Vec<String>) -> Reservation {
        let items = Items {
            names,
            inventory: self.inventory.clone(),
            spans: self.spans.clone(),
            context: Context::current(),
        };
        Reservation { items: Some(items), put_back: self.put_back.clone() }
    }

    /// Waits for what is being put back, which takes as long as a call may.
    pub(crate) async fn settled(&self) {
        self.put_back.close();
        self.put_back.wait().await;
    }
}

/// Items that are set aside. They go back to their shelves unless they are kept: when the order fails, and when it is dropped since
/// its client went away.
#[derive(Debug)]
pub(crate) struct Reservation {
    /// None once it is settled.
    items: Option<Items>,
    put_back: TaskTracker,
}

#[derive(Debug)]
struct Items {
    names: Vec<String>,
    inventory: Inventory,
    spans: Spans,
    /// The order's, whose span stays open for as long as something is done about it.
    context: Context,
}

impl Reservation {
    /// The order is made: they are its own now.
    pub(crate) fn keep(mut self) {
        self.items = None;
    }

    /// Puts them back, and waits for it. Dropped meanwhile, it is done all the same.
    pub(crate) async fn release(mut self) {
        if let Some(putting_back) = self.put_back() {
            // Only a panic or the end of the runtime would be an error, and neither is the order's.
            let _ = putting_back.await;
        }
    }

    /// In a task of its own, which does not end with the request; the gateway waits for it before it ends.
    fn put_back(&mut self) -> Option<JoinHandle<()>> {
        let items = self.items.take()?;
        Some(self.put_back.spawn_on(items.put_back(), &Handle::try_current().ok()?))
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.put_back();
    }
}

impl Items {
    async fn put_back(self) {
        let Self { names, inventory, spans, context } = self;
        let step = async {
            let outcome = inventory.release(&names).await;
            outcome.inspect_err(|error| error!(error = error.as_dyn(), "Failed to release inventory"))
        };
        // It has been logged, on its own span, and the order has failed anyhow.
        let _ = spans.in_span(SpanBuilder::from_name("releaseInventory"), step).with_context(context).await;
    }
}
