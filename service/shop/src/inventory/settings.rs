//! What can be set of the inventory: by a flag, else by an environment variable, else the default.

use std::time::Duration;

use clap::Args;

use crate::arguments::milliseconds;

/// The inventory's settings, apart from where it listens and how long its server waits.
#[derive(Clone, Debug, Args)]
// Several of these make up one command line, and clap would give all of their groups the same name.
#[group(skip)]
pub struct Settings {
    /// How long the simulated warehouse takes to reserve an order's items.
    #[arg(long = "inventory-latency-ms", env = "SHOP_INVENTORY_LATENCY_MS", default_value = "50", value_parser = milliseconds)]
    pub inventory_latency: Duration,
}
