//! Connection pools: who waits, how long, and what is there to be had.
//!
//! ```text
//!  asks for one ──▶ Wait ──▶ gets it ──▶ Use ──▶ gives it back
//!                   pending    wait_time   use_time
//!                      └──▶ timeouts
//!  when metrics are collected ──▶ State: count by state, limits
//! ```
//!
//! | metric | instrument, unit | what it says |
//! |---|---|---|
//! | `db.client.connection.count` | up-down counter, `{connection}` | open connections, by `db.client.connection.state`: `idle`, `used` |
//! | `db.client.connection.idle.max`, `.idle.min` | up-down counter, `{connection}` | how many idle ones the pool keeps at most and at least |
//! | `db.client.connection.limit` | up-down counter, `{connection}` | how many it opens at most |
//! | `db.client.connection.pending_requests` | up-down counter, `{request}` | those who wait for a connection |
//! | `db.client.connection.timeouts` | counter, `{timeout}` | those who have waited in vain |
//! | `db.client.connection.create_time` | histogram, `s` | how long it took to open a connection |
//! | `db.client.connection.wait_time` | histogram, `s` | how long it took to get one |
//! | `db.client.connection.use_time` | histogram, `s` | how long it was kept |
//!
//! All have `db.client.connection.pool.name`. The names are in development in the semantic conventions.

mod instruments;
mod metrics;
mod state;

pub use metrics::{PoolMetrics, PoolMetricsBuilder, Use, Wait};
pub use state::State;
