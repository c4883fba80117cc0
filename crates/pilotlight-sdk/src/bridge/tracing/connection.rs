//! Where the spans and events of a subscriber go, which may change while it is installed.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use tracing::{Dispatch, Metadata, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Layer, Layered, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::config::TracingSettings;
use crate::record::{LoggerProvider, TracerProvider, current_context};
use crate::sync::{Mutex, lock};

#[cfg(feature = "log")]
use super::callsite::LogTarget;
use super::callsite::{EventCallsite, SpanCallsite};
use super::filter::Filters;
use super::layer::TracingLayer;
use super::open_spans::OpenSpans;

/// How many places in the source, or targets, a thread remembers of each kind. A program has as many as it has macros; more mean
/// that something makes them up while it runs, and then the thread forgets them all and begins anew.
const CALLSITES_MAX: usize = 16_384;

/// Connects a subscriber's layer with the providers of the engine.
///
/// A subscriber is installed once in the life of a process; telemetry may be turned off and on again. So the layer knows this, and
/// this knows the providers. Cheap to clone; clones are one bridge.
///
/// ```
/// use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
/// use pilotlight_sdk::config::TracingSettings;
/// use pilotlight_sdk::record::{LoggerProvider, TracerProvider};
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let exporter = InMemoryExporter::new();
/// let traces = TracerProvider::builder().with_simple_exporter(exporter.clone()).build()?;
/// let logs = LoggerProvider::builder().with_simple_exporter(exporter.clone()).build()?;
/// let bridge = Bridge::new();
/// bridge.connect(Some(&traces), Some(&logs), &TracingSettings::default());
///
/// let (filters, _) = Filters::new("info", "info");
/// tracing::subscriber::with_default(bridge.subscriber(&filters), || {
///     let _span = tracing::info_span!("checkout", user_id = 123).entered();
///     tracing::info!(items = 3, "Processing request");
/// });
///
/// assert_eq!(exporter.spans()[0].view().name(), "checkout");
/// assert_eq!(exporter.logs()[0].view().span_id(), exporter.spans()[0].view().span_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Bridge(Arc<BridgeInner>);

#[derive(Debug)]
pub(in crate::bridge) struct BridgeInner {
    /// Tells the bridges of a process apart.
    pub(in crate::bridge) id: u64,
    /// Counts changes of the connection, so that threads find out. Release when it changes, Acquire when it is compared.
    generation: AtomicU64,
    /// Whether events are added to spans as well. Relaxed: an event more or less around a change is no error.
    events_on_spans: AtomicBool,
    /// Held to read and to replace; never while spans or events are recorded.
    connection: Mutex<Option<Arc<Connection>>>,
    pub(super) spans: OpenSpans,
}

/// What a bridge is connected with.
#[derive(Debug)]
struct Connection {
    tracer_provider: Option<TracerProvider>,
    logger_provider: Option<LoggerProvider>,
    settings: TracingSettings,
}

impl Bridge {
    /// A bridge that leads nowhere yet: its layer does nothing.
    #[expect(
        clippy::new_without_default,
        reason = "each is a bridge of its own, which a default does not suggest"
    )]
    pub fn new() -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        Self(Arc::new(BridgeInner {
            id: IDS.fetch_add(1, Ordering::Relaxed),
            generation: AtomicU64::new(0),
            events_on_spans: AtomicBool::new(false),
            connection: Mutex::new(None),
            spans: OpenSpans::new(),
        }))
    }

    /// Leads spans and events to these providers from now on; `None` leaves spans, or events, out. Of `settings` the filters do not
    /// matter here: see [`Filters`](super::Filters). Spans that are open end where they began.
    pub fn connect(
        &self,
        tracer_provider: Option<&TracerProvider>,
        logger_provider: Option<&LoggerProvider>,
        settings: &TracingSettings,
    ) {
        let (tracer_provider, logger_provider) = (tracer_provider.cloned(), logger_provider.cloned());
        let connection = Connection { tracer_provider, logger_provider, settings: settings.clone() };
        self.0.events_on_spans.store(settings.events_on_spans, Ordering::Relaxed);
        self.set(Some(Arc::new(connection)));
    }

    /// Leads nowhere from now on, and lets go of the providers; each thread lets go of what it remembers of their tracers and loggers
    /// with its next span or event, or when it ends.
    pub fn disconnect(&self) {
        self.set(None);
    }

    fn set(&self, connection: Option<Arc<Connection>>) {
        let before = std::mem::replace(&mut *lock(&self.0.connection), connection);
        self.0.generation.fetch_add(1, Ordering::Release);
        // Outside of the lock: it may be a provider's last handle.
        drop(before);
    }

    /// A layer for any subscriber, behind `filters`, which filter for this layer alone.
    pub fn layer<S>(&self, filters: &Filters) -> Filtered<TracingLayer, Filters, S>
    where
        S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    {
        TracingLayer::new(Arc::clone(&self.0), filters.clone(), false).with_filter(filters.clone())
    }

    /// A subscriber with this layer alone. It filters for itself, which spares a span some 80 ns: a filter for one layer among several
    /// looks the span up at each of its moments.
    pub fn subscriber(&self, filters: &Filters) -> Layered<TracingLayer, Registry> {
        Registry::default().with(TracingLayer::new(Arc::clone(&self.0), filters.clone(), true))
    }

    /// Whether a layer of this bridge is part of `subscriber`, by itself or among others.
    ///
    /// ```
    /// use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
    /// use tracing::dispatcher;
    ///
    /// let bridge = Bridge::new();
    /// let (filters, _) = Filters::new("info", "info");
    /// tracing::subscriber::with_default(bridge.subscriber(&filters), || {
    ///     assert!(dispatcher::get_default(|subscriber| bridge.is_in(subscriber)));
    ///     assert!(!dispatcher::get_default(|subscriber| Bridge::new().is_in(subscriber)));
    /// });
    /// ```
    pub fn is_in(&self, subscriber: &Dispatch) -> bool {
        subscriber.downcast_ref().is_some_and(|layer: &TracingLayer| layer.bridge.id == self.0.id)
    }

    /// How many spans of `tracing` are open.
    pub fn open_spans(&self) -> usize {
        self.0.spans.len()
    }

    /// How many of them are sampled, and so would be exported.
    pub fn open_sampled_spans(&self) -> usize {
        self.0.spans.sampled()
    }

    #[cfg(feature = "log")]
    pub(in crate::bridge) fn inner(&self) -> &Arc<BridgeInner> {
        &self.0
    }
}

impl BridgeInner {
    /// What spans of this place have in common; `None` when spans lead nowhere, or the thread is ending.
    #[inline]
    pub(super) fn span_callsite(&self, metadata: &'static Metadata<'static>) -> Lead<SpanCallsite> {
        match self.known(|view| view.spans.get(&place(metadata)).cloned()) {
            Some(known) => known,
            None => self.learn(
                |connection| {
                    let Connection { tracer_provider, settings, .. } = connection;
                    let provider = tracer_provider.as_ref()?;
                    Some(SpanCallsite::new(metadata, provider, settings.source_location, settings.thread))
                },
                |view, made| keep(&mut view.spans, place(metadata), made),
            ),
        }
    }

    /// The same for events.
    #[inline]
    pub(super) fn event_callsite(&self, metadata: &'static Metadata<'static>) -> Lead<EventCallsite> {
        match self.known(|view| view.events.get(&place(metadata)).cloned()) {
            Some(known) => known,
            None => self.learn(
                |connection| {
                    let Connection { logger_provider, settings, .. } = connection;
                    let provider = logger_provider.as_ref()?;
                    Some(EventCallsite::new(
                        metadata,
                        provider,
                        settings.source_location,
                        settings.span_fields,
                    ))
                },
                |view, made| keep(&mut view.events, place(metadata), made),
            ),
        }
    }

    /// The same for records of the `log` crate, which tell their target alone.
    #[cfg(feature = "log")]
    pub(in crate::bridge) fn log_target(&self, target: &str) -> Lead<LogTarget> {
        match self.known(|view| view.log_targets.get(target).cloned()) {
            Some(known) => known,
            None => self.learn(
                |connection| {
                    let Connection { logger_provider, settings, .. } = connection;
                    let provider = logger_provider.as_ref()?;
                    Some(LogTarget::new(target, provider, settings.source_location, settings.span_fields))
                },
                |view, made| keep(&mut view.log_targets, target.into(), made),
            ),
        }
    }

    /// Hands over the log records made so far, if they lead anywhere.
    #[cfg(feature = "log")]
    pub(in crate::bridge) fn flush_logs(&self, timeout: std::time::Duration) -> Result<(), crate::Error> {
        let connection = lock(&self.connection).clone();
        let provider = connection.as_ref().and_then(|connection| connection.logger_provider.as_ref());
        provider.map_or(Ok(()), |provider| provider.force_flush(timeout))
    }

    /// Whether events are added to spans as well.
    pub(in crate::bridge) fn has_events_on_spans(&self) -> bool {
        self.events_on_spans.load(Ordering::Relaxed)
    }

    /// What the thread knows: `Some(None)`, that it leads nowhere.
    #[inline]
    fn known<T>(&self, find: impl FnOnce(&View) -> Option<Lead<T>>) -> Option<Lead<T>> {
        let generation = self.generation.load(Ordering::Acquire);
        let known = VIEW.try_with(|view| {
            let view = view.try_borrow().ok().filter(|view| view.is_of(self.id, generation))?;
            find(&view)
        });
        known.ok().flatten()
    }

    /// Makes it outside of any borrow and lock of ours: a logger's configuration is users' code.
    #[cold]
    fn learn<T>(
        &self,
        make: impl FnOnce(&Connection) -> Option<T>,
        keep: impl FnOnce(&mut View, Lead<T>),
    ) -> Lead<T> {
        if !current_context::is_there() {
            return None;
        }
        let _learning = Learning::begin()?;
        let generation = self.generation.load(Ordering::Acquire);
        let connection = lock(&self.connection).clone();
        let made = connection.as_deref().and_then(make).map(Arc::new);
        let _ = VIEW.try_with(|view| {
            let Ok(mut view) = view.try_borrow_mut() else { return };
            if !view.is_of(self.id, generation) {
                let stale = view.renew(self.id, generation);
                drop(view);
                // Outside of the borrow: it may hold the last references to providers.
                drop(stale);
            }
        });
        let _ = VIEW.try_with(|view| {
            // Dropping what was stale may have brought the thread to another connection.
            if let Ok(mut view) = view.try_borrow_mut()
                && view.is_of(self.id, generation)
            {
                keep(&mut view, made.clone());
            }
        });
        made
    }
}

/// Where spans or events of one kind go; `None` is nowhere.
type Lead<T> = Option<Arc<T>>;

/// While this lives, the thread finds out where something goes.
struct Learning;

thread_local! {
    /// How many of these live, one within the other. Needs no destructor, so it can always be read.
    static LEARNING: Cell<u8> = const { Cell::new(0) };
}

impl Learning {
    /// `None` where that would have no end: a logger's configuration that logs has its own logger configured, which logs. The first
    /// such event is told; the one that is made because of it is not.
    fn begin() -> Option<Self> {
        const DEPTH_MAX: u8 = 2;
        let depth = LEARNING.get();
        (depth < DEPTH_MAX).then(|| {
            LEARNING.set(depth + 1);
            Self
        })
    }
}

impl Drop for Learning {
    fn drop(&mut self) {
        LEARNING.set(LEARNING.get() - 1);
    }
}

/// Things by what tells them apart. What leads nowhere is in there as well: finding out takes a lock that all threads share.
type Known<K, T> = HashMap<K, Lead<T>, FixedState>;

fn keep<K: Eq + Hash, T>(known: &mut Known<K, T>, key: K, made: Lead<T>) {
    if known.len() >= CALLSITES_MAX {
        known.clear();
    }
    known.insert(key, made);
}

/// Places are told apart by where their description is, which never moves.
#[inline]
fn place(metadata: &'static Metadata<'static>) -> usize {
    std::ptr::from_ref(metadata) as usize
}

/// What a thread remembers of the bridge that it met last.
struct View {
    /// A bridge and its generation.
    of: Option<(u64, u64)>,
    spans: Known<usize, SpanCallsite>,
    events: Known<usize, EventCallsite>,
    #[cfg(feature = "log")]
    log_targets: Known<Box<str>, LogTarget>,
}

impl View {
    const fn new() -> Self {
        Self {
            of: None,
            spans: empty(),
            events: empty(),
            #[cfg(feature = "log")]
            log_targets: empty(),
        }
    }

    #[inline]
    fn is_of(&self, bridge: u64, generation: u64) -> bool {
        self.of == Some((bridge, generation))
    }

    /// Forgets everything; answers with it.
    fn renew(&mut self, bridge: u64, generation: u64) -> Self {
        let of = Some((bridge, generation));
        std::mem::replace(self, Self { of, ..Self::new() })
    }
}

const fn empty<K, T>() -> Known<K, T> {
    /// Places in the program and targets are no input of others, or they are too few to matter: any spread of their bits will do.
    const SEED: u64 = 0x50_69_6c_6f_74;
    HashMap::with_hasher(FixedState::with_seed(SEED))
}

thread_local! {
    static VIEW: RefCell<View> = const { RefCell::new(View::new()) };
}
