//! The command line: which program, with which settings. A flag counts more than a variable, a variable more than the default.

use std::net::SocketAddr;

use clap::{Parser, Subcommand, ValueEnum};

use crate::serving::{Hosting, Timeouts};
use crate::{database, gateway, inventory, load, messages, payments, worker};

/// The whole command line. Telemetry has settings of its own, the standard `OTEL_*` variables.
#[derive(Debug, Parser)]
#[command(
    name = "shop",
    version,
    about = "Pilotlight's reference service: a small web shop of several programs, which it starts and stops together",
    args_override_self = true,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// One of them alone.
    #[command(subcommand)]
    pub program: Option<Program>,

    /// All of them.
    #[command(flatten)]
    pub shop: ShopCommand,
}

/// One program, as a container runs it.
#[derive(Debug, Subcommand)]
pub enum Program {
    /// The shop's front: HTTP, the database, calls to the others
    // In a box, as it has many more settings than the others.
    Gateway(Box<GatewayCommand>),
    /// The warehouse: gRPC
    Inventory(InventoryCommand),
    /// The payment provider: HTTP
    Payments(PaymentsCommand),
    /// What ships orders: NATS
    Worker(WorkerCommand),
    /// Traffic for a gateway that is running
    Load(LoadCommand),
    /// Whether a program that runs on this machine is well
    Health(HealthCommand),
}

/// The programs as child processes of this one: three, and the worker where there is NATS.
#[derive(Clone, Debug, Parser)]
#[command(args_override_self = true)]
pub struct ShopCommand {
    /// Where the gateway listens; port 0 takes a free one. All interfaces, so that a container's port can be published.
    #[arg(long, env = "SHOP_ADDR", default_value = "0.0.0.0:8080")]
    pub addr: SocketAddr,

    /// Where the inventory listens, for this machine alone unless it is set.
    #[arg(long, env = "SHOP_INVENTORY_ADDR", default_value = "127.0.0.1:0")]
    pub inventory_addr: SocketAddr,

    /// Where the payments listen, for this machine alone unless it is set.
    #[arg(long, env = "SHOP_PAYMENTS_ADDR", default_value = "127.0.0.1:0")]
    pub payments_addr: SocketAddr,

    /// Where the worker listens, for this machine alone unless it is set. It is a program of its own with NATS.
    #[arg(long, env = "SHOP_WORKER_ADDR", default_value = "127.0.0.1:0")]
    pub worker_addr: SocketAddr,

    /// Make traffic as well: ten requests a second unless `--rate` says otherwise.
    #[arg(long, conflicts_with = "no_load")]
    pub load: bool,

    /// Make none, not even the light traffic that goes with the viewer.
    #[arg(long)]
    pub no_load: bool,

    /// Whether to show what the programs tell in a browser. By itself it does when no variable says where telemetry goes instead.
    #[arg(long, env = "SHOP_VIEWER", value_enum, default_value = "auto")]
    pub viewer: Viewing,

    /// Where the viewer's page is; port 0 takes a free one, and leaves the usual ports of OTLP to others.
    #[arg(long, env = "SHOP_VIEWER_ADDR", default_value = "127.0.0.1:4316")]
    pub viewer_addr: SocketAddr,

    /// Of each program that has one.
    #[command(flatten)]
    pub database: database::Settings,

    /// The gateway's and the worker's.
    #[command(flatten)]
    pub messages: messages::Settings,

    /// The gateway's.
    #[command(flatten)]
    pub gateway: gateway::Settings,

    /// The inventory's.
    #[command(flatten)]
    pub inventory: inventory::Settings,

    /// The payments'.
    #[command(flatten)]
    pub payments: payments::Settings,

    /// The worker's.
    #[command(flatten)]
    pub worker: worker::Settings,

    /// The traffic's.
    #[command(flatten)]
    pub traffic: load::Settings,

    /// Of each of the servers.
    #[command(flatten)]
    pub timeouts: Timeouts,
}

/// Whether there is a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Viewing {
    /// When none of the `OTEL_*` variables says where telemetry goes.
    Auto,
    /// Whatever they say.
    On,
    /// Not at all: without those variables, traces are drawn on the console.
    Off,
}

/// The gateway alone.
#[derive(Clone, Debug, Parser)]
#[command(args_override_self = true)]
pub struct GatewayCommand {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "SHOP_ADDR", default_value = "0.0.0.0:8080")]
    pub addr: SocketAddr,

    /// What it does.
    #[command(flatten)]
    pub settings: gateway::Settings,

    /// Its database.
    #[command(flatten)]
    pub database: database::Settings,

    /// Which way its messages go.
    #[command(flatten)]
    pub messages: messages::Settings,

    /// What the worker does, while that is a part of the gateway.
    #[command(flatten)]
    pub worker: worker::Settings,

    /// How long its server waits.
    #[command(flatten)]
    pub timeouts: Timeouts,

    /// What it is given by the one that starts it.
    #[command(flatten)]
    pub hosting: Hosting,
}

/// The inventory alone.
#[derive(Clone, Debug, Parser)]
#[command(args_override_self = true)]
pub struct InventoryCommand {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "SHOP_INVENTORY_ADDR", default_value = "0.0.0.0:50051")]
    pub addr: SocketAddr,

    /// What it does.
    #[command(flatten)]
    pub settings: inventory::Settings,

    /// Its database.
    #[command(flatten)]
    pub database: database::Settings,

    /// How long its server waits.
    #[command(flatten)]
    pub timeouts: Timeouts,

    /// What it is given by the one that starts it.
    #[command(flatten)]
    pub hosting: Hosting,
}

/// The payments alone.
#[derive(Clone, Debug, Parser)]
#[command(args_override_self = true)]
pub struct PaymentsCommand {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "SHOP_PAYMENTS_ADDR", default_value = "0.0.0.0:8081")]
    pub addr: SocketAddr,

    /// What it does.
    #[command(flatten)]
    pub settings: payments::Settings,

    /// How long its server waits.
    #[command(flatten)]
    pub timeouts: Timeouts,

    /// What it is given by the one that starts it.
    #[command(flatten)]
    pub hosting: Hosting,
}

/// The worker alone.
#[derive(Clone, Debug, Parser)]
#[command(args_override_self = true)]
pub struct WorkerCommand {
    /// Where to listen, for its health; port 0 takes a free one.
    #[arg(long, env = "SHOP_WORKER_ADDR", default_value = "0.0.0.0:8082")]
    pub addr: SocketAddr,

    /// What it does.
    #[command(flatten)]
    pub settings: worker::Settings,

    /// Its database.
    #[command(flatten)]
    pub database: database::Settings,

    /// Where its messages come from.
    #[command(flatten)]
    pub messages: messages::Settings,

    /// How long its server waits.
    #[command(flatten)]
    pub timeouts: Timeouts,

    /// What it is given by the one that starts it.
    #[command(flatten)]
    pub hosting: Hosting,
}

/// The traffic alone.
#[derive(Clone, Debug, Parser)]
#[command(args_override_self = true)]
pub struct LoadCommand {
    /// Where the gateway listens.
    #[arg(long, env = "SHOP_LOAD_TARGET", hide_env_values = true, default_value = "http://127.0.0.1:8080", value_parser = crate::arguments::http_url)]
    pub target: reqwest::Url,

    /// What it sends.
    #[command(flatten)]
    pub settings: load::Settings,

    /// What it is given by the one that starts it.
    #[command(flatten)]
    pub hosting: Hosting,
}

/// A question to a program that runs.
#[derive(Clone, Debug, Parser)]
pub struct HealthCommand {
    /// Which one.
    #[arg(value_enum)]
    pub program: Server,

    /// Where it listens; without this, where its variable or its default says.
    #[arg(long)]
    pub addr: Option<SocketAddr>,
}

/// One of those that serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)] // Their names say it.
pub enum Server {
    Gateway,
    Inventory,
    Payments,
    Worker,
}

impl ShopCommand {
    /// The gateway as a part of this shop.
    #[must_use]
    pub fn gateway(&self) -> GatewayCommand {
        GatewayCommand {
            addr: self.addr,
            settings: self.gateway.clone(),
            database: self.database.clone(),
            messages: self.messages.clone(),
            worker: self.worker.clone(),
            timeouts: self.timeouts,
            hosting: Hosting::default(),
        }
    }

    /// The inventory as a part of this shop.
    #[must_use]
    pub fn inventory(&self) -> InventoryCommand {
        InventoryCommand {
            addr: self.inventory_addr,
            settings: self.inventory.clone(),
            database: self.database.clone(),
            timeouts: self.timeouts,
            hosting: Hosting::default(),
        }
    }

    /// The worker as a part of this shop.
    #[must_use]
    pub fn worker(&self) -> WorkerCommand {
        WorkerCommand {
            addr: self.worker_addr,
            settings: self.worker.clone(),
            database: self.database.clone(),
            messages: self.messages.clone(),
            timeouts: self.timeouts,
            hosting: Hosting::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_flag_is_read_in_its_unit() {
        let cli = Cli::try_parse_from(["shop", "--idle-timeout-ms", "250"]).unwrap();

        assert_eq!(cli.shop.timeouts.idle, Duration::from_millis(250));
    }

    #[test]
    fn the_last_of_a_repeated_flag_counts() {
        let cli = Cli::try_parse_from(["shop", "--notice-ms=1", "--notice-ms=2"]).unwrap();

        assert_eq!(cli.shop.timeouts.notice, Duration::from_millis(2));
    }

    #[test]
    fn a_limit_that_is_not_an_amount_is_refused() {
        for limit in ["NaN", "-1", "much"] {
            let flag = format!("--payment-limit={limit}");
            assert!(Cli::try_parse_from(["shop", &flag]).is_err(), "{limit}");
            assert!(Cli::try_parse_from(["shop", "payments", &flag]).is_err(), "{limit}");
        }
    }

    #[test]
    fn a_negative_duration_is_refused_by_name() {
        let refusal = Cli::try_parse_from(["shop", "--read-timeout-ms=-1"]).unwrap_err();

        assert!(refusal.to_string().contains("--read-timeout-ms"), "{refusal}");
    }

    #[test]
    fn a_program_has_its_own_flags_and_not_those_of_others() {
        let cli =
            Cli::try_parse_from(["shop", "inventory", "--addr=127.0.0.1:0", "--inventory-latency-ms=1"]);

        assert!(matches!(cli.unwrap().program, Some(Program::Inventory(_))));
        assert!(Cli::try_parse_from(["shop", "inventory", "--payment-limit=1"]).is_err());
    }
}
