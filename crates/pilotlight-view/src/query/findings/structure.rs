//! How spans hang together: parents that never came, ids that came twice, answers before their requests.

use crate::query::text::cut;
use crate::query::trace::SKEW_MIN;
use crate::query::{SpanKind, SpanStatus, ids};
use crate::store::Store;
use crate::store::books::Seen;
use crate::store::window::SegmentRef;
use crate::store::window::segment::Segment;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Structure {
    /// By service: spans whose parent never came.
    pub(super) orphans: BTreeMap<Rc<str>, Orphans>,
    /// By the two services: calls whose answer begins before its request.
    pub(super) early: BTreeMap<(Rc<str>, Rc<str>), Early>,
    /// Spans with an id that another one has.
    pub(super) duplicates: Seen,
    /// Spans that came twice, the same both times.
    pub(super) repeated: Seen,
    /// Requests that nobody has answered with a span.
    pub(super) requests: Vec<Call>,
    /// Answers to requests that nobody has made with a span.
    pub(super) answers: Vec<Call>,
    /// By service: those that it calls with spans on both sides.
    joined: HashMap<Rc<str>, HashSet<Rc<str>>>,
}

/// Spans whose parent never came.
#[derive(Debug, Default)]
pub(super) struct Orphans {
    /// Those that answer: their parent may be somebody's who does not send here.
    pub(super) entries: Seen,
    /// The others: their parent is of the same process.
    pub(super) inner: Seen,
    /// The parents that the others have lost.
    pub(super) parents: HashSet<u64>,
}

/// Calls between two services.
#[derive(Debug, Default)]
pub(super) struct Early {
    pub(super) calls: u64,
    /// Those whose answer begins before.
    pub(super) early: u64,
    /// By how much at most, nanoseconds.
    pub(super) most: u64,
}

/// One side of a call of HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) service: Rc<str>,
    pub(super) method: String,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// How many of the newest spans are looked at.
const SPANS_MAX: usize = 200_000;
/// How long a parent may take to come, after its child has ended: it has to end itself, and wait for its batch. Nanoseconds.
const GRACE: u64 = 30_000_000_000;
/// Traces that are looked up in the file. Of more, nobody knows whether their parents are there, and nothing is said.
const LOOKUPS_MAX: usize = 50;
/// Calls of HTTP that are kept on each side.
const CALLS_MAX: usize = 2_000;
/// Of a name, in bytes.
const NAME_BYTES: usize = 200;

impl Structure {
    /// Of the newest spans in memory.
    pub(super) fn of(store: &Store, now: u64) -> Self {
        // What has not been read back from the file yet may have any parent.
        let is_loaded = store.loaded() >= 1.0;
        let segments = &store.window().all();
        let mut scan = Scan {
            structure: Self::default(),
            services: HashSet::new(),
            open: Vec::new(),
            left: SPANS_MAX,
            now,
            requests: BTreeMap::new(),
            answered: HashSet::new(),
        };
        for (position, segment) in segments.iter().enumerate().rev() {
            if scan.left == 0 {
                break;
            }
            scan.segment(position, &segment.read());
        }
        scan.look_elsewhere(segments);
        if is_loaded {
            scan.orphans(segments, &mut Earlier::new(store, segments));
        }
        scan.structure
    }

    /// Whether there are spans on both sides of a call from one service to another.
    pub(super) fn are_joined(&self, from: &str, to: &str) -> bool {
        self.joined.get(from).is_some_and(|called| called.contains(to))
    }
}

struct Scan {
    structure: Structure,
    /// Names of services, which all of their spans share.
    services: HashSet<Rc<str>>,
    /// Spans whose parent is not in their segment.
    open: Vec<Open>,
    /// How many spans are still looked at.
    left: usize,
    now: u64,
    /// Requests of HTTP by trace and span.
    requests: BTreeMap<(u128, u64), Call>,
    /// Spans that somebody answered.
    answered: HashSet<(u128, u64)>,
}

/// A span whose parent is not in its segment.
struct Open {
    trace: u128,
    parent: u64,
    side: Side,
    /// Where it is: the segment and the row.
    home: (usize, u32),
}

/// What is needed of a span on one side of a call.
struct Side {
    service: Rc<str>,
    kind: SpanKind,
    start: u64,
    end: u64,
}

impl Scan {
    fn segment(&mut self, position: usize, segment: &Segment) {
        let method = Method::of(segment);
        let rows = segment.spans.len();
        let some = rows.min(self.left);
        self.left -= some;
        for row in ((rows - some) as u32..rows as u32).rev() {
            self.span(segment, &method, (position, row));
        }
    }

    fn span(&mut self, segment: &Segment, method: &Method, home: (usize, u32)) {
        let (spans, row, at) = (&segment.spans, home.1, home.1 as usize);
        self.same_id(segment, row);
        let parent = spans.parent[at];
        let kind = spans.kind[at];
        match spans.parent_row(row) {
            _ if parent == 0 => {}
            Some(parent) => {
                if matches!(kind, SpanKind::Server | SpanKind::Consumer) {
                    let id = (segment.trace_id(spans.trace[at]), spans.id[parent as usize]);
                    let (from, to) = (self.side(segment, parent), self.side(segment, row));
                    self.call(&from, &to, id);
                }
            }
            None => {
                let trace = segment.trace_id(spans.trace[at]);
                let side = self.side(segment, row);
                self.open.push(Open { trace, parent, side, home });
            }
        }
        let asks = kind == SpanKind::Client && self.requests.len() < CALLS_MAX;
        let begins = kind == SpanKind::Server && parent == 0 && self.structure.answers.len() < CALLS_MAX;
        if (asks || begins)
            && let Some(method) = method.read(segment, row)
        {
            let Side { service, start, end, .. } = self.side(segment, row);
            let call = Call { service, method: method.to_owned(), start, end };
            if begins {
                self.structure.answers.push(call);
            } else {
                self.requests.insert((segment.trace_id(spans.trace[at]), spans.id[at]), call);
            }
        }
    }

    fn side(&mut self, segment: &Segment, row: u32) -> Side {
        let (spans, at) = (&segment.spans, row as usize);
        let service = self.service(segment.service(spans.resource[at]));
        Side { service, kind: spans.kind[at], start: spans.start[at], end: spans.end[at] }
    }

    fn service(&mut self, name: &str) -> Rc<str> {
        let name = cut(name, NAME_BYTES);
        if let Some(known) = self.services.get(name) {
            return Rc::clone(known);
        }
        let name: Rc<str> = name.into();
        self.services.insert(Rc::clone(&name));
        name
    }

    /// Of several spans with one id, the segment finds the first.
    fn same_id(&mut self, segment: &Segment, row: u32) {
        let spans = &segment.spans;
        let at = row as usize;
        let Some(first) = spans.find(spans.trace[at], spans.id[at]).filter(|first| *first != row) else {
            return;
        };
        let first = first as usize;
        let same = spans.start[first] == spans.start[at] && spans.name[first] == spans.name[at];
        let seen = if same { &mut self.structure.repeated } else { &mut self.structure.duplicates };
        seen.note(|| {
            let trace = ids::trace_text(segment.trace_id(spans.trace[at])).unwrap_or_default();
            let id = ids::span_text(spans.id[at]).unwrap_or_default();
            format!(
                "{:?} of {}, span {id} of trace {trace}",
                cut(segment.text(spans.name[at]), NAME_BYTES),
                segment.service(spans.resource[at])
            )
        });
    }

    /// Parents in other segments, a segment at a time; what is left has none.
    fn look_elsewhere(&mut self, segments: &[SegmentRef]) {
        let mut open = std::mem::take(&mut self.open);
        for segment in segments {
            if open.is_empty() {
                break;
            }
            let segment = segment.read();
            open.retain(|open| {
                let Some(parent) = segment.find_span(open.trace, open.parent) else {
                    return true;
                };
                if open.side.answers() {
                    let from = self.side(&segment, parent);
                    self.call(&from, &open.side, (open.trace, open.parent));
                }
                false
            });
        }
        self.open = open;
        let requests = std::mem::take(&mut self.requests).into_iter();
        let unanswered = requests.filter(|(id, _)| !self.answered.contains(id));
        self.structure.requests = unanswered.map(|(_, call)| call).collect();
    }

    /// What is left has no parents in memory.
    fn orphans(&mut self, segments: &[SegmentRef], earlier: &mut Earlier<'_>) {
        let mut open = std::mem::take(&mut self.open);
        // Those that matter more are looked up first.
        open.sort_by_key(|open| open.side.answers());
        for open in open {
            if open.side.end.saturating_add(GRACE) < self.now && !earlier.may_hold(open.trace) {
                self.orphan(segments, &open);
            }
        }
    }

    fn orphan(&mut self, segments: &[SegmentRef], open: &Open) {
        let side = &open.side;
        let orphans = self.structure.orphans.entry(Rc::clone(&side.service)).or_default();
        let seen = if side.answers() {
            &mut orphans.entries
        } else {
            orphans.parents.insert(open.parent);
            &mut orphans.inner
        };
        seen.note(|| {
            let segment = segments[open.home.0].read();
            let row = open.home.1 as usize;
            // Spans may have been cleared since, and the row may be another's.
            let is_there = segment.spans.parent.get(row) == Some(&open.parent);
            let name = if is_there { segment.text(segment.spans.name[row]) } else { "a span that is gone" };
            let trace = ids::trace_text(open.trace).unwrap_or_default();
            format!("{:?} in trace {trace}", cut(name, NAME_BYTES))
        });
    }

    fn call(&mut self, from: &Side, to: &Side, id: (u128, u64)) {
        self.answered.insert(id);
        if from.service == to.service {
            return;
        }
        let (caller, called) = (Rc::clone(&from.service), Rc::clone(&to.service));
        if from.kind == SpanKind::Client {
            let early = self.structure.early.entry((caller.clone(), called.clone())).or_default();
            let by = from.start.saturating_sub(to.start);
            early.calls += 1;
            if by > SKEW_MIN {
                early.early += 1;
                early.most = early.most.max(by);
            }
        }
        self.structure.joined.entry(caller).or_default().insert(called);
    }
}

/// Traces that have something in the file that is no longer in memory.
struct Earlier<'a> {
    store: &'a Store,
    /// Requests before this one are in the file only; none when there are no such requests.
    before: Option<u64>,
    known: HashMap<u128, bool>,
}

impl<'a> Earlier<'a> {
    fn new(store: &'a Store, segments: &[SegmentRef]) -> Self {
        Self { store, before: store.only_in_file_before(segments), known: HashMap::new() }
    }

    fn may_hold(&mut self, trace: u128) -> bool {
        let Some(before) = self.before else { return false };
        if self.known.len() == LOOKUPS_MAX && !self.known.contains_key(&trace) {
            return true;
        }
        let look = || self.store.disk().chunks_of_trace(trace).iter().any(|chunk| *chunk < before);
        *self.known.entry(trace).or_insert_with(look)
    }
}

impl Side {
    /// Its parent may be another process's.
    fn answers(&self) -> bool {
        matches!(self.kind, SpanKind::Server | SpanKind::Consumer)
    }
}

/// The keys that tell the method of a request.
struct Method {
    keys: [Option<crate::store::window::symbols::Symbol>; 2],
}

impl Method {
    fn of(segment: &Segment) -> Self {
        Self { keys: ["http.request.method", "http.method"].map(|key| segment.symbols.find(key)) }
    }

    fn read<'a>(&self, segment: &'a Segment, row: u32) -> Option<&'a str> {
        if self.keys == [None, None] || segment.spans.status[row as usize] == SpanStatus::Error {
            return None;
        }
        let attributes = segment.spans.attributes.of(row);
        let method = attributes.iter().find(|(key, _)| self.keys.contains(&Some(*key)));
        method.map(|(_, value)| segment.text(*value))
    }
}
