//! Histograms with explicit bounds, put together.
//!
//! Buckets between bounds that all histograms have can be added up exactly: what one splits finer is a sum of whole buckets. So they are
//! told in the bounds that all have in common. Bounds that are not common cannot be, and no counts are guessed.

use super::distribution::{Distributed, Inside, ROWS_MAX, Row};
use super::increase::Counted;
use super::means::Recorded;
use crate::store::metrics::{Column, Explicit, Points};
use std::sync::Arc;

/// The bounds that histograms are told in.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Bounds {
    bounds: Vec<f64>,
    /// The histograms have other bounds beside these.
    differ: bool,
    /// There are no common bounds: these are the most frequent ones, and histograms with others are left out.
    disjoint: bool,
}

impl Bounds {
    /// Of all these series; none when no histogram has any buckets.
    pub(super) fn of<'a>(columns: impl Iterator<Item = &'a Column<Explicit>>) -> Option<Self> {
        let layouts = layouts(columns);
        let most = layouts.iter().max_by_key(|(_, many)| *many)?;
        let mut common = most.0.to_vec();
        for (layout, _) in &layouts {
            common.retain(|bound| has(layout, *bound));
        }
        let differ = layouts.len() > 1;
        let disjoint = common.is_empty() && !most.0.is_empty();
        let bounds = if disjoint { most.0.to_vec() } else { common };
        Some(Self { bounds: thinned(bounds), differ, disjoint })
    }

    /// What had to be left out, in words.
    pub(super) fn note(&self) -> Option<String> {
        let many = self.bounds.len();
        if self.disjoint {
            return Some(format!(
                "Bounds differ between series and have nothing in common: drawn are those with the {many} most frequent bounds."
            ));
        }
        self.differ
            .then(|| format!("Bounds differ between series: drawn by the {many} that all of them have."))
    }

    pub(super) fn rows(&self) -> (Vec<Row>, Inside) {
        let highs = self.bounds.iter().copied().map(Some).chain([None]);
        // What is measured is hardly ever negative; where bounds are, the first bucket has no end.
        let first = self.bounds.first().filter(|bound| **bound > 0.0).map(|_| 0.0);
        let lows = [first].into_iter().chain(self.bounds.iter().copied().map(Some));
        (lows.zip(highs).map(|(low, high)| Row { low, high }).collect(), Inside::Evenly)
    }
}

/// Different bounds, and how many points have them. Points share their bounds, mostly.
fn layouts<'a>(columns: impl Iterator<Item = &'a Column<Explicit>>) -> Vec<(Arc<[f64]>, u64)> {
    let mut layouts: Vec<(Arc<[f64]>, u64)> = Vec::new();
    let mut last = 0;
    for point in columns.flat_map(Column::iter).filter(|point| !point.value.counts.is_empty()) {
        let bounds = &point.value.bounds;
        if !layouts.get(last).is_some_and(|(known, _)| Arc::ptr_eq(known, bounds)) {
            last = layouts.iter().position(|(known, _)| known == bounds).unwrap_or(layouts.len());
        }
        if let Some((_, many)) = layouts.get_mut(last) {
            *many += 1;
        } else if layouts.len() < LAYOUTS_MAX {
            layouts.push((Arc::clone(bounds), 1));
        }
    }
    layouts
}

/// Different bounds that are looked at. Points with others yet that do not have the common ones are left out and counted.
const LAYOUTS_MAX: usize = 64;

fn has(bounds: &[f64], bound: f64) -> bool {
    bounds.binary_search_by(|known| known.total_cmp(&bound)).is_ok()
}

/// At most as many as there can be rows: every second, third, …
fn thinned(bounds: Vec<f64>) -> Vec<f64> {
    let every = bounds.len().div_ceil(ROWS_MAX - 1).max(1);
    bounds.into_iter().step_by(every).collect()
}

impl Counted for Explicit {
    fn column(points: &Points) -> Option<&Column<Self>> {
        if let Points::Explicit(column) = points { Some(column) } else { None }
    }

    fn amount(&self) -> f64 {
        self.count as f64
    }

    fn since(&self, earlier: &Self) -> Option<Self> {
        if self.bounds != earlier.bounds || self.counts.len() != earlier.counts.len() {
            return None;
        }
        let each = self.counts.iter().zip(&earlier.counts).map(|(now, before)| now.checked_sub(*before));
        Some(Self {
            count: self.count.checked_sub(earlier.count)?,
            sum: self.sum.zip(earlier.sum).map(|(now, before)| now - before),
            // The largest since the start says nothing of the time between.
            max: None,
            bounds: Arc::clone(&self.bounds),
            counts: each.collect::<Option<_>>()?,
        })
    }
}

impl Recorded for Explicit {
    fn sum(&self) -> Option<f64> {
        self.sum
    }
}

impl Distributed for Explicit {
    type Layout = Bounds;

    fn add_to(&self, layout: &Bounds, rows: &mut [f64]) -> bool {
        if self.counts.is_empty() || !layout.bounds.iter().all(|bound| has(&self.bounds, *bound)) {
            return self.count == 0;
        }
        let mut row = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            // A bucket belongs to the row that ends with it or after it.
            let end = self.bounds.get(bucket).copied().unwrap_or(f64::INFINITY);
            while layout.bounds.get(row).is_some_and(|bound| *bound < end) {
                row += 1;
            }
            rows[row] += *count as f64;
        }
        true
    }

    fn max(&self) -> Option<f64> {
        self.max
    }
}
