//! The levels of the shelves as they were last seen: for the metrics, whose collection waits for no database.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What this program last saw of each shelf. Another program with the same database may have changed it since.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// Protects the shelves, of which there are as many as rows in the table; nothing is done under it but to read and write them.
    seen: Mutex<BTreeMap<String, u64>>,
}

impl Levels {
    /// They are so many now.
    pub(super) fn learn(&self, levels: &[(String, u64)]) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (item, left) in levels {
            match seen.get_mut(item) {
                Some(level) => *level = *left,
                None => {
                    seen.insert(item.clone(), *left);
                }
            }
        }
    }

    /// Each shelf as it was last seen.
    pub(super) fn last_seen(&self) -> BTreeMap<String, u64> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learned_last_counts() {
        let levels = Levels::default();

        levels.learn(&[("oil".into(), 3), ("lamp".into(), 5)]);
        levels.learn(&[("oil".into(), 2)]);

        assert_eq!(
            levels.last_seen().into_iter().collect::<Vec<_>>(),
            [("lamp".into(), 5), ("oil".into(), 2)]
        );
    }
}
