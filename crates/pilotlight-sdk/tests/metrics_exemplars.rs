//! Single measurements kept as examples, with the trace they were made in.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::{Arc, Mutex};

use common::meters::{Meters, START};
use common::scene::elsewhere;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, exemplar};
use pilotlight_sdk::config::{ExemplarFilter, TemporalityPreference};
use pilotlight_sdk::record::{Aggregation, ExemplarReservoir, Offer, View};

const TRACE: u128 = 0xabc;
const SPAN: u64 = 0xdef;

/// Runs `f` in a span that is sampled.
fn in_trace(f: impl FnOnce()) {
    let _attached = elsewhere(TRACE, SPAN, false).attach();
    f();
}

fn in_trace_that_is_not_sampled(f: impl FnOnce()) {
    let span = SpanContext::new(
        TraceId::from(TRACE),
        SpanId::from(SPAN),
        TraceFlags::NOT_SAMPLED,
        false,
        TraceState::NONE,
    );
    let _attached = Context::new().with_remote_span_context(span).attach();
    f();
}

fn filtered(filter: ExemplarFilter) -> Meters {
    Meters::with(|reader| reader, |builder| builder.with_exemplar_filter(filter))
}

/// The exemplars of the first point of the only metric.
fn exemplars(meters: &Meters) -> Vec<Exemplar> {
    let metric = meters.decoded_one();
    match metric.data.unwrap() {
        Data::Sum(sum) => sum.data_points[0].exemplars.clone(),
        Data::Gauge(gauge) => gauge.data_points[0].exemplars.clone(),
        Data::Histogram(histogram) => histogram.data_points[0].exemplars.clone(),
        Data::ExponentialHistogram(histogram) => histogram.data_points[0].exemplars.clone(),
        Data::Summary(_) => panic!("nobody makes summaries"),
    }
}

/// How many exemplars a counter has that was measured without a span, in one that is not sampled, and in one that is.
fn kept_by(filter: ExemplarFilter) -> [usize; 3] {
    let without_span: fn(&dyn Fn()) = |add| add();
    let surroundings = [without_span, |add| in_trace_that_is_not_sampled(add), |add| in_trace(add)];
    surroundings.map(|surround| {
        let meters = filtered(filter);
        let counter = meters.meter().u64_counter("counted").build();
        surround(&|| counter.add(1, &[]));
        exemplars(&meters).len()
    })
}

#[test]
fn by_default_measurements_in_sampled_spans_become_exemplars() {
    assert_eq!(kept_by(ExemplarFilter::default()), [0, 0, 1]);
    assert_eq!(kept_by(ExemplarFilter::TraceBased), [0, 0, 1]);
}

#[test]
fn always_on_takes_any_measurement() {
    assert_eq!(kept_by(ExemplarFilter::AlwaysOn), [1, 1, 1]);
}

#[test]
fn always_off_takes_none() {
    assert_eq!(kept_by(ExemplarFilter::AlwaysOff), [0, 0, 0]);
}

#[test]
fn an_exemplar_has_value_time_span_and_the_attributes_that_the_series_has_not() {
    let view = View::of("*").keep_attributes(["route"]).build().unwrap();
    let meters = Meters::viewed([view]);
    let counter = meters.meter().f64_counter("counted").build();
    meters.pass(7);
    in_trace(|| {
        counter
            .add(1.5, &[KeyValue::new("route", "/"), KeyValue::new("user", 17), KeyValue::new("vip", true)]);
    });
    meters.pass(3);
    let exemplars = exemplars(&meters);
    let [exemplar] = &exemplars[..] else { panic!("{exemplars:?}") };
    assert_eq!(exemplar.value, Some(exemplar::Value::AsDouble(1.5)));
    assert_eq!(exemplar.time_unix_nano, (START + 7) * 1_000_000_000);
    assert_eq!(exemplar.trace_id, TRACE.to_be_bytes());
    assert_eq!(exemplar.span_id, SPAN.to_be_bytes());
    assert_eq!(
        common::attributes(&exemplar.filtered_attributes),
        [("user", "17".into()), ("vip", "true".into())]
    );
}

#[test]
fn an_exemplar_without_a_span_has_no_ids() {
    let meters = filtered(ExemplarFilter::AlwaysOn);
    meters.meter().i64_gauge("level").build().record(-3, &[]);
    let exemplars = exemplars(&meters);
    assert_eq!(exemplars[0].value, Some(exemplar::Value::AsInt(-3)));
    assert!(exemplars[0].trace_id.is_empty() && exemplars[0].span_id.is_empty());
    assert!(exemplars[0].filtered_attributes.is_empty());
}

#[test]
fn a_histogram_keeps_one_exemplar_of_each_bucket() {
    for meters in [Meters::cumulative(), Meters::delta()] {
        let histogram = meters.meter().f64_histogram("spread").with_boundaries(vec![1.0, 2.0, 3.0]).build();
        in_trace(|| {
            for _ in 0..50 {
                [0.5, 1.5, 3.5].into_iter().for_each(|value| histogram.record(value, &[]));
            }
        });
        let mut values: Vec<_> = exemplars(&meters)
            .iter()
            .map(|exemplar| match exemplar.value {
                Some(exemplar::Value::AsDouble(value)) => value,
                ref other => panic!("{other:?}"),
            })
            .collect();
        values.sort_by(f64::total_cmp);
        assert_eq!(values, [0.5, 1.5, 3.5]);
    }
}

#[test]
fn sums_and_exponential_histograms_keep_a_bounded_number() {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    for (aggregation, bound) in [(Aggregation::Sum, processors), (Aggregation::base2_exponential(), 20)] {
        let meters = Meters::viewed([View::of("*").aggregation(aggregation).build().unwrap()]);
        let histogram = meters.meter().u64_histogram("spread").build();
        in_trace(|| (0..1_000).for_each(|value| histogram.record(value, &[])));
        assert_eq!(exemplars(&meters).len(), bound);
    }
}

#[test]
fn what_several_threads_keep_is_no_more_than_one_would() {
    let meters = Meters::cumulative();
    let histogram = meters.meter().f64_histogram("spread").with_boundaries(vec![1.0]).build();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| in_trace(|| (0..9).for_each(|value| histogram.record(f64::from(value), &[]))));
        }
    });
    assert_eq!(exemplars(&meters).len(), 2);
}

#[test]
fn an_exemplar_of_changes_is_told_once() {
    let meters = Meters::delta();
    let counter = meters.meter().u64_counter("counted").build();
    in_trace(|| counter.add(1, &[]));
    meters.pass(1);
    assert_eq!(exemplars(&meters).len(), 1);
    meters.pass(1);
    counter.add(1, &[]);
    assert_eq!(exemplars(&meters).len(), 0, "made before the last collection");
    in_trace(|| counter.add(1, &[]));
    meters.pass(1);
    assert_eq!(exemplars(&meters).len(), 1);
}

#[test]
fn an_exemplar_of_totals_is_told_until_newer_ones_replace_it() {
    let meters = Meters::cumulative();
    let histogram = meters.meter().f64_histogram("spread").with_boundaries(vec![]).build();
    let told = || exemplars(&meters).iter().map(|exemplar| exemplar.value).collect::<Vec<_>>();
    in_trace(|| histogram.record(1.0, &[]));
    let first = told();
    meters.pass(1);
    assert_eq!((first.len(), told()), (1, first.clone()));
    in_trace(|| histogram.record(2.0, &[]));
    let second = told();
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);
}

#[test]
fn after_many_measurements_outside_of_traces_one_inside_is_still_found() {
    let meters = Meters::cumulative();
    let counter = meters.meter().u64_counter("counted").build();
    (0..10_000).for_each(|_| counter.add(1, &[]));
    in_trace(|| (0..20).for_each(|_| counter.add(1, &[])));
    assert!(!exemplars(&meters).is_empty());
}

#[test]
fn a_delta_reader_loses_no_exemplar_to_a_cumulative_one() {
    let manual = pilotlight_sdk::batch::ManualReader::new();
    let second = pilotlight_sdk::batch::Reader::manual(&manual).temporality(TemporalityPreference::Delta);
    let meters = Meters::with(|reader| reader, |builder| builder.with_reader(second));
    let counter = meters.meter().u64_counter("counted").build();
    in_trace(|| counter.add(1, &[]));
    let in_trace = "counted counter delta\n  1\n    → 1 in a trace\n";
    assert_eq!(meters.text_with_exemplars(), in_trace.replace("delta", "cumulative"));
    let batches = manual.collect(common::SOON).unwrap();
    let metrics: Vec<_> = batches.iter().flat_map(pilotlight_sdk::transport::ExportedMetric::all).collect();
    assert_eq!(pilotlight_sdk::transport::TextMetrics::new().with_exemplars().draw(&metrics), in_trace);
}

/// What a reservoir was offered: value, attributes, whether in a trace, nanoseconds.
type Offered = Arc<Mutex<Vec<(f64, usize, bool, u64)>>>;

/// Keeps the largest, and remembers all it was offered.
struct Largest {
    largest: f64,
    offered: Offered,
}

impl ExemplarReservoir for Largest {
    fn offer(&mut self, offer: &Offer<'_>) -> Option<usize> {
        let in_trace = offer.context.span().span_context().is_valid();
        let seen = (offer.value, offer.attributes.len(), in_trace, offer.time_nanos);
        self.offered.lock().unwrap().push(seen);
        let is_larger = offer.value > self.largest;
        self.largest = self.largest.max(offer.value);
        is_larger.then_some(0)
    }

    fn size(&self) -> usize {
        1
    }

    fn collected(&mut self) {
        self.largest = f64::NEG_INFINITY;
    }
}

#[test]
fn a_view_chooses_exemplars_with_a_reservoir_of_its_own() {
    let offered = Offered::default();
    let seen = Arc::clone(&offered);
    let view = View::of("spread")
        .keep_attributes([""; 0])
        .exemplar_reservoir(move || {
            Box::new(Largest { largest: f64::NEG_INFINITY, offered: Arc::clone(&seen) })
        })
        .build()
        .unwrap();
    let meters = Meters::viewed([view]);
    let histogram = meters.meter().u64_histogram("spread").build();
    histogram.record(99, &[]);
    in_trace(|| [3, 9, 6].into_iter().for_each(|value| histogram.record(value, &[KeyValue::new("user", 1)])));
    let now = START * 1_000_000_000;
    assert_eq!(
        *offered.lock().unwrap(),
        [(3.0, 1, true, now), (9.0, 1, true, now), (6.0, 1, true, now)],
        "the filter comes first"
    );
    assert_eq!(exemplars(&meters)[0].value, Some(exemplar::Value::AsInt(9)));
    meters.pass(1);
    in_trace(|| histogram.record(2, &[]));
    assert_eq!(exemplars(&meters)[0].value, Some(exemplar::Value::AsInt(2)), "it heard of the collection");
}

struct Unhelpful(bool);

impl ExemplarReservoir for Unhelpful {
    fn offer(&mut self, _: &Offer<'_>) -> Option<usize> {
        assert!(self.0, "as the test wants it");
        Some(7)
    }

    fn size(&self) -> usize {
        1
    }
}

#[test]
fn a_reservoir_that_panics_or_answers_nonsense_costs_its_exemplars_alone() {
    for answers in [true, false] {
        let view = View::of("*").exemplar_reservoir(move || Box::new(Unhelpful(answers))).build().unwrap();
        let meters = Meters::viewed([view]);
        let counter = meters.meter().u64_counter("counted").build();
        in_trace(|| (0..3).for_each(|_| counter.add(1, &[])));
        assert_eq!(meters.text_with_exemplars(), "counted counter cumulative\n  3\n");
    }
}
