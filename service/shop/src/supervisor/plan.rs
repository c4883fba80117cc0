//! Which programs there will be, each with its listener, its flags and its environment.

use std::ffi::OsString;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};

use super::environment::{self, Change};
use crate::cli::{
    GatewayCommand, InventoryCommand, LoadCommand, PaymentsCommand, ShopCommand, WorkerCommand,
};
use crate::failure::Failure;
use crate::serving::{bind, reachable};

/// What telemetry takes at most to send what it has, and some more: from the last answer to the end of a process.
const TELEMETRY_TIME: Duration = Duration::from_secs(15);

/// The programs, in the order in which they are stopped: those that call before those that are called.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) stages: Vec<Vec<Program>>,
}

/// One program to be.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) listener: Option<TcpListener>,
    pub(super) flags: Vec<OsString>,
    pub(super) environment: Vec<Change>,
    /// How long it may take to stop.
    pub(super) patience: Duration,
    /// Whether it may end by itself.
    pub(super) may_end: bool,
}

/// How much traffic the shop makes for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Traffic {
    /// None.
    None,
    /// Enough to have something to look at.
    Light,
    /// What was asked for.
    Load,
}

/// Requests a second of light traffic, unless a flag or a variable says otherwise: a page that can be read while it changes.
const LIGHT_RATE: &str = "2";

impl Plan {
    /// Opens the listeners.
    pub(super) fn new(
        command: &ShopCommand,
        matches: &ArgMatches,
        traffic: Traffic,
    ) -> Result<Self, Failure> {
        let drained = command.timeouts.drain + TELEMETRY_TIME;
        let gateway = server::<GatewayCommand>("gateway", command.addr, "--addr", matches)?;
        let inventory =
            server::<InventoryCommand>("inventory", command.inventory_addr, "--inventory-addr", matches)?;
        let payments =
            server::<PaymentsCommand>("payments", command.payments_addr, "--payments-addr", matches)?;
        let load = (traffic != Traffic::None).then(|| load(&gateway, matches, traffic));
        let gateway = gateway
            .unless_set(matches, "inventory_url", "--inventory-url", &inventory)
            .unless_set(matches, "payments_url", "--payments-url", &payments)
            // Its messages, and then those of a worker that is a part of it.
            .with_patience(drained + command.timeouts.notice + 2 * command.gateway.outbox_drain);
        // Nobody balances load among these, and whoever calls them has stopped before: they need not be noticed.
        let at_once = |program: Program| program.with_flag("--notice-ms=0".into()).with_patience(drained);
        let callees = [inventory, payments].map(at_once);
        // What the gateway says last, the worker still hears.
        let worker = match command.messages.nats_url {
            Some(_) => vec![at_once(server::<WorkerCommand>(
                "worker",
                command.worker_addr,
                "--worker-addr",
                matches,
            )?)],
            None => Vec::new(),
        };
        let load = load.into_iter().collect();
        let mut plan = Self { stages: vec![load, vec![gateway], worker, callees.into()] };
        plan.separate_environments();
        Ok(plan)
    }

    /// One more thing for the environment of all of them.
    pub(super) fn tell(&mut self, changes: &[Change]) {
        for program in self.stages.iter_mut().flatten() {
            program.environment.extend_from_slice(changes);
        }
    }

    /// What the environment says of one process, and cannot be true of several.
    fn separate_environments(&mut self) {
        let common = environment::without_service_name();
        let programs = self.stages.iter_mut().flatten();
        // In the order of the flow, whatever the order of stopping: the gateway keeps the port that was asked for.
        for program in programs {
            let index = match program.name {
                "gateway" => 0,
                "inventory" => 1,
                "payments" => 2,
                "load" => 3,
                _ => 4,
            };
            program.environment = common.iter().cloned().chain(environment::prometheus_port(index)).collect();
        }
    }
}

/// A program that serves, with those flags of the command line that it takes as well.
fn server<C: CommandFactory>(
    name: &'static str,
    addr: SocketAddr,
    flag: &str,
    matches: &ArgMatches,
) -> Result<Program, Failure> {
    let listener = bind(addr, flag)?;
    let mut flags = handed_on::<C>(matches);
    flags.push("--listener-on-stdin".into());
    Ok(Program::new(name, Some(listener), flags))
}

fn load(gateway: &Program, matches: &ArgMatches, traffic: Traffic) -> Program {
    let mut flags = handed_on::<LoadCommand>(matches);
    if traffic == Traffic::Light && is_default(matches, "rate") {
        flags.push(format!("--rate={LIGHT_RATE}").into());
    }
    flags.push(format!("--target={}", gateway.url()).into());
    Program { may_end: true, ..Program::new("load", None, flags) }
}

/// The flags that were given and that a program takes, too. Where to listen is not one of them: it is given a listener. What the
/// environment says, it reads itself.
fn handed_on<C: CommandFactory>(matches: &ArgMatches) -> Vec<OsString> {
    let command = C::command();
    let mut flags = Vec::new();
    for argument in command.get_arguments().filter(|argument| argument.get_id() != "addr") {
        let id = argument.get_id().as_str();
        let given = matches.try_contains_id(id).unwrap_or(false)
            && matches.value_source(id) == Some(ValueSource::CommandLine);
        let value = given.then(|| matches.get_raw(id)).flatten().and_then(Iterator::last);
        if let (Some(long), Some(value)) = (argument.get_long(), value) {
            let mut flag = OsString::from(format!("--{long}="));
            flag.push(value);
            flags.push(flag);
        }
    }
    flags
}

/// Whether neither a flag nor a variable says it.
fn is_default(matches: &ArgMatches, id: &str) -> bool {
    matches!(matches.value_source(id), Some(ValueSource::DefaultValue) | None)
}

impl Program {
    fn new(name: &'static str, listener: Option<TcpListener>, flags: Vec<OsString>) -> Self {
        Self { name, listener, flags, environment: Vec::new(), patience: TELEMETRY_TIME, may_end: false }
    }

    fn with_flag(mut self, flag: OsString) -> Self {
        self.flags.push(flag);
        self
    }

    fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Tells it where `other` listens, unless it has been told, by a flag or a variable, to call somebody else.
    fn unless_set(self, matches: &ArgMatches, id: &str, flag: &str, other: &Program) -> Self {
        if !is_default(matches, id) {
            return self;
        }
        self.with_flag(format!("{flag}={}", other.url()).into())
    }

    /// Where this machine reaches it.
    fn url(&self) -> String {
        let addr = self.listener.as_ref().and_then(|listener| listener.local_addr().ok());
        addr.map_or_else(String::new, |addr| format!("http://{}", reachable(addr)))
    }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_flag_reaches_the_programs_that_take_it_and_no_other() {
        let plan = plan(&["--payment-limit=50", "--drain-timeout-ms=5", "--body-bytes-max=7"]);

        assert!(flags(&plan, "payments").contains("--payment-limit=50 --drain-timeout-ms=5"));
        assert!(flags(&plan, "gateway").contains("--body-bytes-max=7"));
        assert!(!flags(&plan, "gateway").contains("--payment-limit"));
        assert!(flags(&plan, "inventory").starts_with("--drain-timeout-ms=5"));
    }

    #[test]
    fn the_gateway_calls_its_own_unless_it_is_told_otherwise() {
        let plan = plan(&["--payments-url=http://127.0.0.1:1"]);
        let inventory = plan.stages.iter().flatten().find(|program| program.name == "inventory").unwrap();

        let gateway = flags(&plan, "gateway");

        assert!(gateway.contains(&format!("--inventory-url={}", inventory.url())), "{gateway}");
        assert_eq!(gateway.matches("--payments-url").count(), 1, "{gateway}");
        assert!(
            gateway.contains("--payments-url=http://127.0.0.1:1/")
                || gateway.contains("--payments-url=http://127.0.0.1:1 ")
        );
    }

    #[test]
    fn the_load_is_the_first_to_stop() {
        let plan = plan(&["--load", "--rate=3", "--addr=0.0.0.0:0"]);

        assert_eq!(plan.stages[0][0].name, "load");
        let flags = flags(&plan, "load");
        assert!(flags.starts_with("--rate=3 --target=http://127.0.0.1:"), "{flags}");
    }

    #[test]
    fn light_traffic_is_as_much_as_somebody_says_or_little() {
        let light = |line: &[&str]| flags(&plan_with(line, Traffic::Light).unwrap(), "load");

        assert!(light(&[]).contains("--rate=2"), "{}", light(&[]));
        assert!(light(&["--rate=7"]).contains("--rate=7 --target"), "{}", light(&["--rate=7"]));
        assert!(plan_with(&[], Traffic::None).unwrap().stages[0].is_empty());
    }

    #[test]
    fn a_port_that_is_taken_is_named_with_the_flag_that_chooses_another() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let flag = format!("--payments-addr={}", taken.local_addr().unwrap());

        let failure = try_plan(&[&flag]).unwrap_err().to_string();

        assert!(failure.starts_with("cannot listen on 127.0.0.1:"), "{failure}");
        assert!(failure.ends_with("choose another address with --payments-addr"), "{failure}");
    }

    fn plan(flags: &[&str]) -> Plan {
        try_plan(flags).unwrap()
    }

    fn try_plan(flags: &[&str]) -> Result<Plan, Failure> {
        plan_with(flags, Traffic::Load)
    }

    fn plan_with(flags: &[&str], traffic: Traffic) -> Result<Plan, Failure> {
        let line = ["shop", "--addr=127.0.0.1:0"].iter().chain(flags);
        let matches = Cli::command().get_matches_from(line);
        let cli = Cli::from_arg_matches(&matches).unwrap();
        Plan::new(&cli.shop, &matches, traffic)
    }

    fn flags(plan: &Plan, name: &str) -> String {
        let program = plan.stages.iter().flatten().find(|program| program.name == name).unwrap();
        let flags: Vec<_> = program.flags.iter().map(|flag| flag.to_str().unwrap()).collect();
        flags.join(" ")
    }
}
