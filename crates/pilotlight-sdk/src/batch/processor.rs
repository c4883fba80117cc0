//! Where finished items enter the second stage, and where flush and shutdown are asked for.

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::Error;
use crate::config::{BatchSettings, QueueBound};
use crate::record::{ScopeId, ScopeTable};
use crate::resource::Resource;
use crate::self_metrics::Counters;
use crate::transport::Exporter;

use super::delivery::{Delivery, Urgency};
use super::export_loop::{Command, EncodedResource, ExportLoop};
use super::lane::Lane;
use super::queue::Queue;
use super::report::ExporterReport;
use super::trouble::Trouble;
use super::worker::Worker;

/// How long a simple processor waits for one span.
const SIMPLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Set aside at the end of a time-out, so that the exporter thread's answer arrives before the caller stops waiting.
const ANSWER_MARGIN: Duration = Duration::from_millis(20);

/// The way of finished spans to one exporter.
pub(crate) struct BatchProcessor {
    queue: Arc<Queue>,
    commands: mpsc::UnboundedSender<Command>,
    urgency: watch::Sender<Urgency>,
    counters: Arc<Counters>,
    component_type: &'static str,
    /// Each span is flushed as it ends.
    is_simple: bool,
    /// Set by the exporter thread when its loop has ended as it should.
    is_done: Arc<AtomicBool>,
}

impl BatchProcessor {
    pub(crate) fn batch(
        worker: &Worker,
        exporter: Box<dyn Exporter>,
        settings: BatchSettings,
        resource: &Resource,
        scopes: &Arc<ScopeTable>,
    ) -> Self {
        Self::start(worker, exporter, settings, false, resource, scopes)
    }

    pub(crate) fn simple(
        worker: &Worker,
        exporter: Box<dyn Exporter>,
        resource: &Resource,
        scopes: &Arc<ScopeTable>,
    ) -> Self {
        let settings = BatchSettings { export_timeout: Some(SIMPLE_TIMEOUT), ..BatchSettings::default() };
        Self::start(worker, exporter, settings, true, resource, scopes)
    }

    fn start(
        worker: &Worker,
        exporter: Box<dyn Exporter>,
        settings: BatchSettings,
        is_simple: bool,
        resource: &Resource,
        scopes: &Arc<ScopeTable>,
    ) -> Self {
        let counters = Arc::new(Counters::default());
        let request_items_max = settings.export_batch_items_max.unwrap_or(usize::MAX).max(1);
        let queue = Arc::new(Queue::new(settings.queue, wake_items(&settings), Arc::clone(&counters)));
        let (commands, received) = mpsc::unbounded_channel();
        let (urgency, urgency_seen) = watch::channel(Urgency::default());
        let component_type = exporter.component_type();
        let request_bytes_max = exporter.request_bytes_max();
        let delivery = Delivery {
            exporter: exporter.into(),
            counters: Arc::clone(&counters),
            urgency: urgency_seen,
            timeout: settings.export_timeout,
            not_before: None,
            trouble: Trouble::default(),
        };
        let is_done = Arc::new(AtomicBool::new(false));
        let export_loop = ExportLoop {
            queue: Arc::clone(&queue),
            delivery,
            counters: Arc::clone(&counters),
            commands: received,
            resource: EncodedResource::new(resource),
            scopes: Arc::clone(scopes),
            schedule_delay: settings.schedule_delay,
            request_bytes_max,
            request_items_max,
            is_done: Arc::clone(&is_done),
        };
        worker.spawn(export_loop.run());
        Self { queue, commands, urgency, counters, component_type, is_simple, is_done }
    }

    /// Takes a finished span. Copies its bytes into the thread's lane; allocates only when a thread first meets this processor.
    #[inline]
    pub(crate) fn on_end(&self, scope: ScopeId, item: &[u8]) {
        let kept = LANES.try_with(|lanes| match lanes.try_borrow_mut() {
            Ok(mut lanes) => lanes.with(&self.queue, |lane| self.queue.push(lane, scope, item)),
            Err(_) => None,
        });
        // No lane: the thread is ending, or the queue is closed.
        if !matches!(kept, Ok(Some(()))) {
            self.queue.push_without_lane(scope, item);
        }
        if self.is_simple {
            // No flush: an exporter that waits for the rest of a trace, as the console does, may go on waiting.
            let _ = self.begin(Command::Deliver, Instant::now() + SIMPLE_TIMEOUT).wait();
        }
    }

    pub(crate) fn begin_flush(&self, deadline: Instant) -> Flush<'_> {
        self.begin(Command::Flush, deadline)
    }

    fn begin(&self, command: impl FnOnce(SyncSender<bool>) -> Command, deadline: Instant) -> Flush<'_> {
        let (reply, answer) = sync_channel(1);
        // First, so that the batch this flush is for cannot take it for another, later one.
        self.urgency.send_modify(|urgency| urgency.flushes += 1);
        let sent = self.send(command(reply));
        Flush { processor: self, answer: sent.then_some(answer), deadline }
    }

    pub(crate) fn begin_shutdown(&self, deadline: Instant) -> Shutdown<'_> {
        let (reply, answer) = sync_channel(1);
        let remaining = deadline.saturating_duration_since(Instant::now());
        let in_time = deadline - ANSWER_MARGIN.min(remaining / 2);
        self.urgency.send_modify(|urgency| {
            urgency.shutdown.get_or_insert(in_time);
        });
        let sent = self.send(Command::Shutdown(reply));
        Shutdown { processor: self, answer: sent.then_some(answer), deadline }
    }

    /// Whether there is anybody left to answer.
    fn send(&self, command: Command) -> bool {
        // Acquire: as in `Shutdown::wait`, whose answer this may be.
        !self.is_done.load(Ordering::Acquire) && self.commands.send(command).is_ok()
    }
}

impl fmt::Debug for BatchProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchProcessor").field("exporter", &self.component_type).finish_non_exhaustive()
    }
}

/// At how many items the exporter thread is woken, when items are what is counted: when a batch is full.
fn wake_items(settings: &BatchSettings) -> usize {
    /// `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`'s default in the specification.
    const DEFAULT: usize = 512;
    match settings.queue {
        QueueBound::Bytes(_) => usize::MAX,
        QueueBound::Items(max) => settings.export_batch_items_max.unwrap_or(DEFAULT).min(max),
    }
}

/// A flush under way.
pub(crate) struct Flush<'a> {
    processor: &'a BatchProcessor,
    answer: Option<Receiver<bool>>,
    deadline: Instant,
}

impl Flush<'_> {
    pub(crate) fn wait(self) -> Result<(), Error> {
        let exporter = self.processor.component_type;
        let Some(answer) = self.answer else {
            return Err(Error::shut_down(format!("{exporter} is shut down; nothing was flushed")));
        };
        match answer.recv_timeout(self.deadline.saturating_duration_since(Instant::now())) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::failed(format!(
                "{exporter} could not deliver everything: {}",
                self.processor.last_error()
            ))),
            Err(RecvTimeoutError::Timeout) => Err(Error::timeout(format!(
                "{exporter} was not done in time; it goes on trying. Last error: {}",
                self.processor.last_error()
            ))),
            Err(RecvTimeoutError::Disconnected) => Err(Error::shut_down(format!(
                "{exporter} was shut down meanwhile; ask the shutdown's report"
            ))),
        }
    }
}

impl BatchProcessor {
    fn last_error(&self) -> String {
        self.counters.last_error().unwrap_or_else(|| "none".into())
    }
}

/// A shutdown under way.
pub(crate) struct Shutdown<'a> {
    processor: &'a BatchProcessor,
    answer: Option<Receiver<()>>,
    deadline: Instant,
}

impl Shutdown<'_> {
    pub(crate) fn wait(self) -> ExporterReport {
        let processor = self.processor;
        // However this ends: several threads may ask, and only one of them is answered.
        if let Some(answer) = self.answer {
            let _ = answer.recv_timeout(self.deadline.saturating_duration_since(Instant::now()));
        }
        // Acquire: pairs with the exporter thread's store, so that its last counts are seen.
        let in_time = processor.is_done.load(Ordering::Acquire);
        ExporterReport::new(processor.component_type, &processor.counters, in_time)
    }
}

thread_local! {
    static LANES: RefCell<ThreadLanes> = const { RefCell::new(ThreadLanes { lanes: Vec::new() }) };
}

/// The lanes of one thread, one for each queue it has recorded into.
struct ThreadLanes {
    lanes: Vec<ThreadLane>,
}

struct ThreadLane {
    queue_id: u64,
    /// Weak, so that a provider's memory does not wait for every thread to end.
    queue: Weak<Queue>,
    lane: Arc<Lane>,
}

impl ThreadLanes {
    /// Calls `f` with the thread's lane in `queue`; `None` when the queue is closed.
    #[inline]
    fn with(&mut self, queue: &Arc<Queue>, f: impl FnOnce(&Lane)) -> Option<()> {
        match self.lanes.iter().find(|lane| lane.queue_id == queue.id) {
            Some(known) => f(&known.lane),
            None => f(&self.open(queue)?.lane),
        }
        Some(())
    }

    #[cold]
    fn open(&mut self, queue: &Arc<Queue>) -> Option<&ThreadLane> {
        self.lanes.retain(|lane| lane.queue.strong_count() > 0);
        let lane = queue.open_lane()?;
        self.lanes.push(ThreadLane { queue_id: queue.id, queue: Arc::downgrade(queue), lane });
        self.lanes.last()
    }
}

/// A thread that ends leaves nothing behind: its lane's items go to the queue.
impl Drop for ThreadLane {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.upgrade() {
            queue.retire(&self.lane);
        }
    }
}
