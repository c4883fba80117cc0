//! What happens to an order, step by step, each step in a span of its own.

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanBuilder;
use serde::Deserialize;

use crate::error::{Error, Kind};
use crate::inventory::Inventory;
use crate::metrics::Metrics;
use crate::payments::{CURRENCY, Payments};
use crate::spans::{Spans, annotate};
use crate::store::Store;

/// An order as a client sends it.
#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) user_id: String,
    pub(crate) items: Vec<String>,
    /// What the client pays, in US dollars.
    pub(crate) total: f64,
}

/// The order desk. Its steps are siblings under `processOrder`: one begins after the other, not inside it.
#[derive(Debug)]
pub(crate) struct Orders {
    pub(crate) spans: Spans,
    pub(crate) metrics: Metrics,
    pub(crate) inventory: Inventory,
    pub(crate) payments: Payments,
    pub(crate) store: Store,
}

impl Orders {
    /// Takes an order through all of its steps and returns its id. The first step that fails is the last.
    pub(crate) async fn process(&self, order: &Order) -> Result<String, Error> {
        let steps = async {
            self.validate(order).await?;
            self.reserve(order).await?;
            self.pay(order).await?;
            self.save(order).await
        };
        let process = self.spans.in_span(SpanBuilder::from_name("processOrder"), steps);
        self.metrics.around_order(order, process).await
    }

    async fn validate(&self, order: &Order) -> Result<(), Error> {
        let step = async {
            let verdict = match complaint(order) {
                Some(complaint) => Err(Error::new(Kind::InvalidOrder, complaint)),
                None => self.known_user(&order.user_id).await,
            };
            annotate([KeyValue::new("validation.passed", verdict.is_ok())]);
            verdict
        };
        self.spans.in_span(SpanBuilder::from_name("validateOrder"), step).await
    }

    async fn known_user(&self, id: &str) -> Result<(), Error> {
        match self.store.find_user(id).await? {
            Some(_) => Ok(()),
            None => Err(Error::new(Kind::UnknownUser, format!("there is no user {id:?} to order for"))),
        }
    }

    async fn reserve(&self, order: &Order) -> Result<(), Error> {
        self.spans
            .in_span(SpanBuilder::from_name("reserveInventory"), self.inventory.reserve(&order.items))
            .await
    }

    async fn pay(&self, order: &Order) -> Result<(), Error> {
        let span = SpanBuilder::from_name("processPayment").with_attributes([
            KeyValue::new("payment.amount", order.total),
            KeyValue::new("payment.currency", CURRENCY),
        ]);
        let step = async {
            let outcome = self.payments.charge(order.total).await;
            let status = if outcome.is_ok() { "approved" } else { "declined" };
            annotate([KeyValue::new("payment.status", status)]);
            outcome
        };
        self.spans.in_span(span, step).await
    }

    async fn save(&self, order: &Order) -> Result<String, Error> {
        let step = async {
            let id = self.store.insert_order(order).await?;
            annotate([KeyValue::new("order.id", id.clone())]);
            Ok(id)
        };
        self.spans.in_span(SpanBuilder::from_name("saveOrder"), step).await
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
