//! How long a task that is due waits for its poll.
//!
//! A task asks the runtime to be woken at a time, and notes how much later it is polled. In between stand the timer,
//! which has a resolution of 1 ms and is looked at by a worker; the queue; and the workers, busy with polls that take
//! too long or blocked. That is what every other task of the runtime waits for as well.

use ::tokio::runtime::Handle;
use ::tokio::task::AbortHandle;
use ::tokio::time::{Instant, sleep_until};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};
use std::time::Duration;

/// A stall this long is what a person notices, and none of it can fall between two measurements.
pub(super) const INTERVAL: Duration = Duration::from_millis(100);

/// Tokio's timer rounds up to whole milliseconds.
pub(super) const RESOLUTION: Duration = Duration::from_millis(1);

/// Up to 2 ms is the timer's rounding in a healthy runtime; 10 ms is a poll that should have yielded, 100 ms a call
/// that blocks, and from 1 s on requests time out.
const BOUNDARIES_SECONDS: [f64; 12] =
    [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

pub(super) fn histogram(meter: &Meter) -> Histogram<f64> {
    meter
        .f64_histogram("tokio.runtime.schedule.delay")
        .with_unit("s")
        .with_description("How late a task that was due was polled.")
        .with_boundaries(BOUNDARIES_SECONDS.to_vec())
        .build()
}

/// Measures until it is aborted or the runtime ends.
pub(super) fn spawn(
    handle: &Handle,
    interval: Duration,
    delay: Histogram<f64>,
    attributes: Vec<KeyValue>,
) -> AbortHandle {
    let probe = async move {
        loop {
            let due = Instant::now() + interval;
            sleep_until(due).await;
            delay.record(due.elapsed().as_secs_f64(), &attributes);
        }
    };
    handle.spawn(probe).abort_handle()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::tokio::runtime::{Builder, Runtime};
    use ::tokio::task::yield_now;
    use ::tokio::time::advance;
    use opentelemetry::metrics::MeterProvider as _;
    use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
    use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

    /// A runtime whose clock moves only by hand, and a probe in it.
    struct Probed {
        runtime: Runtime,
        provider: SdkMeterProvider,
        exporter: InMemoryMetricExporter,
    }

    impl Probed {
        fn new() -> Self {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            let exporter = InMemoryMetricExporter::default();
            let reader = PeriodicReader::builder(exporter.clone()).build();
            let provider = SdkMeterProvider::builder().with_reader(reader).build();
            let probed = Self { runtime, provider, exporter };
            let delay = histogram(&probed.provider.meter("test"));
            spawn(probed.runtime.handle(), INTERVAL, delay, Vec::new());
            // Now it sleeps.
            probed.runtime.block_on(yield_now());
            probed
        }

        /// Nothing is polled while this time goes by.
        fn stall(&self, time: Duration) {
            self.runtime.block_on(async {
                advance(time).await;
                yield_now().await;
            });
        }

        /// How many, and the longest in seconds.
        fn delays(&self) -> (u64, f64) {
            self.provider.force_flush().unwrap();
            let finished = self.exporter.get_finished_metrics().unwrap();
            let metric = finished
                .iter()
                .flat_map(|resource| resource.scope_metrics())
                .flat_map(|scope| scope.metrics())
                .last()
                .expect("something was recorded");
            let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() else {
                panic!("{metric:?} is no histogram of seconds")
            };
            let point = histogram.data_points().next().unwrap();
            (point.count(), point.max().unwrap())
        }
    }

    #[test]
    fn a_runtime_that_stalls_shows_for_how_long() {
        let probed = Probed::new();

        probed.stall(INTERVAL + Duration::from_millis(300));

        let (count, longest) = probed.delays();
        assert_eq!(count, 1);
        assert!((0.299..=0.3).contains(&longest), "{longest}");
    }

    #[test]
    fn a_runtime_that_polls_in_time_shows_next_to_nothing() {
        let probed = Probed::new();

        for _ in 0..5 {
            probed.stall(INTERVAL + RESOLUTION);
        }

        let (count, longest) = probed.delays();
        assert_eq!(count, 5);
        assert!(longest <= 0.002, "{longest}");
    }

    #[test]
    fn a_missed_measurement_is_not_made_up_for() {
        let probed = Probed::new();

        probed.stall(INTERVAL * 10);
        probed.stall(INTERVAL / 2);

        assert_eq!(probed.delays().0, 1);
    }
}
