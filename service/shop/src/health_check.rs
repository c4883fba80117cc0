//! Asks a program that runs whether it is well: for containers, which have no other client in them.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use reqwest::Client;

use crate::cli::{GatewayCommand, HealthCommand, InventoryCommand, PaymentsCommand, Server, WorkerCommand};
use crate::failure::Failure;
use crate::serving::reachable;

/// A program that is well answers at once; less than whoever asks for it usually waits.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Asks for `/health`, without telemetry.
///
/// # Errors
/// When nobody answers, or not with a success: a program that is stopping does not.
pub async fn check_health(command: &HealthCommand) -> Result<(), Failure> {
    let addr = command.addr.map_or_else(|| configured(command.program), Ok)?;
    let url = format!("http://{}/health", reachable(addr));
    let failed =
        |cause: reqwest::Error| Failure::because(format!("{url} does not answer"), cause.without_url());
    let client = Client::builder().timeout(TIMEOUT).no_proxy().build().map_err(failed)?;
    let status = client.get(&url).send().await.map_err(failed)?.status();
    if status.is_success() { Ok(()) } else { Err(Failure::new(format!("{url} answers {status}"))) }
}

/// Where the program would listen if it were started here, by the variables that it would see.
fn configured(program: Server) -> Result<SocketAddr, Failure> {
    let addr = match program {
        Server::Gateway => GatewayCommand::try_parse_from(["gateway"]).map(|command| command.addr),
        Server::Inventory => InventoryCommand::try_parse_from(["inventory"]).map(|command| command.addr),
        Server::Payments => PaymentsCommand::try_parse_from(["payments"]).map(|command| command.addr),
        Server::Worker => WorkerCommand::try_parse_from(["worker"]).map(|command| command.addr),
    };
    addr.map_err(|cause| Failure::because("the program's own settings are wrong", cause))
}
