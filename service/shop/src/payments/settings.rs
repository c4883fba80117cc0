//! What can be set of the payments: by a flag, else by an environment variable, else the default.

use std::time::Duration;

use clap::Args;

use crate::arguments::{amount, milliseconds};

/// The payments' settings, apart from where they listen and how long their server waits.
#[derive(Clone, Debug, Args)]
// Several of these make up one command line, and clap would give all of their groups the same name.
#[group(skip)]
pub struct Settings {
    /// How long the simulated payment provider takes to answer.
    #[arg(long = "payment-latency-ms", env = "SHOP_PAYMENT_LATENCY_MS", default_value = "100", value_parser = milliseconds)]
    pub payment_latency: Duration,

    /// The simulated payment provider declines payments above this amount, in US dollars.
    #[arg(long, env = "SHOP_PAYMENT_LIMIT", default_value = "10000", value_parser = amount)]
    pub payment_limit: f64,

    /// How much longer it takes with the card `tok_slow`.
    #[arg(long = "payment-slow-ms", env = "SHOP_PAYMENT_SLOW_MS", default_value = "500", value_parser = milliseconds)]
    pub payment_slow: Duration,

    /// How much longer it takes with the card `tok_hang`, the first time a payment is asked for.
    #[arg(long = "payment-hang-ms", env = "SHOP_PAYMENT_HANG_MS", default_value = "10000", value_parser = milliseconds)]
    pub payment_hang: Duration,
}
