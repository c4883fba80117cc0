//! Deals with one message: reads it, ships the order, and says what becomes of the message.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use pilotlight_instrument::messaging::Operation;
use tracing::{error, info, warn};

use super::metrics::Metrics;
use super::shipments::Shipments;
use crate::database::DatabaseError;
use crate::latency::simulate;
use crate::messages::{OrderCreated, Settlement};

/// How long a message waits after it could not be dealt with for the first time; twice as long each further time.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest that it waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Ships what it is told to.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    shipments: Shipments,
    latency: Duration,
    metrics: Metrics,
}

/// Why a message was not dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is not what it should be, and never will be.
    Poison,
    Database(DatabaseError),
}

impl Desk {
    /// The metrics go to the provider that is installed now.
    pub(crate) fn new(shipments: Shipments, latency: Duration) -> Self {
        Self { shipments, latency, metrics: Metrics::from_global() }
    }

    /// Ships the order of a message, and has `settle` say what becomes of the message: when the shipment is in the database, and not
    /// before. `operation` is the span of it, linked to the sender's; `deliveries` are how often the message was handed out, this time
    /// included.
    pub(super) async fn deal_with(
        &self,
        body: &[u8],
        deliveries: u64,
        operation: Operation,
        settle: impl AsyncFnOnce(Settlement),
    ) {
        let dealing = async {
            let outcome = self.ship(body).await;
            self.metrics.count(&outcome);
            settle(settlement(&outcome, deliveries)).await;
            outcome
        };
        // It is told in the span, the log and the metrics; the message comes again, or nobody can do anything about it.
        let _ = operation.around(dealing).await;
    }

    async fn ship(&self, body: &[u8]) -> Result<bool, Trouble> {
        let outcome = async {
            let order = OrderCreated::from_json(body).ok_or(Trouble::Poison)?;
            info!(order.id = order.order_id, "Shipping");
            simulate(self.latency).await;
            let is_new = self.shipments.ship(&order.order_id).await.map_err(Trouble::Database)?;
            match is_new {
                true => info!(order.id = order.order_id, "Shipped"),
                false => warn!(order.id = order.order_id, "Shipped before"),
            }
            Ok(is_new)
        };
        let outcome = outcome.await;
        outcome.inspect_err(|trouble| error!(error = trouble as &dyn Error, "Failed to ship"))
    }
}

fn settlement(outcome: &Result<bool, Trouble>, deliveries: u64) -> Settlement {
    match outcome {
        Ok(_) => Settlement::Ack,
        Err(Trouble::Poison) => Settlement::Term,
        Err(Trouble::Database(_)) => {
            let doublings = u32::try_from(deliveries.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
            Settlement::Nak((FIRST_PAUSE * 2u32.pow(doublings)).min(LONGEST_PAUSE))
        }
    }
}

impl Trouble {
    /// The value of `error.type`.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Poison => "poison",
            Self::Database(_) => "database",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Poison => "the message is none that the worker can read",
            Self::Database(_) => "the shipment could not be saved",
        })
    }
}

impl Error for Trouble {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Poison => None,
            Self::Database(cause) => Some(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_dealt_with_waits_longer_each_time_and_poison_goes() {
        let away = Err(Trouble::Database(sqlx::Error::PoolTimedOut.into()));
        let pauses = [1, 2, 3, 7, u64::MAX].map(|deliveries| settlement(&away, deliveries));

        assert_eq!(
            pauses,
            [250, 500, 1000, 10_000, 10_000].map(|ms| Settlement::Nak(Duration::from_millis(ms)))
        );
        assert_eq!(settlement(&Ok(false), 3), Settlement::Ack);
        assert_eq!(settlement(&Err(Trouble::Poison), 1), Settlement::Term);
    }
}
