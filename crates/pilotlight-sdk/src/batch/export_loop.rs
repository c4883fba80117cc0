//! The exporter thread's loop for one exporter.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::encode::request::traces_request;
use crate::record::ScopeTable;
use crate::self_metrics::{Counters, Loss};
use crate::transport::{Batch, Signal};

use super::chunk::Chunk;
use super::delivery::Delivery;
use super::queue::Queue;

/// The bytes one request aims for: what it costs is spread over thousands of spans, and it stays far below the 4 MiB that gRPC
/// receivers accept by default.
const REQUEST_BYTES: usize = 1 << 20;

/// What other threads ask of the loop. A sender that is dropped unanswered tells that the loop is gone.
pub(super) enum Command {
    /// Deliver what has been recorded so far; answers whether all of it was.
    Deliver(SyncSender<bool>),
    /// The same, and have the exporter deliver what it holds back itself.
    Flush(SyncSender<bool>),
    /// Deliver, release the exporter, end.
    Shutdown(SyncSender<()>),
}

/// Takes from one queue and delivers to one exporter.
pub(super) struct ExportLoop {
    pub(super) queue: Arc<Queue>,
    pub(super) delivery: Delivery,
    pub(super) counters: Arc<Counters>,
    pub(super) commands: UnboundedReceiver<Command>,
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
        let mut schedule = tokio::time::interval(self.schedule_delay.max(Duration::from_millis(1)));
        schedule.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        schedule.reset();
        loop {
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
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
                        return;
                    }
                    None => return self.shut_down().await,
                },
                () = self.queue.woken() => { self.drain().await; }
                _ = schedule.tick() => {
                    self.collect_and_drain().await;
                }
            }
        }
    }

    async fn flush(&mut self) -> bool {
        let delivered = self.collect_and_drain().await;
        delivered & self.delivery.exporter.force_flush().await.is_ok()
    }

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
        self.counters.count_lost(Loss::Shutdown, items as u64);
        let deadline = self.delivery.urgency.borrow().shutdown.unwrap_or_else(Instant::now);
        let release = async {
            let _ = self.delivery.exporter.force_flush().await;
            self.delivery.exporter.shutdown().await;
        };
        let _ = tokio::time::timeout_at(deadline.into(), release).await;
    }

    /// Delivers what has been handed over, batch by batch. Answers whether everything was delivered.
    ///
    /// Once shutdown has begun, the first batch that cannot be delivered ends it: the rest would only wait for the same
    /// silence.
    async fn drain(&mut self) -> bool {
        let mut all_delivered = true;
        loop {
            let chunks = self.queue.take(REQUEST_BYTES.min(self.request_bytes_max), self.request_items_max);
            if chunks.is_empty() {
                return all_delivered;
            }
            let Some(batch) = self.encode(chunks) else {
                all_delivered = false;
                continue;
            };
            let delivered = self.delivery.deliver(batch).await;
            all_delivered &= delivered;
            if !delivered && self.delivery.urgency.borrow().shutdown.is_some() {
                return false;
            }
        }
    }

    /// Makes a request of `chunks`, and frees them for the next hand-overs before the request is sent.
    fn encode(&self, chunks: Vec<Chunk>) -> Option<Batch> {
        let items: usize = chunks.iter().map(Chunk::items).sum();
        let request = traces_request(&self.resource, &self.scopes.all(), &chunks);
        chunks.into_iter().for_each(|chunk| self.queue.recycle(chunk));
        if request.len() > self.request_bytes_max {
            self.counters.count_lost(Loss::TooLarge, items as u64);
            self.counters.note_error(format!(
                "a span makes a request of {} bytes, more than the {} allowed; set an attribute length limit",
                request.len(),
                self.request_bytes_max
            ));
            return None;
        }
        Some(Batch { signal: Signal::Traces, items, request })
    }
}
