//! The samples of one series, a line each.

use crate::record::{ExemplarView, Number};

use super::exemplar;
use super::number::{write_bound, write_float, write_seconds};
use super::spread::Spread;

/// Where the samples of a series go.
pub(super) struct Series<'a> {
    pub(super) out: &'a mut String,
    pub(super) openmetrics: bool,
    /// The family's name in this format.
    pub(super) title: &'a str,
    /// Written out, without braces.
    pub(super) labels: String,
}

impl Series<'_> {
    pub(super) fn gauge(&mut self, value: Number) {
        self.sample("", "", |out| write_number(out, value), None);
    }

    pub(super) fn counter<'a>(&mut self, value: Number, exemplars: impl Iterator<Item = ExemplarView<'a>>) {
        // In the text format the title already has the suffix.
        let suffix = if self.openmetrics { "_total" } else { "" };
        let latest = exemplars.max_by_key(ExemplarView::time_nanos);
        self.sample(suffix, "", |out| write_number(out, value), latest);
    }

    pub(super) fn histogram<'a>(
        &mut self,
        spread: &Spread,
        exemplars: impl Iterator<Item = ExemplarView<'a>> + Clone,
    ) {
        let mut low = f64::NEG_INFINITY;
        for (bound, count) in spread.buckets.iter().copied().chain([(f64::INFINITY, spread.count)]) {
            let mut le = String::new();
            write_bound(&mut le, bound, self.openmetrics);
            let latest = exemplar::latest(exemplars.clone(), low, bound);
            self.sample("_bucket", &le, |out| out.push_str(&count.to_string()), latest);
            low = bound;
        }
        // OpenMetrics has a count only beside a sum, and a sum only where it cannot fall.
        let sum = if self.openmetrics { spread.monotonic_sum() } else { spread.sum };
        if let Some(sum) = sum {
            self.sample("_sum", "", |out| write_float(out, sum), None);
        }
        if sum.is_some() || !self.openmetrics {
            self.sample("_count", "", |out| out.push_str(&spread.count.to_string()), None);
        }
    }

    /// Says since when the series counts, if that is known, where the format has a place for it.
    pub(super) fn created(&mut self, start_nanos: u64) {
        if self.openmetrics && start_nanos > 0 {
            self.sample("_created", "", |out| write_seconds(out, start_nanos), None);
        }
    }

    fn sample(
        &mut self,
        suffix: &str,
        le: &str,
        value: impl FnOnce(&mut String),
        exemplar: Option<ExemplarView<'_>>,
    ) {
        let out = &mut *self.out;
        out.extend([self.title, suffix]);
        match (self.labels.as_str(), le) {
            ("", "") => {}
            (labels, "") => out.extend(["{", labels, "}"]),
            ("", le) => out.extend(["{le=\"", le, "\"}"]),
            (labels, le) => out.extend(["{", labels, ",le=\"", le, "\"}"]),
        }
        out.push(' ');
        value(out);
        match exemplar.filter(|_| self.openmetrics) {
            Some(exemplar) => exemplar::write(out, exemplar),
            None => out.push('\n'),
        }
    }
}

fn write_number(out: &mut String, number: Number) {
    match number {
        Number::Int(number) => out.push_str(&number.to_string()),
        Number::Float(number) => write_float(out, number),
    }
}
