//! What can be set of the gateway: by a flag, else by an environment variable, else the default.

use std::time::Duration;

use clap::Args;
use reqwest::Url;

use crate::arguments::{http_url, milliseconds};

/// The gateway's settings, apart from where it listens and how long its server waits.
#[derive(Clone, Debug, Args)]
// Several of these make up one command line, and clap would give all of their groups the same name.
#[group(skip)]
pub struct Settings {
    /// Largest request body in bytes; a larger one is answered with 413.
    #[arg(long, env = "SHOP_BODY_BYTES_MAX", default_value_t = 64 * 1024)]
    pub body_bytes_max: usize,

    /// Where the inventory listens. Of the shop as a whole: instead of its own inventory.
    #[arg(long, env = "SHOP_INVENTORY_URL", hide_env_values = true, default_value = "http://127.0.0.1:50051", value_parser = http_url)]
    pub inventory_url: Url,

    /// How long the gateway waits for an answer of the inventory.
    #[arg(long = "inventory-timeout-ms", env = "SHOP_INVENTORY_TIMEOUT_MS", default_value = "1000", value_parser = milliseconds)]
    pub inventory_timeout: Duration,

    /// Where the payments listen. Of the shop as a whole: instead of its own payments.
    #[arg(long, env = "SHOP_PAYMENTS_URL", hide_env_values = true, default_value = "http://127.0.0.1:8081", value_parser = http_url)]
    pub payments_url: Url,

    /// How long the gateway waits for an answer of the payments before it asks again: three times in all.
    #[arg(long = "payments-timeout-ms", env = "SHOP_PAYMENTS_TIMEOUT_MS", default_value = "1000", value_parser = milliseconds)]
    pub payments_timeout: Duration,

    /// How long the gateway goes on handing over messages when it stops. What is left in a database that lasts is handed over when it
    /// starts again.
    #[arg(long = "outbox-drain-ms", env = "SHOP_OUTBOX_DRAIN_MS", default_value = "5000", value_parser = milliseconds)]
    pub outbox_drain: Duration,
}
