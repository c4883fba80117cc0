//! What a pool is measured with.

use super::state::State;
use crate::db::instruments::DB_SECONDS;
use crate::telemetry;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use std::sync::Arc;

pub(super) struct Instruments {
    meter: Meter,
    pub(super) pending: UpDownCounter<i64>,
    pub(super) timeouts: Counter<u64>,
    pub(super) create_time: Histogram<f64>,
    pub(super) wait_time: Histogram<f64>,
    pub(super) use_time: Histogram<f64>,
}

impl telemetry::Instruments for Instruments {
    fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, description: &'static str| {
            meter
                .f64_histogram(name)
                .with_unit("s")
                .with_description(description)
                .with_boundaries(DB_SECONDS.into())
                .build()
        };
        Self {
            pending: meter
                .i64_up_down_counter("db.client.connection.pending_requests")
                .with_unit("{request}")
                .with_description("The number of current pending requests for an open connection.")
                .build(),
            timeouts: meter
                .u64_counter("db.client.connection.timeouts")
                .with_unit("{timeout}")
                .with_description(
                    "The number of connection timeouts that have occurred trying to obtain a connection from the pool.",
                )
                .build(),
            create_time: seconds(
                "db.client.connection.create_time",
                "The time it took to create a new connection.",
            ),
            wait_time: seconds(
                "db.client.connection.wait_time",
                "The time it took to obtain an open connection from the pool.",
            ),
            use_time: seconds(
                "db.client.connection.use_time",
                "The time between borrowing a connection and returning it to the pool.",
            ),
            meter: meter.clone(),
        }
    }
}

/// Asks a pool for its state; `None` once there is no pool any more.
pub(super) type Ask = Arc<dyn Fn() -> Option<State> + Send + Sync>;

type Part = fn(&State) -> Option<u64>;

impl Instruments {
    /// Asks for the pool's state each time metrics are collected.
    pub(super) fn observe(&self, pool: &KeyValue, ask: &Ask) {
        self.observe_count(pool.clone(), Arc::clone(ask));
        let bounds: [(&'static str, &'static str, Part); 3] = [
            (
                "db.client.connection.idle.max",
                "The maximum number of idle open connections allowed.",
                |state| state.idle_max,
            ),
            (
                "db.client.connection.idle.min",
                "The minimum number of idle open connections allowed.",
                |state| state.idle_min,
            ),
            ("db.client.connection.limit", "The maximum number of open connections allowed.", |state| {
                state.limit
            }),
        ];
        for (name, description, part) in bounds {
            self.observe_bound(name, description, pool.clone(), Arc::clone(ask), part);
        }
    }

    fn observe_count(&self, pool: KeyValue, ask: Ask) {
        self.meter
            .i64_observable_up_down_counter("db.client.connection.count")
            .with_unit("{connection}")
            .with_description(
                "The number of connections that are currently in the state described by the state attribute.",
            )
            .with_callback(move |counter| {
                let Some(state) = ask() else { return };
                for (name, connections) in [("idle", state.idle), ("used", state.used)] {
                    if let Some(connections) = connections {
                        let state = KeyValue::new("db.client.connection.state", name);
                        counter.observe(signed(connections), &[pool.clone(), state]);
                    }
                }
            })
            .build();
    }

    fn observe_bound(
        &self,
        name: &'static str,
        description: &'static str,
        pool: KeyValue,
        ask: Ask,
        part: Part,
    ) {
        self.meter
            .i64_observable_up_down_counter(name)
            .with_unit("{connection}")
            .with_description(description)
            .with_callback(move |counter| {
                if let Some(connections) = ask().and_then(|state| part(&state)) {
                    counter.observe(signed(connections), std::slice::from_ref(&pool));
                }
            })
            .build();
    }
}

fn signed(connections: u64) -> i64 {
    i64::try_from(connections).unwrap_or(i64::MAX)
}
