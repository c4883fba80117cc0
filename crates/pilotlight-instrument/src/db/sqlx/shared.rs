//! What a pool and everything that came out of it have in common.

use super::comment;
use super::driver::Driver;
use super::query::Query;
use crate::db::pool::{PoolMetrics, State};
use crate::db::{Client, Operation};
use opentelemetry::KeyValue;
use std::time::Duration;

pub(super) struct Shared<DB: Driver> {
    pub(super) pool: sqlx::Pool<DB>,
    pub(super) client: Client,
    pub(super) metrics: PoolMetrics,
    /// `acquire {pool}`.
    pub(super) wait_name: String,
    pub(super) wait_attributes: Vec<KeyValue>,
    /// Shorter waits have no span.
    pub(super) wait_span_min: Duration,
    pub(super) traceparent_comments: bool,
}

impl<DB: Driver> Shared<DB> {
    /// Starts the operation that a statement is, and makes it ready to go.
    pub(super) fn begin(&self, query: Query<DB>) -> (Operation, Query<DB>) {
        let operation = self.operation(&query);
        if !self.traceparent_comments {
            return (operation, query);
        }
        match comment::commented(query.text(), operation.context()) {
            Some(sql) => (operation, query.once_as(sql)),
            None => (operation, query),
        }
    }

    fn operation(&self, query: &Query<DB>) -> Operation {
        if query.is_raw() { self.client.script(query.text()) } else { self.client.query(query.text()) }
    }
}

/// How the pool is. sqlx bounds idle connections by nothing but the limit, and keeps its least number of open ones idle when nobody
/// uses them.
pub(super) fn state<DB: Driver>(pool: &sqlx::Pool<DB>) -> State {
    let (size, idle) = (u64::from(pool.size()), pool.num_idle() as u64);
    let limit = u64::from(pool.options().get_max_connections());
    State {
        // Read one after the other, while connections come and go.
        idle: Some(idle.min(size)),
        used: Some(size.saturating_sub(idle)),
        idle_max: Some(limit),
        idle_min: Some(u64::from(pool.options().get_min_connections())),
        limit: Some(limit),
    }
}
