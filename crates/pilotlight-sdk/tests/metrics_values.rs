//! Which values and which attributes become points, whatever they are.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use common::SOON;
use common::meters::Meters;
use opentelemetry::{Array, Key, KeyValue, Value};
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use pilotlight_sdk::record::{Aggregation, View};

const NO_NUMBERS: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

#[test]
fn what_is_no_number_is_left_out_of_sums_and_histograms_and_counted() {
    let meters = Meters::cumulative();
    let meter = meters.meter();
    let (counter, up_down) =
        (meter.f64_counter("counter").build(), meter.f64_up_down_counter("up_down").build());
    let histogram = meter.f64_histogram("histogram").with_boundaries(vec![]).build();
    for value in NO_NUMBERS.into_iter().chain([1.0]) {
        counter.add(value, &[]);
        up_down.add(value, &[]);
        histogram.record(value, &[]);
        histogram.bind(&[]).record(value);
    }
    meter.f64_observable_counter("observed").with_callback(|to| to.observe(f64::NAN, &[])).build();
    assert_eq!(
        meters.text(),
        "\
counter counter cumulative
  1.0
histogram histogram cumulative
  count 2 sum 2 min 1 max 1 buckets all:2
up_down up-down counter cumulative
  1.0
"
    );
    let report = meters.provider.shutdown(SOON);
    assert_eq!(report.measurements.refused, 4 * 3 + 1, "{report}");
    assert!(report.to_string().contains("13 measurements refused"), "{report}");
}

#[test]
fn a_gauge_shows_what_it_was_given_even_if_it_is_no_number() {
    for (value, shown) in NO_NUMBERS.into_iter().zip(["NaN", "inf", "-inf"]) {
        let meters = Meters::cumulative();
        meters.meter().f64_gauge("level").build().record(value, &[]);
        meters.meter().f64_observable_gauge("seen").with_callback(move |to| to.observe(value, &[])).build();
        assert_eq!(meters.text(), format!("level gauge\n  {shown}\nseen gauge\n  {shown}\n"));
        assert_eq!(meters.provider.shutdown(SOON).measurements.refused, 0);
    }
}

#[test]
fn a_counter_takes_nothing_negative() {
    let meters = Meters::cumulative();
    let counter = meters.meter().f64_counter("counted").build();
    for value in [1.0, -0.5, -0.0, 2.0] {
        counter.add(value, &[]);
    }
    assert_eq!(meters.text(), "counted counter cumulative\n  3.0\n");
    assert_eq!(meters.provider.shutdown(SOON).measurements.refused, 1);
}

#[test]
fn the_largest_numbers_survive() {
    let meters = Meters::cumulative();
    let meter = meters.meter();
    meter.i64_gauge("lowest").build().record(i64::MIN, &[]);
    meter.i64_up_down_counter("highest").build().add(i64::MAX, &[]);
    meter.f64_histogram("spread").with_boundaries(vec![0.0]).build().record(f64::MAX, &[]);
    meter.f64_gauge("smallest").build().record(f64::MIN_POSITIVE / 4.0, &[]);
    meter.u64_counter("unsigned").build().add(u64::MAX, &[]);
    assert_eq!(
        meters.text(),
        format!(
            "\
highest up-down counter cumulative
  {}
lowest gauge
  {}
smallest gauge
  {:?}
spread histogram cumulative
  count 1 sum {max} min {max} max {max} buckets >0:1
unsigned counter cumulative
  {}
",
            i64::MAX,
            i64::MIN,
            f64::MIN_POSITIVE / 4.0,
            i64::MAX,
            max = f64::MAX,
        ),
        "OTLP has signed numbers alone"
    );
}

#[test]
fn a_sum_too_large_for_a_float_is_infinite_and_a_histogram_goes_without() {
    let meters = Meters::viewed([View::of("exponential")
        .aggregation(Aggregation::base2_exponential())
        .build()
        .unwrap()]);
    let meter = meters.meter();
    let counter = meter.f64_counter("counted").build();
    let (explicit, exponential) =
        (meter.f64_histogram("explicit").build(), meter.f64_histogram("exponential").build());
    for _ in 0..2 {
        counter.add(f64::MAX, &[]);
        explicit.record(f64::MAX, &[]);
        exponential.record(f64::MAX, &[]);
    }
    let points = meters.decoded().into_iter().map(|metric| match metric.data.unwrap() {
        Data::Sum(sum) => {
            (sum.data_points[0].value == Some(number_data_point::Value::AsDouble(f64::INFINITY)), None)
        }
        Data::Histogram(histogram) => (histogram.data_points[0].count == 2, histogram.data_points[0].sum),
        Data::ExponentialHistogram(histogram) => {
            (histogram.data_points[0].count == 2, histogram.data_points[0].sum)
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(points.collect::<Vec<_>>(), [(true, None); 3]);
}

#[test]
fn of_a_repeated_key_the_last_value_counts() {
    let meters = Meters::cumulative();
    let counter = meters.meter().u64_counter("counted").build();
    let [old, new, other] = [KeyValue::new("a", 1), KeyValue::new("a", 2), KeyValue::new("b", 3)];
    for _ in 0..100 {
        counter.add(1, &[old.clone(), other.clone(), new.clone()]);
        counter.add(1, &[other.clone(), new.clone()]);
    }
    assert_eq!(meters.text(), "counted counter cumulative\n  a=2 b=3: 200\n");
}

#[test]
fn the_order_of_attributes_makes_no_difference() {
    for meters in [Meters::cumulative(), Meters::delta()] {
        let histogram = meters.meter().f64_histogram("spread").with_boundaries(vec![]).build();
        let [a, b, c] = [KeyValue::new("a", "x"), KeyValue::new("b", 2), KeyValue::new("c", true)];
        for order in [[&a, &b, &c], [&a, &c, &b], [&b, &a, &c], [&b, &c, &a], [&c, &a, &b], [&c, &b, &a]] {
            histogram.record(1.0, &order.map(Clone::clone));
        }
        assert!(meters.text().ends_with("\n  a=x b=2 c=true: count 6 sum 6 min 1 max 1 buckets all:6\n"));
    }
}

#[test]
fn attributes_of_different_types_are_different_and_all_types_arrive() {
    let meters = Meters::cumulative();
    let counter = meters.meter().u64_counter("counted").build();
    let values = [
        Value::from("1"),
        Value::from(1),
        Value::from(1.0),
        Value::from(true),
        Value::Array(Array::I64(vec![1])),
        Value::Array(Array::F64(vec![f64::NAN])),
        Value::Array(Array::String(vec!["1".into()])),
    ];
    for value in values.iter().chain(&values) {
        counter.add(1, &[KeyValue::new("key", value.clone())]);
    }
    let metric = meters.decoded_one();
    let Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::Sum(sum)) = metric.data else {
        panic!("{metric:?}")
    };
    let mut seen: Vec<_> =
        sum.data_points.iter().map(|point| common::attributes(&point.attributes)[0].1.clone()).collect();
    seen.sort();
    assert_eq!(seen, ["1", "1", "1.0", "[1]", "[1]", "[NaN]", "true"]);
    assert!(sum.data_points.iter().all(|point| {
        point.value == Some(opentelemetry_proto::tonic::metrics::v1::number_data_point::Value::AsInt(2))
    }));
}

#[test]
fn an_attribute_without_a_name_is_none() {
    let meters = Meters::cumulative();
    let counter = meters.meter().u64_counter("counted").build();
    counter.add(1, &[KeyValue::new(Key::from_static_str(""), 1)]);
    counter.add(1, &[]);
    assert_eq!(meters.text(), "counted counter cumulative\n  2\n");
}

#[test]
fn boundaries_that_an_instrument_advises_are_used() {
    let meters = Meters::cumulative();
    let histogram = meters.meter().f64_histogram("spread").with_boundaries(vec![-1.0, 0.0, 0.5]).build();
    for value in [-2.0, -1.0, 0.0, 0.5, 0.6] {
        histogram.record(value, &[]);
    }
    assert_eq!(
        meters.text(),
        "spread histogram cumulative\n  count 5 min -2 max 0.6 buckets ≤-1:2 ≤0:1 ≤0.5:1 >0.5:1\n"
    );
}
