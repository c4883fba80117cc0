//! What messaging is measured with.

use crate::telemetry::{self, SECONDS};
use opentelemetry::metrics::{Counter, Histogram, Meter};

/// The four metrics of the conventions.
pub(super) struct Instruments {
    pub(super) operation: Histogram<f64>,
    pub(super) process: Histogram<f64>,
    pub(super) sent: Counter<u64>,
    pub(super) consumed: Counter<u64>,
}

impl telemetry::Instruments for Instruments {
    fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, description: &'static str| {
            meter
                .f64_histogram(name)
                .with_unit("s")
                .with_description(description)
                .with_boundaries(SECONDS.into())
                .build()
        };
        let messages = |name: &'static str, description: &'static str| {
            meter.u64_counter(name).with_unit("{message}").with_description(description).build()
        };
        Self {
            operation: seconds(
                "messaging.client.operation.duration",
                "Duration of messaging operation initiated by a producer or consumer client.",
            ),
            process: seconds("messaging.process.duration", "Duration of processing operation."),
            sent: messages(
                "messaging.client.sent.messages",
                "Number of messages producer attempted to send to the broker.",
            ),
            consumed: messages(
                "messaging.client.consumed.messages",
                "Number of messages that were delivered to the application.",
            ),
        }
    }
}
