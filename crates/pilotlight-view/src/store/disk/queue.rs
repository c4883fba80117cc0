//! What waits for the writer: bounded by bytes and by number. A full queue says so before anything of a request is taken.

use super::chunk::NewChunk;
use crate::receive::Signal;
use bytes::Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How many requests may wait. A request costs more than its bytes, so that small ones have a bound as well.
const WAITING_MAX: usize = 8192;

/// The queue of the writer.
#[derive(Debug)]
pub(super) struct Queue {
    /// Held for a push, a take, or a look.
    waiting: Mutex<Waiting>,
    /// Told when there is something to take.
    came: Condvar,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    tasks: VecDeque<Task>,
    /// Requests that are not committed yet, so that they can be read meanwhile.
    uncommitted: HashMap<u64, (Signal, u64, Bytes)>,
    /// Bytes of them.
    bytes: usize,
    /// The number of the next one. Numbers ascend in the order of the queue, which is the order in the file.
    next_id: u64,
    closed: bool,
}

/// Something for the writer to do.
#[derive(Debug)]
pub(super) enum Task {
    /// To write a request, and to tell whoever waits for it whether that worked.
    Write { id: u64, chunk: NewChunk, done: Option<oneshot::Sender<bool>> },
    /// To forget all requests of these signals, and to tell when that is done.
    Clear { signals: Vec<Signal>, done: std::sync::mpsc::Sender<()> },
}

impl Queue {
    /// An empty one for so many bytes. Numbers begin with `next_id`.
    pub(super) fn new(bytes_max: usize, next_id: u64) -> Self {
        let waiting = Waiting { next_id, ..Waiting::default() };
        Self { waiting: Mutex::new(waiting), came: Condvar::new(), bytes_max }
    }

    /// Takes a request, and answers its number; gives none and takes nothing when there is no room. A request that is larger than all the
    /// room there is has room when nothing else waits.
    pub(super) fn push(&self, chunk: NewChunk, done: Option<oneshot::Sender<bool>>) -> Option<u64> {
        let mut waiting = self.lock();
        let bytes = chunk.encoded.len();
        let full = waiting.bytes + bytes > self.bytes_max || waiting.uncommitted.len() >= WAITING_MAX;
        if waiting.closed || (full && !waiting.uncommitted.is_empty()) {
            return None;
        }
        let id = waiting.next_id;
        waiting.next_id += 1;
        waiting.bytes += bytes;
        waiting.uncommitted.insert(id, (chunk.outline.signal, chunk.received, chunk.encoded.clone()));
        waiting.tasks.push_back(Task::Write { id, chunk, done });
        drop(waiting);
        self.came.notify_one();
        Some(id)
    }

    /// Asks the writer to forget signals; what came before is forgotten, what comes later is not.
    pub(super) fn clear(&self, signals: Vec<Signal>, done: std::sync::mpsc::Sender<()>) {
        let mut waiting = self.lock();
        if !waiting.closed {
            waiting.tasks.push_back(Task::Clear { signals, done });
            drop(waiting);
            self.came.notify_one();
        }
    }

    /// Everything that waits, in order; nothing when the time is over; none when it is closed and empty.
    pub(super) fn take(&self, patience: Duration) -> Option<Vec<Task>> {
        let nothing = |waiting: &mut Waiting| waiting.tasks.is_empty() && !waiting.closed;
        let waited = self.came.wait_timeout_while(self.lock(), patience, nothing);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if waiting.tasks.is_empty() && waiting.closed {
            return None;
        }
        Some(waiting.tasks.drain(..).collect())
    }

    /// These are in the file, or given up: their room is free again.
    pub(super) fn settle(&self, ids: impl Iterator<Item = u64>) {
        let mut freed = Vec::new();
        let mut waiting = self.lock();
        for id in ids {
            if let Some(chunk) = waiting.uncommitted.remove(&id) {
                waiting.bytes -= chunk.2.len();
                freed.push(chunk);
            }
        }
        drop(waiting);
        drop(freed);
    }

    /// A request that is not committed yet: its signal, when it came, and itself.
    pub(super) fn uncommitted(&self, id: u64) -> Option<(Signal, u64, Bytes)> {
        self.lock().uncommitted.get(&id).cloned()
    }

    /// The numbers of requests that are not committed yet, ascending.
    pub(super) fn uncommitted_ids(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.lock().uncommitted.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Nothing more is taken; the writer ends when it has done what waits.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.came.notify_all();
    }

    /// Nothing more is taken, and nothing that waits is done: whoever waits for it is told so.
    pub(super) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        let tasks = std::mem::take(&mut waiting.tasks);
        drop(waiting);
        drop(tasks);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receive::Data;
    use crate::store::disk::chunk::Outline;

    fn chunk(bytes: usize) -> NewChunk {
        let outline = Outline::of(&Data::Logs(Vec::new()), 0);
        NewChunk { received: 0, outline, encoded: Bytes::from(vec![0; bytes]) }
    }

    #[test]
    fn a_full_queue_takes_nothing_until_what_waits_is_written() {
        let queue = Queue::new(100, 1);
        assert_eq!(queue.push(chunk(60), None), Some(1));
        assert_eq!(queue.push(chunk(60), None), None);
        assert_eq!(queue.take(Duration::ZERO).unwrap().len(), 1);
        assert_eq!(queue.push(chunk(60), None), None, "taken is not yet written");
        queue.settle([1].into_iter());
        assert_eq!(queue.push(chunk(60), None), Some(2));
    }

    #[test]
    fn a_request_larger_than_the_queue_is_taken_when_nothing_else_waits() {
        let queue = Queue::new(100, 1);
        assert_eq!(queue.push(chunk(1000), None), Some(1));
        assert_eq!(queue.push(chunk(1), None), None);
    }

    #[test]
    fn what_waits_can_be_read_and_what_is_closed_ends() {
        let queue = Queue::new(100, 7);
        queue.push(chunk(3), None);
        assert_eq!(queue.uncommitted(7).map(|(_, _, bytes)| bytes.len()), Some(3));
        queue.close();
        assert_eq!(queue.push(chunk(1), None), None);
        assert_eq!(queue.take(Duration::ZERO).map(|tasks| tasks.len()), Some(1));
        assert!(queue.take(Duration::ZERO).is_none());
    }
}
