//! Statements that were read before: each text is read once.

use super::statement::Statement;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;
use std::sync::{Arc, RwLock};

/// The statements of a client, found by their texts.
///
/// Texts with values in them are as many as there are values, so there is a bound: a shard that is full forgets all it has, and
/// what is still in use is read once more. Longer texts are read each time.
pub(super) struct Statements {
    hasher: DefaultHashBuilder,
    shards: [Shard; SHARDS],
    shard_max: usize,
}

/// A cache line of its own: looking a text up writes to its lock.
#[derive(Default)]
#[repr(align(64))]
struct Shard {
    /// Guards nothing but this part of the texts.
    known: RwLock<Known>,
}

type Known = HashTable<(Box<str>, Arc<Statement>)>;

impl Statements {
    pub(super) fn new(statements_max: usize) -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            shards: Default::default(),
            shard_max: statements_max.div_ceil(SHARDS),
        }
    }

    /// The statement of `text`, which `read` reads when it is new.
    pub(super) fn find(&self, text: &str, read: impl FnOnce() -> Statement) -> Arc<Statement> {
        if text.len() > TEXT_BYTES_MAX || self.shard_max == 0 {
            return Arc::new(read());
        }
        let hash = self.hasher.hash_one(text);
        // A table finds its places by the lowest bits and the highest seven.
        let shard = &self.shards[(hash >> 32) as usize % SHARDS];
        // While somebody adds to it, reading the text again is better than waiting.
        if let Some(found) = shard.known.try_read().ok().and_then(|known| look_up(&known, hash, text)) {
            return found;
        }
        let new = Arc::new(read());
        drop(self.remember(shard, hash, (Box::from(text), Arc::clone(&new))));
        new
    }

    /// Gives back what had to make place, to be dropped where nobody waits.
    fn remember(&self, shard: &Shard, hash: u64, new: (Box<str>, Arc<Statement>)) -> Option<Known> {
        let mut known = shard.known.try_write().ok()?;
        if look_up(&known, hash, &new.0).is_some() {
            return None;
        }
        let forgotten = (known.len() >= self.shard_max).then(|| std::mem::take(&mut *known));
        known.insert_unique(hash, new, |(text, _)| self.hasher.hash_one(&**text));
        forgotten
    }
}

fn look_up(known: &Known, hash: u64, text: &str) -> Option<Arc<Statement>> {
    known.find(hash, |(known, _)| **known == *text).map(|(_, statement)| Arc::clone(statement))
}

/// Of threads that look different texts up at the same time, so few share a lock.
const SHARDS: usize = 8;

/// Texts above it are dumps and bulk inserts, which are not seen twice.
const TEXT_BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::options::Options;
    use std::cell::Cell;
    use std::sync::Barrier;

    fn statements(max: usize) -> (Statements, Options) {
        (Statements::new(max), Options::of("postgresql".into()))
    }

    #[test]
    fn a_text_is_read_once() {
        let (statements, options) = statements(100);
        let read = Cell::new(0);
        let find = |text: &str| {
            statements.find(text, || {
                read.set(read.get() + 1);
                Statement::of_sql(&options, text)
            })
        };

        let one = find("SELECT 1 FROM a");
        let again = find(&String::from("SELECT 1 FROM a"));
        find("SELECT 1 FROM b");

        assert!(Arc::ptr_eq(&one, &again));
        assert_eq!(read.get(), 2);
    }

    #[test]
    fn texts_beyond_the_bound_make_old_ones_go() {
        let (statements, options) = statements(16);

        for number in 0..1000 {
            let text = format!("SELECT {number} FROM a");
            statements.find(&text, || Statement::of_sql(&options, &text));
        }

        let held: usize = statements.shards.iter().map(|shard| shard.known.read().unwrap().len()).sum();
        assert!((1..=16).contains(&held), "{held}");
    }

    #[test]
    fn threads_that_ask_at_the_same_time_each_get_the_statement_of_their_text() {
        let (statements, options) = statements(16);
        let start = Barrier::new(8);

        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (statements, options, start) = (&statements, &options, &start);
                scope.spawn(move || {
                    start.wait();
                    // Each text is somebody else's as well, and there are more than there is room for.
                    for number in (0..400).map(|turn| (turn * 7 + thread) % 40) {
                        let text = format!("SELECT a FROM t{number}");
                        let found = statements.find(&text, || Statement::of_sql(options, &text));
                        assert_eq!(found.span().name, format!("SELECT t{number}"));
                    }
                });
            }
        });

        let held: usize = statements.shards.iter().map(|shard| shard.known.read().unwrap().len()).sum();
        assert!((1..=16).contains(&held), "{held}");
    }

    #[test]
    fn a_text_that_is_too_long_or_unwanted_is_not_kept() {
        let (statements, options) = statements(16);
        let long = format!("SELECT {} FROM a", "1,".repeat(TEXT_BYTES_MAX));
        statements.find(&long, || Statement::of_sql(&options, &long));
        let none = Statements::new(0);
        none.find("SELECT 1", || Statement::of_sql(&options, "SELECT 1"));

        for held in [&statements, &none] {
            assert!(held.shards.iter().all(|shard| shard.known.read().unwrap().is_empty()));
        }
    }
}
