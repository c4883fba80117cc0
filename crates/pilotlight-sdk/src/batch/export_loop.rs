//! The exporter thread's loop for one exporter.

use std::sync::Arc;
use std::time::Duration;

use crate::encode::request::request;
use crate::record::{Scope, ScopeTable};
use crate::self_metrics::Loss;
use crate::transport::{Batch, Signal};

use super::chunk::Chunk;
use super::control::{Command, Controlled};
use super::delivery::{Delivery, full_message};
use super::queue::Queue;
use super::schedule::Schedule;

/// The bytes one request aims for: what it costs is spread over thousands of spans, and it stays far below the 4 MiB that gRPC
/// receivers accept by default.
pub(super) const REQUEST_BYTES: usize = 1 << 20;

/// Takes from one queue and delivers to one exporter.
pub(super) struct ExportLoop {
    pub(super) signal: Signal,
    pub(super) queue: Arc<Queue>,
    pub(super) delivery: Delivery,
    pub(super) controlled: Controlled,
    /// `ResourceSpans.resource` and `.schema_url`, encoded.
    pub(super) resource: EncodedResource,
    pub(super) scopes: Arc<ScopeTable>,
    pub(super) schedule_delay: Duration,
    /// The largest request the transport may be given.
    pub(super) request_bytes_max: usize,
    pub(super) request_items_max: usize,
}

pub(super) use crate::encode::request::EncodedResource;

impl ExportLoop {
    /// Waits for a command, for enough bytes, or for the schedule, whichever comes first; commands go first when several
    /// have.
    pub(super) async fn run(mut self) {
        let mut schedule = Schedule::new(self.schedule_delay);
        loop {
            tokio::select! {
                biased;
                command = self.controlled.commands.recv() => match command {
                    Some(Command::Deliver(reply)) => {
                        let delivered = self.collect_and_drain().await;
                        let _ = reply.send(delivered);
                    }
                    Some(Command::Flush(reply)) => {
                        let delivered = self.flush().await;
                        let _ = reply.send(delivered);
                    }
                    Some(Command::Shutdown(reply)) => {
                        self.shut_down().await;
                        let _ = reply.send(());
                        return self.controlled.turn_away().await;
                    }
                    None => return self.shut_down().await,
                },
                () = self.queue.woken() => { self.collect_and_drain().await; }
                () = schedule.turn(&self.queue) => {
                    self.queue.collect();
                    schedule.note(self.queue.waiting() > 0, &self.queue);
                    self.drain().await;
                }
            }
        }
    }

    async fn flush(&mut self) -> bool {
        let delivered = self.collect_and_drain().await;
        let flushed = self.delivery.flush().await;
        if let Err(error) = &flushed {
            self.controlled.counters.note_error(full_message(error));
        }
        delivered && flushed.is_ok()
    }

    /// What lanes hold is collected for a wake-up too: a bound that counts items is reached long before a lane is full.
    async fn collect_and_drain(&mut self) -> bool {
        self.queue.collect();
        self.drain().await
    }

    /// Closes the door, drains, and counts what could not be delivered in time.
    async fn shut_down(&mut self) {
        self.queue.close();
        self.drain().await;
        let left = self.queue.take(usize::MAX, usize::MAX);
        let items: usize = left.iter().map(Chunk::items).sum();
        self.controlled.counters.count_lost(Loss::LeftInQueue, items as u64);
        let _ = self.delivery.last_flush().await;
        self.delivery.release().await;
        self.controlled.set_done();
    }

    /// Delivers what has been handed over by now, batch by batch. Answers whether everything was delivered.
    ///
    /// What comes in meanwhile is left for later, or a busy service would never see the end of a flush. Once shutdown
    /// has begun, the first batch that cannot be delivered ends it: the rest would only wait for the same silence.
    async fn drain(&mut self) -> bool {
        let (mut waiting, mut all_delivered) = (self.queue.waiting(), true);
        while waiting > 0 {
            let bytes_max = REQUEST_BYTES.min(self.request_bytes_max);
            let chunks = self.queue.take(bytes_max, self.request_items_max);
            let items: usize = chunks.iter().map(Chunk::items).sum();
            waiting = waiting.saturating_sub(items);
            let batches = self.encode(chunks);
            let handed: usize = batches.iter().map(|batch| batch.items).sum();
            self.controlled.counters.count_handed(handed as u64);
            all_delivered &= handed == items;
            let delivered = self.deliver(batches).await;
            all_delivered &= delivered;
            if items == 0 || !delivered && self.is_shutting_down() {
                break;
            }
        }
        all_delivered
    }

    /// Delivers `batches`; once shutdown has begun, the first that fails takes the rest with it.
    async fn deliver(&mut self, batches: Vec<Batch>) -> bool {
        let (mut batches, mut all_delivered) = (batches.into_iter(), true);
        while let Some(batch) = batches.next() {
            all_delivered &= self.delivery.deliver(batch).await;
            if !all_delivered && self.is_shutting_down() {
                let left: usize = batches.by_ref().map(|batch| batch.items).sum();
                self.controlled.counters.count_lost(Loss::Shutdown, left as u64);
            }
        }
        all_delivered
    }

    fn is_shutting_down(&self) -> bool {
        self.delivery.is_shutting_down()
    }

    /// Makes a request of `chunks`, several if one would be too large, and frees them for the next hand-overs before
    /// anything is sent.
    fn encode(&self, chunks: Vec<Chunk>) -> Vec<Batch> {
        let mut batches = Vec::with_capacity(1);
        self.encode_within_limit(chunks, &self.scopes.all(), &mut batches);
        batches
    }

    /// Halves what is too large until it fits. An item that does not fit on its own is counted and left out.
    fn encode_within_limit(&self, mut chunks: Vec<Chunk>, scopes: &[Arc<Scope>], batches: &mut Vec<Batch>) {
        let items: usize = chunks.iter().map(Chunk::items).sum();
        let request = request(&self.resource, scopes, &chunks);
        if request.len() > self.request_bytes_max && items > 1 {
            let rest = split_off(&mut chunks, items / 2);
            self.encode_within_limit(chunks, scopes, batches);
            return self.encode_within_limit(rest, scopes, batches);
        }
        chunks.into_iter().for_each(|chunk| self.queue.recycle(chunk));
        if request.len() <= self.request_bytes_max {
            return batches.push(Batch { signal: self.signal, items, request });
        }
        self.controlled.counters.count_lost(Loss::TooLarge, items as u64);
        self.controlled.counters.note_error(format!(
            "one of the {} makes a request of {} bytes, more than the {} allowed; set an attribute length limit",
            self.signal.items(),
            request.len(),
            self.request_bytes_max
        ));
    }
}

/// Moves all but the first `items` items of `chunks` into chunks of their own.
fn split_off(chunks: &mut Vec<Chunk>, items: usize) -> Vec<Chunk> {
    let mut room = items;
    let whole = chunks.iter().take_while(|chunk| {
        let fits = chunk.items() <= room;
        room -= if fits { chunk.items() } else { 0 };
        fits
    });
    let whole = whole.count();
    let mut rest = chunks.split_off(whole);
    if let Some(first) = rest.first_mut().filter(|_| room > 0) {
        let second = first.split_off(room);
        chunks.push(std::mem::replace(first, second));
    }
    rest
}
