//! How much of their time the workers spend polling.

use ::tokio::runtime::RuntimeMetrics;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Busy {
    /// Of all workers, since the runtime began. `None` where tokio does not tell.
    pub(super) time: Option<Duration>,
    /// Between the last two readings. `None` until there are two.
    pub(super) ratio: Option<f64>,
}

impl Busy {
    pub(super) fn first(metrics: &RuntimeMetrics) -> Self {
        Self { time: busy_time(metrics), ratio: None }
    }

    pub(super) fn next(&self, metrics: &RuntimeMetrics, elapsed: Duration) -> Self {
        self.after(busy_time(metrics), elapsed, metrics.num_workers())
    }

    fn after(&self, time: Option<Duration>, elapsed: Duration, workers: usize) -> Self {
        let ratio = self.time.zip(time).map(|(before, now)| {
            let available = elapsed.as_secs_f64() * workers as f64;
            // A worker adds a stretch of work when the stretch ends, and it may have begun before the last reading.
            (now.saturating_sub(before).as_secs_f64() / available).min(1.0)
        });
        Self { time, ratio }
    }
}

#[cfg(target_has_atomic = "64")]
fn busy_time(metrics: &RuntimeMetrics) -> Option<Duration> {
    Some((0..metrics.num_workers()).map(|worker| metrics.worker_total_busy_duration(worker)).sum())
}

#[cfg(not(target_has_atomic = "64"))]
fn busy_time(_: &RuntimeMetrics) -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(seconds: u64) -> Busy {
        Busy { time: Some(Duration::from_secs(seconds)), ratio: None }
    }

    #[test]
    fn the_ratio_is_of_all_workers_time() {
        let next = busy(100).after(Some(Duration::from_secs(102)), Duration::from_secs(2), 4);

        assert_eq!(next, Busy { time: Some(Duration::from_secs(102)), ratio: Some(0.25) });
    }

    #[test]
    fn a_stretch_that_began_before_the_last_reading_makes_no_more_than_all() {
        let next = busy(100).after(Some(Duration::from_secs(160)), Duration::from_secs(1), 1);

        assert_eq!(next.ratio, Some(1.0));
    }

    #[test]
    fn what_tokio_does_not_tell_has_no_ratio() {
        let untold = Busy { time: None, ratio: None };

        assert_eq!(untold.after(None, Duration::from_secs(1), 1), untold);
    }
}
