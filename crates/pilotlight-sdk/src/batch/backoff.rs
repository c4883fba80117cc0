//! How long to wait between attempts.
//!
//! Specification: "Retry", <https://opentelemetry.io/docs/specs/otel/protocol/exporter/#retry>: exponential, with jitter,
//! and no sooner than the receiver asks.

use std::time::Duration;

/// The wait after the first failure, before jitter: long enough for a restarting collector's port to be back.
const FIRST: Duration = Duration::from_millis(500);

/// The longest wait, before jitter: an outage of hours costs a request every few seconds.
const LONGEST: Duration = Duration::from_secs(10);

/// The wait before attempt number `attempt + 2`, counted from zero, with `random` in `0.0..1.0`.
///
/// Doubles each time, and is spread over half to one and a half of that, so that many clients of a collector that comes back
/// do not come back at once.
pub(super) fn backoff(attempt: u32, asked: Option<Duration>, random: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1u32.checked_shl(attempt).unwrap_or(u32::MAX)).min(LONGEST);
    let spread = doubled.mul_f64(0.5 + random);
    spread.max(asked.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread() {
        assert_eq!(backoff(0, None, 0.5), FIRST);
        assert_eq!(backoff(1, None, 0.5), FIRST * 2);
        assert_eq!(backoff(40, None, 0.5), LONGEST);
        assert_eq!(backoff(0, None, 0.0), FIRST / 2);
        assert!(backoff(0, None, 0.999) < FIRST * 3 / 2);
    }

    #[test]
    fn the_receivers_wish_is_never_undercut() {
        let asked = Some(Duration::from_secs(60));
        assert_eq!(backoff(0, asked, 0.0), Duration::from_secs(60));
        assert_eq!(backoff(10, Some(Duration::ZERO), 0.5), LONGEST);
    }
}
