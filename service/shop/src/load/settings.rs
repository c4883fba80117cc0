//! What can be set of the traffic: by a flag, else by an environment variable, else the default.

use std::time::Duration;

use clap::Args;

use crate::arguments::seconds;

/// The most requests a second: more is for a load generator that is nothing else.
const RATE_MAX: f64 = 10_000.0;

/// What is sent, and for how long.
#[derive(Clone, Debug, Args)]
// Several of these make up one command line, and clap would give all of their groups the same name.
#[group(skip)]
pub struct Settings {
    /// Requests of the load a second. They are sent when they are due, however long the answers take.
    #[arg(long, env = "SHOP_LOAD_RATE", default_value = "10", value_parser = rate)]
    pub rate: f64,

    /// How long the load is to last; without it, until it is told to stop.
    #[arg(long = "duration-s", env = "SHOP_LOAD_DURATION_S", value_parser = seconds)]
    pub duration: Option<Duration>,

    /// Where the load's dice begin: with the same number, the same requests follow each other. Without it, others each time.
    #[arg(long, env = "SHOP_LOAD_SEED")]
    pub seed: Option<u64>,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && rate <= RATE_MAX => Ok(rate),
        _ => Err(format!("not a rate; give a number above zero, {RATE_MAX} at most")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_above_zero_and_has_a_limit() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "NaN", "inf", "10001", "fast"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
