//! What can be set: by a flag, else by an environment variable, else the default.

use std::net::SocketAddr;
use std::num::ParseIntError;
use std::time::Duration;

use clap::{Args, Parser};

/// The shop's settings. Telemetry has its own, the standard `OTEL_*` variables.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "shop",
    version,
    about = "Pilotlight's reference service: a small web shop",
    args_override_self = true
)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one. All interfaces, so that a container's port can be published.
    #[arg(long, env = "SHOP_ADDR", default_value = "0.0.0.0:8080")]
    pub addr: SocketAddr,

    /// SQLite database: `sqlite://path`, a path, or `sqlite::memory:`; a missing file is created and seeded.
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite::memory:")]
    pub database_url: String,

    /// Largest request body in bytes; a larger one is answered with 413.
    #[arg(long, env = "SHOP_BODY_BYTES_MAX", default_value_t = 64 * 1024)]
    pub body_bytes_max: usize,

    /// How long the simulated warehouse takes to reserve an order's items.
    #[arg(long = "inventory-latency-ms", env = "SHOP_INVENTORY_LATENCY_MS", default_value = "50", value_parser = milliseconds)]
    pub inventory_latency: Duration,

    /// How long the simulated payment provider takes to answer.
    #[arg(long = "payment-latency-ms", env = "SHOP_PAYMENT_LATENCY_MS", default_value = "100", value_parser = milliseconds)]
    pub payment_latency: Duration,

    /// The simulated payment provider declines payments above this amount, in US dollars.
    #[arg(long, env = "SHOP_PAYMENT_LIMIT", default_value = "10000", value_parser = amount)]
    pub payment_limit: f64,

    /// How long the server waits, and for what.
    #[command(flatten)]
    pub timeouts: Timeouts,
}

/// How long the server waits, and for what. Whatever is overdue loses its connection, or its answer.
#[derive(Clone, Copy, Debug, Args)]
pub struct Timeouts {
    /// For a request's head, from its first byte (a connection's first: from the start), and then for its body.
    #[arg(long = "read-timeout-ms", env = "SHOP_READ_TIMEOUT_MS", default_value = "15000", value_parser = milliseconds)]
    pub read: Duration,

    /// For the answer to be made, and for a client that stopped reading to take some more of it.
    #[arg(long = "write-timeout-ms", env = "SHOP_WRITE_TIMEOUT_MS", default_value = "15000", value_parser = milliseconds)]
    pub write: Duration,

    /// For the next request on a connection that is kept alive.
    #[arg(long = "idle-timeout-ms", env = "SHOP_IDLE_TIMEOUT_MS", default_value = "60000", value_parser = milliseconds)]
    pub idle: Duration,

    /// From a shutdown signal until connections are refused. `/health` says 503 meanwhile, so that a load balancer
    /// looks elsewhere; give it more than the balancer's probing interval.
    #[arg(long = "notice-ms", env = "SHOP_NOTICE_MS", default_value = "1000", value_parser = milliseconds)]
    pub notice: Duration,

    /// For requests in flight at shutdown; those that take longer are cut off.
    #[arg(long = "drain-timeout-ms", env = "SHOP_DRAIN_TIMEOUT_MS", default_value = "30000", value_parser = milliseconds)]
    pub drain: Duration,
}

fn milliseconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(Duration::from_millis)
}

fn amount(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(amount) if amount >= 0.0 => Ok(amount),
        _ => Err("not an amount of money; give a number from zero up".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_read_in_its_unit() {
        let settings = Settings::try_parse_from(["shop", "--idle-timeout-ms", "250"]).unwrap();

        assert_eq!(settings.timeouts.idle, Duration::from_millis(250));
    }

    #[test]
    fn the_last_of_a_repeated_flag_counts() {
        let settings = Settings::try_parse_from(["shop", "--notice-ms=1", "--notice-ms=2"]).unwrap();

        assert_eq!(settings.timeouts.notice, Duration::from_millis(2));
    }

    #[test]
    fn a_limit_that_is_not_an_amount_is_refused() {
        for limit in ["NaN", "-1", "much"] {
            assert!(
                Settings::try_parse_from(["shop", &format!("--payment-limit={limit}")]).is_err(),
                "{limit}"
            );
        }
    }

    #[test]
    fn a_negative_duration_is_refused_by_name() {
        let refusal = Settings::try_parse_from(["shop", "--read-timeout-ms=-1"]).unwrap_err();

        assert!(refusal.to_string().contains("--read-timeout-ms"), "{refusal}");
    }
}
