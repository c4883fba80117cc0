//! How many attribute sets a metric keeps apart, and what becomes of the others.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::SOON;
use common::meters::Meters;
use opentelemetry::KeyValue;
use pilotlight_sdk::config::TemporalityPreference;
use pilotlight_sdk::record::View;

fn user(number: i64) -> [KeyValue; 1] {
    [KeyValue::new("user", number)]
}

#[test]
fn beyond_two_thousand_attribute_sets_all_others_are_one() {
    let meters = Meters::cumulative();
    let counter = meters.meter().u64_counter("counted").build();
    for number in 0..3_000 {
        counter.add(1, &user(number));
    }
    for _ in 0..2 {
        let metric = &meters.collect()[0];
        assert_eq!(metric.view().point_count(), 2_000);
        assert_eq!(metric.number(&[("otel.metric.overflow", "true")]).unwrap().as_f64(), 1_001.0);
        assert_eq!(metric.number(&[("user", "0")]).unwrap().as_f64(), 1.0);
        assert_eq!(metric.number(&[("user", "1998")]).unwrap().as_f64(), 1.0);
    }
    counter.add(1, &user(0));
    assert_eq!(meters.collect()[0].number(&[("user", "0")]).unwrap().as_f64(), 2.0, "the first stay");
    let report = meters.provider.shutdown(SOON);
    assert_eq!(report.measurements.overflowed, 1_001, "{report}");
}

#[test]
fn the_reader_sets_the_limit_and_a_view_overrules_it() {
    let meters = Meters::with(
        |reader| reader.cardinality_limit(3),
        |builder| builder.with_view(View::of("viewed").cardinality_limit(2).build().unwrap()),
    );
    for name in ["counted", "viewed"] {
        let counter = meters.meter().u64_counter(name).build();
        (0..5).for_each(|number| counter.add(1, &user(number)));
    }
    assert_eq!(
        meters.text(),
        "\
counted counter cumulative
  otel.metric.overflow=true: 3
  user=0: 1
  user=1: 1
viewed counter cumulative
  otel.metric.overflow=true: 4
  user=0: 1
"
    );
}

#[test]
fn every_kind_of_aggregation_overflows() {
    let meters = Meters::with(|reader| reader.cardinality_limit(2), |builder| builder);
    let meter = meters.meter();
    let (gauge, histogram) =
        (meter.i64_gauge("gauge").build(), meter.f64_histogram("histogram").with_boundaries(vec![]).build());
    for number in 1..=4 {
        meters.pass(1);
        gauge.record(number, &user(number));
        histogram.record(number as f64, &user(number));
    }
    assert_eq!(
        meters.text(),
        "\
gauge gauge
  otel.metric.overflow=true: 4
  user=1: 1
histogram histogram cumulative
  otel.metric.overflow=true: count 3 sum 9 min 2 max 4 buckets all:3
  user=1: count 1 sum 1 min 1 max 1 buckets all:1
"
    );
}

#[test]
fn a_delta_reader_has_room_again_for_what_follows_the_idle() {
    let meters = Meters::with(
        |reader| reader.temporality(TemporalityPreference::Delta).cardinality_limit(3),
        |builder| builder,
    );
    let counter = meters.meter().u64_counter("counted").build();
    let count = |numbers: std::ops::Range<i64>| {
        numbers.for_each(|number| counter.add(1, &user(number)));
        meters.text()
    };
    let overflowing = |numbers: [i64; 2]| {
        let [one, other] = numbers;
        format!("counted counter delta\n  otel.metric.overflow=true: 2\n  user={one}: 1\n  user={other}: 1\n")
    };
    assert_eq!(count(0..4), overflowing([0, 1]));
    assert_eq!(count(0..0), "");
    assert_eq!(count(4..8), overflowing([4, 5]), "the idle ones left their places");
    assert_eq!(meters.provider.shutdown(SOON).measurements.overflowed, 4);
}

#[test]
fn a_bound_instrument_beyond_the_limit_is_part_of_the_overflow() {
    let meters = Meters::with(|reader| reader.cardinality_limit(2), |builder| builder);
    let counter = meters.meter().u64_counter("counted").build();
    let bound = [1, 2, 3].map(|number| counter.bind(&user(number)));
    for _ in 0..2 {
        bound.iter().for_each(|counter| counter.add(1));
    }
    assert_eq!(meters.text(), "counted counter cumulative\n  otel.metric.overflow=true: 4\n  user=1: 2\n");
}

#[test]
fn observed_attribute_sets_beyond_the_limit_are_added_up() {
    for preference in [TemporalityPreference::Cumulative, TemporalityPreference::Delta] {
        let meters =
            Meters::with(|reader| reader.temporality(preference).cardinality_limit(3), |builder| builder);
        meters
            .meter()
            .u64_observable_counter("observed")
            .with_callback(|to| (1..=4).for_each(|number| to.observe(number as u64, &user(number))))
            .build();
        let text = meters.text();
        assert!(text.ends_with("\n  otel.metric.overflow=true: 7\n  user=1: 1\n  user=2: 2\n"), "{text}");
        assert_eq!(meters.provider.shutdown(SOON).measurements.overflowed, 2);
    }
}

#[test]
fn a_million_attribute_sets_cost_the_memory_of_the_limit_and_lose_nothing() {
    let meters = Meters::cumulative();
    let counter = meters.meter().u64_counter("counted").build();
    for number in 0..1_000_000 {
        counter.add(1, &user(number));
    }
    let metric = meters.decoded_one();
    let Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::Sum(sum)) = metric.data else {
        panic!("{metric:?}")
    };
    let values = sum.data_points.iter().map(|point| match point.value {
        Some(opentelemetry_proto::tonic::metrics::v1::number_data_point::Value::AsInt(value)) => value,
        _ => 0,
    });
    assert_eq!((sum.data_points.len(), values.sum::<i64>()), (2_000, 1_000_000));
}
