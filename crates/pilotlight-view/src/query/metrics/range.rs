//! From when to when.

use super::choice::Choice;
use crate::query::MetricQuestion;
use crate::store::metrics::Points;

/// What a first point counts since its start time is shown back to there, as long as that is not longer.
const BACK_MAX: u64 = 3_600 * 1_000_000_000;
/// When there is but one moment.
const LEAST: u64 = 60 * 1_000_000_000;

/// As the question says; where it does not, from the first that is known of these series to the newest point. In nanoseconds since 1970.
pub(super) fn range(choice: &Choice<'_>, question: &MetricQuestion) -> (u64, u64) {
    let known = || choice.members.iter().filter_map(|member| Some((begin(&member.series.points)?, member)));
    let newest = || known().filter_map(|(_, member)| Some(member.series.points.span()?.1)).max();
    let to = question.to_ms.map(nanoseconds).or_else(newest).unwrap_or(0);
    let first = || known().map(|(begin, _)| begin).min();
    let from = question.from_ms.map(nanoseconds).or_else(first).unwrap_or(0).min(to);
    if from < to { (from, to) } else { (to.saturating_sub(LEAST), to) }
}

fn begin(points: &Points) -> Option<u64> {
    let (time, start) = match points {
        Points::Numbers(column) => column.iter().next().map(|point| (point.time, point.start)),
        Points::Explicit(column) => column.iter().next().map(|point| (point.time, point.start)),
        Points::Exponential(column) => column.iter().next().map(|point| (point.time, point.start)),
        Points::Summaries(column) => column.iter().next().map(|point| (point.time, point.start)),
    }?;
    let near = start > 0 && time - start.min(time) <= BACK_MAX;
    Some(if near { start.min(time) } else { time })
}

/// From a page's milliseconds; what is no time at all is at the nearest end of all times.
pub(crate) fn nanoseconds(milliseconds: f64) -> u64 {
    // Milliseconds and the rest apart: as one number, recent times would be off by hundreds of nanoseconds.
    let whole = milliseconds.trunc().max(0.0);
    (whole as u64).saturating_mul(1_000_000).saturating_add((milliseconds.fract().max(0.0) * 1e6) as u64)
}
