//! What watching a call adds to it: HTTP from a client, gRPC from either side, HTTP in a server.

use anyhow::Result;
use pilotlight_bench::{calls, watching};

fn main() -> Result<()> {
    watching::turns::run(&[calls::side()])
}
