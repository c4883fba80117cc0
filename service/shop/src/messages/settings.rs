//! What can be set of the messages: by a flag, else by an environment variable, else the default.

use std::time::Duration;

use clap::Args;

use crate::arguments::milliseconds;
use crate::database::Address;

/// Which way messages go.
#[derive(Clone, Debug, Args)]
// Several of these make up one command line, and clap would give all of their groups the same name.
#[group(skip)]
pub struct Settings {
    /// NATS with JetStream: `nats://user:password@host:4222`. Without it, messages go through a queue in the gateway, which is the
    /// worker then, too.
    #[arg(long, env = "NATS_URL", hide_env_values = true)]
    pub nats_url: Option<Address>,

    /// How long NATS waits for word of a message that the worker was handed, before it hands it out again.
    #[arg(long = "nats-ack-wait-ms", env = "SHOP_NATS_ACK_WAIT_MS", default_value = "30000", value_parser = milliseconds)]
    pub nats_ack_wait: Duration,
}
