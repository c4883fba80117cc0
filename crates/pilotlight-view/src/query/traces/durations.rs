//! How long traces took, over time: counts in a grid, and single traces to point at.

use super::found::{Found, first};
use super::summary::summary;
use super::{DurationPoint, TraceDurations, TraceSort};
use crate::query::axis::Axis;
use crate::store::window::{SegmentRef, TimeRange};

/// Columns of the grid.
const COLUMNS: usize = 60;
/// Rows of the grid at most: two for each doubling.
const ROWS_MAX: usize = 40;
/// Single traces at most.
const POINTS: usize = 1000;
/// The lowest row begins here at the earliest, milliseconds: what takes less takes nothing.
const SHORTEST_MS: f64 = 0.001;

/// The picture of these traces.
#[allow(clippy::cast_precision_loss)] // A page's axes have no nanoseconds.
pub(super) fn durations(
    found: Vec<Found>,
    range: TimeRange,
    segments: &[SegmentRef],
    all: &[SegmentRef],
) -> TraceDurations {
    if found.is_empty() {
        return TraceDurations::default();
    }
    let mut times: Vec<u64> = found.iter().map(|trace| trace.start).collect();
    let axis = Axis::of(&mut times, range, COLUMNS);
    let scale = Scale::of(&found);
    let mut counts = vec![0; axis.steps() * scale.rows];
    let mut errors = counts.clone();
    for trace in &found {
        let cell = axis.step(trace.start) * scale.rows + scale.row(trace.duration());
        let add = |cells: &mut [u32]| cells.get_mut(cell).into_iter().for_each(|count| *count += 1);
        add(&mut counts);
        if trace.errors > 0 {
            add(&mut errors);
        }
    }
    let point = |trace: &Found| {
        let line = summary(trace, segments, all)?;
        Some(DurationPoint {
            trace_id: line.trace_id,
            name: line.name,
            service: line.service,
            start_ms: line.start.milliseconds(),
            duration_ms: line.duration_ns as f64 / 1e6,
            error: line.errors > 0,
        })
    };
    TraceDurations {
        time_edges_ms: (0..=axis.steps()).map(|step| axis.edge_ms(step)).collect(),
        duration_edges_ms: (0..=scale.rows).map(|row| scale.edge_ms(row)).collect(),
        counts,
        errors,
        points: pointed_at(found).iter().filter_map(point).collect(),
    }
}

/// Those with errors and the slowest, half of the room for either where there are too many; all where there are not.
fn pointed_at(found: Vec<Found>) -> Vec<Found> {
    if found.len() <= POINTS {
        return found;
    }
    let with_errors: Vec<Found> = found.iter().copied().filter(|trace| trace.errors > 0).collect();
    let without: Vec<Found> = found.into_iter().filter(|trace| trace.errors == 0).collect();
    let room_for_errors = with_errors.len().min((POINTS / 2).max(POINTS.saturating_sub(without.len())));
    let mut points = first(with_errors, TraceSort::Slowest, 0, room_for_errors);
    points.extend(first(without, TraceSort::Slowest, 0, POINTS - room_for_errors));
    points
}

/// Rows of equal ratio.
struct Scale {
    low_ms: f64,
    ratio: f64,
    rows: usize,
}

impl Scale {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Small, and positive.
    fn of(found: &[Found]) -> Self {
        let shortest = found.iter().map(Found::duration).min().unwrap_or(0) as f64 / 1e6;
        let longest = found.iter().map(Found::duration).max().unwrap_or(0) as f64 / 1e6;
        let low_ms = shortest.max(SHORTEST_MS);
        // A little more than the longest, so that it is inside.
        let high_ms = (longest * 1.001).max(low_ms * 1.5);
        let doublings = (high_ms / low_ms).log2();
        let rows = ((doublings * 2.0).ceil() as usize).clamp(1, ROWS_MAX);
        Self { low_ms, ratio: (high_ms / low_ms).powf(1.0 / rows as f64), rows }
    }

    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates.
    fn row(&self, duration: u64) -> usize {
        let ratio = (duration as f64 / 1e6 / self.low_ms).max(1.0);
        ((ratio.ln() / self.ratio.ln()) as usize).min(self.rows - 1)
    }

    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // At most 40.
    fn edge_ms(&self, row: usize) -> f64 {
        self.low_ms * self.ratio.powi(row as i32)
    }
}
