//! What the process has used so far.

use std::time::Duration;

/// One reading. `None` is what this platform, or this sandbox, does not tell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    pub(super) cpu: Option<CpuTime>,
    pub(super) context_switches: Option<ContextSwitches>,
    pub(super) faults: Option<Faults>,
    pub(super) memory: Option<Memory>,
    pub(super) threads: Option<u64>,
    pub(super) file_descriptors: Option<u64>,
    pub(super) disk: Option<DiskBytes>,
    pub(super) uptime: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct CpuTime {
    pub(super) user: Duration,
    pub(super) system: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ContextSwitches {
    pub(super) voluntary: u64,
    pub(super) involuntary: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Faults {
    pub(super) major: u64,
    pub(super) minor: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    pub(super) resident_bytes: u64,
    pub(super) virtual_bytes: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct DiskBytes {
    pub(super) read: u64,
    pub(super) written: u64,
}

impl Usage {
    pub(super) fn read() -> Self {
        #[allow(unused_mut, reason = "on a platform that tells nothing it stays as it is")]
        let mut usage = Self::default();
        #[cfg(any(
            target_os = "linux",
            target_os = "android",
            target_vendor = "apple",
            target_os = "freebsd",
            target_os = "netbsd",
            target_os = "openbsd",
            target_os = "dragonfly"
        ))]
        super::rusage::read(&mut usage);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        super::proc::read(&mut usage);
        usage
    }
}
