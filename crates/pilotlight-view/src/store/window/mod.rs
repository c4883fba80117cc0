//! What is live, in memory: segments of columns, the newest of which takes what comes.
//!
//! ```text
//!  a request ──> the open segment ── full ──> sealed ──> … ──> the oldest: dropped whole when the bytes' bound is passed
//! ```
//!
//! A row's strings are numbers of its segment ([`symbols`]), so that a question compares numbers, and searches each distinct string
//! once. Questions read one segment at a time and hold nothing in between: what comes waits for one segment's look at most.

pub(crate) mod attributes;
pub(crate) mod entities;
pub(crate) mod insert;
pub(crate) mod logs;
pub(crate) mod range;
pub(crate) mod segment;
pub(crate) mod spans;
pub(crate) mod symbols;
pub(crate) mod traces;

use crate::receive::Data;
use insert::{Insertion, Wanted};
pub(crate) use range::TimeRange;
use segment::Segment;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

/// No row, no position.
pub(crate) const NONE: u32 = u32::MAX;

/// Into how many segments the memory is divided: what is dropped at once is a small part of it, and few are many to look into.
const SEGMENTS: u64 = 24;
/// No segment is smaller than this, in bytes: small ones cost more than they hold.
const SEGMENT_BYTES_MIN: u64 = 64 << 10;
/// No segment is larger than this, in bytes: what comes waits while a question looks through the open one.
const SEGMENT_BYTES_MAX: u64 = 32 << 20;

/// The segments, oldest first.
#[derive(Debug)]
pub(crate) struct Window {
    /// The last one is open. Held for a clone of the list or a change of it.
    segments: RwLock<VecDeque<SegmentRef>>,
    /// Held by whoever adds, so that two never fill one segment and seal it twice.
    adding: Mutex<()>,
    bytes_max: u64,
}

/// A segment, to be read or, while it is open, added to.
#[derive(Debug, Clone)]
pub(crate) struct SegmentRef(Arc<RwLock<Segment>>);

impl SegmentRef {
    pub(crate) fn new(segment: Segment) -> Self {
        Self(Arc::new(RwLock::new(segment)))
    }

    /// Looks into it. Let go of it before looking into the next one: a second look at the open one while something waits to be added
    /// would wait for itself.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Segment> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Segment> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// For whoever may wait for long: it does not keep the segment when the window lets go of it.
    pub(crate) fn downgrade(&self) -> Weak<RwLock<Segment>> {
        Arc::downgrade(&self.0)
    }

    /// The segment, while it is there.
    pub(crate) fn upgrade(segment: &Weak<RwLock<Segment>>) -> Option<Self> {
        segment.upgrade().map(Self)
    }

    /// Whether it is the same one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Where a request's rows are.
#[derive(Debug, Clone)]
pub(crate) struct Added {
    /// In this segment.
    pub(crate) segment: SegmentRef,
    /// These are its log records.
    pub(crate) logs: std::ops::Range<u32>,
}

/// A request, as it is added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addition<'a> {
    /// Its number in the file.
    pub(crate) chunk: u64,
    /// How it came, in words; empty when it was read again.
    pub(crate) arrival: &'a str,
    /// When it came.
    pub(crate) received: u64,
    /// What is in it.
    pub(crate) data: &'a Data,
}

impl Window {
    /// An empty one that keeps to so many bytes.
    pub(crate) fn new(bytes_max: u64) -> Self {
        let segments = RwLock::new(VecDeque::from([SegmentRef::new(Segment::new())]));
        Self { segments, adding: Mutex::new(()), bytes_max }
    }

    /// The segments that have something in this range, oldest first; the newest of them is still added to.
    pub(crate) fn segments(&self, range: TimeRange) -> Vec<SegmentRef> {
        let has = |segment: &SegmentRef| {
            let segment = segment.read();
            range.overlaps(segment.from, segment.last)
        };
        self.all().into_iter().filter(has).collect()
    }

    /// All segments, oldest first.
    pub(crate) fn all(&self) -> Vec<SegmentRef> {
        self.read().iter().cloned().collect()
    }

    /// Adds a request's spans or records, and drops what is over the bound.
    pub(crate) fn add(&self, addition: Addition<'_>) -> Option<Added> {
        let _adding = self.adding();
        let all = self.all();
        let (open, sealed) = all.split_last()?;
        let mut segment = open.write();
        let logs_before = length(segment.logs.len());
        add(&mut segment, sealed, addition, Wanted::All);
        let added = Added { segment: open.clone(), logs: logs_before..length(segment.logs.len()) };
        if segment.bytes() as u64 >= self.segment_bytes() {
            segment.seal();
            drop(segment);
            self.begin_another();
        }
        Some(added)
    }

    /// When a segment is full.
    pub(crate) fn segment_bytes(&self) -> u64 {
        (self.bytes_max / SEGMENTS).clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX)
    }

    /// Puts a segment before all others, when there is room for it and it is current, which is asked while nobody can clear. Answers
    /// whether it is there.
    pub(crate) fn add_older(&self, mut segment: Segment, is_current: impl FnOnce() -> bool) -> bool {
        segment.seal();
        let _adding = self.adding();
        if !is_current() || self.bytes() + segment.bytes() as u64 > self.bytes_max {
            return false;
        }
        share(&segment, 0, &self.all());
        self.write().push_front(SegmentRef::new(segment));
        true
    }

    /// Lets go of segments that hold nothing of the request `chunk` or later ones: their requests are no longer in the file.
    pub(crate) fn forget_before(&self, chunk: u64) {
        loop {
            let all = self.all();
            let Some((_, sealed)) = all.split_last() else { return };
            let is_old = |segment: &&SegmentRef| segment.read().chunks.iter().all(|known| known.id < chunk);
            let Some(oldest) = sealed.first().filter(is_old) else { return };
            self.write().retain(|segment| !segment.is(oldest));
        }
    }

    /// Lets go of all spans, of all log records, or of both.
    pub(crate) fn clear(&self, spans: bool, logs: bool) {
        let _adding = self.adding();
        if spans && logs {
            let before =
                std::mem::replace(&mut *self.write(), VecDeque::from([SegmentRef::new(Segment::new())]));
            drop(before);
            return;
        }
        for segment in self.all() {
            segment.write().clear(spans, logs);
        }
    }

    fn adding(&self) -> MutexGuard<'_, ()> {
        self.adding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_another(&self) {
        self.write().push_back(SegmentRef::new(Segment::new()));
        // What the new one will take is kept free for it.
        let mut bytes = self.bytes() + self.segment_bytes();
        while bytes > self.bytes_max {
            let mut segments = self.write();
            let oldest = if segments.len() > 1 { segments.pop_front() } else { None };
            drop(segments);
            let Some(oldest) = oldest else { return };
            bytes = bytes.saturating_sub(oldest.read().bytes() as u64);
        }
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> u64 {
        self.all().iter().map(|segment| segment.read().bytes() as u64).sum()
    }

    fn read(&self) -> RwLockReadGuard<'_, VecDeque<SegmentRef>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, VecDeque<SegmentRef>> {
        self.segments.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds a request to a segment, and marks the traces that others have parts of.
pub(crate) fn add(segment: &mut Segment, others: &[SegmentRef], addition: Addition<'_>, wanted: Wanted) {
    let known = segment.traces.all().len();
    let Addition { chunk, arrival, received, data } = addition;
    Insertion::new(segment, wanted, chunk, arrival, received).insert(data);
    share(segment, known, others);
}

/// Marks the traces of a segment, from a position on, that others have parts of as well, here and there.
fn share(segment: &Segment, from: usize, others: &[SegmentRef]) {
    let new = segment.traces.all().get(from..).unwrap_or_default();
    for other in others {
        let other = other.read();
        for part in new {
            if let Some(elsewhere) = other.traces.find(part.id).and_then(|number| other.traces.get(number)) {
                elsewhere.share();
                part.share();
            }
        }
    }
}

fn length(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(NONE)
}
