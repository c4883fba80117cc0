//! Quantiles that senders computed.

use super::choice::Member;
use super::increase::Counted;
use super::means::Recorded;
use super::steps::Steps;
use crate::query::Quantiles;
use crate::store::metrics::{Column, Points, Summary};

/// Quantiles over time. Those of several series cannot be put together, so they are of the series that recorded the most; then there is
/// a note too.
pub(super) fn quantiles(members: &[Member<'_>], steps: Steps) -> (Option<Quantiles>, Option<String>) {
    let columns = members.iter().filter_map(|member| Summary::column(&member.series.points));
    let Some(column) = columns.max_by_key(|column| column.iter().next_back().map(|point| point.value.count))
    else {
        return (None, None);
    };
    let note = (members.len() > 1).then(|| {
        let many = members.len();
        format!("Quantiles of {many} series cannot be put together: these are of the one that recorded the most. Filter to see another.")
    });
    (Some(of(column, steps)), note)
}

fn of(column: &Column<Summary>, steps: Steps) -> Quantiles {
    let mut quantiles: Vec<f64> = Vec::new();
    let newest = column.iter().next_back();
    quantiles.extend(newest.into_iter().flat_map(|point| point.value.quantiles.iter().map(|(q, _)| *q)));
    quantiles.dedup();
    quantiles.truncate(QUANTILES_MAX);
    let mut values = vec![vec![None; steps.count]; quantiles.len()];
    for point in column.iter() {
        let Some(step) = steps.at(point.time) else {
            continue;
        };
        for (quantile, values) in quantiles.iter().zip(&mut values) {
            let found = point.value.quantiles.iter().find(|(known, _)| known == quantile);
            values[step] = found.map(|(_, value)| *value).or(values[step]);
        }
    }
    Quantiles { quantiles, values }
}

/// Senders have five or so.
const QUANTILES_MAX: usize = 20;

impl Counted for Summary {
    fn column(points: &Points) -> Option<&Column<Self>> {
        if let Points::Summaries(column) = points { Some(column) } else { None }
    }

    fn amount(&self) -> f64 {
        self.count as f64
    }

    fn since(&self, earlier: &Self) -> Option<Self> {
        let sum = self.sum.zip(earlier.sum).map(|(now, before)| now - before);
        Some(Self { count: self.count.checked_sub(earlier.count)?, sum, quantiles: Box::default() })
    }
}

impl Recorded for Summary {
    fn sum(&self) -> Option<f64> {
        self.sum
    }
}
