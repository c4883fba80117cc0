//! A span that its layer and contexts share.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanContext, Status};

use crate::record::{Span, TracerInner, UnixNanos};
use crate::sync::{Mutex, lock};

/// As many as are commonly open at once on one thread; more only means an allocation.
const KEPT_MAX: usize = 64;

/// A span of the engine that several hold: the layer, which ends it, and contexts, through which anybody may add to it.
#[derive(Debug)]
pub(super) struct OpenSpan {
    context: SpanContext,
    /// Kept while this waits in the pool: the next span is most likely of the same tracer.
    tracer: Option<Arc<TracerInner>>,
    /// When it was last left; 0 before. Relaxed: who ends the span was handed its last reference, which orders more than this.
    left_at: AtomicU64,
    /// Its context was given out, so that its identity is final. Relaxed: it only ever becomes true.
    is_used: AtomicBool,
    /// `None` once it has ended. No user's code runs under this lock.
    span: Mutex<Option<Span>>,
}

/// A holder's end of an open span. The last one to go returns its memory to the thread's pool.
#[derive(Debug)]
pub(in crate::bridge) struct Handle(Option<Arc<OpenSpan>>);

impl Handle {
    #[inline]
    pub(super) fn new(span: Span, tracer: &Arc<TracerInner>) -> Self {
        let mut shared = take();
        if let Some(open) = Arc::get_mut(&mut shared) {
            open.context = span.span_context().clone();
            if !open.tracer.as_ref().is_some_and(|known| Arc::ptr_eq(known, tracer)) {
                open.tracer = Some(Arc::clone(tracer));
            }
            open.span = Mutex::new(Some(span));
        }
        Self(Some(shared))
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Whether the span's identity is final.
    pub(super) fn is_used(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.is_used.load(Ordering::Relaxed))
    }

    #[inline]
    pub(super) fn set_used(&self) {
        if let Some(open) = self.0.as_ref().filter(|open| !open.is_used.load(Ordering::Relaxed)) {
            open.is_used.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that the span is left now.
    #[inline]
    pub(super) fn leave(&self) {
        if let Some(open) = &self.0
            && let Some(tracer) = &open.tracer
        {
            open.left_at.store(tracer.now(), Ordering::Relaxed);
        }
    }

    /// Ends the span when it was last left, or now if it was never entered: a child that outlives it keeps its parent from
    /// being closed, and would stretch it.
    #[inline]
    pub(super) fn end_as_left(&self) {
        let left_at = self.0.as_ref().map_or(0, |open| open.left_at.load(Ordering::Relaxed));
        self.end_at(Some(left_at).filter(|left_at| *left_at != 0));
    }

    fn end_at(&self, time: Option<UnixNanos>) {
        // Taken out first: processors are users' code.
        if let Some(mut span) = self.take() {
            span.end_at(time);
        }
    }

    /// Takes the span, if it has not ended, from everybody who shares it.
    pub(super) fn take(&self) -> Option<Span> {
        lock(&self.0.as_ref()?.span).take()
    }

    /// Puts a span that was taken back.
    pub(super) fn put_back(&self, span: Span) {
        if let Some(open) = &self.0 {
            *lock(&open.span) = Some(span);
        }
    }

    /// Calls `f`, which is none of users' code, with the span, if it has not ended.
    #[inline]
    pub(in crate::bridge) fn with<T>(&self, f: impl FnOnce(&mut Span) -> T) -> Option<T> {
        lock(&self.0.as_ref()?.span).as_mut().map(f)
    }

    pub(super) fn tracer(&self) -> Option<&Arc<TracerInner>> {
        self.0.as_ref()?.tracer.as_ref()
    }
}

impl Clone for Handle {
    #[inline]
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Drop for Handle {
    #[inline]
    fn drop(&mut self) {
        if let Some(shared) = self.0.take().filter(|shared| Arc::strong_count(shared) == 1) {
            give(shared);
        }
    }
}

/// The span as contexts hold it, behind the API's own lock.
impl opentelemetry::trace::Span for Handle {
    fn add_event<T>(&mut self, name: T, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = name.into();
        self.with(|span| span.add_event(name, attributes));
    }

    fn record_error(&mut self, err: &dyn std::error::Error) {
        if self.is_recording() {
            let attributes = crate::record::exception_attributes(err);
            self.add_event("exception", attributes);
        }
    }

    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = name.into();
        self.with(|span| span.add_event_with_timestamp(name, timestamp, attributes));
    }

    fn span_context(&self) -> &SpanContext {
        self.0.as_ref().map_or(&SpanContext::NONE, |open| &open.context)
    }

    fn is_recording(&self) -> bool {
        self.with(|span| span.is_recording()).unwrap_or(false)
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.with(|span| span.set_attribute(attribute));
    }

    fn set_status(&mut self, status: Status) {
        self.with(|span| span.set_status(status));
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let new_name = new_name.into();
        self.with(|span| span.update_name(new_name));
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.with(|span| span.add_link(span_context, attributes));
    }

    fn end(&mut self) {
        self.end_at(None);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        if let Some(mut span) = self.take() {
            span.end_with_timestamp(timestamp);
        }
    }
}

impl Default for OpenSpan {
    fn default() -> Self {
        Self {
            context: SpanContext::NONE,
            tracer: None,
            left_at: AtomicU64::new(0),
            is_used: AtomicBool::new(false),
            span: Mutex::new(None),
        }
    }
}

thread_local! {
    static POOL: RefCell<Vec<Arc<OpenSpan>>> = const { RefCell::new(Vec::new()) };
}

#[inline]
fn take() -> Arc<OpenSpan> {
    // The thread may be ending (its locals gone).
    POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

/// Keeps what nobody holds any more. A span that has not ended by then, whose layer is gone, ends here.
fn give(mut shared: Arc<OpenSpan>) {
    let Some(open) = Arc::get_mut(&mut shared) else { return };
    let unended = std::mem::replace(&mut open.span, Mutex::new(None));
    drop(unended);
    open.left_at = AtomicU64::new(0);
    open.is_used = AtomicBool::new(false);
    let mut shared = Some(shared);
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < KEPT_MAX {
            pool.extend(shared.take());
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use opentelemetry::trace::{SpanKind, TracerProvider as _};

    use super::*;
    use crate::record::{Shown, TracerProvider};
    use crate::transport::InMemoryExporter;

    fn tracer(exporter: &InMemoryExporter) -> (TracerProvider, Arc<TracerInner>) {
        let builder = TracerProvider::builder().with_simple_exporter(exporter.clone());
        let provider = builder.build().unwrap();
        let tracer = provider.tracer("test").into_inner();
        (provider, tracer)
    }

    fn open(tracer: &Arc<TracerInner>) -> Handle {
        let shown = Shown { name: "span", kind: SpanKind::Internal, attributes: &[] };
        let span = tracer.start("span", &shown, &opentelemetry::Context::new(), |_, _| {});
        Handle::new(span, tracer)
    }

    #[test]
    fn a_handle_that_is_kept_never_sees_the_span_that_comes_after_its_own() {
        let exporter = InMemoryExporter::new();
        let (_provider, tracer) = tracer(&exporter);
        let kept = open(&tracer);
        let id = kept.span_context().span_id();
        kept.clone().end_as_left();
        let next = open(&tracer);
        kept.clone().set_attribute(KeyValue::new("late", true));
        assert!(!kept.is_same(&next));
        assert_eq!(kept.span_context().span_id(), id);
        drop((kept, next));
        assert!(exporter.spans().iter().all(|span| span.view().attributes().next().is_none()));
    }

    /// Each takes the other's for the last one, or gives back what the other no longer holds: either way the span ends once, and
    /// what returns to a pool is nobody's.
    #[test]
    fn handles_that_are_dropped_at_the_same_time_end_their_span_once() {
        const ROUNDS: usize = 2_000;
        let exporter = InMemoryExporter::new();
        let (_provider, tracer) = tracer(&exporter);
        let (handles, received) = std::sync::mpsc::sync_channel::<Handle>(0);
        let at_once = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for handle in received {
                    at_once.wait();
                    drop(handle);
                    // From the pool of this thread, if it was the last to go.
                    let next = open(&tracer);
                    assert!(next.is_recording() && !next.is_used());
                }
            });
            for _ in 0..ROUNDS {
                let handle = open(&tracer);
                handle.set_used();
                handles.send(handle.clone()).unwrap();
                at_once.wait();
                drop(handle);
            }
            drop(handles);
        });
        let mut ids: Vec<_> = exporter.spans().iter().map(|span| span.view().span_id()).collect();
        ids.sort_by_key(|id| id.to_bytes());
        ids.dedup();
        assert_eq!((ids.len(), exporter.spans().len()), (2 * ROUNDS, 2 * ROUNDS));
    }
}
