//! What the operating system tells about this process, by the
//! [semantic conventions](https://opentelemetry.io/docs/specs/semconv/system/process-metrics/).
//!
//! ```text
//!  getrusage ───────────┐
//!  /proc/self/stat ─────┤  at most once        ┌─▶ process.cpu.time
//!  /proc/self/io ───────┼─ in 100 ms ─▶ Sample ┼─▶ process.memory.usage
//!  /proc/self/fd ───────┘                      └─▶ …
//! ```
//!
//! What a platform does not tell is not reported; there is never a zero in its place.
//!
//! | Metric | Kind | Unit | Attribute | Linux, Android | Apple, BSD |
//! |---|---|---|---|---|---|
//! | `process.cpu.time` | counter | `s` | `cpu.mode` = `user`, `system` | `getrusage` | `getrusage` |
//! | `process.cpu.utilization` | gauge | `1` | `cpu.mode` = `user`, `system` | from the above | from the above |
//! | `process.memory.usage` | up-down counter | `By` | | `/proc/self/stat` | |
//! | `process.memory.virtual` | up-down counter | `By` | | `/proc/self/stat` | |
//! | `process.thread.count` | up-down counter | `{thread}` | | `/proc/self/stat` | |
//! | `process.unix.file_descriptor.count` | up-down counter | `{file_descriptor}` | | `/proc/self/fd` | |
//! | `process.context_switches` | counter | `{context_switch}` | `process.context_switch.type` = `voluntary`, `involuntary` | `getrusage` | `getrusage` |
//! | `process.paging.faults` | counter | `{fault}` | `system.paging.fault.type` = `major`, `minor` | `getrusage` | `getrusage` |
//! | `process.disk.io` | counter | `By` | `disk.io.direction` = `read`, `write` | `/proc/self/io` | |
//! | `process.uptime` | gauge | `s` | | `/proc/self/stat` | |
//!
//! Nothing on other platforms. `getrusage` rather than `/proc` where both know: it has microseconds, and it counts the
//! context switches of all threads, those that ended too, where `/proc/self/status` knows the first thread's alone.
//!
//! Left out: `process.network.io`. No platform here counts it by process; `/proc/self/net/dev` counts the network
//! namespace, which is every process of the container or of the host.
//!
//! `process.disk.io` is what reached the block devices: reads from the page cache are not in it. A sandbox may deny
//! `/proc/self/io`; then it is missing. The resident memory is the kernel's running figure, which may lag by some
//! dozens of pages for each CPU.

mod instruments;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod proc;
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly"
))]
mod rusage;
mod sample;
mod usage;

use super::recent::AGE_MAX;
use opentelemetry::metrics::Meter;

/// Registers the instruments of this process with a meter, for as long as its provider lives.
///
/// Call it once for a provider: a second time makes a second set of callbacks that say the same, and what an SDK makes
/// of two answers differs.
///
/// `process.cpu.utilization` tells of the time since the previous collection, the first one since this call; it is
/// divided by the CPUs that the process may use (affinity and cgroup quota are asked for each time). With several
/// readers, the previous collection is that of any of them.
///
/// # Cost
/// One system call, three small files and the question how many CPUs there are for each collection, some 100 µs on the
/// collecting thread; nothing otherwise.
///
/// # Example
/// ```
/// let meter = opentelemetry::global::meter("my-service");
/// pilotlight_instrument::runtime::process::register(&meter);
/// ```
pub fn register(meter: &Meter) {
    instruments::register(meter, AGE_MAX);
}
