//! The warehouse, simulated in-process.

use std::time::Duration;

use crate::error::{Error, Kind};

/// The one article that is never there, so that a failing reservation can be seen.
const SOLD_OUT_ITEM: &str = "sold-out";

/// Reserves items after the time a call to a real warehouse would take.
#[derive(Clone, Debug)]
pub(crate) struct Inventory {
    pub(crate) latency: Duration,
}

impl Inventory {
    /// Sets the items aside for an order.
    pub(crate) async fn reserve(&self, items: &[String]) -> Result<(), Error> {
        crate::app::simulate(self.latency).await;
        if items.iter().any(|item| item == SOLD_OUT_ITEM) {
            return Err(Error::new(
                Kind::SoldOut,
                format!("the item {SOLD_OUT_ITEM:?} cannot be reserved: none left"),
            ));
        }
        Ok(())
    }
}
