//! `/proc/self`: memory, threads, file descriptors, disk I/O, age. Each file is read once, and what cannot be read or
//! understood is left out.

use super::usage::{DiskBytes, Memory, Usage};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};
use procfs_core::FromRead;
use procfs_core::process::{Io, Stat};
use std::fs;
use std::time::Duration;

pub(super) fn read(usage: &mut Usage) {
    if let Ok(stat) = Stat::from_file("/proc/self/stat") {
        usage.memory = memory(&stat);
        usage.threads = stat.num_threads.try_into().ok();
        usage.uptime = uptime(&stat);
    }
    usage.file_descriptors = file_descriptors();
    usage.disk = disk();
}

fn memory(stat: &Stat) -> Option<Memory> {
    let page_bytes = system_setting(SysconfVar::PAGE_SIZE)?;
    Some(Memory { resident_bytes: stat.rss.checked_mul(page_bytes)?, virtual_bytes: stat.vsize })
}

/// Since the process started, suspended time included: its start is told in ticks since boot, on that clock.
fn uptime(stat: &Stat) -> Option<Duration> {
    let ticks_a_second = system_setting(SysconfVar::CLK_TCK)?;
    let started = Duration::from_secs_f64(stat.starttime as f64 / ticks_a_second as f64);
    let now = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    Some(Duration::from(now).saturating_sub(started))
}

fn file_descriptors() -> Option<u64> {
    const DIRECTORY: &str = "/proc/self/fd";
    // Since Linux 6.2 the directory's size is the answer; a listing of 10,000 files takes milliseconds.
    match fs::metadata(DIRECTORY).ok()?.len() {
        // Before, it has to be listed, and the listing holds a descriptor of its own.
        0 => (fs::read_dir(DIRECTORY).ok()?.count() as u64).checked_sub(1),
        count => Some(count),
    }
}

fn disk() -> Option<DiskBytes> {
    let io = Io::from_file("/proc/self/io").ok()?;
    Some(DiskBytes { read: io.read_bytes, written: io.write_bytes })
}

fn system_setting(setting: SysconfVar) -> Option<u64> {
    sysconf(setting).ok()??.try_into().ok().filter(|value| *value > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::hint;
    use std::sync::Barrier;
    use std::thread;

    fn now() -> Usage {
        let mut usage = Usage::default();
        read(&mut usage);
        usage
    }

    /// More than other tests of this process open and close meanwhile.
    const MANY: usize = 200;

    #[test]
    fn open_files_are_counted() {
        let before = now().file_descriptors.unwrap();

        let files: Vec<_> = (0..MANY).map(|_| File::open("/proc/self/stat").unwrap()).collect();

        let after = now().file_descriptors.unwrap();
        assert!(after.abs_diff(before + MANY as u64) < MANY as u64 / 2, "{before} then {after}");
        drop(files);
        let closed = now().file_descriptors.unwrap();
        assert!(closed.abs_diff(before) < MANY as u64 / 2, "{before} then {closed}");
    }

    #[test]
    fn threads_are_counted() {
        let before = now().threads.unwrap();
        let barrier = Barrier::new(MANY + 1);

        thread::scope(|scope| {
            for _ in 0..MANY {
                scope.spawn(|| barrier.wait());
            }
            let during = now().threads.unwrap();
            assert!(during > before + MANY as u64 / 2, "{before} then {during}");
            barrier.wait();
        });
    }

    #[test]
    fn touched_memory_is_resident() {
        const BYTES: usize = 64 << 20;
        let before = now().memory.unwrap();

        let touched = hint::black_box(vec![1u8; BYTES]);

        let after = now().memory.unwrap();
        let grown = |from: u64, to: u64| to.saturating_sub(from) as usize;
        assert!(
            grown(before.resident_bytes, after.resident_bytes) > touched.len() / 2,
            "{before:?} {after:?}"
        );
        assert!(after.virtual_bytes > after.resident_bytes);
    }

    #[test]
    fn the_process_gets_older_and_is_younger_than_the_machine() {
        let first = now().uptime.unwrap();
        let second = now().uptime.unwrap();

        assert!(second >= first);
        assert!(second < Duration::from(clock_gettime(ClockId::CLOCK_BOOTTIME).unwrap()));
        // No test run takes a day; ticks taken for seconds would.
        assert!(second < Duration::from_secs(24 * 60 * 60));
    }
}
