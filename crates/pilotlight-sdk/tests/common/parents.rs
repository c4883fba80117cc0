//! Who is whose parent: one table for every way from a span to its child, whichever facade makes which.

use std::fmt::{self, Write as _};
use std::sync::Mutex;

use opentelemetry::metrics::Counter;
use opentelemetry::trace::{
    FutureExt as _, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::Exemplar;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use pilotlight_sdk::bridge::tracing::Bridge;
use pilotlight_sdk::bridge::{carry, carry_context};
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::{AlwaysOff, LoggerProvider, Tracer, TracerProvider};
use pilotlight_sdk::transport::{InMemoryExporter, TextTree};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::common::meters::Meters;

/// Goes through the whole table with spans and events of the process's subscriber, which `bridge` connects.
pub(crate) fn every_child_finds_its_parent(bridge: &Bridge) {
    let failures: Vec<String> = Case::all().filter_map(|case| case.failure(bridge)).collect();
    assert!(failures.is_empty(), "{} cases failed:\n\n{}", failures.len(), failures.join("\n"));
    assert_eq!(bridge.open_spans(), 0);
}

/// The facade that makes a span.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Facade {
    Tracing,
    Api,
}

/// How the work of the parent gets to the child.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Sync,
    Await,
    /// With what the facade of the parent has for it: `in_current_span`, `with_current_context`.
    Spawn,
    /// With our own `carry`, which needs not know who made the parent.
    SpawnCarried,
    SpawnBlocking,
    Select,
    JoinSet,
    Thread,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sampling {
    Sampled,
    NotSampled,
    RemoteParent,
    RemoteParentNotSampled,
}

#[derive(Clone, Copy)]
struct Case {
    parent: Facade,
    child: Facade,
    way: Way,
    sampling: Sampling,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parent, child, way, sampling } = self;
        write!(f, "{parent:?} parent, {child:?} child, {way:?}, {sampling:?}")
    }
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        use Facade::{Api, Tracing};
        let facades = [(Tracing, Tracing), (Tracing, Api), (Api, Tracing), (Api, Api)];
        let ways = [
            Way::Sync,
            Way::Await,
            Way::Spawn,
            Way::SpawnCarried,
            Way::SpawnBlocking,
            Way::Select,
            Way::JoinSet,
            Way::Thread,
        ];
        let samplings = [
            Sampling::Sampled,
            Sampling::NotSampled,
            Sampling::RemoteParent,
            Sampling::RemoteParentNotSampled,
        ];
        facades.into_iter().flat_map(move |(parent, child)| {
            ways.into_iter().flat_map(move |way| {
                samplings.into_iter().map(move |sampling| Self { parent, child, way, sampling })
            })
        })
    }

    /// What differs from what is expected, drawn side by side.
    fn failure(self, bridge: &Bridge) -> Option<String> {
        let (expected, told) = (self.expected(), self.told(bridge));
        (told != expected).then(|| format!("== {self}\nexpected:\n{expected}\ntold:\n{told}"))
    }

    fn is_sampled(self) -> bool {
        matches!(self.sampling, Sampling::Sampled | Sampling::RemoteParent)
    }

    fn expected(self) -> String {
        let root = if self.sampling == Sampling::RemoteParent { "parent (remote parent)" } else { "parent" };
        let children = match self.way {
            Way::Select => "  ├─ child\n  └─ other\n",
            _ => "  └─ child\n",
        };
        let flag = if self.is_sampled() { "sampled" } else { "not sampled" };
        let mut text = String::new();
        if self.is_sampled() {
            write!(text, "{root}\n{children}").unwrap();
        }
        write!(text, "in parent · parent, {flag}\nin child · child, {flag}\n").unwrap();
        if self.is_sampled() {
            text.push_str("measured · child\n");
        }
        text.push_str("one trace: true\n");
        text
    }

    fn told(self, bridge: &Bridge) -> String {
        let stage = Stage::new(self);
        bridge.connect(Some(&stage.traces), Some(&stage.logs), &TracingSettings::default());
        {
            let _attached = stage.surroundings().attach();
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(self.run(&stage));
        }
        assert!(!Context::current().span().span_context().is_valid(), "{self}: a span is still current");
        bridge.disconnect();
        stage.draw()
    }

    async fn run(self, stage: &Stage) {
        if self.way == Way::Sync {
            return self.run_in_parent(stage);
        }
        let work = self.parent_work(stage);
        match self.parent {
            Facade::Tracing => work.instrument(tracing::info_span!("parent")).await,
            Facade::Api => {
                let parent = Context::current_with_span(stage.tracer.start("parent"));
                work.with_context(parent).await;
            }
        }
    }

    fn run_in_parent(self, stage: &Stage) {
        let work = || {
            stage.met("parent");
            tracing::info!("in parent");
            stage.actor().child(self.child);
        };
        match self.parent {
            Facade::Tracing => tracing::info_span!("parent").in_scope(work),
            Facade::Api => stage.tracer.in_span("parent", |_| work()),
        }
    }

    async fn parent_work(self, stage: &Stage) {
        stage.met("parent");
        tracing::info!("in parent");
        let (child, actor) = (self.child, stage.actor());
        match self.way {
            Way::Sync => unreachable!("it awaits nothing"),
            Way::Await => actor.child_awaited(child).await,
            Way::Spawn => match self.parent {
                Facade::Tracing => tokio::spawn(actor.child_awaited(child).in_current_span()).await.unwrap(),
                Facade::Api => tokio::spawn(actor.child_awaited(child).with_current_context()).await.unwrap(),
            },
            Way::SpawnCarried => tokio::spawn(carry(actor.child_awaited(child))).await.unwrap(),
            Way::SpawnBlocking => {
                tokio::task::spawn_blocking(carry_context(move || actor.child(child))).await.unwrap();
            }
            Way::Select => {
                let other = stage.actor();
                tokio::select! {
                    biased;
                    () = actor.child_awaited(child) => {}
                    () = other.never_done(child) => {}
                }
            }
            Way::JoinSet => {
                let mut tasks = JoinSet::new();
                tasks.spawn(carry(actor.child_awaited(child)));
                tasks.join_next().await.unwrap().unwrap();
            }
            Way::Thread => std::thread::spawn(carry_context(move || actor.child(child))).join().unwrap(),
        }
    }
}

/// The providers of one case, and what is known of its spans.
struct Stage {
    sampling: Sampling,
    exporter: InMemoryExporter,
    traces: TracerProvider,
    logs: LoggerProvider,
    tracer: Tracer,
    meters: Meters,
    counter: Counter<u64>,
    spans: std::sync::Arc<Mutex<Vec<(&'static str, SpanContext)>>>,
}

const REMOTE: u128 = 0xabc;

impl Stage {
    fn new(case: Case) -> Self {
        let exporter = InMemoryExporter::new();
        let mut traces = TracerProvider::builder().with_simple_exporter(exporter.clone());
        if case.sampling == Sampling::NotSampled {
            traces = traces.with_sampler(AlwaysOff);
        }
        let traces = traces.build().unwrap();
        let logs = LoggerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
        let meters = Meters::cumulative();
        let counter = meters.meter().u64_counter("measured").build();
        let (tracer, spans) = (traces.tracer("api"), std::sync::Arc::default());
        Self { sampling: case.sampling, exporter, traces, logs, tracer, meters, counter, spans }
    }

    /// What the parent is started in.
    fn surroundings(&self) -> Context {
        let flags = match self.sampling {
            Sampling::Sampled | Sampling::NotSampled => return Context::new(),
            Sampling::RemoteParent => TraceFlags::SAMPLED,
            Sampling::RemoteParentNotSampled => TraceFlags::NOT_SAMPLED,
        };
        let remote =
            SpanContext::new(TraceId::from(REMOTE), SpanId::from(0xdef), flags, true, TraceState::NONE);
        Context::new().with_remote_span_context(remote)
    }

    fn actor(&self) -> Actor {
        let (tracer, counter, spans) = (self.tracer.clone(), self.counter.clone(), self.spans.clone());
        Actor { tracer, counter, spans }
    }

    fn met(&self, name: &'static str) {
        met(&self.spans, name);
    }

    fn draw(&self) -> String {
        let mut text = TextTree::new().without_attributes().draw(&self.exporter.spans());
        for log in self.exporter.logs() {
            let (log, body) = (log.view(), log.view().body());
            let span = self.name_of(log.trace_id(), log.span_id());
            let flag = if log.trace_flags().is_sampled() { "sampled" } else { "not sampled" };
            writeln!(text, "{} · {span}, {flag}", body.unwrap()).unwrap();
        }
        for exemplar in self.exemplars() {
            let trace_id = TraceId::from_bytes(exemplar.trace_id.try_into().unwrap());
            let span_id = SpanId::from_bytes(exemplar.span_id.try_into().unwrap());
            writeln!(text, "measured · {}", self.name_of(trace_id, span_id)).unwrap();
        }
        let spans = self.spans.lock().unwrap();
        let trace_id = spans[0].1.trace_id();
        let is_expected = !matches!(self.sampling, Sampling::RemoteParent | Sampling::RemoteParentNotSampled)
            || trace_id == TraceId::from(REMOTE);
        let is_one = is_expected && spans.iter().all(|(_, span)| span.trace_id() == trace_id);
        writeln!(text, "one trace: {is_one}").unwrap();
        text
    }

    /// What the span called itself.
    fn name_of(&self, trace_id: TraceId, span_id: SpanId) -> &'static str {
        let spans = self.spans.lock().unwrap();
        let of = spans.iter().find(|(_, span)| (span.trace_id(), span.span_id()) == (trace_id, span_id));
        of.map_or("nobody", |(name, _)| name)
    }

    fn exemplars(&self) -> Vec<Exemplar> {
        match self.meters.decoded_one().data.unwrap() {
            Data::Sum(sum) => sum.data_points[0].exemplars.clone(),
            other => panic!("a counter gives sums: {other:?}"),
        }
    }
}

/// Makes the child, wherever it is sent.
struct Actor {
    tracer: Tracer,
    counter: Counter<u64>,
    spans: std::sync::Arc<Mutex<Vec<(&'static str, SpanContext)>>>,
}

impl Actor {
    fn child(self, facade: Facade) {
        match facade {
            Facade::Tracing => tracing::info_span!("child").in_scope(|| self.act()),
            Facade::Api => self.tracer.in_span("child", |_| self.act()),
        }
    }

    async fn child_awaited(self, facade: Facade) {
        let tracer = self.tracer.clone();
        let work = async move {
            tokio::task::yield_now().await;
            self.act();
            tokio::task::yield_now().await;
        };
        match facade {
            Facade::Tracing => work.instrument(tracing::info_span!("child")).await,
            Facade::Api => work.with_context(Context::current_with_span(tracer.start("child"))).await,
        }
    }

    /// Has its span entered at each poll, and is dropped before it is done.
    async fn never_done(self, facade: Facade) {
        let tracer = self.tracer.clone();
        let work = std::future::pending::<()>();
        match facade {
            Facade::Tracing => work.instrument(tracing::info_span!("other")).await,
            Facade::Api => work.with_context(Context::current_with_span(tracer.start("other"))).await,
        }
    }

    fn act(&self) {
        met(&self.spans, "child");
        tracing::info!("in child");
        self.counter.add(1, &[KeyValue::new("case", "one")]);
    }
}

fn met(spans: &Mutex<Vec<(&'static str, SpanContext)>>, name: &'static str) {
    spans.lock().unwrap().push((name, Context::current().span().span_context().clone()));
}
