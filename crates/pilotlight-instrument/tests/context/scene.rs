//! Where work happens, and what it saw of the context it was in.

use crate::drawing;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{
    Span, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracer, SdkTracerProvider, SpanData};
use std::sync::{Arc, Mutex};

/// A place where work is done, by whichever thread.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) tracer: SdkTracer,
    exporter: InMemorySpanExporter,
    seen: Arc<Mutex<Vec<Sight>>>,
    /// Ends with the last scene.
    _provider: SdkTracerProvider,
}

/// One span, and what its work saw.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub(crate) name: String,
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
    /// Invalid for a root.
    pub(crate) parent: SpanId,
    pub(crate) parent_is_remote: bool,
    pub(crate) kind: Kind,
    pub(crate) baggage: String,
    /// Only what was recorded has links.
    pub(crate) links: Vec<SpanId>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Recorded,
    NotSampled,
    /// Of a process that is not there.
    Remote,
}

impl Scene {
    pub(crate) fn sampled_by(sampler: Sampler) -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider =
            SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(exporter.clone()).build();
        Self { tracer: provider.tracer("test"), exporter, seen: Arc::default(), _provider: provider }
    }

    /// As the SDK does by default: what the parent was, and roots always.
    pub(crate) fn sampled_as_the_parent() -> Self {
        Self::sampled_by(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
    }

    /// Some work: a span in the current context.
    pub(crate) fn work(&self, name: &str) {
        let parent = current_span();
        let span = self.tracer.start(name.to_owned());
        self.see(name, span.span_context(), &parent, kind_of(span.span_context()));
    }

    /// Some work that needs more than one poll.
    pub(crate) async fn task(self, name: &'static str) {
        tokio::task::yield_now().await;
        self.work(name);
    }

    /// Work in a span that is there already, a root.
    pub(crate) fn in_span(&self, name: &str) {
        let span = current_span();
        self.see(name, &span, &SpanContext::NONE, kind_of(&span));
    }

    /// Work at the end of a scope.
    pub(crate) fn at_the_end(&self, name: &'static str) -> impl Drop + Send + use<> {
        AtTheEnd { scene: self.clone(), name }
    }

    /// What another process saw.
    pub(crate) fn also_seen(&self, sights: Vec<Sight>) {
        self.seen.lock().unwrap().extend(sights);
    }

    /// What was seen, after making sure that the SDK recorded the same.
    pub(crate) fn sights(&self) -> Vec<Sight> {
        let mut sights = self.seen.lock().unwrap().clone();
        for recorded in self.exporter.get_finished_spans().unwrap() {
            let id = recorded.span_context.span_id();
            let sight = sights.iter_mut().find(|sight| sight.span == id).expect("a span that was seen");
            assert_same(sight, &recorded);
            sight.links = recorded.links.links.iter().map(|link| link.span_context.span_id()).collect();
        }
        sights
    }

    /// The names of the spans that ended, in that order.
    pub(crate) fn exported(&self) -> Vec<String> {
        let spans = self.exporter.get_finished_spans().unwrap();
        spans.into_iter().map(|span| span.name.into_owned()).collect()
    }

    fn see(&self, name: &str, span: &SpanContext, parent: &SpanContext, kind: Kind) {
        self.seen.lock().unwrap().push(Sight {
            name: name.to_owned(),
            trace: span.trace_id(),
            span: span.span_id(),
            parent: parent.span_id(),
            parent_is_remote: parent.is_remote(),
            kind,
            baggage: Context::map_current(|context| context.baggage().to_string()),
            links: Vec::new(),
        });
    }

    /// The context of a request: a span of this scene, and baggage.
    fn request(&self) -> Context {
        let baggage = Context::new().with_baggage([KeyValue::new("tenant", "7")]);
        let span = self.tracer.start_with_context("request", &baggage);
        let context = baggage.with_span(span);
        let _attached = context.clone().attach();
        self.in_span("request");
        context
    }

    /// The context that a request of another process brought along.
    fn remote(&self) -> Context {
        let (trace, span) = (TraceId::from(0x7e57), SpanId::from(0xca11));
        let caller = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
        let context =
            Context::new().with_baggage([KeyValue::new("tenant", "7")]).with_remote_span_context(caller);
        let _attached = context.clone().attach();
        self.see("caller", &current_span(), &SpanContext::NONE, Kind::Remote);
        context
    }
}

struct AtTheEnd {
    scene: Scene,
    name: &'static str,
}

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.scene.work(self.name);
    }
}

/// Hands work over in the context of a request that is sampled, of one that is not, and of one with a remote parent; checks that
/// the three look as drawn.
pub(crate) async fn handed_over(way: impl AsyncFn(Scene), expected: &str) {
    let sampled = Scene::sampled_as_the_parent();
    let not_sampled = Scene::sampled_by(Sampler::AlwaysOff);
    let remote = Scene::sampled_as_the_parent();
    way(sampled.clone()).with_context(sampled.request()).await;
    way(not_sampled.clone()).with_context(not_sampled.request()).await;
    way(remote.clone()).with_context(remote.remote()).await;

    let drawn = [("sampled", sampled), ("not sampled", not_sampled), ("remote parent", remote)]
        .map(|(title, scene)| drawing::column(title, &scene.sights()));
    let (drawn, expected) = (drawing::side_by_side(&drawn), drawing::dedented(expected));
    assert_eq!(drawn, expected, "\nseen:\n{drawn}\n\nexpected:\n{expected}\n");
}

fn current_span() -> SpanContext {
    Context::map_current(|context| context.span().span_context().clone())
}

fn kind_of(span: &SpanContext) -> Kind {
    if span.is_sampled() { Kind::Recorded } else { Kind::NotSampled }
}

fn assert_same(sight: &Sight, recorded: &SpanData) {
    assert_eq!(sight.kind, Kind::Recorded, "{sight:?}");
    assert_eq!(sight.name, recorded.name, "{sight:?}");
    assert_eq!(sight.trace, recorded.span_context.trace_id(), "{sight:?}");
    assert_eq!(sight.parent, recorded.parent_span_id, "{sight:?}");
    assert_eq!(sight.parent_is_remote, recorded.parent_span_is_remote, "{sight:?}");
}
