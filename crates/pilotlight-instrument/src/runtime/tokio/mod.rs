//! What tokio tells about its runtimes, and how late they poll.
//!
//! ```text
//!  RuntimeMetrics ─── asked at each collection ──────────▶ tokio.runtime.tasks.alive, …
//!  probe's task ───── sleeps, wakes, notes how late ─────▶ tokio.runtime.schedule.delay
//! ```
//!
//! There are no semantic conventions for tokio; the namespace `tokio.` is its own. A runtime that was given a name
//! says it in the attribute `tokio.runtime.name`, on each metric. Sums are over the runtime's workers.
//!
//! | Metric | Kind | Unit | What |
//! |---|---|---|---|
//! | `tokio.runtime.workers` | up-down counter | `{worker}` | worker threads |
//! | `tokio.runtime.tasks.alive` | up-down counter | `{task}` | tasks spawned and not finished, the probe's among them |
//! | `tokio.runtime.global_queue.depth` | up-down counter | `{task}` | tasks that wait for any worker |
//! | `tokio.runtime.worker.busy_time` | counter | `s` | time spent polling |
//! | `tokio.runtime.worker.busy_ratio` | gauge | `1` | the share of the workers' time since the previous collection spent polling |
//! | `tokio.runtime.worker.park_count` | counter | `{park}` | times a worker had nothing to do |
//! | `tokio.runtime.schedule.delay` | histogram | `s` | how late the probe's task was polled |
//!
//! On platforms without 64-bit atomics tokio does not tell the three of the workers.
//!
//! With `--cfg tokio_unstable` in `RUSTFLAGS` tokio tells more, and so do we. These may change with any version of
//! tokio; they were written against 1.54.
//!
//! | Metric | Kind | Unit | What |
//! |---|---|---|---|
//! | `tokio.runtime.tasks.spawned` | counter | `{task}` | tasks spawned since the runtime began |
//! | `tokio.runtime.tasks.budget_forced_yields` | counter | `{yield}` | times a task was made to yield because it used up its budget |
//! | `tokio.runtime.tasks.remote_schedules` | counter | `{schedule}` | tasks scheduled from outside of the runtime's workers |
//! | `tokio.runtime.local_queue.depth` | up-down counter | `{task}` | tasks that wait for one worker |
//! | `tokio.runtime.worker.poll_count` | counter | `{poll}` | polls of tasks |
//! | `tokio.runtime.worker.steal_count` | counter | `{task}` | tasks taken from another worker's queue |
//! | `tokio.runtime.worker.overflow_count` | counter | `{overflow}` | times a worker's queue was full |
//! | `tokio.runtime.worker.noop_count` | counter | `{wakeup}` | times a worker woke up to nothing |
//! | `tokio.runtime.blocking_pool.threads` | up-down counter | `{thread}` | threads for blocking work, by `tokio.runtime.blocking_thread.state` = `active`, `idle` |
//! | `tokio.runtime.blocking_pool.queue.depth` | up-down counter | `{task}` | blocking work that waits for a thread |
//! | `tokio.runtime.poll.duration.bucket` | counter | `{poll}` | polls that took at most `le` seconds, if the runtime was built with `enable_metrics_poll_time_histogram` |
//!
//! The last one is tokio's own histogram of poll times. The OpenTelemetry API takes no finished histograms, and to
//! record its counts one by one could take the collecting thread seconds; so it is a counter for each bucket, each
//! including the smaller ones, as Prometheus has it, where `histogram_quantile(0.99, rate(…[5m]))` reads it as it is.
//! Do not add the buckets up: `le="+Inf"` is the sum.
//!
//! Read straight from tokio's `RuntimeMetrics`: `tokio-metrics` hands out what changed since it was last asked, which
//! suits one reader, where observable counters need totals for any number of them.

mod builder;
mod busy;
mod instruments;
mod probe;
mod registration;
#[cfg(tokio_unstable)]
mod unstable;

pub use builder::RuntimeInstrumentationBuilder;
pub use registration::RuntimeInstrumentation;
