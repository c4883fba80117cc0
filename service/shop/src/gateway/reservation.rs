//! What was set aside for an order, and what becomes of it when the order comes to nothing.

use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, SpanBuilder};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::error;

use super::inventory::Inventory;
use super::spans::Spans;

/// Items that are set aside. They go back to their shelves unless they are kept: when the order fails, and when it is dropped since
/// its client went away.
#[derive(Debug)]
pub(crate) struct Reservation {
    /// None once it is settled.
    items: Option<Items>,
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
    pub(crate) fn new(names: Vec<String>, inventory: Inventory, spans: Spans) -> Self {
        Self { items: Some(Items { names, inventory, spans, context: Context::current() }) }
    }

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

    /// In a task of its own, which does not end with the request.
    fn put_back(&mut self) -> Option<JoinHandle<()>> {
        let items = self.items.take()?;
        Some(Handle::try_current().ok()?.spawn(items.put_back()))
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
