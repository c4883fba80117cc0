//! A request's points, one by one, to their series.

use super::metric::Metric;
use super::origin::Origin;
use super::point::Point;
use super::reading::{Head, Incoming, Unusable};
use super::series::{Series, SeriesKey, SeriesKeyRef};
use super::tally::Tally;
use super::{MetricWindow, canonical};
use crate::query::{MetricKind, Temporality};
use opentelemetry_proto::tonic::metrics::v1 as otlp;
use otlp::metric::Data;
use otlp::{AggregationTemporality, DataPointFlags};
use std::hash::BuildHasher;
use std::sync::Arc;

/// What became of a request's points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Inserted {
    /// How many are kept, or were known already.
    pub(crate) points: u64,
    /// How many are against the protocol.
    pub(crate) rejected: u64,
    /// Why, of the first of them.
    pub(crate) reason: Option<String>,
}

/// What is read again may take this part of the bound: series take twice as much when they grow, and that has to find room.
const OLDER_PART: usize = 2;

impl MetricWindow {
    /// Takes the points of a request that was whole at `now`, nanoseconds since 1970; then lets go of what is too much.
    pub(crate) fn insert(&mut self, resources: &[otlp::ResourceMetrics], now: u64) -> Inserted {
        self.sweep_when_full(now);
        let mut insertion = Insertion::of(self);
        insertion.request(resources, now);
        let Insertion { inserted, late, .. } = insertion;
        self.settle(late);
        self.make_room();
        inserted
    }

    /// Takes the points of requests that were whole at these times and have been read again, newest first, while there is room: nothing
    /// goes because of them. Each series is settled once. Answers whether all were taken.
    pub(crate) fn insert_older<'a>(
        &mut self,
        requests: impl IntoIterator<Item = (&'a [otlp::ResourceMetrics], u64)>,
    ) -> bool {
        let bytes_max = self.limits.bytes_max / OLDER_PART;
        let mut insertion = Insertion { live: false, ..Insertion::of(self) };
        let mut unread = None;
        for (resources, now) in requests {
            if insertion.window.bytes() >= bytes_max {
                unread = Some(now);
                break;
            }
            insertion.request(resources, now);
        }
        let late = insertion.late;
        self.settle(late);
        if let Some(until) = unread {
            self.cut_begun_until(until);
        }
        unread.is_none()
    }

    /// Processes that began until then may have points that were not read: what the first one here counts was not all added since.
    fn cut_begun_until(&mut self, until: u64) {
        let metrics = self.metrics.values_mut().flatten();
        for series in metrics.flat_map(|metric| metric.series.values_mut()) {
            series.cut |= series.points.first_start().is_some_and(|start| start <= until);
        }
    }

    /// Sorts in what came late.
    fn settle(&mut self, late: Vec<Late>) {
        for Late { name, kind, key } in late {
            let metric =
                self.metrics.get_mut(&*name).and_then(|kinds| kinds.iter_mut().find(|m| m.kind == kind));
            if let Some(series) = metric.and_then(|metric| metric.series.get_mut(&key)) {
                let before = (series.bytes(), series.points.len());
                self.points_dropped += series.settle();
                self.bytes = self.bytes - before.0 + series.bytes();
                self.points -= (before.1 - series.points.len()) as u64;
            }
        }
    }
}

/// A series with points that came late.
struct Late {
    name: String,
    kind: MetricKind,
    key: SeriesKey,
}

struct Insertion<'a> {
    window: &'a mut MetricWindow,
    now: u64,
    inserted: Inserted,
    late: Vec<Late>,
    /// It comes now, and was not read again.
    live: bool,
}

/// Points of one metric, and what they have in common.
struct Batch<'a, P> {
    name: &'a str,
    kind: MetricKind,
    stream: Option<u16>,
    temporality: Option<Temporality>,
    origin: &'a Arc<Origin>,
    points: &'a [P],
}

impl<'w> Insertion<'w> {
    fn of(window: &'w mut MetricWindow) -> Self {
        Self { window, now: 0, inserted: Inserted::default(), late: Vec::new(), live: true }
    }

    fn request(&mut self, resources: &[otlp::ResourceMetrics], now: u64) {
        self.now = now;
        for of_resource in resources {
            for of_scope in &of_resource.scope_metrics {
                let origin = self.window.origins.of(of_resource.resource.as_ref(), of_scope.scope.as_ref());
                of_scope.metrics.iter().for_each(|metric| self.metric(&origin, metric));
            }
        }
    }

    fn metric(&mut self, origin: &Arc<Origin>, metric: &otlp::Metric) {
        use MetricKind::{ExponentialHistogram, Gauge, Histogram, Sum, Summary};
        match &metric.data {
            Some(Data::Gauge(data)) => self.points(origin, metric, (Gauge, None, false), &data.data_points),
            Some(Data::Sum(data)) => {
                let temporality = temporality(data.aggregation_temporality);
                self.points(origin, metric, (Sum, temporality, data.is_monotonic), &data.data_points);
            }
            Some(Data::Histogram(data)) => {
                let temporality = temporality(data.aggregation_temporality);
                self.points(origin, metric, (Histogram, temporality, true), &data.data_points);
            }
            Some(Data::ExponentialHistogram(data)) => {
                let temporality = temporality(data.aggregation_temporality);
                self.points(origin, metric, (ExponentialHistogram, temporality, true), &data.data_points);
            }
            Some(Data::Summary(data)) => {
                self.points(origin, metric, (Summary, None, false), &data.data_points)
            }
            None => {}
        }
    }

    fn points<P: Incoming>(
        &mut self,
        origin: &Arc<Origin>,
        metric: &otlp::Metric,
        (kind, temporality, monotonic): (MetricKind, Option<Temporality>, bool),
        points: &[P],
    ) {
        if points.is_empty() {
            return;
        }
        // Out of the map while it is filled, so that everything else of the window is at hand.
        let mut kinds = self.window.metrics.remove(metric.name.as_str()).unwrap_or_default();
        let position = kinds.iter().position(|known| known.kind == kind).unwrap_or_else(|| {
            kinds.push(Metric::new(kind));
            self.window.bytes += kinds[kinds.len() - 1].own_bytes() + metric.name.len();
            kinds.len() - 1
        });
        let target = &mut kinds[position];
        let before = target.own_bytes();
        target.describe(&metric.description);
        let stream = target.stream(&metric.unit, temporality, monotonic);
        self.batch(target, &Batch { name: &metric.name, kind, stream, temporality, origin, points });
        self.window.bytes += target.own_bytes() - before;
        // Names without a series would be kept without a bound.
        if target.series.is_empty() {
            self.window.bytes -= target.own_bytes() + metric.name.len();
            kinds.swap_remove(position);
        }
        if !kinds.is_empty() {
            self.window.metrics.insert(metric.name.clone(), kinds);
        }
    }

    fn batch<P: Incoming>(&mut self, metric: &mut Metric, batch: &Batch<'_, P>) {
        for point in batch.points {
            match self.point(metric, batch, point) {
                Ok(true) => self.inserted.points += 1,
                Ok(false) => {}
                Err(reason) => {
                    self.inserted.rejected += 1;
                    let in_words = || format!("{reason}, of the metric {:?}", shortened(batch.name));
                    self.inserted.reason.get_or_insert_with(in_words);
                }
            }
        }
    }

    /// Whether it is in a series now.
    fn point<P: Incoming>(
        &mut self,
        metric: &mut Metric,
        batch: &Batch<'_, P>,
        point: &P,
    ) -> Result<bool, &'static str> {
        let head = point.head();
        if head.time == 0 {
            return Err("a point without a time");
        }
        let missing = head.flags & DataPointFlags::NoRecordedValueMask as u32 != 0;
        let value = if missing { None } else { Some(point.read(metric)) };
        if let Some(Err(Unusable::Refused(reason))) = value {
            return Err(reason);
        }
        let mut attributes = std::mem::take(&mut self.window.key);
        attributes.clear();
        canonical::write(head.attributes, &mut attributes);
        let series = self.series::<P>(metric, batch, &attributes);
        let kept = match series {
            Some(series) => {
                let before = (series.bytes(), series.points.len());
                let was_settled = series.points.is_settled();
                fill::<P>(series, &head, value, (self.now, self.live));
                if series.is_too_long() {
                    self.window.points_dropped += series.settle();
                }
                let is_late = was_settled && !series.points.is_settled();
                let after = (series.bytes(), series.points.len());
                self.window.bytes = self.window.bytes - before.0 + after.0;
                self.window.points = self.window.points - before.1 as u64 + after.1 as u64;
                if is_late {
                    self.note_late(batch, &attributes);
                }
                true
            }
            None => false,
        };
        self.window.key = attributes;
        Ok(kept)
    }

    /// The point's series; a new one where there is room for it.
    fn series<'m, P: Incoming>(
        &mut self,
        metric: &'m mut Metric,
        batch: &Batch<'_, P>,
        attributes: &[u8],
    ) -> Option<&'m mut Series> {
        let key =
            SeriesKeyRef { origin: batch.origin.id, stream: batch.stream.unwrap_or(u16::MAX), attributes };
        if !metric.series.contains_key(&key) {
            let Some(series) = self.begin::<P>(batch, attributes) else {
                let hash = self.window.hasher.hash_one((batch.name, batch.kind, key));
                self.window.left_out.add(hash);
                return None;
            };
            self.window.series += 1;
            self.window.bytes += series.bytes() + key_bytes(attributes);
            metric.series.insert(key.to_owned(), series);
        }
        metric.series.get_mut(&key)
    }

    /// A new series; none when there are too many, unless it is one that stays.
    fn begin<P: Incoming>(&mut self, batch: &Batch<'_, P>, attributes: &[u8]) -> Option<Series> {
        batch.stream?;
        let MetricWindow { held, limits, series, .. } = &mut *self.window;
        let stays = batch.kind == MetricKind::Sum
            && held.takes(batch.name, batch.origin, attributes, limits.bytes_max);
        let mut begun = Series::new(Arc::clone(batch.origin), P::empty());
        begun.gone = stays.then(|| Box::new(Tally::new(batch.temporality.unwrap_or_default())));
        (stays || *series < limits.series_max).then_some(begun)
    }

    fn note_late<P>(&mut self, batch: &Batch<'_, P>, attributes: &[u8]) {
        let Some(stream) = batch.stream else {
            return;
        };
        let key = SeriesKeyRef { origin: batch.origin.id, stream, attributes }.to_owned();
        self.late.push(Late { name: batch.name.to_owned(), kind: batch.kind, key });
    }
}

/// Puts a point into its series.
fn fill<P: Incoming>(
    series: &mut Series,
    head: &Head<'_>,
    value: Option<Result<P::Value, Unusable>>,
    (now, live): (u64, bool),
) {
    series.seen = series.seen.max(now);
    let Some(value) = value else {
        series.note_gap(head.time, live);
        return;
    };
    series.exemplars.extend(head.exemplars, live);
    series.backwards += u64::from(head.start > head.time);
    let (Ok(value), Some(column)) = (value, P::column(&mut series.points)) else {
        series.not_finite += 1;
        return;
    };
    let start = if head.start > head.time { 0 } else { head.start };
    column.push(Point { start, time: head.time, value });
}

/// Bytes of a series beside its own: its key, and its place in the map.
pub(super) fn key_bytes(attributes: &[u8]) -> usize {
    size_of::<SeriesKey>() + attributes.len() + 16
}

/// What is not said counts as cumulative, which is what senders mean who do not know of the question.
fn temporality(number: i32) -> Option<Temporality> {
    Some(if number == AggregationTemporality::Delta as i32 {
        Temporality::Delta
    } else {
        Temporality::Cumulative
    })
}

/// A name may be as long as a request.
fn shortened(name: &str) -> &str {
    name.char_indices().nth(100).map_or(name, |(end, _)| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, testing::*};
    use super::*;
    use AggregationTemporality::Cumulative;

    fn sum_of(points: Vec<otlp::NumberDataPoint>) -> Vec<otlp::ResourceMetrics> {
        request("shop", vec![metric("orders", "{order}", counter(Cumulative, points))])
    }

    fn gauges(name: &str, points: impl Iterator<Item = otlp::NumberDataPoint>) -> Vec<otlp::ResourceMetrics> {
        request("shop", vec![metric(name, "1", gauge(points.collect()))])
    }

    #[test]
    fn points_with_the_same_attributes_in_any_order_are_one_series() {
        let mut window = window();
        window.insert(&sum_of(vec![number(&[("a", "1"), ("b", "2")], 1, 2, 1.0)]), 0);
        window.insert(&sum_of(vec![number(&[("b", "2"), ("a", "1")], 1, 3, 2.0)]), 0);
        window.insert(&sum_of(vec![number(&[("a", "1")], 1, 3, 2.0)]), 0);
        assert_eq!((window.series(), window.points()), (2, 3));
    }

    #[test]
    fn the_same_name_of_another_service_unit_or_kind_is_another_series() {
        let mut window = window();
        let point = || vec![number(&[], 1, 2, 1.0)];
        window.insert(&sum_of(point()), 0);
        window.insert(&request("cart", vec![metric("orders", "{order}", counter(Cumulative, point()))]), 0);
        window.insert(&request("shop", vec![metric("orders", "ms", counter(Cumulative, point()))]), 0);
        window.insert(&request("shop", vec![metric("orders", "{order}", gauge(point()))]), 0);
        assert_eq!(window.series(), 4);
        assert_eq!(window.named("orders").len(), 2);
    }

    #[test]
    fn points_against_the_protocol_are_rejected_with_a_reason_and_leave_no_trace() {
        let mut window = window();
        let timeless = number(&[], 0, 0, 1.0);
        let empty = otlp::NumberDataPoint { value: None, ..number(&[], 1, 2, 1.0) };
        let inserted = window.insert(&sum_of(vec![timeless, empty]), 0);
        let reason = Some("a point without a time, of the metric \"orders\"".to_owned());
        assert_eq!(inserted, Inserted { points: 0, rejected: 2, reason });
        assert_eq!((window.series(), window.points(), window.bytes), (0, 0, 0));
    }

    #[test]
    fn points_that_are_no_numbers_are_counted_and_those_without_a_value_are_gaps() {
        let mut window = window();
        let nan = number(&[], 1, 2, f64::NAN);
        let gap = otlp::NumberDataPoint { flags: 1, value: None, ..number(&[], 1, 3, 0.0) };
        let inserted = window.insert(&sum_of(vec![nan, gap]), 0);
        assert_eq!((inserted.points, inserted.rejected), (2, 0));
        let metric = &window.named("orders")[0];
        let series = metric.series.values().next().unwrap();
        assert_eq!((series.points.len(), series.not_finite, &series.gaps[..]), (0, 1, &[3 * SECOND][..]));
    }

    #[test]
    fn points_that_are_read_again_push_out_nothing_that_is_newer() {
        let mut window = MetricWindow::new(Limits { bytes_max: 256 << 10, series_max: 1_000 });
        let newest = |from: u64| gauges("new", (from..from + 100).map(|time| number(&[], 0, time, 1.0)));
        window.insert(&newest(100_000), 0);
        let of_series = |i: u64, time| number(&[("id", &(i % 10).to_string())], 0, time, 1.0);
        let older: Vec<_> = (0..1_000)
            .map(|request| gauges("old", (0..100).map(|i| of_series(i, request * 10 + i / 10))))
            .collect();
        let blocks: Vec<_> = older.rchunks(50).collect();
        let mut read = blocks.iter().map(|block| block.iter().rev().map(|request| (request.as_slice(), 0)));
        assert!(!read.all(|block| window.insert_older(block)));
        // What comes next makes each series grow.
        window.insert(&newest(100_100), 0);
        window.insert(&gauges("old", (0..10).map(|i| of_series(i, 20_000))), 0);
        assert_eq!(window.points_dropped(), 0);
        let times = |name: &str| {
            let series = window.named(name)[0].series.values().next().unwrap();
            (series.points.len() as u64, series.points.span().unwrap())
        };
        assert_eq!(times("new"), (200, (100_000 * SECOND, 100_199 * SECOND)));
        // Up to the newest of those that were read, without a gap.
        let (points, (first, _)) = times("old");
        assert_eq!(first, (10_000 - (points - 1)) * SECOND);
        assert!(points > 100);
    }

    #[test]
    fn of_a_series_that_was_read_in_part_nobody_knows_what_its_first_point_counts() {
        let mut window = MetricWindow::new(Limits { bytes_max: 64 << 10, series_max: 1_000 });
        let total =
            |start: u64, time: u64| sum_of(vec![number(&[("start", &start.to_string())], start, time, 7.0)]);
        let requests: Vec<_> = (2..=10_000).rev().map(|time| (total(1, time), time * SECOND)).collect();
        window.insert(&total(20_000, 20_001), 20_001 * SECOND);
        assert!(!window.insert_older(requests.iter().map(|(request, now)| (request.as_slice(), *now))));
        let metric = &window.named("orders")[0];
        let cut = |start: u64| {
            metric.series.values().find(|series| series.points.first_start() == Some(start)).unwrap().cut
        };
        assert!(cut(SECOND), "it has older points in the file");
        assert!(!cut(20_000 * SECOND), "it began after what was not read");
    }

    /// Each of them by itself would be sorted in for minutes.
    #[test]
    fn many_requests_that_are_read_again_are_sorted_in_together() {
        let mut window = window();
        let of =
            |time| gauges("old", (0..10_u64).map(move |i| number(&[("id", &i.to_string())], 0, time, 1.0)));
        let requests: Vec<_> = (1..=20_000).rev().map(of).collect();
        assert!(window.insert_older(requests.iter().map(|request| (request.as_slice(), 0))));
        assert_eq!((window.series(), window.points(), window.oldest()), (10, 200_000, Some(SECOND)));
    }

    #[test]
    fn late_and_repeated_points_are_counted_once() {
        let mut window = window();
        let points = || vec![number(&[], 1, 4, 4.0), number(&[], 1, 2, 2.0), number(&[], 1, 4, 4.0)];
        window.insert(&sum_of(points()), 0);
        window.insert(&sum_of(points()), 0);
        assert_eq!(window.points(), 2);
        assert_eq!(window.oldest(), Some(2 * SECOND));
    }

    #[test]
    fn of_too_many_points_the_oldest_go_in_whatever_order_they_came() {
        let points = |times: std::ops::Range<u64>| times.map(|time| number(&[], 1, time, 1.0)).collect();
        let mut window = window();
        for times in [30_001..79_991, 1..10_001, 10_001..20_001] {
            window.insert(&sum_of(points(times)), 0);
        }
        let series = window.named("orders")[0].series.values().next().unwrap();
        assert_eq!(series.points.span(), Some((19_991 * SECOND, 79_990 * SECOND)));
        assert_eq!((window.points(), window.points_dropped()), (50_000, 19_990));
        assert!(series.cut);
    }
}
