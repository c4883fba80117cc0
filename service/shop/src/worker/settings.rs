//! What can be set of the worker: by a flag, else by an environment variable, else the default.

use std::time::Duration;

use clap::Args;

use crate::arguments::milliseconds;

/// The worker's settings, apart from where it listens and how long its server waits.
#[derive(Clone, Debug, Args)]
// Several of these make up one command line, and clap would give all of their groups the same name.
#[group(skip)]
pub struct Settings {
    /// How long the simulated warehouse takes to ship an order.
    #[arg(long = "shipping-latency-ms", env = "SHOP_SHIPPING_LATENCY_MS", default_value = "50", value_parser = milliseconds)]
    pub shipping_latency: Duration,
}
