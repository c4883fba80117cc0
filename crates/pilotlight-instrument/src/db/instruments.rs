//! What a database's operations are measured with.

use crate::telemetry;
use opentelemetry::metrics::{Histogram, Meter};

/// The boundaries that the conventions advise for database durations, in seconds.
pub(super) const DB_SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// The two metrics of a client's operations.
pub(super) struct Instruments {
    pub(super) duration: Histogram<f64>,
    pub(super) returned_rows: Histogram<u64>,
}

impl telemetry::Instruments for Instruments {
    fn new(meter: &Meter) -> Self {
        Self {
            duration: meter
                .f64_histogram("db.client.operation.duration")
                .with_unit("s")
                .with_description("Duration of database client operations.")
                .with_boundaries(DB_SECONDS.into())
                .build(),
            returned_rows: meter
                .u64_histogram("db.client.response.returned_rows")
                .with_unit("{row}")
                .with_description("The actual number of records returned by the database operation.")
                .with_boundaries(ROWS.into())
                .build(),
        }
    }
}

/// The boundaries that the conventions advise for rows.
const ROWS: [f64; 13] =
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0];
