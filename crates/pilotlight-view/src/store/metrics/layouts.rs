//! The bounds of a metric's histograms, each once.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

/// Bounds that points share. Senders of one metric rarely have more than two or three different ones; where each point has its own, they
/// are as many as the points, and go with them: see [`forget_unused`](Self::forget_unused).
#[derive(Debug, Default)]
pub(super) struct Layouts {
    known: HashTable<Arc<[f64]>>,
    hasher: RandomState,
    bytes: usize,
}

impl Layouts {
    /// The same bounds, shared.
    pub(super) fn shared(&mut self, bounds: &[f64]) -> Arc<[f64]> {
        let Self { known, hasher, bytes: of_all } = self;
        let same = |layout: &Arc<[f64]>| **layout == *bounds;
        let entry = known.entry(hash(hasher, bounds), same, |layout| hash(hasher, layout));
        let shared = entry.or_insert_with(|| {
            *of_all += bytes(bounds);
            bounds.into()
        });
        Arc::clone(shared.get())
    }

    /// Forgets those that no point has any more. Answers how many bytes are free because of it.
    pub(super) fn forget_unused(&mut self) -> usize {
        let before = self.bytes;
        self.known.retain(|layout| {
            let used = Arc::strong_count(layout) > 1;
            self.bytes -= if used { 0 } else { bytes(layout) };
            used
        });
        before - self.bytes
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// What they take, with their counts of users and their place in the table.
fn bytes(bounds: &[f64]) -> usize {
    size_of_val(bounds) + 2 * size_of::<usize>() + size_of::<Arc<[f64]>>()
}

fn hash(hasher: &RandomState, bounds: &[f64]) -> u64 {
    // Zeros of both signs are the same bound.
    let mut state = hasher.build_hasher();
    bounds.iter().for_each(|bound| state.write_u64((bound + 0.0).to_bits()));
    state.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bounds_are_there_once() {
        let mut layouts = Layouts::default();
        let (one, same) = (layouts.shared(&[0.0, 1.0]), layouts.shared(&[-0.0, 1.0]));
        assert!(Arc::ptr_eq(&one, &same));
        assert!(!Arc::ptr_eq(&one, &layouts.shared(&[1.0])));
    }

    #[test]
    fn bounds_are_forgotten_and_not_counted_any_more_when_nothing_has_them() {
        let mut layouts = Layouts::default();
        let used = layouts.shared(&[1.0, 2.0]);
        let of_the_used = layouts.bytes();
        for i in 0..100 {
            layouts.shared(&[f64::from(i)]);
        }
        assert_eq!(layouts.forget_unused(), 100 * bytes(&[1.0]));
        assert_eq!(layouts.bytes(), of_the_used);
        drop(used);
        layouts.forget_unused();
        assert_eq!(layouts.bytes(), 0);
    }
}
