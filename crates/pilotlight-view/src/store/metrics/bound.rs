//! What goes when there is too much.

use super::MetricWindow;
use super::insert::key_bytes;
use super::series::{Series, SeriesKey};

/// Of each series, this part of its points goes at a time: all of them keep their newest.
const PART: usize = 8;
/// Room is made down to this part of the bound, so that it is not sought with each request.
const TARGET: f64 = 0.9;
/// A series that has said nothing for so long may make room for another.
const SILENCE: u64 = 15 * 60 * 1_000_000_000;
/// How often room is sought for new series; it looks at every one.
const SWEEP_INTERVAL: u64 = 60 * 1_000_000_000;

impl MetricWindow {
    /// Lets go of points and series until all is within the bound.
    pub(super) fn make_room(&mut self) {
        if self.bytes() <= self.limits.bytes_max {
            return;
        }
        self.forget_unused();
        let target = (self.limits.bytes_max as f64 * TARGET) as usize;
        while self.bytes() > target && self.drop_oldest_points() {}
        if self.bytes() > target {
            self.drop_silent(u64::MAX, self.bytes().saturating_sub(target), usize::MAX);
        }
    }

    /// When no series can be begun: lets go of some that have been silent for long.
    pub(super) fn sweep_when_full(&mut self, now: u64) {
        if self.series < self.limits.series_max || now < self.swept.saturating_add(SWEEP_INTERVAL) {
            return;
        }
        self.swept = now;
        self.drop_silent(now.saturating_sub(SILENCE), usize::MAX, self.limits.series_max / 10);
    }

    /// An eighth of each series. Answers whether anything went.
    fn drop_oldest_points(&mut self) -> bool {
        let mut dropped = 0;
        for series in self.metrics.values_mut().flatten().flat_map(|metric| metric.series.values_mut()) {
            let before = series.bytes();
            let points = series.points.len();
            dropped += series.drop_oldest((points / PART).max(1).min(points.saturating_sub(1)));
            // Where points must go, samples of the same time go before them.
            if points > 1 || series.is_held() {
                series.drop_samples();
            }
            self.bytes = self.bytes - before + series.bytes();
        }
        self.points -= dropped;
        self.points_dropped += dropped;
        self.forget_unused();
        dropped > 0
    }

    /// Forgets what nothing that is held refers to any more.
    fn forget_unused(&mut self) {
        self.origins.forget_unused();
        for metric in self.metrics.values_mut().flatten() {
            self.bytes -= metric.layouts.forget_unused();
        }
    }

    /// Lets go of series, but for those that stay, that have said nothing since `before`, the most silent first, until so many bytes are free or so many are gone.
    fn drop_silent(&mut self, before: u64, bytes: usize, many: usize) {
        let goes = |series: &Series| !series.is_held() && series.seen < before;
        let mut silent: Vec<(u64, usize)> = self
            .each_series()
            .filter(|(series, _)| goes(series))
            .map(|(series, size)| (series.seen, size))
            .collect();
        silent.sort_unstable();
        let mut room = (bytes, many.min(silent.len()));
        let Some(last) = silent
            .iter()
            .take(room.1)
            .scan(0, |freed: &mut usize, (seen, size)| {
                let wanted = *freed < bytes;
                *freed = freed.saturating_add(*size);
                wanted.then_some(*seen)
            })
            .last()
        else {
            return;
        };
        let (mut gone, mut points, mut freed) = (0, 0, 0);
        let mut goes = |key: &SeriesKey, series: &Series| {
            let goes = !series.is_held() && series.seen <= last && room.0 > 0 && room.1 > 0;
            if goes {
                let size = series.bytes() + key_bytes(&key.attributes);
                room = (room.0.saturating_sub(size), room.1 - 1);
                (gone, points, freed) = (gone + 1, points + series.points.len() as u64, freed + size);
            }
            goes
        };
        let mut own = 0;
        self.metrics.retain(|name, kinds| {
            kinds.retain_mut(|metric| {
                metric.series.retain(|key, series| !goes(key, series));
                own += if metric.series.is_empty() { metric.own_bytes() + name.len() } else { 0 };
                !metric.series.is_empty()
            });
            !kinds.is_empty()
        });
        self.series -= gone;
        self.points -= points;
        self.points_dropped += points;
        self.bytes -= freed + own;
        self.forget_unused();
    }

    /// Each with what it takes.
    fn each_series(&self) -> impl Iterator<Item = (&Series, usize)> {
        let series = self.metrics.values().flatten().flat_map(|metric| &metric.series);
        series.map(|(key, series)| (series, series.bytes() + key_bytes(&key.attributes)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{Limits, MetricWindow};
    use opentelemetry_proto::tonic::metrics::v1::{self as otlp, NumberDataPoint, ResourceMetrics};
    use otlp::AggregationTemporality::Cumulative;

    fn window(bytes_max: usize, series_max: usize) -> MetricWindow {
        MetricWindow::new(Limits { bytes_max, series_max })
    }

    fn gauges(points: Vec<NumberDataPoint>) -> Vec<ResourceMetrics> {
        request("shop", vec![metric("depth", "1", gauge(points))])
    }

    fn of_series(i: u64, time: u64) -> NumberDataPoint {
        number(&[("id", &i.to_string())], 0, time, 1.0)
    }

    /// What the window counts is what is there.
    fn check(window: &MetricWindow) {
        let series = || window.metrics().flat_map(|(_, metric)| metric.series.values());
        assert_eq!(window.points(), series().map(|series| series.points.len() as u64).sum::<u64>());
        assert_eq!(window.series(), series().count() as u64);
        let own: usize = window.metrics().map(|(name, metric)| name.len() + metric.own_bytes()).sum();
        assert_eq!(window.bytes, own + window.each_series().map(|(_, bytes)| bytes).sum::<usize>());
    }

    #[test]
    fn the_oldest_points_of_each_series_go_first_and_are_counted() {
        let mut window = window(30_000, 100);
        for time in 1..=1_000 {
            window.insert(&gauges(vec![of_series(1, time), of_series(2, time)]), time * SECOND);
            assert!(window.bytes() <= 30_000);
        }
        check(&window);
        assert_eq!(window.series(), 2);
        assert_eq!(window.points() + window.points_dropped(), 2_000);
        assert!(window.points_dropped() > 0);
        for series in window.named("depth")[0].series.values() {
            assert_eq!(series.points.span().map(|(_, newest)| newest), Some(1_000 * SECOND));
            assert!(series.cut);
        }
    }

    #[test]
    fn series_that_have_been_silent_for_longest_go_when_points_are_not_enough() {
        let mut window = window(60_000, 10_000);
        for i in 1..=1_000 {
            window.insert(&gauges(vec![of_series(i, i)]), i * SECOND);
            assert!(window.bytes() <= 60_000);
        }
        check(&window);
        assert!(window.oldest() > Some(500 * SECOND), "the newest are the ones that stay");
        assert_eq!(window.points() + window.points_dropped(), 1_000);
    }

    #[test]
    fn more_series_than_allowed_are_left_out_and_counted_once_each() {
        let mut window = window(64 << 20, 10);
        for time in 1..=3 {
            window.insert(&gauges((0..30).map(|i| of_series(i, time)).collect()), time * SECOND);
        }
        check(&window);
        assert_eq!((window.series(), window.points()), (10, 30));
        // The count is an estimate; its hashes differ from run to run.
        assert!((17..=21).contains(&window.series_left_out()), "{}", window.series_left_out());
    }

    #[test]
    fn new_series_find_room_when_others_have_been_silent_for_long() {
        let mut window = window(64 << 20, 10);
        window.insert(&gauges((0..10).map(|i| of_series(i, 1)).collect()), SECOND);
        let later = 3_600;
        window.insert(&gauges(vec![of_series(99, later)]), later * SECOND);
        check(&window);
        assert_eq!((window.series(), window.series_left_out(), window.points_dropped()), (10, 0, 1));
    }

    #[test]
    fn a_million_series_cost_neither_memory_nor_patience() {
        let mut window = window(64 << 20, 1_000);
        for batch in 0..100_u64 {
            let points = (0..10_000).map(|i| of_series(batch * 10_000 + i, 1)).collect();
            window.insert(&gauges(points), SECOND);
        }
        check(&window);
        assert!(window.bytes() < 2 << 20);
        assert!(window.series_left_out() > 900_000);
    }

    #[test]
    fn bounds_that_change_with_each_point_cost_no_other_metric_its_points() {
        let mut window = window(1 << 20, 100);
        window.insert(&gauges((1..=500).map(|time| of_series(1, time)).collect()), SECOND);
        for time in 1..=2_000 {
            let bounds = (0..200).map(|bound| f64::from(bound + time % 17)).collect();
            window.insert(&request("cart", vec![histogram("sizes", time, bounds)]), SECOND);
            assert!(window.bytes() <= 1 << 20);
        }
        check(&window);
        let of_bounds = window.named("sizes")[0].layouts.bytes();
        assert!(of_bounds <= 17 * 2_000, "each of them is held and counted once: {of_bounds}");
        assert!(window.named("depth")[0].series.values().all(|series| series.points.len() > 20));
    }

    fn histogram(name: &str, time: i32, bounds: Vec<f64>) -> otlp::Metric {
        let point = otlp::HistogramDataPoint {
            time_unix_nano: time as u64 * SECOND,
            bucket_counts: vec![1; bounds.len() + 1],
            explicit_bounds: bounds,
            ..Default::default()
        };
        let histogram = otlp::Histogram { data_points: vec![point], aggregation_temporality: 2 };
        metric(name, "By", otlp::metric::Data::Histogram(histogram))
    }

    #[test]
    fn series_that_stay_do_not_take_the_memory_of_others() {
        let mut window = window(1 << 20, 10_000);
        for i in 0..5_000 {
            let (reason, long) = (i.to_string(), "x".repeat(i % 1_000));
            let points = vec![number(&[("error.type", &reason), ("long", &long)], 1, 2, 1.0)];
            let losses = metric("otel.sdk.exporter.span.exported", "{span}", counter(Cumulative, points));
            window.insert(&request("shop", vec![losses]), SECOND);
        }
        window.insert(&gauges((1..=500).map(|time| of_series(1, time)).collect()), 2 * SECOND);
        check(&window);
        let held = || window.each_series().filter(|(series, _)| series.is_held());
        assert!(held().count() > 10);
        assert!(held().map(|(_, bytes)| bytes).sum::<usize>() <= (1 << 20) / 8);
        assert!(window.named("depth")[0].series.values().all(|series| series.points.len() > 300));
    }

    #[test]
    fn names_that_never_get_a_series_are_not_kept() {
        let mut window = window(64 << 20, 1);
        for i in 0..1_000 {
            let name = format!("metric.{i}");
            window.insert(&request("shop", vec![metric(&name, "1", gauge(vec![of_series(1, 1)]))]), SECOND);
        }
        check(&window);
        assert_eq!(window.metrics().count(), 1);
    }
}
