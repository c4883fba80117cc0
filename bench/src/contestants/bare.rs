//! Nobody: the service without telemetry, from which the others are told apart.

use anyhow::Result;

use super::{Contestant, Stack, Telemetry};
use crate::shop;

/// Competes in the service alone.
pub const CONTESTANT: Contestant =
    Contestant { name: "bare", pipeline: None, stack: Some(stack), stack_with_logs: Some(stack) };

fn stack(_endpoint: &str) -> Result<Stack> {
    Ok(Stack { router: shop::bare(), telemetry: Box::new(Nothing) })
}

struct Nothing;

impl Telemetry for Nothing {
    fn flush(&self) {}

    fn shutdown(self: Box<Self>) -> String {
        String::new()
    }
}
