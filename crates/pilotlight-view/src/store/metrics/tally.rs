//! What a series counted in all.

use super::Point;
use crate::query::Temporality;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The sum of deltas. Of totals, the last one of each process: each counts from 0, and so does one whose value goes down; processes may
/// come in turns.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    temporality: Temporality,
    /// Deltas, and totals of processes that began anew.
    ended: f64,
    /// When each process last told its total, and that, by its start time.
    newest: HashMap<u64, (u64, f64), RandomState>,
}

/// Processes without an id of their own that tell one series; of more, totals are known while their points are there.
const PROCESSES_MAX: usize = 56;

impl Tally {
    /// What one takes that [`note`](Self::note) fills, at most: tables grow by doubling, and are at most seven eighths full.
    pub(super) const BYTES_MAX: usize = size_of::<Self>() + 64 * (size_of::<(u64, (u64, f64))>() + 1);

    pub(crate) fn new(temporality: Temporality) -> Self {
        Self { temporality, ended: 0.0, newest: HashMap::default() }
    }

    /// Adds a point. Of each process, points come by time; one that does not is passed over, since a later total has it.
    pub(crate) fn add(&mut self, point: &Point<f64>) {
        if self.temporality == Temporality::Delta {
            self.ended += point.value;
            return;
        }
        let told = (point.time, point.value);
        match self.newest.entry(point.start) {
            Entry::Vacant(entry) => _ = entry.insert(told),
            Entry::Occupied(mut entry) if entry.get().0 <= point.time => {
                let (_, before) = entry.insert(told);
                self.ended += if before > point.value { before } else { 0.0 };
            }
            Entry::Occupied(_) => {}
        }
    }

    /// The same, within a bound of memory: no processes beyond [`PROCESSES_MAX`].
    pub(super) fn note(&mut self, point: &Point<f64>) {
        if self.newest.len() < PROCESSES_MAX || self.newest.contains_key(&point.start) {
            self.add(point);
        }
    }

    pub(crate) fn total(&self) -> f64 {
        self.ended + self.newest.values().map(|(_, value)| value).sum::<f64>()
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.newest.capacity() * (size_of::<(u64, (u64, f64))>() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points as `(start, time, value)`.
    fn total(temporality: Temporality, points: &[(u64, u64, f64)]) -> f64 {
        let mut tally = Tally::new(temporality);
        for (start, time, value) in points {
            tally.add(&Point { start: *start, time: *time, value: *value });
        }
        tally.total()
    }

    #[test]
    fn processes_add_up_and_so_do_falls() {
        let one_after_the_other = [(1, 10, 3.0), (1, 20, 5.0), (25, 30, 2.0)];
        assert_eq!(total(Temporality::Cumulative, &one_after_the_other), 7.0);
        let in_turns = [(1, 10, 3.0), (2, 11, 8.0), (1, 20, 5.0), (2, 21, 9.0)];
        assert_eq!(total(Temporality::Cumulative, &in_turns), 14.0);
        let falls = [(1, 10, 5.0), (1, 20, 2.0), (1, 30, 7.0)];
        assert_eq!(total(Temporality::Cumulative, &falls), 12.0);
    }

    #[test]
    fn deltas_add_up() {
        assert_eq!(total(Temporality::Delta, &[(1, 10, 3.0), (10, 20, 5.0)]), 8.0);
    }

    #[test]
    fn a_total_that_comes_late_is_no_fall() {
        assert_eq!(total(Temporality::Cumulative, &[(1, 20, 5.0), (1, 10, 3.0), (1, 30, 6.0)]), 6.0);
    }

    #[test]
    fn what_is_noted_stays_within_its_bound_whoever_tells_it() {
        let mut tally = Tally::new(Temporality::Cumulative);
        for start in 1..=10_000 {
            tally.note(&Point { start, time: start, value: 1.0 });
        }
        assert_eq!(tally.total(), PROCESSES_MAX as f64);
        assert!(tally.bytes() <= Tally::BYTES_MAX);
    }
}
