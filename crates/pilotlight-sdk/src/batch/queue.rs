//! What waits for the exporter thread: full chunks, and the lanes that are still filling.
//!
//! Bound: [`QueueBound::Bytes`] counts the bytes of chunks handed over, so memory is that plus one chunk for each thread that
//! records; [`QueueBound::Items`] counts items wherever they wait. At the bound the newest item is dropped and counted.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::Notify;

use crate::config::QueueBound;
use crate::diagnostics;
use crate::record::ScopeId;
use crate::self_metrics::{Counters, Loss};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Mutex, lock};
use crate::transport::Signal;

use super::chunk::{CHUNK_BYTES, Chunk};
use super::lane::{Appended, Lane};

/// How many bytes wait before the exporter thread is woken ahead of its schedule: enough that what a request costs is
/// shared by a thousand spans, little enough to be sent at leisure.
const WAKE_BYTES: usize = 256 << 10;

/// How many empty chunks are kept for reuse, so that a steady load allocates none: as many as one request empties.
const SPARES_MAX: usize = 40;

#[derive(Debug)]
pub(crate) struct Queue {
    /// Tells the queues of a process apart, for the threads that keep lanes of several.
    pub(crate) id: u64,
    signal: Signal,
    bound: QueueBound,
    /// Bytes that wake the exporter thread.
    wake_bytes: usize,
    /// Items that wake the exporter thread, when they are what is counted.
    wake_items: usize,
    /// Bytes of chunks handed over, reserved before the hand-over. Relaxed: a limit, not a lock.
    bytes: AtomicUsize,
    /// Items in lanes and queue; kept only when the bound counts items. Relaxed, likewise.
    items: AtomicUsize,
    /// Set while a wake-up is on its way, so that it is sent once.
    is_woken: AtomicBool,
    wake: Notify,
    /// The loop takes no turns until something comes in. Relaxed: whether it slept before an item came in is decided under the lock
    /// of the lane, or of the lists, that the item went into.
    is_asleep: AtomicBool,
    rouse: Notify,
    /// Protects the lists; held to push and pop only.
    lists: Mutex<Lists>,
    counters: Arc<Counters>,
}

#[derive(Debug)]
struct Lists {
    full: std::collections::VecDeque<Chunk>,
    spares: Vec<Chunk>,
    lanes: Vec<Arc<Lane>>,
    is_closed: bool,
}

impl Lists {
    /// Room enough that a queue whose exporter keeps up never allocates under the lock.
    fn with_room() -> Self {
        let full = std::collections::VecDeque::with_capacity(SPARES_MAX);
        Self { full, spares: Vec::with_capacity(SPARES_MAX), lanes: Vec::new(), is_closed: false }
    }
}

/// A queue smaller than that wakes when it is half full, or it would overflow before it is ever emptied.
fn wake_bytes(bound: QueueBound) -> usize {
    match bound {
        QueueBound::Bytes(max) => WAKE_BYTES.min(max / 2),
        QueueBound::Items(_) => WAKE_BYTES,
    }
}

impl Queue {
    pub(crate) fn new(signal: Signal, bound: QueueBound, wake_items: usize, counters: Arc<Counters>) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        Self {
            id: IDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            signal,
            bound,
            wake_bytes: wake_bytes(bound),
            wake_items,
            bytes: AtomicUsize::new(0),
            items: AtomicUsize::new(0),
            is_woken: AtomicBool::new(false),
            wake: Notify::new(),
            is_asleep: AtomicBool::new(false),
            rouse: Notify::new(),
            lists: Mutex::new(Lists::with_room()),
            counters,
        }
    }

    /// A lane for the calling thread; `None` when the queue is closed.
    pub(crate) fn open_lane(&self) -> Option<Arc<Lane>> {
        let lane = Arc::new(Lane::new(self.spare()));
        let mut lists = lock(&self.lists);
        if lists.is_closed {
            return None;
        }
        lists.lanes.push(Arc::clone(&lane));
        Some(lane)
    }

    /// Takes a finished item into the calling thread's lane.
    #[inline]
    pub(crate) fn push(&self, lane: &Lane, scope: ScopeId, item: &[u8]) {
        if let QueueBound::Items(max) = self.bound
            && !self.admit(max)
        {
            return self.lose(Loss::QueueFull, 1);
        }
        match lane.append(scope, item) {
            Appended::Kept => self.kept(),
            Appended::Full => self.hand_over(lane, scope, item),
            Appended::Closed => self.refuse(Loss::AfterShutdown),
        }
    }

    /// Takes a finished item of a thread that has no lane: it is ending, or the queue is closed.
    #[cold]
    pub(crate) fn push_without_lane(&self, scope: ScopeId, item: &[u8]) {
        match self.bound {
            QueueBound::Items(max) if !self.admit(max) => self.lose(Loss::QueueFull, 1),
            _ => self.push_alone(scope, item),
        }
    }

    /// Hands over an item too large to share a chunk.
    #[cold]
    fn push_alone(&self, scope: ScopeId, item: &[u8]) {
        let chunk = Chunk::single(scope, item);
        if !self.reserve(chunk.bytes.len()) {
            return self.refuse(Loss::QueueFull);
        }
        self.enqueue(chunk);
    }

    /// Gives up a lane whose thread ends. What it held is kept, whatever the bound.
    pub(crate) fn retire(&self, lane: &Arc<Lane>) {
        {
            let mut lists = lock(&self.lists);
            lists.lanes.retain(|other| !Arc::ptr_eq(other, lane));
            self.adopt(&mut lists, lane.close());
        }
        self.wake_if_enough();
    }

    /// Under the same lock as the lane's chunk was taken: a shutdown that came between would miss what had ended before.
    fn adopt(&self, lists: &mut Lists, chunk: Chunk) {
        if !chunk.is_empty() {
            self.bytes.fetch_add(chunk.bytes.len(), Ordering::Relaxed);
            lists.full.push_back(chunk);
        }
    }

    /// Counts items that are lost, and says so the first time.
    pub(crate) fn lose(&self, loss: Loss, items: u64) {
        if self.counters.count_lost(loss, items) == 0 && loss == Loss::QueueFull {
            let (receiver, variable) = match self.signal {
                Signal::Logs => ("collector, or whoever reads the log lines,", "BLRP"),
                Signal::Traces | Signal::Metrics => ("collector", "BSP"),
            };
            diagnostics::warn(format_args!(
                "the queue is full ({}): new {} are dropped and counted. Is the {receiver} reachable and keeping up? \
                 OTEL_{variable}_MAX_QUEUE_SIZE sets another bound for what goes to a collector",
                self.bound,
                self.signal.items(),
            ));
        }
    }

    /// The lane's chunk is full: hands it over and appends to a fresh one. For an item that no chunk holds as well: what the thread
    /// ended before goes before.
    #[cold]
    fn hand_over(&self, lane: &Lane, scope: ScopeId, item: &[u8]) {
        if !self.reserve(CHUNK_BYTES) {
            return self.refuse(Loss::QueueFull);
        }
        let spare = self.spare();
        // From here on the chunk's own bytes count.
        self.bytes.fetch_sub(CHUNK_BYTES, Ordering::Relaxed);
        let taken = {
            let mut lists = lock(&self.lists);
            lane.take(spare).map(|full| self.adopt(&mut lists, full))
        };
        match taken {
            Ok(()) => self.wake_if_enough(),
            Err(spare) => self.recycle(spare),
        }
        match lane.append(scope, item) {
            Appended::Kept => self.kept(),
            Appended::Full => self.push_alone(scope, item),
            Appended::Closed => self.refuse(Loss::AfterShutdown),
        }
    }

    fn enqueue(&self, chunk: Chunk) {
        let late = {
            let mut lists = lock(&self.lists);
            if lists.is_closed {
                Some(chunk)
            } else {
                lists.full.push_back(chunk);
                None
            }
        };
        match late {
            Some(chunk) => {
                self.bytes.fetch_sub(chunk.bytes.len(), Ordering::Relaxed);
                self.release(chunk.items());
                self.lose(Loss::AfterShutdown, chunk.items() as u64);
            }
            None => self.wake_if_enough(),
        }
    }

    /// A lane has taken an item.
    #[inline]
    fn kept(&self) {
        self.rouse_if_asleep();
        self.wake_for_items();
    }

    /// Wakes the exporter thread once enough bytes wait, or a batch of items is full.
    fn wake_if_enough(&self) {
        self.rouse_if_asleep();
        match self.bytes.load(Ordering::Relaxed) >= self.wake_bytes {
            true => self.wake_once(),
            false => self.wake_for_items(),
        }
    }

    /// Wakes the exporter thread once a batch is full, when items are what is counted. Only after the last item of it can
    /// be found: an earlier wake-up would leave it behind until the schedule's next.
    #[inline]
    fn wake_for_items(&self) {
        if self.wake_items != usize::MAX && self.items.load(Ordering::Relaxed) >= self.wake_items {
            self.wake_once();
        }
    }

    /// After an item can be found.
    #[inline]
    fn rouse_if_asleep(&self) {
        if self.is_asleep.load(Ordering::Relaxed) {
            self.rouse_once();
        }
    }

    #[cold]
    fn rouse_once(&self) {
        if self.is_asleep.swap(false, Ordering::Relaxed) {
            self.rouse.notify_one();
        }
    }

    /// Sets `bytes` aside if the bound allows.
    fn reserve(&self, bytes: usize) -> bool {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        match self.bound {
            QueueBound::Bytes(max) if before + bytes > max => {
                self.bytes.fetch_sub(bytes, Ordering::Relaxed);
                self.wake_once();
                false
            }
            _ => true,
        }
    }

    /// Counts one item more if the bound allows.
    fn admit(&self, max: usize) -> bool {
        let before = self.items.fetch_add(1, Ordering::Relaxed);
        if before >= max {
            self.wake_once();
            self.items.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        true
    }

    fn release(&self, items: usize) {
        if let QueueBound::Items(_) = self.bound {
            self.items.fetch_sub(items, Ordering::Relaxed);
        }
    }

    /// An item that was admitted does not come in after all.
    fn refuse(&self, loss: Loss) {
        self.release(1);
        self.lose(loss, 1);
    }

    fn spare(&self) -> Chunk {
        let spare = lock(&self.lists).spares.pop();
        spare.unwrap_or_else(Chunk::with_room)
    }

    fn wake_once(&self) {
        // Relaxed reads first: while a wake-up is under way, threads only share the flag.
        if !self.is_woken.load(Ordering::Relaxed) && !self.is_woken.swap(true, Ordering::AcqRel) {
            self.wake.notify_one();
        }
    }
}

/// The exporter thread's side.
impl Queue {
    /// Waits until enough has come in. Cancel safe.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
        // Release: what arrives from here on wakes again, and what arrived before is found by the drain that follows.
        self.is_woken.store(false, Ordering::Release);
    }

    /// Waits until something comes in after [`fall_asleep`](Self::fall_asleep). Cancel safe.
    pub(crate) async fn roused(&self) {
        self.rouse.notified().await;
    }

    /// Has the next item rouse the loop. Answers whether it may sleep: not when something came in meanwhile.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.is_asleep.store(true, Ordering::Relaxed);
        // Looked at after that, under the same locks under which items come in: who came before is seen here, who comes later sees
        // that the loop sleeps.
        let is_idle = self.len() == 0;
        // Whoever roused the loop already has left a permit, and `roused` will answer at once.
        is_idle || !self.is_asleep.swap(false, Ordering::Relaxed)
    }

    /// Hands over what the lanes hold, full or not.
    pub(crate) fn collect(&self) {
        let lanes = lock(&self.lists).lanes.clone();
        for lane in lanes.iter().filter(|lane| !lane.is_empty()) {
            match lane.take(self.spare()) {
                Ok(chunk) => {
                    self.bytes.fetch_add(chunk.bytes.len(), Ordering::Relaxed);
                    self.enqueue(chunk);
                }
                Err(spare) => self.recycle(spare),
            }
        }
    }

    /// Closes the door: hands over what the lanes hold and refuses everything after.
    pub(crate) fn close(&self) {
        let lanes = std::mem::take(&mut lock(&self.lists).lanes);
        for lane in lanes {
            self.close_lane(&lane);
        }
        // A lane may have been opened in between; from here on none is, and all that were are closed.
        let mut lists = lock(&self.lists);
        lists.is_closed = true;
        for lane in std::mem::take(&mut lists.lanes) {
            self.adopt(&mut lists, lane.close());
        }
    }

    fn close_lane(&self, lane: &Lane) {
        let rest = lane.close();
        if !rest.is_empty() {
            self.bytes.fetch_add(rest.bytes.len(), Ordering::Relaxed);
            self.enqueue(rest);
        }
    }

    /// The next chunks to export: at least one, if there is any, then as many as stay within both limits.
    pub(crate) fn take(&self, bytes_max: usize, items_max: usize) -> Vec<Chunk> {
        let (mut taken, mut bytes, mut items) = (Vec::new(), 0, 0);
        while let Some(mut chunk) = self.pop() {
            let room = items_max - items;
            if !taken.is_empty() && bytes + chunk.bytes.len() > bytes_max || room == 0 {
                self.put_back(chunk);
                break;
            }
            if chunk.items() > room {
                self.put_back(chunk.split_off(room));
            }
            bytes += chunk.bytes.len();
            items += chunk.items();
            taken.push(chunk);
        }
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.release(items);
        taken
    }

    /// A function of its own: in the head of a `while let` the lock would be held for the whole turn.
    fn pop(&self) -> Option<Chunk> {
        lock(&self.lists).full.pop_front()
    }

    fn put_back(&self, chunk: Chunk) {
        lock(&self.lists).full.push_front(chunk);
    }

    /// Keeps an empty chunk for the next hand-over.
    pub(crate) fn recycle(&self, mut chunk: Chunk) {
        if chunk.is_reusable() {
            chunk.clear();
            let mut lists = lock(&self.lists);
            if lists.spares.len() < SPARES_MAX {
                lists.spares.push(std::mem::take(&mut chunk));
            }
        }
    }

    /// How many items wait in chunks that were handed over.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.lists).full.iter().map(Chunk::items).sum()
    }
}

/// For whoever watches.
impl Queue {
    /// How many items wait, in lanes too. What moves meanwhile may be counted twice or not at all.
    pub(crate) fn len(&self) -> usize {
        let lanes = lock(&self.lists).lanes.clone();
        lanes.iter().map(|lane| lane.len()).sum::<usize>() + self.waiting()
    }

    pub(crate) fn bound(&self) -> QueueBound {
        self.bound
    }

    /// What a bound in bytes bounds: the bytes of chunks handed over.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(pilotlight_loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_no_chunk_holds_comes_after_what_its_thread_ended_before() {
        let queue = Queue::new(Signal::Logs, QueueBound::Bytes(1 << 20), usize::MAX, Arc::default());
        let lane = queue.open_lane().unwrap();
        queue.push(&lane, 0, b"before");
        queue.push(&lane, 0, &[0; 2 * CHUNK_BYTES]);
        queue.push(&lane, 0, b"after");
        queue.collect();
        let lengths: Vec<usize> =
            queue.take(usize::MAX, usize::MAX).iter().map(|chunk| chunk.bytes.len()).collect();
        assert!(lengths[0] < 16 && lengths[1] > CHUNK_BYTES && lengths[2] < 16, "{lengths:?}");
    }
}

#[cfg(all(test, pilotlight_loom))]
mod loom_models {
    use loom::thread;

    use super::*;

    /// Two fill a chunk. Not on the stack: a model's is small.
    static ITEM: [u8; CHUNK_BYTES / 2 - 10] = [0; CHUNK_BYTES / 2 - 10];

    /// What had ended before the queue closes is found in it when it has closed, whatever the thread's own end does meanwhile.
    #[test]
    fn loom_a_lane_that_retires_while_the_queue_closes_keeps_what_it_held() {
        loom::model(|| {
            let queue =
                Arc::new(Queue::new(Signal::Traces, QueueBound::Bytes(1 << 20), usize::MAX, Arc::default()));
            let lane = queue.open_lane().unwrap();
            queue.push(&lane, 0, b"item");
            let owner = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || queue.retire(&lane))
            };
            queue.close();
            assert_eq!(queue.waiting(), 1, "the shutdown missed an item that had ended before it");
            owner.join().unwrap();
        });
    }

    /// An item that comes in while the loop falls asleep keeps it awake, or rouses it.
    #[test]
    fn loom_a_loop_does_not_sleep_through_an_item() {
        loom::model(|| {
            let queue =
                Arc::new(Queue::new(Signal::Logs, QueueBound::Bytes(1 << 20), usize::MAX, Arc::default()));
            let lane = queue.open_lane().unwrap();
            let owner = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || queue.push(&lane, 0, b"item"))
            };
            let sleeps = queue.fall_asleep();
            owner.join().unwrap();
            let is_roused = !queue.is_asleep.load(Ordering::Relaxed);
            assert!(is_roused || !sleeps, "the loop sleeps with an item in the lane");
        });
    }

    /// The same for a thread that hands a full chunk over while it ends one more item.
    #[test]
    fn loom_a_full_chunk_that_is_handed_over_while_the_queue_closes_is_kept() {
        loom::model(|| {
            let queue =
                Arc::new(Queue::new(Signal::Traces, QueueBound::Bytes(1 << 20), usize::MAX, Arc::default()));
            let lane = queue.open_lane().unwrap();
            queue.push(&lane, 0, &ITEM);
            queue.push(&lane, 0, &ITEM);
            let owner = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || queue.push(&lane, 0, &ITEM))
            };
            queue.close();
            assert!(queue.waiting() >= 2, "the shutdown missed items that had ended before it");
            owner.join().unwrap();
        });
    }
}
