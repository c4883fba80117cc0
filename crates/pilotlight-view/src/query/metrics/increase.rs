//! How much was added when: the same from delta and from cumulative points.
//!
//! A delta point says it itself. Of cumulative points, the one before tells: of the same start time, since points with different
//! start times are of different processes, even where they come in turns. What the first point counts was added since its start time;
//! where points before it have been let go of, or there is no start time, nobody knows, and it is only what the next one is compared with.
//! Where a value goes down, its process began anew, whatever the start time says.
//! (Specification: metrics data model, "Resets and gaps", "Overlap".)

use crate::query::Temporality;
use crate::store::metrics::{Column, Point, Points};
use std::collections::VecDeque;

/// Values that add up.
pub(super) trait Counted: Clone {
    /// The points of a series, when they are of this kind.
    fn column(points: &Points) -> Option<&Column<Self>>;

    /// How many there are of it, or how much it is.
    fn amount(&self) -> f64;

    /// What was added since an earlier value; none when it cannot have come from it.
    fn since(&self, earlier: &Self) -> Option<Self>;
}

/// What was added, evenly as far as is known, between two moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Increase<V> {
    /// Nanoseconds since 1970; not after `to`.
    pub(super) from: u64,
    /// Nanoseconds since 1970.
    pub(super) to: u64,
    /// How much.
    pub(super) amount: V,
    /// The series began anew here.
    pub(super) reset: bool,
}

/// How a series is to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) temporality: Temporality,
    /// Points before the first have been let go of.
    pub(super) cut: bool,
}

/// Processes that tell one series in turns. Of more, the ones silent for longest are taken for new when they come again.
const STREAMS_MAX: usize = 16;

/// Hands out what was added, by time. Answers whether several processes told the series in turns.
pub(super) fn increases<V: Counted>(
    column: &Column<V>,
    reading: Reading,
    mut each: impl FnMut(Increase<V>),
) -> bool {
    match reading.temporality {
        Temporality::Delta => deltas(column, each),
        Temporality::Cumulative => {
            let mut streams =
                Streams { newest: Vec::new(), recent: Recent::default(), reading, in_turns: false };
            for point in column.iter() {
                if let Some(increase) = streams.next(point) {
                    each(increase);
                }
            }
            streams.in_turns
        }
    }
}

fn deltas<V: Counted>(column: &Column<V>, mut each: impl FnMut(Increase<V>)) -> bool {
    let mut recent = Recent::default();
    for point in column.iter() {
        let start = if point.start == 0 { point.time } else { point.start };
        let from = recent.begin(start, point.time);
        each(Increase { from, to: point.time, amount: point.value.clone(), reset: false });
    }
    false
}

/// The ends of the newest points that tell their own start time. Points overlap where several processes tell one series. One does not
/// reach back over more than so many before it, which would take time without end to draw.
#[derive(Default)]
struct Recent {
    ends: VecDeque<u64>,
}

impl Recent {
    /// Where a point from here to there begins.
    fn begin(&mut self, start: u64, end: u64) -> u64 {
        let earliest = if self.ends.len() == STREAMS_MAX { self.ends.pop_front().unwrap_or(0) } else { 0 };
        self.ends.push_back(end);
        start.max(earliest).min(end)
    }
}

/// The newest point of each process that tells a series.
struct Streams<'a, V> {
    /// The one that came last is at the end.
    newest: Vec<&'a Point<V>>,
    /// First points of processes.
    recent: Recent,
    reading: Reading,
    in_turns: bool,
}

impl<'a, V: Counted> Streams<'a, V> {
    fn next(&mut self, point: &'a Point<V>) -> Option<Increase<V>> {
        let known = self.newest.iter().rposition(|newest| newest.start == point.start);
        self.in_turns |= known.is_some_and(|position| position + 1 < self.newest.len());
        let before = known.map(|position| self.newest.remove(position));
        let increase = match before {
            Some(before) => Some(self.added(before, point)),
            None => self.begun(point),
        };
        if self.newest.len() == STREAMS_MAX {
            self.newest.remove(0);
        }
        self.newest.push(point);
        increase
    }

    fn added(&self, before: &Point<V>, point: &Point<V>) -> Increase<V> {
        let added = point.value.since(&before.value);
        let reset = added.is_none();
        let amount = added.unwrap_or_else(|| point.value.clone());
        Increase { from: before.time, to: point.time, amount, reset }
    }

    /// The first point of a process.
    fn begun(&mut self, point: &Point<V>) -> Option<Increase<V>> {
        let before = self.newest.last();
        let from = match (before, point.start) {
            (None, 0) => return None,
            (None, _) if self.reading.cut => return None,
            (Some(before), 0) => before.time,
            (_, start) => start,
        };
        let reset = before.is_some();
        let from = self.recent.begin(from, point.time);
        Some(Increase { from, to: point.time, amount: point.value.clone(), reset })
    }
}

impl Counted for f64 {
    fn column(points: &Points) -> Option<&Column<Self>> {
        if let Points::Numbers(column) = points { Some(column) } else { None }
    }

    fn amount(&self) -> f64 {
        *self
    }

    fn since(&self, earlier: &Self) -> Option<Self> {
        (self >= earlier).then(|| self - earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::metrics::testing::column;

    /// `(from, to, amount, reset)` of each increase.
    fn read(temporality: Temporality, cut: bool, points: &[(u64, u64, f64)]) -> Vec<(u64, u64, f64, bool)> {
        let mut all = Vec::new();
        let reading = Reading { temporality, cut };
        increases(&column(points), reading, |i| all.push((i.from, i.to, i.amount, i.reset)));
        all
    }

    fn cumulative(points: &[(u64, u64, f64)]) -> Vec<(u64, u64, f64, bool)> {
        read(Temporality::Cumulative, false, points)
    }

    #[test]
    fn cumulative_points_tell_by_the_one_before() {
        let read = cumulative(&[(5, 10, 3.0), (5, 20, 7.0), (5, 40, 8.0)]);
        assert_eq!(read, [(5, 10, 3.0, false), (10, 20, 4.0, false), (20, 40, 1.0, false)]);
    }

    #[test]
    fn a_new_start_time_is_a_new_count_even_when_the_value_is_larger() {
        let read = cumulative(&[(5, 10, 3.0), (12, 20, 7.0)]);
        assert_eq!(read, [(5, 10, 3.0, false), (12, 20, 7.0, true)]);
    }

    #[test]
    fn a_value_that_goes_down_is_a_new_count_even_with_the_same_start_time() {
        let read = cumulative(&[(5, 10, 3.0), (5, 20, 1.0), (5, 30, 2.0)]);
        assert_eq!(read, [(5, 10, 3.0, false), (10, 20, 1.0, true), (20, 30, 1.0, false)]);
    }

    #[test]
    fn what_the_first_point_counts_is_not_known_without_a_start_or_when_points_before_it_are_gone() {
        assert_eq!(cumulative(&[(0, 10, 3.0), (0, 20, 4.0)]), [(10, 20, 1.0, false)]);
        let cut = read(Temporality::Cumulative, true, &[(5, 10, 3.0), (5, 20, 4.0)]);
        assert_eq!(cut, [(10, 20, 1.0, false)]);
    }

    #[test]
    fn two_processes_that_tell_one_series_in_turns_are_counted_each_for_itself() {
        let points = [(1, 10, 100.0), (2, 11, 5.0), (1, 20, 101.0), (2, 21, 6.0)];
        let read = cumulative(&points);
        assert_eq!(read[2..], [(10, 20, 1.0, false), (11, 21, 1.0, false)]);
        let reading = Reading { temporality: Temporality::Cumulative, cut: false };
        assert!(increases(&column(&points), reading, |_| ()));
    }

    #[test]
    fn delta_points_tell_themselves() {
        let read = read(Temporality::Delta, true, &[(5, 10, 3.0), (10, 20, 4.0), (0, 30, 1.0)]);
        assert_eq!(read, [(5, 10, 3.0, false), (10, 20, 4.0, false), (30, 30, 1.0, false)]);
    }

    #[test]
    fn delta_points_that_all_reach_back_to_the_beginning_do_not_take_forever() {
        let points: Vec<_> = (1..=1_000).map(|time| (1, time, 1.0)).collect();
        let read = read(Temporality::Delta, false, &points);
        assert!(read.iter().all(|(from, to, ..)| to - from <= 16));
        assert_eq!(read.iter().map(|(_, _, amount, _)| amount).sum::<f64>(), 1_000.0);
    }

    #[test]
    fn cumulative_points_that_each_begin_anew_do_not_take_forever() {
        let points: Vec<_> = (1_000..2_000).map(|time| (time - 999, time, 1.0)).collect();
        let read = cumulative(&points);
        assert!(read[16..].iter().all(|(from, to, ..)| to - from <= 16));
        assert_eq!(read.iter().map(|(_, _, amount, _)| amount).sum::<f64>(), 1_000.0);
    }
}
