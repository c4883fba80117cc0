//! How a sender's clock goes, from when its spans ended and when they came.
//!
//! A span that comes before it has ended says that its sender's clock is ahead. One that comes long after it has ended may have waited;
//! but where every one of them did, for as long as anything has come, the clock is behind. It is the end that counts: spans may be long.

/// What is known of a clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    /// How many requests it is known from.
    pub(crate) requests: u64,
    /// The shortest time from the latest end in a request to its arrival, nanoseconds; negative when the end was in the future.
    pub(crate) delay_min: Option<i64>,
}

impl Clock {
    /// A request's latest end, and when it came; nanoseconds since 1970.
    pub(super) fn note(&mut self, latest_end: u64, now: u64) {
        if latest_end == 0 {
            return;
        }
        let delay = i64::try_from(i128::from(now) - i128::from(latest_end)).unwrap_or(i64::MAX);
        self.requests += 1;
        self.delay_min = Some(self.delay_min.map_or(delay, |known| known.min(delay)));
    }
}
