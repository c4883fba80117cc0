//! The instruments, by name.

use super::registration::Watched;
use crate::runtime::observables::{Observables, signed, text};
use opentelemetry::metrics::Meter;
use std::sync::{Arc, Weak};

pub(super) fn register(meter: &Meter, watched: Weak<Watched>) {
    let instruments = Observables::new(meter, move || watched.upgrade());
    tasks(&instruments);
    #[cfg(target_has_atomic = "64")]
    workers(&instruments);
    #[cfg(tokio_unstable)]
    super::unstable::register(&instruments);
}

fn tasks(instruments: &Observables<'_, Arc<Watched>>) {
    let workers = text("tokio.runtime.workers", "{worker}", "Worker threads of the runtime.");
    instruments.up_down_counter(workers, |watched, instrument| {
        instrument.observe(signed(watched.metrics.num_workers() as u64), &watched.attributes);
    });
    let alive = text("tokio.runtime.tasks.alive", "{task}", "Tasks spawned and not finished.");
    instruments.up_down_counter(alive, |watched, instrument| {
        instrument.observe(signed(watched.metrics.num_alive_tasks() as u64), &watched.attributes);
    });
    let queued = text("tokio.runtime.global_queue.depth", "{task}", "Tasks that wait for any worker.");
    instruments.up_down_counter(queued, |watched, instrument| {
        instrument.observe(signed(watched.metrics.global_queue_depth() as u64), &watched.attributes);
    });
}

#[cfg(target_has_atomic = "64")]
fn workers(instruments: &Observables<'_, Arc<Watched>>) {
    let busy = text("tokio.runtime.worker.busy_time", "s", "Time that the workers spent polling.");
    instruments.seconds(busy, |watched, instrument| {
        if let Some(time) = watched.busy().time {
            instrument.observe(time.as_secs_f64(), &watched.attributes);
        }
    });
    let share = "Share of the workers' time spent polling since the previous collection.";
    instruments.gauge(text("tokio.runtime.worker.busy_ratio", "1", share), |watched, instrument| {
        if let Some(ratio) = watched.busy().ratio {
            instrument.observe(ratio, &watched.attributes);
        }
    });
    let parks = text("tokio.runtime.worker.park_count", "{park}", "Times that a worker had nothing to do.");
    instruments.counter(parks, |watched, instrument| {
        let parks = watched.sum(|metrics, worker| metrics.worker_park_count(worker));
        instrument.observe(parks, &watched.attributes);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::collected::Metered;
    use ::tokio::runtime::{Builder, Runtime};
    use ::tokio::task::yield_now;
    use std::future::pending;
    use std::hint;
    use std::time::{Duration, Instant};

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
    }

    /// Every instrument without the probe, and without the age that lets one collection share a reading.
    fn watch(runtime: &Runtime, metered: &Metered) -> Arc<Watched> {
        let watched = Arc::new(Watched::new(runtime.metrics(), Vec::new(), Duration::ZERO));
        register(&metered.meter(), Arc::downgrade(&watched));
        watched
    }

    #[test]
    fn tasks_are_counted_while_they_live() {
        let (metered, runtime) = (Metered::new(), runtime());
        let _watched = watch(&runtime, &metered);

        let tasks: Vec<_> = (0..3).map(|_| runtime.spawn(pending::<()>())).collect();
        assert_eq!(metered.collect()["tokio.runtime.tasks.alive"], 3.0);

        for task in tasks {
            task.abort();
        }
        runtime.block_on(yield_now());
        assert_eq!(metered.collect()["tokio.runtime.tasks.alive"], 0.0);
    }

    #[test]
    fn tasks_that_no_worker_has_taken_are_in_the_queue() {
        let (metered, runtime) = (Metered::new(), runtime());
        let _watched = watch(&runtime, &metered);

        // Nothing runs before somebody blocks on this runtime.
        drop((0..5).map(|_| runtime.spawn(async {})).collect::<Vec<_>>());
        assert_eq!(metered.collect()["tokio.runtime.global_queue.depth"], 5.0);

        runtime.block_on(yield_now());
        assert_eq!(metered.collect()["tokio.runtime.global_queue.depth"], 0.0);
    }

    #[test]
    fn polling_is_busy_time_and_waiting_is_a_park() {
        let (metered, runtime) = (Metered::new(), runtime());
        let _watched = watch(&runtime, &metered);
        let before = metered.collect();

        runtime.block_on(async {
            ::tokio::spawn(async {
                let start = Instant::now();
                while start.elapsed() < Duration::from_millis(5) {
                    hint::spin_loop();
                }
            })
            .await
            .unwrap();
            ::tokio::time::sleep(Duration::from_millis(2)).await;
        });

        let after = metered.collect();
        let grown = |name: &str| after[name] - before[name];
        assert!(grown("tokio.runtime.worker.busy_time") >= 0.005, "{after:?}");
        assert!(grown("tokio.runtime.worker.park_count") >= 1.0, "{after:?}");
        assert!((0.0..=1.0).contains(&after["tokio.runtime.worker.busy_ratio"]), "{after:?}");
    }
}
