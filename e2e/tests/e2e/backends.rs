//! What stands behind the gateway, as processes of their own.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use crate::process::{Outcome, Process, exporting, logging, program};
use crate::support::eventually;
use e2e::Receiver;
use rustix::process::Signal;

/// An inventory and payments, for one gateway.
pub(crate) struct Backends {
    pub(crate) inventory: Backend,
    pub(crate) payments: Backend,
}

/// One of them.
pub(crate) struct Backend {
    process: Process,
    pub(crate) url: String,
}

impl Backends {
    /// As quick as they can be, and seen by nobody: what a receiver gets is the gateway's alone.
    pub(crate) fn unseen() -> Self {
        let unseen = |name| {
            let mut command = command(name);
            command.env("OTEL_SDK_DISABLED", "true");
            command
        };
        Self::start([&mut unseen("inventory"), &mut unseen("payments")])
    }

    /// The same, sending to a receiver, with flags of the payments.
    pub(crate) fn seen(receiver: &Receiver, protocol: &str, of_payments: &[&str]) -> Self {
        let (mut inventory, mut payments) = (command("inventory"), command("payments"));
        payments.args(of_payments);
        Self::start([&mut inventory, &mut payments].map(|command| exporting(command, receiver, protocol)))
    }

    pub(crate) fn start([inventory, payments]: [&mut Command; 2]) -> Self {
        Self {
            inventory: Backend::start("inventory", inventory),
            payments: Backend::start("payments", payments),
        }
    }

    /// Tells a gateway where they are.
    pub(crate) fn behind<'a>(&self, gateway: &'a mut Command) -> &'a mut Command {
        gateway.env("SHOP_INVENTORY_URL", &self.inventory.url).env("SHOP_PAYMENTS_URL", &self.payments.url)
    }

    /// After the gateway, so that nothing is under way.
    pub(crate) fn stop(self) -> [Outcome; 2] {
        [self.inventory.stop(), self.payments.stop()]
    }
}

impl Backend {
    pub(crate) fn start(name: &str, command: &mut Command) -> Self {
        let mut process = Process::start(command);
        let rest = process.line(&format!("{name} listens on "));
        process.read_along();
        Self { process, url: rest.split('"').next().unwrap().to_owned() }
    }

    pub(crate) fn stop(self) -> Outcome {
        self.process.signal(Signal::TERM);
        self.process.wait()
    }

    /// Without asking, and until it refuses connections: a signal takes a moment.
    pub(crate) fn kill(&self) {
        self.process.signal(Signal::KILL);
        let address: SocketAddr = self.url.trim_start_matches("http://").parse().unwrap();
        eventually("nobody listens any more", || match TcpStream::connect(address) {
            Ok(_) => Err("somebody does"),
            Err(_) => Ok(()),
        });
    }
}

/// One of the programs, on a free port.
pub(crate) fn command(name: &str) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_shop-under-test"));
    command.args([name, "--addr=127.0.0.1:0", "--notice-ms=0"]);
    command.arg(match name {
        "inventory" => "--inventory-latency-ms=1",
        "worker" => "--shipping-latency-ms=1",
        _ => "--payment-latency-ms=1",
    });
    // What they have to tell is told at once: one that is killed tells nothing afterwards.
    logging(&mut command).env("OTEL_BSP_SCHEDULE_DELAY", "10").env("OTEL_METRIC_EXPORT_INTERVAL", "50");
    command
}
