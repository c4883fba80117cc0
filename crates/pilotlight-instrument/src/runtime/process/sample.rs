//! A reading, and the rate since the one before it.

use super::usage::{CpuTime, Usage};
use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

/// What the callbacks of one collection answer from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) usage: Usage,
    /// `None` until there are two readings.
    pub(super) utilization: Option<CpuUtilization>,
}

/// The share of the time that all available CPUs could have given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CpuUtilization {
    pub(super) user: f64,
    pub(super) system: f64,
}

impl Sample {
    pub(super) fn first() -> Self {
        Self { usage: Usage::read(), utilization: None }
    }

    pub(super) fn after(previous: &Self, elapsed: Duration) -> Self {
        let usage = Usage::read();
        // Asked for each time: an operator may change the affinity or the quota of a running process.
        let cpus = thread::available_parallelism().ok();
        let utilization = utilization(previous.usage.cpu, usage.cpu, elapsed, cpus);
        Self { usage, utilization }
    }
}

fn utilization(
    before: Option<CpuTime>,
    after: Option<CpuTime>,
    elapsed: Duration,
    cpus: Option<NonZeroUsize>,
) -> Option<CpuUtilization> {
    let (before, after) = (before?, after?);
    let available = elapsed.as_secs_f64() * cpus?.get() as f64;
    let share = |before: Duration, after: Duration| after.saturating_sub(before).as_secs_f64() / available;
    Some(CpuUtilization { user: share(before.user, after.user), system: share(before.system, after.system) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn cpu(user: u64, system: u64) -> Option<CpuTime> {
        Some(CpuTime { user: Duration::from_secs(user), system: Duration::from_secs(system) })
    }

    const CPUS: Option<NonZeroUsize> = NonZeroUsize::new(4);

    #[test]
    fn utilization_is_the_share_of_all_available_cpus() {
        let utilization = utilization(cpu(100, 10), cpu(120, 15), Duration::from_secs(10), CPUS);

        assert_eq!(utilization, Some(CpuUtilization { user: 0.5, system: 0.125 }));
    }

    #[test]
    fn a_clock_of_the_kernel_that_goes_back_is_no_use_of_it() {
        let utilization = utilization(cpu(100, 10), cpu(99, 10), Duration::from_secs(10), CPUS);

        assert_eq!(utilization, Some(CpuUtilization { user: 0.0, system: 0.0 }));
    }

    #[test]
    fn what_the_platform_does_not_tell_has_no_utilization() {
        assert_eq!(utilization(None, cpu(1, 1), Duration::from_secs(1), CPUS), None);
        assert_eq!(utilization(cpu(1, 1), cpu(2, 2), Duration::from_secs(1), None), None);
    }
}
