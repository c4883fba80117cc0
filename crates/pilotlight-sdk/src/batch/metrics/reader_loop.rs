//! The exporter thread's loop for one reader.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::deadline::deadline_in;
use crate::diagnostics;
use crate::self_metrics::Loss;
use crate::transport::Batch;

use super::super::control::{Command, Controlled};
use super::super::delivery::{Delivery, full_message};
use super::collector::Collector;

/// Somebody asks for a collection. Dropped unanswered when there will be none any more.
pub(super) struct Ask {
    answer: Box<dyn FnOnce(Vec<Batch>) + Send>,
    asker: Weak<()>,
}

impl Ask {
    /// With what the asker holds on to while it waits. Who gave up before its turn is passed over: nobody would get the
    /// changes that were collected for it.
    pub(super) fn new(answer: impl FnOnce(Vec<Batch>) + Send + 'static) -> (Self, Arc<()>) {
        let waiting = Arc::new(());
        (Self { answer: Box::new(answer), asker: Arc::downgrade(&waiting) }, waiting)
    }

    fn is_awaited(&self) -> bool {
        self.asker.strong_count() > 0
    }
}

/// A server that asks: it stops when the sender is dropped, and has ended when the receiver hears of it.
pub(super) type Asker = (oneshot::Sender<()>, oneshot::Receiver<()>);

/// The longest that shutdown waits for a server to give the answers it has begun and to close its port.
const ASKER_END: Duration = Duration::from_secs(1);

/// Collects for one reader, and delivers if it has an exporter.
pub(super) struct ReaderLoop {
    pub(super) collector: Collector,
    pub(super) controlled: Controlled,
    /// `None` for readers that are asked.
    pub(super) delivery: Option<Delivery>,
    /// `None` for readers that are asked.
    pub(super) interval: Option<Duration>,
    /// The largest request the exporter may be given.
    pub(super) request_bytes_max: usize,
    /// The longest a collection and its export may take together.
    pub(super) timeout: Option<Duration>,
    pub(super) asks: mpsc::UnboundedReceiver<Ask>,
    /// The server that asks, if one does.
    pub(super) asker: Option<Asker>,
}

impl ReaderLoop {
    /// Waits for a command, for somebody who collects by hand, or for the time to collect.
    pub(super) async fn run(mut self) {
        let mut schedule = self.interval.map(schedule);
        let mut has_asks = true;
        loop {
            let tick = async {
                match &mut schedule {
                    Some(schedule) => schedule.tick().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                command = self.controlled.commands.recv() => match command {
                    Some(Command::Deliver(reply)) => self.flush(reply, false).await,
                    Some(Command::Flush(reply)) => {
                        self.flush(reply, true).await;
                        schedule.iter_mut().for_each(tokio::time::Interval::reset);
                    }
                    Some(Command::Shutdown(reply)) => {
                        self.shut_down().await;
                        let _ = reply.send(());
                        return self.controlled.turn_away().await;
                    }
                    None => return self.shut_down().await,
                },
                ask = self.asks.recv(), if has_asks => match ask {
                    Some(ask) => self.answer(ask).await,
                    None => has_asks = false,
                },
                _ = tick => { self.collect_and_deliver().await; }
            }
        }
    }

    async fn answer(&self, ask: Ask) {
        if ask.is_awaited() {
            (ask.answer)(self.collector.collect(self.deadline(), self.controlled.urgency.clone()).await);
        }
    }

    async fn flush(&mut self, reply: SyncSender<bool>, is_flush: bool) {
        let mut delivered = self.collect_and_deliver().await;
        if let Some(delivery) = self.delivery.as_ref().filter(|_| is_flush)
            && let Err(error) = delivery.flush().await
        {
            self.controlled.counters.note_error(full_message(&error));
            delivered = false;
        }
        let _ = reply.send(delivered);
    }

    /// Collects once more, delivers, and releases the exporter.
    async fn shut_down(&mut self) {
        self.turn_askers_away().await;
        self.collect_and_deliver().await;
        if let Some(delivery) = &self.delivery {
            let _ = delivery.last_flush().await;
            delivery.release().await;
        }
        self.controlled.set_done();
    }

    /// Asks dropped uncalled tell their askers that it is over.
    async fn turn_askers_away(&mut self) {
        self.asks.close();
        while self.asks.try_recv().is_ok() {}
        if let Some((stop, ended)) = self.asker.take() {
            drop(stop);
            let limit = [Some(deadline_in(ASKER_END)), self.deadline()].into_iter().flatten().min();
            let limit = limit.unwrap_or_else(Instant::now);
            let _ = tokio::time::timeout_at(limit.into(), ended).await;
        }
    }

    /// Answers whether everything was delivered. Without an exporter there is nothing to do: whoever asks collects.
    async fn collect_and_deliver(&mut self) -> bool {
        let deadline = self.deadline();
        let Some(delivery) = &mut self.delivery else { return true };
        let batches = self.collector.collect(deadline, self.controlled.urgency.clone()).await;
        self.controlled.counters.count_handed(batches.iter().map(|batch| batch.items as u64).sum());
        let mut batches = batches.into_iter();
        let mut all_delivered = true;
        while let Some(batch) = batches.next() {
            if batch.request.len() > self.request_bytes_max {
                count_too_large(&self.controlled, &batch, self.request_bytes_max);
                all_delivered = false;
                continue;
            }
            let delivered = delivery.deliver_by(batch, deadline).await;
            all_delivered &= delivered;
            // The rest would only wait for the same silence.
            if !delivered && delivery.is_shutting_down() {
                let left: usize = batches.by_ref().map(|batch| batch.items).sum();
                self.controlled.counters.count_lost(Loss::Shutdown, left as u64);
            }
        }
        all_delivered
    }

    /// When the collection that begins now, and its export, must be over.
    fn deadline(&self) -> Option<Instant> {
        let shutdown = self.controlled.urgency.borrow().shutdown;
        [self.timeout.map(deadline_in), shutdown].into_iter().flatten().min()
    }
}

/// A point that does not fit on its own is left out. That is said once: it will not fit next time either.
fn count_too_large(controlled: &Controlled, batch: &Batch, request_bytes_max: usize) {
    let message = format!(
        "a data point makes a request of {} bytes, more than the {request_bytes_max} allowed; have a view leave out its \
         large attributes",
        batch.request.len(),
    );
    if controlled.counters.count_lost(Loss::PointTooLarge, batch.items as u64) == 0 {
        diagnostics::warn(format_args!(
            "{message}. It is not exported, and others like it are counted without a word"
        ));
    }
    controlled.counters.note_error(message);
}

fn schedule(interval: Duration) -> tokio::time::Interval {
    let mut schedule = tokio::time::interval(interval);
    schedule.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    schedule.reset();
    schedule
}
