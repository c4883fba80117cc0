//! What becomes of shipments.

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;

use super::desk::Trouble;

/// Counts shipments by how they ended.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    shipments: Counter<u64>,
}

impl Metrics {
    /// Takes the meter of the provider that is installed now.
    pub(super) fn from_global() -> Self {
        let shipments = crate::scope::meter()
            .u64_counter("shop.shipments")
            .with_unit("{shipment}")
            .with_description("Orders that the worker heard of, by what it did about them.")
            .build();
        Self { shipments }
    }

    /// Whether it was the first time that the worker heard of an order, or what went wrong.
    pub(super) fn count(&self, outcome: &Result<bool, Trouble>) {
        let (told, error) = match outcome {
            Ok(true) => ("shipped", None),
            Ok(false) => ("repeated", None),
            Err(trouble @ Trouble::Poison) => ("refused", Some(trouble.as_str())),
            Err(trouble) => ("failed", Some(trouble.as_str())),
        };
        let outcome = KeyValue::new("shipment.outcome", told);
        match error {
            Some(error) => self.shipments.add(1, &[outcome, KeyValue::new("error.type", error)]),
            None => self.shipments.add(1, &[outcome]),
        }
    }
}
