//! How much processor time this process, or one of its threads, has used.

use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_gettime};

/// User and system time of all threads of this process, those that have ended included.
///
/// # Errors
///
/// When the operating system does not say.
pub fn used() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).context("getrusage of this process failed")?;
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

/// User and system time of the calling thread, to the nanosecond.
///
/// # Errors
///
/// When the operating system does not say.
pub fn used_by_this_thread() -> Result<Duration> {
    let clock = ClockId::CLOCK_THREAD_CPUTIME_ID;
    Ok(clock_gettime(clock).context("the thread's clock cannot be read")?.into())
}

fn duration(time: TimeVal) -> Duration {
    // Processor time is never negative, and microseconds are below a million.
    Duration::from_secs(time.tv_sec().unsigned_abs()) + Duration::from_micros(time.tv_usec().unsigned_abs())
}
