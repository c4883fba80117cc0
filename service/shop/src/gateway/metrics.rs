//! What becomes of orders, with the standard API. What HTTP, the runtime and the process have to tell, others measure.

use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter};

use super::error::Error;
use super::orders::Order;
use crate::messages::Settlement;

/// Seconds, as the conventions have them for requests: an order is one.
const DURATION_BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Dollars, up to the payment limit's default.
const VALUE_BOUNDARIES: [f64; 11] =
    [5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10000.0];

/// What the shop counts and measures.
///
/// Instruments are made once and kept: looking one up costs more than measuring does. Their attributes have few
/// values, all of them known here; who ordered what is for spans.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    orders: Counter<u64>,
    order_duration: Histogram<f64>,
    order_value: Histogram<f64>,
    active_orders: UpDownCounter<i64>,
}

/// What becomes of messages on their way out of the outbox.
#[derive(Clone, Debug)]
pub(crate) struct MessageMetrics {
    messages: Counter<u64>,
    depth: Gauge<u64>,
}

impl Metrics {
    /// Takes the meter of the provider that is installed now.
    pub(crate) fn from_global() -> Self {
        Self::new(&crate::scope::meter())
    }

    fn new(meter: &Meter) -> Self {
        Self {
            orders: meter
                .u64_counter("shop.orders")
                .with_unit("{order}")
                .with_description("Orders that were dealt with, by how they ended.")
                .build(),
            order_duration: meter
                .f64_histogram("shop.order.duration")
                .with_unit("s")
                .with_description("Time from an order's arrival to its end, by how it ended.")
                .with_boundaries(DURATION_BOUNDARIES.into())
                .build(),
            order_value: meter
                .f64_histogram("shop.order.value")
                .with_unit("{USD}")
                .with_description("What clients paid for the orders that were created.")
                .with_boundaries(VALUE_BOUNDARIES.into())
                .build(),
            active_orders: meter
                .i64_up_down_counter("shop.active_orders")
                .with_unit("{order}")
                .with_description("Orders that are being dealt with.")
                .build(),
        }
    }

    /// Counts and times an order while `work` deals with it, and however that ends: an order whose client goes away ends as
    /// well.
    pub(crate) async fn around_order<T>(
        &self,
        order: &Order,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut active = ActiveOrder::begin(self);
        let outcome = work.await;
        match &outcome {
            Ok(_) => {
                active.outcome = "created";
                self.order_value.record(order.total, &[]);
            }
            Err(error) => active.fail(error),
        }
        outcome
    }
}

impl MessageMetrics {
    /// Takes the meter of the provider that is installed now.
    pub(crate) fn from_global() -> Self {
        let meter = crate::scope::meter();
        Self {
            messages: meter
                .u64_counter("shop.messages")
                .with_unit("{message}")
                .with_description("Attempts to hand over a message of the outbox, by how they ended.")
                .build(),
            depth: meter
                .u64_gauge("shop.outbox.depth")
                .with_unit("{message}")
                .with_description("Messages that are still in the outbox, as it was last seen.")
                .build(),
        }
    }

    /// So many are in the outbox.
    pub(crate) fn depth(&self, messages: u64) {
        self.depth.record(messages, &[]);
    }

    /// One was handed over, and this was said of it.
    pub(crate) fn settled(&self, settlement: Settlement) {
        let outcome = match settlement {
            Settlement::Ack => "handed_over",
            Settlement::Nak(_) => "given_back",
            Settlement::Term => "refused",
        };
        self.messages.add(1, &[KeyValue::new("message.outcome", outcome)]);
    }

    /// One could not be handed over.
    pub(crate) fn failed(&self, error_type: &'static str) {
        let outcome = KeyValue::new("message.outcome", "failed");
        self.messages.add(1, &[outcome, KeyValue::new("error.type", error_type)]);
    }
}

/// An order that is being dealt with. It is counted when this is dropped, whatever the outcome is by then.
struct ActiveOrder<'a> {
    metrics: &'a Metrics,
    began: Instant,
    outcome: &'static str,
    error_type: Option<&'static str>,
    _one_more: Held<'a>,
}

impl<'a> ActiveOrder<'a> {
    fn begin(metrics: &'a Metrics) -> Self {
        let _one_more = Held::add_to(&metrics.active_orders);
        Self { metrics, began: Instant::now(), outcome: "abandoned", error_type: None, _one_more }
    }

    /// The client's fault, or ours.
    fn fail(&mut self, error: &Error) {
        self.outcome = if error.is_clients_fault() { "rejected" } else { "failed" };
        self.error_type = Some(error.kind().as_str());
    }
}

impl Drop for ActiveOrder<'_> {
    fn drop(&mut self) {
        let attributes = [
            KeyValue::new("order.outcome", self.outcome),
            KeyValue::new("error.type", self.error_type.unwrap_or_default()),
        ];
        // Success has no `error.type`, not even an empty one.
        let attributes = &attributes[..if self.error_type.is_some() { 2 } else { 1 }];
        self.metrics.orders.add(1, attributes);
        self.metrics.order_duration.record(self.began.elapsed().as_secs_f64(), attributes);
    }
}

/// One more, until this is dropped.
struct Held<'a>(&'a UpDownCounter<i64>);

impl<'a> Held<'a> {
    fn add_to(counter: &'a UpDownCounter<i64>) -> Self {
        counter.add(1, &[]);
        Self(counter)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}
