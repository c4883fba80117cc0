//! Values that are what they are at a moment: gauges, and sums that go up and down.

use super::steps::Steps;
use crate::store::metrics::Series;
use crate::store::metrics::{Column, Points};

/// A point holds for so many times the usual distance of points, when series are put together: one may be missing.
const PATIENCE: f64 = 2.5;

/// The last value in each step.
pub(super) fn last_values(series: &Series, steps: Steps) -> Vec<Option<f64>> {
    let mut values = vec![None; steps.count];
    if let Points::Numbers(column) = &series.points {
        for point in column.iter() {
            if let Some(step) = steps.at(point.time) {
                values[step] = Some(point.value);
            }
        }
    }
    values
}

/// The same for series that are put together with others: a value holds until the next one, so that a step in which only some of them
/// have a point does not look like a fall. It holds no longer than points usually come, and not beyond a point without a value.
pub(super) fn held_values(series: &Series, steps: Steps) -> Vec<Option<f64>> {
    let mut values = vec![None; steps.count];
    let Points::Numbers(column) = &series.points else {
        return values;
    };
    let patience = patience(column).max(steps.width);
    let points: Vec<(u64, f64)> = column.iter().map(|point| (point.time, point.value)).collect();
    for (position, (time, value)) in points.iter().enumerate() {
        let next = points.get(position + 1).map_or(u64::MAX, |(next, _)| *next);
        let gap = series.gaps.iter().copied().filter(|gap| gap > time).min().unwrap_or(u64::MAX);
        let until = next.min(gap).min(time.saturating_add(patience));
        fill(&mut values, steps, (*time, until), *value);
    }
    values
}

/// Every step that holds the beginning, and those that begin before the end.
fn fill(values: &mut [Option<f64>], steps: Steps, (from, until): (u64, u64), value: f64) {
    if until <= steps.start || from > steps.end() {
        return;
    }
    let first = steps.at(from.max(steps.start)).unwrap_or(0);
    let last = steps.at((until - 1).min(steps.end())).unwrap_or(steps.count - 1);
    values[first..=last.max(first)].fill(Some(value));
}

/// How long a value holds, from how far apart points usually are.
fn patience(column: &Column<f64>) -> u64 {
    let (Some(first), Some(last)) = (column.iter().next(), column.iter().next_back()) else {
        return 0;
    };
    let usual = (last.time - first.time) / (column.len() as u64 - 1).max(1);
    (usual as f64 * PATIENCE) as u64
}

/// Step by step, of several series together.
pub(super) fn together(
    all: impl Iterator<Item = Vec<Option<f64>>>,
    count: usize,
    combine: Combine,
) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0_u32); count];
    for values in all {
        for (sum, value) in sums.iter_mut().zip(values) {
            if let Some(value) = value {
                *sum = (sum.0 + value, sum.1 + 1);
            }
        }
    }
    let combined = |(sum, many): (f64, u32)| match combine {
        Combine::Sum => sum,
        Combine::Mean => sum / f64::from(many),
    };
    sums.into_iter().map(|sum| (sum.1 > 0).then(|| combined(sum))).collect()
}

/// How values of several series become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Combine {
    /// Of sums: they were made to be added up.
    Sum,
    /// Of gauges: the sum of temperatures is none.
    Mean,
}
