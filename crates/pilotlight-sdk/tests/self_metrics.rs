//! Pilotlight's metrics about itself say what its report says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use common::gate::Gate;
use common::{SOON, attributes};
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{Span as _, SpanBuilder, TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric, number_data_point};
use pilotlight_sdk::batch::{Reader, Report};
use pilotlight_sdk::config::{SettingsBuilder, Variables};
use pilotlight_sdk::pipeline::{Parts, Providers, start};
use pilotlight_sdk::record::{
    Decision, LogMut, LogRecordProcessor, Sampler, SamplingParameters, SamplingResult, Tracer,
};
use pilotlight_sdk::transport::{Answer, Batch, BoxFuture, ExportError, Exporter, InMemoryExporter, Receipt};
use prost::Message;

/// Longer than any test takes: nothing happens because of a schedule.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Providers with a reader in memory, which collects when it is flushed.
struct Scene {
    providers: Providers,
    metrics: InMemoryExporter,
}

impl Scene {
    fn new(exporter: impl Exporter, variables: &[(&str, &str)]) -> Self {
        Self::with(SettingsBuilder::new(), variables, |parts| parts.traces_exporters.push(Box::new(exporter)))
    }

    fn with(settings: SettingsBuilder, variables: &[(&str, &str)], add: impl FnOnce(&mut Parts)) -> Self {
        let fixed = [
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("PILOTLIGHT_LOG_LINES", "off"),
            ("OTEL_BSP_SCHEDULE_DELAY", "86400000"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "86400000"),
        ];
        let variables: Variables = fixed.iter().chain(variables).copied().collect();
        let resolved = settings.resolve(&variables);
        assert_eq!(resolved.warnings, []);
        let metrics = InMemoryExporter::new();
        let mut parts = Parts::default();
        parts.readers.push(Reader::periodic(metrics.clone()).interval(NEVER));
        add(&mut parts);
        Self { providers: start(&resolved.settings, parts).unwrap(), metrics }
    }

    fn tracer(&self) -> Tracer {
        self.providers.tracer_provider.tracer("test")
    }

    fn record(&self, spans: usize) {
        (0..spans).for_each(|_| self.tracer().start("span").end());
    }

    fn log(&self, records: usize) {
        let logger = self.providers.logger_provider.logger("test");
        (0..records).for_each(|_| logger.emit(logger.create_log_record()));
    }

    fn flush_traces(&self) -> bool {
        self.providers.tracer_provider.force_flush(SOON).is_ok()
    }

    /// Has one span on its way, held up at the gate.
    fn hold_up(&self, gate: &Gate) {
        self.record(1);
        assert!(self.providers.tracer_provider.force_flush(Duration::ZERO).unwrap_err().is_timeout());
        gate.await_attempts(1);
    }

    /// A collection made now.
    fn collect(&self) -> Metrics {
        self.providers.meter_provider.force_flush(SOON).unwrap();
        self.last()
    }

    fn shut_down(self) -> (Report, Metrics) {
        let report = self.providers.shutdown(SOON);
        (report, self.last())
    }

    /// The last collection.
    fn last(&self) -> Metrics {
        let requests = self.metrics.batches();
        let request = ExportMetricsServiceRequest::decode(&requests.last().unwrap().request[..]).unwrap();
        let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        let of_ours = scopes.filter(|scope| scope.scope.as_ref().unwrap().name == "pilotlight");
        Metrics(of_ours.flat_map(|scope| scope.metrics).flat_map(points).collect())
    }
}

/// All data points of one collection.
#[derive(Debug)]
struct Metrics(Vec<Point>);

#[derive(Debug)]
struct Point {
    metric: String,
    attributes: BTreeMap<String, String>,
    /// A histogram's count.
    value: i64,
}

fn points(metric: Metric) -> Vec<Point> {
    let point = |given: &[_], value: i64| Point {
        metric: metric.name.clone(),
        attributes: attributes(given).into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        value,
    };
    match metric.data.as_ref().unwrap() {
        metric::Data::Sum(sum) => sum
            .data_points
            .iter()
            .map(|number| match number.value.unwrap() {
                number_data_point::Value::AsInt(value) => point(&number.attributes, value),
                number_data_point::Value::AsDouble(value) => point(&number.attributes, value as i64),
            })
            .collect(),
        metric::Data::Histogram(histogram) => {
            let points = histogram.data_points.iter();
            points.map(|values| point(&values.attributes, values.count as i64)).collect()
        }
        other => panic!("not expected: {other:?}"),
    }
}

impl Metrics {
    fn of(&self, metric: &str) -> impl Iterator<Item = &Point> {
        self.0.iter().filter(move |point| point.metric == metric)
    }

    /// The sum of all points that have these attributes; an empty value stands for none.
    fn sum(&self, metric: &str, expected: &[(&str, &str)]) -> Option<i64> {
        let is_meant = |point: &&Point| {
            let value = |key: &str| point.attributes.get(key).map_or("", String::as_str);
            expected.iter().all(|(key, expected)| value(key) == *expected)
        };
        self.of(metric).filter(is_meant).map(|point| point.value).reduce(|sum, value| sum + value)
    }

    /// By `error.type`, without what succeeded.
    fn failed(&self, metric: &str) -> BTreeMap<&str, i64> {
        let failed =
            self.of(metric).filter_map(|point| Some((point.attributes.get("error.type")?, point.value)));
        failed.map(|(error, value)| (error.as_str(), value)).collect()
    }

    fn succeeded(&self, metric: &str) -> Option<i64> {
        self.sum(metric, &[("error.type", "")])
    }
}

const PROCESSED: &str = "otel.sdk.processor.span.processed";
const EXPORTED: &str = "otel.sdk.exporter.span.exported";
const INFLIGHT: &str = "otel.sdk.exporter.span.inflight";
const QUEUE_SIZE: &str = "otel.sdk.processor.span.queue.size";
const QUEUE_CAPACITY: &str = "otel.sdk.processor.span.queue.capacity";
const STARTED: &str = "otel.sdk.span.started";
const LIVE: &str = "otel.sdk.span.live";
const OPERATIONS: &str = "otel.sdk.exporter.operation.duration";

#[test]
fn a_full_queue_is_told_while_it_is_full_and_at_the_end() {
    let gate = Gate::closed();
    let scene = Scene::new(gate.clone(), &[("OTEL_BSP_MAX_QUEUE_SIZE", "10")]);
    scene.hold_up(&gate);
    scene.record(30);

    let now = scene.collect();
    assert_eq!((now.sum(QUEUE_SIZE, &[]), now.sum(QUEUE_CAPACITY, &[])), (Some(10), Some(10)));
    assert_eq!((now.sum(INFLIGHT, &[]), now.succeeded(EXPORTED)), (Some(1), Some(0)));
    assert_eq!((now.succeeded(PROCESSED), now.failed(PROCESSED)), (Some(1), [("queue_full", 20)].into()));
    assert_eq!(now.sum("pilotlight.queue.limit", &[]), None, "the bound counts spans");

    gate.set_open(true);
    let (report, last) = scene.shut_down();
    assert_eq!((report.exporters[0].exported, report.exporters[0].dropped.queue_full), (11, 20));
    assert_eq!((last.succeeded(PROCESSED), last.failed(PROCESSED)), (Some(11), [("queue_full", 20)].into()));
    assert_eq!((last.succeeded(EXPORTED), last.sum(INFLIGHT, &[])), (Some(11), Some(0)));
    assert_eq!(last.sum(QUEUE_SIZE, &[]), Some(0));
}

#[test]
fn a_bound_in_bytes_is_told_in_bytes_and_never_as_a_number_of_spans() {
    let scene = Scene::new(InMemoryExporter::new(), &[]);
    scene.record(3);
    let metrics = scene.collect();
    assert_eq!((metrics.sum(QUEUE_SIZE, &[]), metrics.sum(QUEUE_CAPACITY, &[])), (Some(3), None));
    assert!(metrics.sum("pilotlight.queue.limit", &[]).unwrap() > 1 << 20);
    assert!(metrics.sum("pilotlight.queue.bytes", &[]).is_some());
}

#[test]
fn a_span_too_large_for_any_request_is_told_and_never_given_to_the_exporter() {
    let scene = Scene::new(Gate::limited_to(4096), &[]);
    let mut span = scene.tracer().start("large");
    span.set_attribute(KeyValue::new("filler", "x".repeat(5000)));
    span.end();
    scene.record(2);
    assert!(!scene.flush_traces());
    let (report, last) = scene.shut_down();
    assert_eq!((report.exporters[0].exported, report.exporters[0].dropped.too_large), (2, 1));
    assert_eq!((last.succeeded(PROCESSED), last.failed(PROCESSED)), (Some(2), [("too_large", 1)].into()));
    assert_eq!((last.succeeded(EXPORTED), last.sum(INFLIGHT, &[])), (Some(2), Some(0)));
}

#[test]
fn a_data_point_too_large_for_any_request_is_told_as_failed_and_not_as_under_way() {
    let scene = Scene::with(SettingsBuilder::new(), &[], |parts| {
        let limited = Reader::periodic(Gate::limited_to(4096)).interval(NEVER);
        parts.readers.push(limited);
    });
    let large = scene.providers.meter_provider.meter("test").u64_gauge("large").build();
    large.record(1, &[KeyValue::new("filler", "x".repeat(5000))]);
    assert!(scene.providers.meter_provider.force_flush(SOON).is_err());
    scene.providers.meter_provider.force_flush(SOON).unwrap_err();
    let metrics = scene.last();
    let of_points = |name: &str| format!("otel.sdk.exporter.metric_data_point.{name}");
    // The readers collect at the same time, so the second loss may be told already.
    let failed = metrics.failed(&of_points("exported"));
    assert!([1, 2].into_iter().any(|lost| failed == [("too_large", lost)].into()), "{failed:?}");
    assert_eq!(metrics.sum(&of_points("inflight"), &[("otel.component.type", "gate")]), Some(0));
}

/// Rejects one span of every request, and refuses requests of two.
struct Moody;

impl Exporter for Moody {
    fn component_type(&self) -> &'static str {
        "moody_span_exporter"
    }

    fn server(&self) -> Option<(String, u16)> {
        Some(("collector".into(), 4318))
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async move {
            match batch.items {
                2 => Err(ExportError::permanent("no pairs").answered(Answer::Grpc(7))),
                _ => Ok(Receipt { rejected: 1, answer: Some(Answer::Http(202)), ..Receipt::default() }),
            }
        })
    }
}

#[test]
fn what_a_receiver_refuses_and_rejects_is_told_by_its_reason() {
    let scene = Scene::new(Moody, &[]);
    for (spans, delivered) in [(2, false), (5, true), (4, true)] {
        scene.record(spans);
        assert_eq!(scene.flush_traces(), delivered);
    }
    let (report, last) = scene.shut_down();

    let traces = &report.exporters[0];
    assert_eq!((traces.exported, traces.rejected, traces.dropped.refused), (7, 2, 2));
    let server = [("server.address", "collector"), ("server.port", "4318"), ("error.type", "")];
    assert_eq!(last.sum(EXPORTED, &server), Some(7));
    assert_eq!(last.failed(EXPORTED), [("rejected", 2), ("refused", 2)].into());
    assert_eq!(last.sum(INFLIGHT, &[]), Some(0));
    assert_eq!((last.succeeded(PROCESSED), last.failed(PROCESSED)), (Some(11), [].into()));

    let partial = [("http.response.status_code", "202"), ("error.type", "rejected"), server[0], server[1]];
    let refused = [("rpc.status_code", "PERMISSION_DENIED"), ("error.type", "PERMISSION_DENIED")];
    assert_eq!((last.sum(OPERATIONS, &partial), last.sum(OPERATIONS, &refused)), (Some(2), Some(1)));
}

#[test]
fn what_is_lost_at_shutdown_is_in_the_last_collection() {
    let exporter = InMemoryExporter::new();
    exporter.fail_next(usize::MAX, || ExportError::transient("down"));
    let scene =
        Scene::new(exporter, &[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"), ("OTEL_BSP_MAX_QUEUE_SIZE", "100")]);
    // Fewer than wake the exporter thread.
    scene.record(3);
    let tracer = scene.tracer();
    let (report, last) = scene.shut_down();
    tracer.start("too late").end();

    assert_eq!(report.exporters[0].dropped.shutdown, 3);
    assert_eq!((last.succeeded(EXPORTED), last.failed(EXPORTED)), (Some(0), [("shutdown", 3)].into()));
    assert_eq!((last.succeeded(PROCESSED), last.failed(PROCESSED)), (Some(3), [].into()));
    assert_eq!(last.sum(INFLIGHT, &[]), Some(0));
}

#[test]
fn what_shutdown_leaves_in_the_queue_is_told_apart_from_what_it_gave_up() {
    let gate = Gate::closed();
    let variables = [("OTEL_BSP_MAX_QUEUE_SIZE", "100"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2")];
    let scene = Scene::new(gate.clone(), &variables);
    scene.hold_up(&gate);
    scene.record(5);
    // The span on its way takes all the time there is. Of the rest, one batch is tried, in vain.
    scene.providers.tracer_provider.shutdown(Duration::from_millis(50));
    let report = scene.providers.shutdown(SOON);
    assert_eq!(report.exporters[0].dropped.shutdown, 6);
    let last = scene.last();
    assert_eq!((last.succeeded(PROCESSED), last.failed(PROCESSED)), (Some(3), [("shutdown", 3)].into()));
    assert_eq!((last.failed(EXPORTED), last.sum(INFLIGHT, &[])), ([("shutdown", 3)].into(), Some(0)));
}

#[test]
fn a_span_that_ends_after_the_shutdown_is_told() {
    let scene = Scene::new(InMemoryExporter::new(), &[]);
    let mut span = scene.tracer().start("late");
    scene.providers.tracer_provider.shutdown(SOON);
    span.end();
    let metrics = scene.collect();
    assert_eq!(metrics.failed(PROCESSED), [("already_shutdown", 1)].into());
    assert_eq!(metrics.sum(LIVE, &[("otel.span.sampling_result", "RECORD_AND_SAMPLE")]), Some(0));
}

#[test]
fn traces_that_hang_leave_metrics_most_of_the_time() {
    let scene = Scene::new(Gate::closed(), &[]);
    scene.record(1);
    let report = scene.providers.shutdown(Duration::from_secs(2));
    let metrics = &report.exporters[1];
    assert!(metrics.in_time, "{report}");
    assert_eq!(metrics.exported as usize, scene.metrics.items());
    // Not done when it was told, and told as such.
    assert_eq!(scene.last().sum(INFLIGHT, &[]), Some(1));
}

/// Decides by the span's name.
#[derive(Debug)]
struct ByName;

impl Sampler for ByName {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        SamplingResult::new(match parameters.name {
            "drop" => Decision::Drop,
            "record" => Decision::RecordOnly,
            _ => Decision::RecordAndSample,
        })
    }

    fn description(&self) -> Cow<'static, str> {
        "ByName".into()
    }
}

const DECISIONS: [(&str, &str); 3] =
    [("drop", "DROP"), ("record", "RECORD_ONLY"), ("sample", "RECORD_AND_SAMPLE")];

fn counted(metrics: &Metrics, origin: &str, result: &str) -> i64 {
    let attributes = [("otel.span.parent.origin", origin), ("otel.span.sampling_result", result)];
    metrics.sum(STARTED, &attributes).unwrap_or(0)
}

fn live(metrics: &Metrics, result: &str) -> Option<i64> {
    metrics.sum(LIVE, &[("otel.span.sampling_result", result)])
}

fn scene_by_name() -> Scene {
    Scene::with(SettingsBuilder::new(), &[], |parts| {
        parts.sampler = Some(Box::new(ByName));
        parts.traces_exporters.push(Box::new(InMemoryExporter::new()));
    })
}

#[test]
fn spans_are_counted_by_their_parents_origin_and_the_samplers_decision() {
    let scene = scene_by_name();
    let parents = [
        ("none", Context::new()),
        ("local", common::scene::elsewhere(1, 2, false)),
        ("remote", common::scene::elsewhere(1, 2, true)),
    ];
    let mut open = Vec::new();
    for (times, (_, parent)) in (1..).zip(&parents) {
        for (name, _) in DECISIONS {
            open.extend((0..times).map(|_| scene.tracer().start_with_context(name, parent)));
        }
    }
    let metrics = scene.collect();
    for (times, (origin, _)) in (1..).zip(&parents) {
        let of_origin = DECISIONS.map(|(_, result)| counted(&metrics, origin, result));
        assert_eq!(of_origin, [times; 3], "{origin}");
    }
    assert_eq!(DECISIONS.map(|(_, result)| live(&metrics, result)), [None, Some(6), Some(6)]);

    // However they end, they end once.
    open[2].end();
    open.iter_mut().for_each(Span::end_twice);
    drop(open);
    assert_eq!(DECISIONS.map(|(_, result)| live(&scene.collect(), result)), [None, Some(0), Some(0)]);
}

trait Span {
    fn end_twice(&mut self);
}

impl Span for pilotlight_sdk::record::Span {
    fn end_twice(&mut self) {
        self.end();
        self.end();
    }
}

#[test]
fn counts_of_eight_threads_are_exact_also_when_spans_end_elsewhere_and_threads_are_gone() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 3_000;
    let scene = scene_by_name();
    let (moved, arrived) = std::sync::mpsc::channel();
    let barrier = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (tracer, moved, barrier) = (scene.tracer(), moved.clone(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                for _ in 0..ROUNDS {
                    for (name, _) in DECISIONS {
                        tracer.build_with_context(SpanBuilder::from_name(name), &Context::new()).end();
                    }
                    moved.send(tracer.start_with_context("sample", &Context::new())).unwrap();
                }
            });
        }
        barrier.wait();
        // While they run: never more ends than starts.
        (0..20).for_each(|_| assert!(live(&scene.collect(), "RECORD_AND_SAMPLE").unwrap_or(0) >= 0));
    });
    drop(moved);

    let total = (THREADS * ROUNDS) as i64;
    let metrics = scene.collect();
    assert_eq!(DECISIONS.map(|(_, result)| counted(&metrics, "none", result)), [total, total, 2 * total]);
    assert_eq!(DECISIONS.map(|(_, result)| live(&metrics, result)), [None, Some(0), Some(total)]);
    assert_eq!(arrived.iter().count() as i64, total, "each ends here, as it is dropped");
    let metrics = scene.collect();
    assert_eq!(live(&metrics, "RECORD_AND_SAMPLE"), Some(0));
    assert_eq!(counted(&metrics, "none", "RECORD_AND_SAMPLE"), 2 * total);
}

#[test]
fn spans_of_two_providers_on_one_thread_are_kept_apart() {
    let scenes = [scene_by_name(), scene_by_name()];
    for _ in 0..5 {
        scenes[0].record(1);
        scenes[1].record(2);
    }
    let counts = scenes.map(|scene| counted(&scene.collect(), "none", "RECORD_AND_SAMPLE"));
    assert_eq!(counts, [5, 10]);
}

#[test]
fn spans_that_nobody_records_are_counted_and_never_open() {
    let scene = Scene::with(SettingsBuilder::new(), &[], |_| {});
    let span = scene.tracer().start("of no interest");
    let metrics = scene.collect();
    assert_eq!(counted(&metrics, "none", "RECORD_AND_SAMPLE"), 1);
    assert_eq!(live(&metrics, "RECORD_AND_SAMPLE"), Some(0));
    drop(span);
}

#[test]
fn a_suppressed_span_is_not_counted() {
    let scene = scene_by_name();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    scene.record(1);
    assert_eq!(scene.collect().sum(STARTED, &[]), None);
}

#[test]
fn every_component_has_a_name_of_its_own() {
    let scene = Scene::with(SettingsBuilder::new(), &[], |parts| {
        for _ in 0..2 {
            parts.traces_exporters.push(Box::new(InMemoryExporter::new()));
        }
        parts.readers.push(Reader::periodic(InMemoryExporter::new()).interval(NEVER));
    });
    scene.record(1);
    assert!(scene.flush_traces());
    scene.collect();
    let metrics = scene.collect();
    let components = |metric: &str| -> Vec<(String, String)> {
        let of = |point: &Point, key: &str| point.attributes[key].clone();
        let mut found: Vec<_> = metrics
            .of(metric)
            .map(|point| (of(point, "otel.component.type"), of(point, "otel.component.name")))
            .collect();
        found.sort();
        found.dedup();
        for (component_type, name) in &found {
            assert!(
                name.strip_prefix(&format!("{component_type}/")).unwrap().parse::<u32>().is_ok(),
                "{name}"
            );
        }
        found
    };
    assert_eq!(components(PROCESSED).len(), 2);
    assert_eq!(components("otel.sdk.metric_reader.collection.duration").len(), 2);
    assert_eq!(components("otel.sdk.exporter.metric_data_point.exported").len(), 2);
    // Exporters of spans and of data points of one type are numbered together.
    assert_eq!(components(OPERATIONS).len(), 4);
    assert!(
        components(PROCESSED).iter().all(|(component_type, _)| component_type == "batching_span_processor")
    );
}

#[test]
fn metrics_tell_of_their_own_export_with_the_next_collection_and_do_not_grow() {
    let scene = Scene::new(InMemoryExporter::new(), &[]);
    let exported = "otel.sdk.exporter.metric_data_point.exported";
    let first = scene.collect();
    assert_eq!((first.succeeded(exported), first.sum(OPERATIONS, &[])), (Some(0), None));
    let second = scene.collect();
    assert_eq!(second.succeeded(exported), Some(first.0.len() as i64));
    assert_eq!(second.sum("otel.sdk.exporter.metric_data_point.inflight", &[]), Some(0));
    assert_eq!(second.sum("otel.sdk.metric_reader.collection.duration", &[]), Some(1));
    let third = scene.collect();
    assert_eq!(third.0.len(), second.0.len());
    assert_eq!(scene.metrics.batches().len(), 3, "nothing was exported that nobody asked for");
}

#[test]
fn switched_off_there_is_none_of_it() {
    let settings = SettingsBuilder::new().self_metrics(false);
    let shown = settings.clone().resolve(&Variables::default()).settings.to_string();
    assert!(shown.ends_with(", none about Pilotlight itself"), "{shown}");
    let scene = Scene::with(settings, &[], |parts| {
        parts.traces_exporters.push(Box::new(InMemoryExporter::new()));
    });
    scene.record(1);
    scene.providers.force_flush(SOON).unwrap();
    let report = scene.providers.shutdown(SOON);
    assert_eq!((report.exported(), scene.metrics.items()), (1, 0));
}

#[test]
fn what_callbacks_hold_is_let_go_with_the_provider() {
    use pilotlight_sdk::record::{MeterProvider, Observables};
    let provider =
        MeterProvider::builder().with_reader(Reader::periodic(InMemoryExporter::new())).build().unwrap();
    let observables = Observables::new(&provider, Default::default());
    let (held, gauge) = (Arc::new(()), observables.u64_gauge("gauge").build());
    let holds = Arc::clone(&held);
    observables
        .register(move |observer| observer.observe(&gauge, Arc::strong_count(&holds) as u64, &[]))
        .forever();
    drop((observables, provider));
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn an_attached_parent_is_a_local_one() {
    let scene = scene_by_name();
    let parent = scene.tracer().start_with_context("sample", &Context::new());
    let context = Context::new().with_span(parent);
    scene.tracer().start_with_context("sample", &context).end();
    let metrics = scene.collect();
    let origins = ["none", "local"].map(|origin| counted(&metrics, origin, "RECORD_AND_SAMPLE"));
    assert_eq!((origins, live(&metrics, "RECORD_AND_SAMPLE")), ([1, 1], Some(1)));
}

const LOGS_CREATED: &str = "otel.sdk.log.created";
const LOGS_PROCESSED: &str = "otel.sdk.processor.log.processed";
const LOGS_EXPORTED: &str = "otel.sdk.exporter.log.exported";
const LOGS_INFLIGHT: &str = "otel.sdk.exporter.log.inflight";
const LOGS_QUEUE_SIZE: &str = "otel.sdk.processor.log.queue.size";
const LOGS_QUEUE_CAPACITY: &str = "otel.sdk.processor.log.queue.capacity";

fn scene_of_logs(exporter: impl Exporter, variables: &[(&str, &str)]) -> Scene {
    Scene::with(SettingsBuilder::new(), variables, |parts| parts.logs_exporters.push(Box::new(exporter)))
}

#[test]
fn a_full_queue_of_log_records_is_told_while_it_is_full_and_at_the_end() {
    let gate = Gate::closed();
    let scene = scene_of_logs(gate.clone(), &[("OTEL_BLRP_MAX_QUEUE_SIZE", "10")]);
    scene.log(1);
    assert!(scene.providers.logger_provider.force_flush(Duration::ZERO).unwrap_err().is_timeout());
    gate.await_attempts(1);
    scene.log(30);

    let now = scene.collect();
    assert_eq!(now.sum(LOGS_CREATED, &[]), Some(31));
    assert_eq!((now.sum(LOGS_QUEUE_SIZE, &[]), now.sum(LOGS_QUEUE_CAPACITY, &[])), (Some(10), Some(10)));
    assert_eq!((now.sum(LOGS_INFLIGHT, &[]), now.succeeded(LOGS_EXPORTED)), (Some(1), Some(0)));
    let failed = [("queue_full", 20)].into();
    assert_eq!((now.succeeded(LOGS_PROCESSED), now.failed(LOGS_PROCESSED)), (Some(1), failed));
    assert_eq!(now.sum(QUEUE_SIZE, &[]), None, "there are no spans");

    gate.set_open(true);
    let (report, last) = scene.shut_down();
    assert_eq!((report.exporters[0].exported, report.exporters[0].dropped.queue_full), (11, 20));
    assert_eq!(last.succeeded(LOGS_EXPORTED), Some(11), "metrics wait for logs");
    assert_eq!((last.sum(LOGS_QUEUE_SIZE, &[]), last.sum(LOGS_INFLIGHT, &[])), (Some(0), Some(0)));
}

#[test]
fn what_becomes_of_log_records_is_told_by_its_reason() {
    let exporter = InMemoryExporter::new();
    let scene = scene_of_logs(exporter.clone(), &[]);
    exporter.fail_next(1, || ExportError::permanent("no").answered(Answer::Http(400)));
    scene.log(2);
    scene.providers.logger_provider.force_flush(SOON).unwrap_err();
    scene.log(3);
    scene.providers.logger_provider.shutdown(SOON);
    scene.log(4);

    let metrics = scene.collect();
    assert_eq!(metrics.failed(LOGS_EXPORTED), [("refused", 2)].into());
    assert_eq!(metrics.succeeded(LOGS_EXPORTED), Some(3));
    assert_eq!(metrics.failed(LOGS_PROCESSED), [("already_shutdown", 4)].into());
    assert_eq!(metrics.sum(LOGS_CREATED, &[]), Some(9));
    let component = [("otel.component.type", "batching_log_processor")];
    assert_eq!(metrics.sum(LOGS_PROCESSED, &component), Some(9));
    let report = scene.providers.shutdown(SOON);
    assert!(report.to_string().contains("4 recorded after shutdown"), "{report}");
}

/// Forgets what is of no interest.
struct Forgetful;

impl LogRecordProcessor for Forgetful {
    fn on_emit(&self, log: &mut LogMut<'_>, _context: &Context) {
        if log.attribute("of no interest").is_some() {
            log.discard();
        }
    }
}

#[test]
fn a_log_record_counts_as_created_when_its_logger_wants_it_whatever_processors_think() {
    let settings = SettingsBuilder::new().logs_minimum_severity(Severity::Warn);
    let scene = Scene::with(settings, &[], |parts| {
        parts.log_record_processors.push(Box::new(Forgetful));
        parts.logs_exporters.push(Box::new(InMemoryExporter::new()));
    });
    let logger = scene.providers.logger_provider.logger("test");
    for (severity, key) in
        [(Severity::Info, "kept"), (Severity::Warn, "kept"), (Severity::Warn, "of no interest")]
    {
        let mut record = logger.create_log_record();
        record.set_severity_number(severity);
        record.add_attribute(key, AnyValue::Boolean(true));
        logger.emit(record);
    }
    let (report, last) = scene.shut_down();
    assert_eq!((report.exporters[0].exported, report.filtered), (1, 1));
    assert_eq!((last.sum(LOGS_CREATED, &[]), last.succeeded(LOGS_PROCESSED)), (Some(2), Some(1)));
}

#[test]
fn log_records_of_eight_threads_that_are_gone_are_counted_exactly() {
    const RECORDS: usize = 3_000;
    let scenes = [scene_of_logs(InMemoryExporter::new(), &[]), scene_of_logs(InMemoryExporter::new(), &[])];
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..RECORDS).for_each(|_| scenes.iter().for_each(|scene| scene.log(1))));
        }
    });
    scenes[1].log(1);
    let created = scenes.map(|scene| scene.collect().sum(LOGS_CREATED, &[]).unwrap());
    assert_eq!(created, [8 * RECORDS as i64, 8 * RECORDS as i64 + 1]);
}

#[test]
fn bounds_in_bytes_of_spans_and_log_records_are_told_side_by_side() {
    let scene = Scene::with(SettingsBuilder::new(), &[], |parts| {
        parts.traces_exporters.push(Box::new(InMemoryExporter::new()));
        parts.logs_exporters.push(Box::new(InMemoryExporter::new()));
    });
    let metrics = scene.collect();
    for component_type in ["batching_span_processor", "batching_log_processor"] {
        let limit = metrics.sum("pilotlight.queue.limit", &[("otel.component.type", component_type)]);
        assert!(limit.unwrap() > 1 << 20, "{component_type}");
    }
    assert_eq!(metrics.of("pilotlight.queue.bytes").count(), 2);
}
