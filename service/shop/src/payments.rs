//! The payment provider, simulated in-process.

use std::time::Duration;

use crate::error::{Error, Kind};

/// The one currency that the shop takes.
pub(crate) const CURRENCY: &str = "USD";

/// Approves payments up to a limit, after the time a call to a real provider would take.
#[derive(Clone, Debug)]
pub(crate) struct Payments {
    pub(crate) latency: Duration,
    /// The largest amount that is approved, in [`CURRENCY`].
    pub(crate) limit: f64,
}

impl Payments {
    /// Charges an amount in [`CURRENCY`].
    pub(crate) async fn charge(&self, amount: f64) -> Result<(), Error> {
        crate::app::simulate(self.latency).await;
        if amount > self.limit {
            let message =
                format!("the payment of {amount} {CURRENCY} was declined: the limit is {}", self.limit);
            return Err(Error::new(Kind::PaymentDeclined, message));
        }
        Ok(())
    }
}
