//! Where finished items enter the second stage.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::config::{BatchSettings, QueueBound};
use crate::record::{ScopeId, ScopeTable};
use crate::resource::Resource;
use crate::self_metrics::Component;
use crate::transport::{Exporter, Signal};

use super::control::{Command, Control, Shutdown};
use super::delivery::Delivery;
use super::export_loop::{EncodedResource, ExportLoop};
use super::lane::Lane;
use super::queue::Queue;
use super::report::ExporterReport;
use super::worker::Worker;

/// How long a simple processor waits for one item.
const SIMPLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Who makes the items that a processor takes.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) signal: Signal,
    pub(crate) resource: &'a Resource,
    pub(crate) scopes: &'a Arc<ScopeTable>,
}

/// The way of finished spans, or of log records, to one exporter.
pub(crate) struct BatchProcessor {
    queue: Arc<Queue>,
    control: Control,
    component: Component,
    /// Each item is delivered as it comes.
    is_simple: bool,
    /// What it exports stays on this machine.
    is_local: bool,
}

impl BatchProcessor {
    pub(crate) fn batch(
        worker: &Worker,
        exporter: Box<dyn Exporter>,
        settings: BatchSettings,
        source: Source<'_>,
    ) -> Self {
        Self::start(worker, exporter, settings, false, source)
    }

    pub(crate) fn simple(worker: &Worker, exporter: Box<dyn Exporter>, source: Source<'_>) -> Self {
        let settings = BatchSettings { export_timeout: Some(SIMPLE_TIMEOUT), ..BatchSettings::default() };
        Self::start(worker, exporter, settings, true, source)
    }

    fn start(
        worker: &Worker,
        exporter: Box<dyn Exporter>,
        settings: BatchSettings,
        is_simple: bool,
        Source { signal, resource, scopes }: Source<'_>,
    ) -> Self {
        let component = Component::new(component_type(signal, is_simple));
        let (control, controlled) = Control::new(signal, Component::exporter(&*exporter).into());
        let counters = Arc::clone(&controlled.counters);
        let queue = Arc::new(Queue::new(signal, settings.queue, wake_items(&settings), counters));
        let request_items_max = settings.export_batch_items_max.unwrap_or(usize::MAX).max(1);
        let (request_bytes_max, is_local) = (exporter.request_bytes_max(), exporter.is_local());
        let export_loop = ExportLoop {
            signal,
            queue: Arc::clone(&queue),
            delivery: Delivery::new(exporter.into(), &controlled, settings.export_timeout),
            controlled,
            resource: EncodedResource::new(resource),
            scopes: Arc::clone(scopes),
            schedule_delay: settings.schedule_delay,
            request_bytes_max,
            request_items_max,
        };
        worker.spawn(export_loop.run());
        Self { queue, control, component, is_simple, is_local }
    }

    /// Takes a finished item. Copies its bytes into the thread's lane; allocates only when a thread first meets this processor.
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
            let _ = self.control.begin(Command::Deliver, Instant::now() + SIMPLE_TIMEOUT).wait();
        }
    }

    pub(crate) fn is_local(&self) -> bool {
        self.is_local
    }

    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    /// Waits for the end of what [`Control::begin_shutdown`] began.
    pub(crate) fn end_shutdown(&self, shutdown: Shutdown<'_>) -> ExporterReport {
        let mut report = shutdown.wait();
        if !report.in_time {
            report.unfinished += self.queue.len() as u64;
        }
        report
    }

    pub(crate) fn component(&self) -> &Component {
        &self.component
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }
}

impl fmt::Debug for BatchProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchProcessor")
            .field("exporter", &self.control.account().component.component_type)
            .finish_non_exhaustive()
    }
}

/// `otel.component.type`, as the conventions name it.
fn component_type(signal: Signal, is_simple: bool) -> &'static str {
    match (signal, is_simple) {
        (Signal::Logs, false) => "batching_log_processor",
        (Signal::Logs, true) => "simple_log_processor",
        (_, false) => "batching_span_processor",
        (_, true) => "simple_span_processor",
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
