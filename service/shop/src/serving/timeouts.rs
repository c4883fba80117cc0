//! How long a server waits, and for what.

use std::time::Duration;

use clap::Args;

use crate::arguments::milliseconds;

/// How long the server waits, and for what. Whatever is overdue loses its connection, or its answer.
#[derive(Clone, Copy, Debug, Args)]
pub struct Timeouts {
    /// For a request's head, from its first byte (a connection's first: from the start), and then for its body.
    #[arg(long = "read-timeout-ms", env = "SHOP_READ_TIMEOUT_MS", default_value = "15000", value_parser = milliseconds)]
    pub read: Duration,

    /// For the answer to be made, and for a client that stopped reading to take some more of it.
    #[arg(long = "write-timeout-ms", env = "SHOP_WRITE_TIMEOUT_MS", default_value = "15000", value_parser = milliseconds)]
    pub write: Duration,

    /// For the next request on a connection that is kept alive.
    #[arg(long = "idle-timeout-ms", env = "SHOP_IDLE_TIMEOUT_MS", default_value = "60000", value_parser = milliseconds)]
    pub idle: Duration,

    /// From a shutdown signal until connections are refused. `/health` says 503 meanwhile, so that a load balancer
    /// looks elsewhere; give it more than the balancer's probing interval.
    #[arg(long = "notice-ms", env = "SHOP_NOTICE_MS", default_value = "1000", value_parser = milliseconds)]
    pub notice: Duration,

    /// For requests in flight at shutdown; those that take longer are cut off.
    #[arg(long = "drain-timeout-ms", env = "SHOP_DRAIN_TIMEOUT_MS", default_value = "30000", value_parser = milliseconds)]
    pub drain: Duration,
}
