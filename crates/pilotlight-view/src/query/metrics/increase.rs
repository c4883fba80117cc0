//! How much was added when: the same from delta and from cumulative points.
//!
//! A delta point says it itself. Of cumulative points, the one before tells: of the same start time, since points with different
//! start times are of different processes, even where they come in turns. What the first point counts was added since its start time;
//! where it may have had others that have been let go of, or there is no start time, nobody knows, and it is only what the next one is
//! compared with. Where a value goes down, its process began anew, whatever the start time says.
//! (Specification: metrics data model, "Resets and gaps", "Overlap".)

use crate::query::Temporality;
use crate::store::metrics::{Column, Point, Points};
use foldhash::fast::RandomState;
use std::collections::{HashMap, VecDeque};

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

/// Hands out what was added, by time. Answers whether several processes told the series in turns.
pub(super) fn increases<V: Counted>(
    column: &Column<V>,
    reading: Reading,
    mut each: impl FnMut(Increase<V>),
) -> bool {
    match reading.temporality {
        Temporality::Delta => deltas(column, each),
        Temporality::Cumulative => {
            let mut streams = Streams::new(column, reading);
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

/// The ends of the newest points that begin before the one before them ends, as they do where several processes tell one series. Such a
/// point does not reach back over more than [`OVERLAPS_MAX`] of them, which would take time without end to draw.
#[derive(Default)]
struct Recent {
    ends: VecDeque<u64>,
}

/// As many processes are drawn as they are. Of more, what one added between two of its points is drawn nearer to the second one.
const OVERLAPS_MAX: usize = 256;

impl Recent {
    /// Where a point from here to there begins.
    fn begin(&mut self, start: u64, end: u64) -> u64 {
        let earliest = if self.ends.len() == OVERLAPS_MAX { self.ends.pop_front().unwrap_or(0) } else { 0 };
        self.ends.push_back(end);
        start.max(earliest).min(end)
    }
}

/// The newest point of each process that tells a series: there are no more of them than the column has points.
struct Streams<'a, V> {
    /// The one that came last.
    last: Option<&'a Point<V>>,
    /// Those of the other processes, by their start time.
    others: HashMap<u64, &'a Point<V>, RandomState>,
    recent: Recent,
    /// Points of processes that began until then may have been let go of, nanoseconds since 1970.
    cut: Option<u64>,
    in_turns: bool,
}

impl<'a, V: Counted> Streams<'a, V> {
    fn new(column: &Column<V>, reading: Reading) -> Self {
        let oldest = column.iter().next().map(|point| point.time);
        Self {
            last: None,
            others: HashMap::default(),
            recent: Recent::default(),
            cut: oldest.filter(|_| reading.cut),
            in_turns: false,
        }
    }

    fn next(&mut self, point: &'a Point<V>) -> Option<Increase<V>> {
        let Some(last) = self.last.replace(point) else {
            return self.begun(None, point);
        };
        if last.start == point.start {
            return Some(added(last, point, last.time));
        }
        self.others.insert(last.start, last);
        let Some(before) = self.others.remove(&point.start) else {
            return self.begun(Some(last), point);
        };
        self.in_turns = true;
        Some(added(before, point, self.recent.begin(before.time, point.time)))
    }

    /// The first point of a process.
    fn begun(&mut self, last: Option<&Point<V>>, point: &Point<V>) -> Option<Increase<V>> {
        if self.cut.is_some_and(|cut| point.start <= cut) {
            return None;
        }
        let from = match (last, point.start) {
            (None, 0) => return None,
            (Some(last), 0) => last.time,
            (_, start) => start,
        };
        let from = self.recent.begin(from, point.time);
        Some(Increase { from, to: point.time, amount: point.value.clone(), reset: last.is_some() })
    }
}

/// Between two points of a process.
fn added<V: Counted>(before: &Point<V>, point: &Point<V>, from: u64) -> Increase<V> {
    let added = point.value.since(&before.value);
    let reset = added.is_none();
    Increase { from, to: point.time, amount: added.unwrap_or_else(|| point.value.clone()), reset }
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
    fn any_number_of_processes_in_turns_are_counted_each_for_itself() {
        for processes in [20, 2_000] {
            let points = |round: u64, added: f64| {
                let total = move |process: u64| 1e6 * process as f64 + added;
                (1..=processes).map(move |process| (process, round * 10_000 + process, total(process)))
            };
            let read = cumulative(&points(1, 0.0).chain(points(2, 5.0)).collect::<Vec<_>>());
            let again = &read[processes as usize..];
            assert_eq!(again.len(), processes as usize);
            assert!(again.iter().all(|(.., amount, reset)| (*amount, *reset) == (5.0, false)));
        }
    }

    #[test]
    fn what_a_process_counted_in_points_that_are_gone_is_not_added_again() {
        let points = [(1, 50, 100.0), (2, 51, 5.0), (52, 60, 3.0), (1, 70, 101.0), (2, 71, 6.0)];
        let read = read(Temporality::Cumulative, true, &points);
        assert_eq!(read, [(52, 60, 3.0, true), (50, 70, 1.0, false), (51, 71, 1.0, false)]);
    }

    #[test]
    fn processes_that_come_again_after_all_others_do_not_take_forever() {
        let round = |round: u64| (1..=1_000_u64).map(move |process| (process, round * 1_000 + process, 1.0));
        let read = cumulative(&round(1).chain(round(2)).collect::<Vec<_>>());
        let again = &read[1_000..];
        assert!(again.iter().all(|(from, to, ..)| to - from <= OVERLAPS_MAX as u64));
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
        assert!(read.iter().all(|(from, to, ..)| to - from <= OVERLAPS_MAX as u64));
        assert_eq!(read.iter().map(|(_, _, amount, _)| amount).sum::<f64>(), 1_000.0);
    }

    #[test]
    fn cumulative_points_that_each_begin_anew_do_not_take_forever() {
        let points: Vec<_> = (1_000..2_000).map(|time| (time - 999, time, 1.0)).collect();
        let read = cumulative(&points);
        assert!(read[OVERLAPS_MAX..].iter().all(|(from, to, ..)| to - from <= OVERLAPS_MAX as u64));
        assert_eq!(read.iter().map(|(_, _, amount, _)| amount).sum::<f64>(), 1_000.0);
    }
}
