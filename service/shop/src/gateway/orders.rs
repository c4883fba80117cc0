//! What happens to an order, step by step, each step in a span of its own.
//!
//! `processOrder` and `validateOrder` are spans of `tracing`, the others of the `opentelemetry` API: they are parents and children of
//! each other as if one of the two had made them all. What is logged in a step has the ids of that step's span, and the
//! fields of the spans of `tracing` around it.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanBuilder;
use serde::Deserialize;
use tracing::{Instrument, Span, error, field, info, info_span, instrument, warn};

use super::error::{Error, Kind};
use super::metrics::Metrics;
use super::order_id::OrderId;
use super::payments::{CURRENCY, Payments};
use super::relay::Relay;
use super::reservation::{Reservation, Reservations};
use super::spans::{Spans, annotate, marking_failure};
use super::store::{NewOrder, Saved, Store};
use crate::messages::Headers;

/// An order as a client sends it. Without `Debug`, so that no card is logged by mistake.
#[derive(Deserialize)]
pub(crate) struct Order {
    pub(crate) user_id: String,
    pub(crate) items: Vec<String>,
    /// What the client pays, in US dollars.
    pub(crate) total: f64,
    /// The token of the card that pays; without it, the one that is on file.
    pub(crate) card: Option<String>,
}

/// The order desk. Its steps are siblings under `processOrder`: one begins after the other, not inside it.
#[derive(Debug)]
pub(crate) struct Orders {
    pub(crate) spans: Spans,
    pub(crate) metrics: Metrics,
    pub(crate) reservations: Reservations,
    pub(crate) payments: Payments,
    pub(crate) store: Store,
    pub(crate) relay: Arc<Relay>,
}

impl Orders {
    /// Whether an order of this id was made before: then it is done with. Another order of this id is refused.
    pub(crate) async fn was_made(&self, order: &Order, id: &OrderId) -> Result<bool, Error> {
        match self.store.knows_order(id, order).await? {
            Some(false) => {
                let error = Error::new(Kind::InvalidKey, OTHER_ORDER);
                warn!(error = error.as_dyn(), "Failed to validate order");
                Err(error)
            }
            known => Ok(known.is_some()),
        }
    }

    /// Takes an order through all of its steps. After the first that fails, what was reserved is released.
    pub(crate) async fn process(&self, order: &Order, id: &OrderId) -> Result<(), Error> {
        let steps = async {
            info!("Processing request");
            self.validate(order).await?;
            let reservation = self.reserve(order).await?;
            let outcome = self.pay_and_save(order, id).await;
            match &outcome {
                Ok(Saved::New) => {
                    reservation.keep();
                    info!(order.id = id.as_str(), "Order created");
                }
                // Somebody else made it meanwhile, with items of its own.
                Ok(Saved::Before) | Err(_) => reservation.release().await,
            }
            outcome.map(drop)
        };
        // Every line that is logged in here has these fields, as if each had named them.
        let span = info_span!("processOrder", user_id = order.user_id, action = "create_order");
        self.metrics.around_order(order, marking_failure(steps).instrument(span)).await
    }

    #[instrument(name = "validateOrder", skip_all, fields(validation.passed = field::Empty))]
    async fn validate(&self, order: &Order) -> Result<(), Error> {
        let step = async {
            let verdict = match complaint(order) {
                Some(complaint) => Err(Error::new(Kind::InvalidOrder, complaint)),
                None => self.known_user(&order.user_id).await,
            };
            Span::current().record("validation.passed", verdict.is_ok());
            verdict.inspect_err(|error| {
                // A database that failed has been told of already.
                if error.is_clients_fault() {
                    warn!(error = error.as_dyn(), "Failed to validate order");
                }
            })
        };
        marking_failure(step).await
    }

    async fn known_user(&self, id: &str) -> Result<(), Error> {
        match self.store.find_user(id).await? {
            Some(_) => Ok(()),
            None => Err(Error::unknown_user(id)),
        }
    }

    async fn reserve(&self, order: &Order) -> Result<Reservation, Error> {
        let step = async {
            let outcome = self.reservations.inventory.reserve(&order.items).await;
            outcome.inspect_err(|error| match error.is_clients_fault() {
                true => warn!(error = error.as_dyn(), "Failed to reserve inventory"),
                false => error!(error = error.as_dyn(), "Failed to reserve inventory"),
            })
        };
        self.spans.in_span(SpanBuilder::from_name("reserveInventory"), step).await?;
        Ok(self.reservations.of(order.items.clone()))
    }

    async fn pay_and_save(&self, order: &Order, id: &OrderId) -> Result<Saved, Error> {
        self.pay(order, id).await?;
        self.save(order, id).await
    }

    async fn pay(&self, order: &Order, id: &OrderId) -> Result<(), Error> {
        let span = SpanBuilder::from_name("processPayment").with_attributes([
            KeyValue::new("payment.amount", order.total),
            KeyValue::new("payment.currency", CURRENCY),
        ]);
        let step = async {
            let outcome = self.payments.charge(id.as_str(), order.total, order.card.as_deref()).await;
            annotate([KeyValue::new("payment.status", payment_status(&outcome))]);
            let payment_id =
                outcome.inspect_err(|error| error!(error = error.as_dyn(), "Failed to process payment"))?;
            annotate([KeyValue::new("payment.id", payment_id)]);
            Ok(())
        };
        self.spans.in_span(span, step).await
    }

    /// Saves the order with the message that tells of it, and has that message told.
    async fn save(&self, order: &Order, id: &OrderId) -> Result<Saved, Error> {
        let step = async {
            annotate([KeyValue::new("order.id", id.as_str().to_owned())]);
            // The message is sent in this step's trace, whenever that will be.
            let new = NewOrder { id, order, headers: Headers::of_current_context() };
            let saved = self.store.insert_order(&new).await?;
            self.relay.wake();
            Ok(saved)
        };
        self.spans.in_span(SpanBuilder::from_name("saveOrder"), step).await
    }
}

/// What a client is told whose key was used for something else.
pub(super) const OTHER_ORDER: &str = "this Idempotency-Key was used for another order; take a new one";

fn payment_status(outcome: &Result<String, Error>) -> &'static str {
    match outcome {
        Ok(_) => "approved",
        Err(error) if error.kind() == Kind::PaymentDeclined => "declined",
        // Nobody said no, and nobody said yes.
        Err(_) => "unknown",
    }
}

/// What is wrong with an order, by itself.
fn complaint(order: &Order) -> Option<&'static str> {
    if order.items.is_empty() {
        Some("the order has no items; send at least one")
    } else if !(order.total.is_finite() && order.total > 0.0) {
        Some("the order's total is not an amount to pay; send one above zero")
    } else {
        None
    }
}
