//! What an HTTP client is measured with.

use crate::telemetry::{self, SECONDS};
use opentelemetry::metrics::{Histogram, Meter, UpDownCounter};

/// The four metrics of an HTTP client's requests.
pub(super) struct Instruments {
    pub(super) duration: Histogram<f64>,
    pub(super) active: UpDownCounter<i64>,
    pub(super) request_bytes: Histogram<u64>,
    pub(super) response_bytes: Histogram<u64>,
}

impl telemetry::Instruments for Instruments {
    fn new(meter: &Meter) -> Self {
        Self {
            duration: meter
                .f64_histogram("http.client.request.duration")
                .with_unit("s")
                .with_description("Duration of HTTP client requests.")
                .with_boundaries(SECONDS.into())
                .build(),
            active: meter
                .i64_up_down_counter("http.client.active_requests")
                .with_unit("{request}")
                .with_description("Number of active HTTP requests.")
                .build(),
            request_bytes: meter
                .u64_histogram("http.client.request.body.size")
                .with_unit("By")
                .with_description("Size of HTTP client request bodies.")
                .build(),
            response_bytes: meter
                .u64_histogram("http.client.response.body.size")
                .with_unit("By")
                .with_description("Size of HTTP client response bodies.")
                .build(),
        }
    }
}
