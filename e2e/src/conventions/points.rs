//! Data points: names, instruments, units and attributes of metrics.

use super::Check;
use crate::receiver::{Point, ReceivedPoint};

impl Check<'_> {
    pub(super) fn points(mut self, points: &[ReceivedPoint]) -> Self {
        for received in points {
            self.resource(&received.resource.attributes);
            self.point(received);
        }
        self
    }

    fn point(&mut self, ReceivedPoint { name, unit, point, .. }: &ReceivedPoint) {
        if self.is_own(name) {
            return;
        }
        let Some(expected) = self.facts.metric(name) else {
            self.found.insert(format!("the metric {name} is one {}", self.facts.verdict(name)));
            return;
        };
        let found = (instrument(point), &**unit);
        if found != expected {
            self.found.insert(format!("the metric {name} is {found:?}, not {expected:?}"));
        }
        self.attributes(&format!("the metric {name}"), &[&*format!("metric {name}")], point.attributes());
    }
}

/// The instrument that a point is of, as far as it shows.
fn instrument(point: &Point) -> &'static str {
    match point {
        Point::Gauge(_) => "gauge",
        Point::Sum { is_monotonic: true, .. } => "counter",
        Point::Sum { is_monotonic: false, .. } => "updowncounter",
        Point::Histogram { .. } | Point::ExponentialHistogram { .. } | Point::Summary(_) => "histogram",
    }
}
