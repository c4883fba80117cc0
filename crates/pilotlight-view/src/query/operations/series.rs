//! One operation over time.

use super::{OperationQuestion, OperationSeries};
use crate::query::SpanStatus;
use crate::query::axis::Axis;
use crate::query::sketch::Sketch;
use crate::store::window::TimeRange;
use crate::store::window::segment::Segment;

/// What an operation did in each step.
pub(super) struct Series {
    axis: Axis,
    steps: Vec<(Sketch, u64)>,
}

impl Series {
    pub(super) fn new(axis: Axis) -> Self {
        Self { axis, steps: vec![Default::default(); axis.steps()] }
    }

    /// Adds the spans of a segment that are the operation's.
    pub(super) fn add(&mut self, segment: &Segment, question: &OperationQuestion, range: TimeRange) {
        // A segment that does not have the name at all has none of its spans.
        let Some(name) = segment.symbols.find(&question.name) else {
            return;
        };
        let resources = 0..segment.resources.all().len() as u32;
        let of_service: Vec<bool> =
            resources.map(|resource| segment.service(resource) == question.service).collect();
        let spans = &segment.spans;
        for at in (0..spans.len()).filter(|at| spans.name[*at] == name) {
            let is_service = of_service.get(spans.resource[at] as usize).copied().unwrap_or_default();
            let is_kind = question.kind.is_none_or(|kind| spans.kind[at] == kind);
            if is_service && is_kind && range.holds(spans.start[at]) {
                let (sketch, errors) = &mut self.steps[self.axis.step(spans.start[at])];
                sketch.add(spans.duration(at as u32));
                *errors += u64::from(spans.status[at] == SpanStatus::Error);
            }
        }
    }

    pub(super) fn finish(self) -> OperationSeries {
        let step_ms = self.axis.edge_ms(1) - self.axis.edge_ms(0);
        let seconds = (step_ms / 1e3).max(1e-3);
        let quantiles =
            |quantile: f64| self.steps.iter().map(|(sketch, _)| sketch.quantile_ms(quantile)).collect();
        OperationSeries {
            start_ms: self.axis.edge_ms(0),
            step_ms,
            rate: self.steps.iter().map(|(sketch, _)| sketch.count() as f64 / seconds).collect(),
            errors: self.steps.iter().map(|(_, errors)| *errors as f64 / seconds).collect(),
            p50_ms: quantiles(0.5),
            p95_ms: quantiles(0.95),
            p99_ms: quantiles(0.99),
        }
    }
}
