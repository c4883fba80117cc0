//! What tokio tells under `--cfg tokio_unstable`, and may stop telling in any version.

use super::registration::Watched;
use crate::runtime::observables::{Observables, signed, text};
use ::tokio::runtime::RuntimeMetrics;
use opentelemetry::KeyValue;
use opentelemetry::metrics::AsyncInstrument;
use std::sync::Arc;

type Instruments<'a> = Observables<'a, Arc<Watched>>;

pub(super) fn register(instruments: &Instruments<'_>) {
    blocking_pool(instruments);
    #[cfg(target_has_atomic = "64")]
    {
        tasks(instruments);
        workers(instruments);
        poll_times(instruments);
    }
}

fn blocking_pool(instruments: &Instruments<'_>) {
    let threads = text("tokio.runtime.blocking_pool.threads", "{thread}", "Threads for blocking work.");
    instruments.up_down_counter(threads, |watched, instrument| {
        let idle = watched.metrics.num_idle_blocking_threads() as u64;
        // The two are read one after the other: a thread may go idle in between.
        let active = (watched.metrics.num_blocking_threads() as u64).saturating_sub(idle);
        for (state, threads) in [("active", active), ("idle", idle)] {
            let state = KeyValue::new("tokio.runtime.blocking_thread.state", state);
            instrument.observe(signed(threads), &with(&watched.attributes, state));
        }
    });
    let queued = "Blocking work that waits for a thread.";
    let queued = text("tokio.runtime.blocking_pool.queue.depth", "{task}", queued);
    instruments.up_down_counter(queued, |watched, instrument| {
        instrument.observe(signed(watched.metrics.blocking_queue_depth() as u64), &watched.attributes);
    });
    let queued = text("tokio.runtime.local_queue.depth", "{task}", "Tasks that wait for one worker.");
    instruments.up_down_counter(queued, |watched, instrument| {
        let workers = 0..watched.metrics.num_workers();
        let queued: usize = workers.map(|worker| watched.metrics.worker_local_queue_depth(worker)).sum();
        instrument.observe(signed(queued as u64), &watched.attributes);
    });
}

#[cfg(target_has_atomic = "64")]
fn tasks(instruments: &Instruments<'_>) {
    let spawned = text("tokio.runtime.tasks.spawned", "{task}", "Tasks spawned since the runtime began.");
    instruments.counter(spawned, |watched, instrument| {
        instrument.observe(watched.metrics.spawned_tasks_count(), &watched.attributes);
    });
    let yields = "Times that a task was made to yield because it had used up its budget.";
    let yields = text("tokio.runtime.tasks.budget_forced_yields", "{yield}", yields);
    instruments.counter(yields, |watched, instrument| {
        instrument.observe(watched.metrics.budget_forced_yield_count(), &watched.attributes);
    });
    let remote = "Tasks scheduled from outside of the runtime's workers.";
    let remote = text("tokio.runtime.tasks.remote_schedules", "{schedule}", remote);
    instruments.counter(remote, |watched, instrument| {
        instrument.observe(watched.metrics.remote_schedule_count(), &watched.attributes);
    });
}

#[cfg(target_has_atomic = "64")]
fn workers(instruments: &Instruments<'_>) {
    let polls = text("tokio.runtime.worker.poll_count", "{poll}", "Polls of tasks.");
    instruments.counter(polls, |watched, instrument| {
        observe_sum(watched, RuntimeMetrics::worker_poll_count, instrument);
    });
    let steals = "Tasks taken from another worker's queue.";
    instruments.counter(text("tokio.runtime.worker.steal_count", "{task}", steals), |watched, instrument| {
        observe_sum(watched, RuntimeMetrics::worker_steal_count, instrument);
    });
    let overflows = "Times that a worker's queue was full.";
    let overflows = text("tokio.runtime.worker.overflow_count", "{overflow}", overflows);
    instruments.counter(overflows, |watched, instrument| {
        observe_sum(watched, RuntimeMetrics::worker_overflow_count, instrument);
    });
    let noops =
        text("tokio.runtime.worker.noop_count", "{wakeup}", "Times that a worker woke up to nothing.");
    instruments.counter(noops, |watched, instrument| {
        observe_sum(watched, RuntimeMetrics::worker_noop_count, instrument);
    });
}

#[cfg(target_has_atomic = "64")]
fn observe_sum(
    watched: &Watched,
    of_worker: fn(&RuntimeMetrics, usize) -> u64,
    instrument: &dyn AsyncInstrument<u64>,
) {
    instrument.observe(watched.sum(of_worker), &watched.attributes);
}

#[cfg(target_has_atomic = "64")]
fn poll_times(instruments: &Instruments<'_>) {
    let polls = "Polls that took at most `le` seconds.";
    instruments.counter(
        text("tokio.runtime.poll.duration.bucket", "{poll}", polls),
        |watched, instrument| {
            if !watched.metrics.poll_time_histogram_enabled() {
                return;
            }
            let buckets = watched.metrics.poll_time_histogram_num_buckets();
            let mut polls = 0;
            for bucket in 0..buckets {
                polls +=
                    watched.sum(|metrics, worker| metrics.poll_time_histogram_bucket_count(worker, bucket));
                // The last bucket has no end, though tokio gives it one.
                let le = if bucket + 1 == buckets {
                    "+Inf".to_owned()
                } else {
                    watched.metrics.poll_time_histogram_bucket_range(bucket).end.as_secs_f64().to_string()
                };
                instrument.observe(polls, &with(&watched.attributes, KeyValue::new("le", le)));
            }
        },
    );
}

fn with(attributes: &[KeyValue], more: KeyValue) -> Vec<KeyValue> {
    attributes.iter().cloned().chain([more]).collect()
}

#[cfg(test)]
mod tests {
    use crate::runtime::collected::Metered;
    use crate::runtime::tokio::RuntimeInstrumentation;
    use ::tokio::runtime::Builder;

    #[test]
    fn an_unstable_tokio_tells_more() {
        let metered = Metered::new();
        let runtime = Builder::new_current_thread().enable_metrics_poll_time_histogram().build().unwrap();
        let _watching = RuntimeInstrumentation::builder(runtime.handle().clone())
            .without_probe()
            .register(&metered.meter());

        runtime.block_on(async {
            ::tokio::spawn(use_up_the_budget()).await.unwrap();
            ::tokio::task::spawn_blocking(|| {}).await.unwrap();
        });

        let points = metered.collect();
        assert_eq!(points["tokio.runtime.tasks.spawned"], 1.0, "{points:?}");
        let threads = |state| {
            points[&format!(
                "tokio.runtime.blocking_pool.threads{{tokio.runtime.blocking_thread.state={state}}}"
            )]
        };
        assert_eq!(threads("active") + threads("idle"), 1.0, "{points:?}");
        assert!(points["tokio.runtime.poll.duration.bucket{le=+Inf}"] >= 1.0, "{points:?}");
        assert!(points["tokio.runtime.worker.poll_count"] >= 1.0, "{points:?}");
        assert!(points["tokio.runtime.tasks.budget_forced_yields"] >= 1.0, "{points:?}");
    }

    /// Tokio lets a task go on 128 times before it has to yield.
    async fn use_up_the_budget() {
        for _ in 0..200 {
            ::tokio::task::consume_budget().await;
        }
    }
}
