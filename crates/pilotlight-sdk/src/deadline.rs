//! Points in time that cannot be too far away to be named.

use std::time::{Duration, Instant};

/// Longer than any program runs. Beyond it clocks and timers may overflow, which is a panic in the standard library's arithmetic.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The instant `timeout` from now; however long it is, far enough stands in for it.
pub(crate) fn deadline_in(timeout: Duration) -> Instant {
    Instant::now() + timeout.min(FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_timeout_is_a_deadline_like_others() {
        assert!(deadline_in(Duration::MAX) > Instant::now() + FAR / 2);
        assert!(deadline_in(Duration::ZERO) <= Instant::now());
    }
}
