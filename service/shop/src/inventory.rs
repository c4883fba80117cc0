//! The warehouse, simulated in-process.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::stock::Stock;

/// Reserves items after the time a call to a real warehouse would take.
#[derive(Clone, Debug)]
pub(crate) struct Inventory {
    pub(crate) latency: Duration,
    pub(crate) stock: Arc<Stock>,
}

impl Inventory {
    /// Sets the items aside for an order. What was set aside before an item turned out to be missing stays so.
    pub(crate) async fn reserve(&self, items: &[String]) -> Result<(), Error> {
        crate::app::simulate(self.latency).await;
        match items.iter().find(|item| !self.stock.take(item)) {
            None => Ok(()),
            Some(missing) => {
                Err(Error::new(Kind::SoldOut, format!("the item {missing:?} cannot be reserved: none left")))
            }
        }
    }
}
