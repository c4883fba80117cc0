//! What becomes of payments, with the standard API.

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;

use super::payment::Outcome;

/// What the payments count.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    payments: Counter<u64>,
}

impl Metrics {
    /// Takes the meter of the provider that is installed now.
    pub(super) fn from_global() -> Self {
        let payments = crate::scope::meter()
            .u64_counter("shop.payments")
            .with_unit("{payment}")
            .with_description("Payments that were approved or declined, however often they were asked for.")
            .build();
        Self { payments }
    }

    pub(super) fn count(&self, outcome: &Outcome) {
        self.payments.add(1, &[KeyValue::new("payment.status", outcome.status())]);
    }
}
