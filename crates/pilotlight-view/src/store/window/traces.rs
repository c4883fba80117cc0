//! Which traces a segment holds, with what a list of traces shows of each.

use super::NONE;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, Ordering};

/// A segment's part of a trace.
#[derive(Debug)]
pub(crate) struct TracePart {
    /// The trace's id.
    pub(crate) id: u128,
    /// When the earliest of its spans here begins.
    pub(crate) start: u64,
    /// When the latest of its spans here ends.
    pub(crate) end: u64,
    /// How many of its spans are here. 0 where only log records name it.
    pub(crate) spans: u32,
    /// How many of them are errors.
    pub(crate) errors: u32,
    /// How many of its log records are here.
    pub(crate) logs: u32,
    /// Its newest span's row; the others follow by `Spans::next_in_trace`. [`NONE`] when there is none.
    pub(crate) first_span: u32,
    /// Its newest log record's row; the others follow by `Logs::next_in_trace`. [`NONE`] when there is none.
    pub(crate) first_log: u32,
    /// The row of its earliest span without a parent, or [`NONE`].
    pub(crate) root: u32,
    /// The row of its earliest span, or [`NONE`].
    pub(crate) earliest: u32,
    /// Another segment holds something of it as well, or did: told by whoever adds the later part, read by questions.
    /// Relaxed, since all it leads to is a look into the other segments.
    shared: AtomicBool,
}

impl TracePart {
    fn new(id: u128) -> Self {
        Self {
            id,
            start: u64::MAX,
            end: 0,
            spans: 0,
            errors: 0,
            logs: 0,
            first_span: NONE,
            first_log: NONE,
            root: NONE,
            earliest: NONE,
            shared: AtomicBool::new(false),
        }
    }

    /// Whether another segment may hold more of it.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    /// Another segment holds more of it.
    pub(super) fn share(&self) {
        self.shared.store(true, Ordering::Relaxed);
    }
}

/// The traces of a segment.
#[derive(Debug, Default)]
pub(crate) struct TraceParts {
    all: Vec<TracePart>,
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl TraceParts {
    /// All of them; rows hold the position.
    pub(crate) fn all(&self) -> &[TracePart] {
        &self.all
    }

    /// The position of a trace.
    pub(crate) fn find(&self, id: u128) -> Option<u32> {
        let hash = self.hasher.hash_one(id);
        self.numbers.find(hash, |number| self.id(*number) == Some(id)).copied()
    }

    /// A segment's part of a trace.
    pub(crate) fn get(&self, number: u32) -> Option<&TracePart> {
        self.all.get(number as usize)
    }

    /// The position of a trace, which gets one if it has none, and whether it had one.
    pub(super) fn insert(&mut self, id: u128) -> (u32, bool) {
        let Self { all, numbers, hasher } = self;
        let id_of = |number: u32| all.get(number as usize).map(|part| part.id);
        let entry = numbers.entry(
            hasher.hash_one(id),
            |number| id_of(*number) == Some(id),
            |number| hasher.hash_one(id_of(*number).unwrap_or_default()),
        );
        match entry {
            Entry::Occupied(known) => (*known.get(), true),
            Entry::Vacant(new) => {
                let number = u32::try_from(all.len()).unwrap_or(NONE);
                new.insert(number);
                all.push(TracePart::new(id));
                (number, false)
            }
        }
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut TracePart> {
        self.all.get_mut(number as usize)
    }

    pub(super) fn forget_spans(&mut self) {
        for part in &mut self.all {
            let shared = part.is_shared().into();
            let (logs, first_log) = (part.logs, part.first_log);
            *part = TracePart { logs, first_log, shared, ..TracePart::new(part.id) };
        }
    }

    pub(super) fn forget_logs(&mut self) {
        for part in &mut self.all {
            (part.logs, part.first_log) = (0, NONE);
        }
    }

    fn id(&self, number: u32) -> Option<u128> {
        self.get(number).map(|part| part.id)
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() * size_of::<TracePart>() + self.numbers.allocation_size()
    }

    /// Gives back what was reserved for growth.
    pub(super) fn shrink(&mut self) {
        self.all.shrink_to_fit();
        let Self { all, numbers, hasher } = self;
        numbers.shrink_to_fit(|number| {
            hasher.hash_one(all.get(*number as usize).map(|part| part.id).unwrap_or_default())
        });
    }
}
