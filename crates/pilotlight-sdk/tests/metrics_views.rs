//! What views make of instruments.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::meters::Meters;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue};
use pilotlight_sdk::config::TemporalityPreference;
use pilotlight_sdk::record::{Aggregation, InstrumentKind, View, ViewBuilder};

/// What becomes of `instruments.counted`, a counter of `{thing}` in version 1 of meter `shop`, when `view` renames what it
/// selects.
fn is_selected(view: ViewBuilder) -> bool {
    let meters = Meters::viewed([view.description("selected").build().unwrap()]);
    let scope = InstrumentationScope::builder("shop")
        .with_version("1")
        .with_schema_url("https://example.com/1")
        .build();
    let meter = meters.provider.meter_with_scope(scope);
    meter.u64_counter("instruments.counted").with_unit("{thing}").build().add(1, &[]);
    meters.collect()[0].description() == "selected"
}

#[test]
fn each_selector_selects_what_it_names_and_nothing_else() {
    let by_name = || View::of("instruments.counted");
    for (selects, refuses) in [
        (by_name(), View::of("instruments.other")),
        (View::of("INSTRUMENTS.Counted"), View::of("counted")),
        (View::of("*"), View::of("*.other")),
        (View::of("instruments.*"), View::of("other.*")),
        (View::of("*.count?d"), View::of("instruments.counted?")),
        (by_name().kind(InstrumentKind::Counter), by_name().kind(InstrumentKind::UpDownCounter)),
        (by_name().unit("{thing}"), by_name().unit("{Thing}")),
        (by_name().meter_name("shop"), by_name().meter_name("sho")),
        (by_name().meter_version("1"), by_name().meter_version("2")),
        (
            by_name().meter_schema_url("https://example.com/1"),
            by_name().meter_schema_url("https://example.com/2"),
        ),
    ] {
        let shown = format!("{selects:?}");
        assert!(is_selected(selects), "{shown}");
        let shown = format!("{refuses:?}");
        assert!(!is_selected(refuses), "{shown}");
    }
}

#[test]
fn all_that_a_view_names_must_fit() {
    let both = || View::of("instruments.*").meter_name("shop");
    assert!(is_selected(both().kind(InstrumentKind::Counter)));
    assert!(!is_selected(both().kind(InstrumentKind::Gauge)));
}

#[test]
fn a_view_renames_describes_and_leaves_attributes_out() {
    let view = View::of("requests")
        .name("http.requests")
        .description("All of them.")
        .keep_attributes(["route"])
        .build()
        .unwrap();
    let meters = Meters::viewed([view]);
    let requests = meters.meter().u64_counter("requests").with_description("Some.").build();
    for (route, user) in [("/", 1), ("/", 2), ("/cart", 3)] {
        requests.add(1, &[KeyValue::new("route", route), KeyValue::new("user", user)]);
    }
    let metrics = meters.collect();
    assert_eq!((metrics[0].name(), metrics[0].description()), ("http.requests", "All of them."));
    assert_eq!(metrics[0].number(&[("route", "/")]).unwrap().as_f64(), 2.0);
    assert_eq!(metrics[0].number(&[("route", "/cart")]).unwrap().as_f64(), 1.0);
}

#[test]
fn excluded_attributes_are_left_out_and_all_others_kept() {
    let view = View::of("requests").exclude_attributes(["user", "session"]).build().unwrap();
    let meters = Meters::viewed([view]);
    let requests = meters.meter().u64_counter("requests").build();
    let [route, user] = [KeyValue::new("route", "/"), KeyValue::new("user", 1)];
    requests.add(1, &[route.clone(), user.clone()]);
    requests.add(1, &[user.clone(), route]);
    requests.add(1, &[user]);
    assert_eq!(meters.text(), "requests counter cumulative\n  1\n  route=/: 2\n");
}

#[test]
fn a_view_that_keeps_no_attributes_leaves_one_series() {
    for meters in [Meters::viewed, |views: [View; 1]| {
        Meters::with(
            |reader| reader.temporality(TemporalityPreference::Delta),
            |builder| views.into_iter().fold(builder, |builder, view| builder.with_view(view)),
        )
    }] {
        let meters = meters([View::of("*").keep_attributes([""; 0]).build().unwrap()]);
        let counter = meters.meter().f64_counter("counted").build();
        for user in 0..100 {
            counter.add(0.5, &[KeyValue::new("user", user)]);
        }
        counter.add(0.5, &[]);
        let metrics = meters.collect();
        assert_eq!(metrics[0].view().point_count(), 1);
        assert_eq!(metrics[0].number(&[]).unwrap().as_f64(), 50.5);
    }
}

#[test]
fn observations_that_a_view_makes_one_series_are_added_up() {
    let view = View::of("*").exclude_attributes(["disk"]).build().unwrap();
    let meters = Meters::viewed([view]);
    meters
        .meter()
        .u64_observable_counter("read")
        .with_callback(|to| {
            to.observe(1, &[KeyValue::new("disk", "a")]);
            to.observe(2, &[KeyValue::new("disk", "b")]);
        })
        .build();
    for _ in 0..2 {
        assert_eq!(meters.text(), "read counter cumulative\n  3\n");
    }
}

#[test]
fn a_view_chooses_any_aggregation_that_makes_sense() {
    let aggregated = |aggregation: Aggregation| {
        let meters = Meters::viewed([View::of("*").aggregation(aggregation).build().unwrap()]);
        let meter = meters.meter();
        let histogram = meter.f64_histogram("spread").with_boundaries(vec![1.0, 2.0]).build();
        [1.0, 4.0].into_iter().for_each(|value| histogram.record(value, &[]));
        meters.text()
    };
    let cases = [
        (
            Aggregation::Default,
            "spread histogram cumulative\n  count 2 sum 5 min 1 max 4 buckets ≤1:1 >2:1\n",
        ),
        (Aggregation::Drop, ""),
        (Aggregation::Sum, "spread counter cumulative\n  5.0\n"),
        (
            Aggregation::ExplicitBucketHistogram { boundaries: None },
            "spread histogram cumulative\n  count 2 sum 5 min 1 max 4 buckets ≤1:1 >2:1\n",
        ),
        (
            Aggregation::ExplicitBucketHistogram { boundaries: Some(vec![3.0]) },
            "spread histogram cumulative\n  count 2 sum 5 min 1 max 4 buckets ≤3:1 >3:1\n",
        ),
        (
            Aggregation::Base2ExponentialHistogram { size_max: 160, scale_max: 1 },
            "spread exponential histogram cumulative\n  count 2 sum 5 min 1 max 4 scale 1 positive -1:1 3:1\n",
        ),
        (
            Aggregation::LastValue,
            // Warned about: what is added up has no last value.
            "spread histogram cumulative\n  count 2 sum 5 min 1 max 4 buckets ≤1:1 >2:1\n",
        ),
    ];
    for (aggregation, expected) in cases {
        let shown = format!("{aggregation:?}");
        assert_eq!(aggregated(aggregation), expected, "{shown}");
    }
}

#[test]
fn an_observed_value_can_become_a_histogram_or_be_dropped() {
    let histogram = Aggregation::ExplicitBucketHistogram { boundaries: Some(vec![1.0]) };
    let meters = Meters::viewed([
        View::of("spread").aggregation(histogram).build().unwrap(),
        View::of("dropped").aggregation(Aggregation::Drop).build().unwrap(),
    ]);
    for name in ["spread", "dropped"] {
        meters.meter().f64_observable_gauge(name).with_callback(|to| to.observe(0.5, &[])).build();
    }
    for count in 1..3 {
        assert_eq!(
            meters.text(),
            format!("spread histogram cumulative\n  count {count} min 0.5 max 0.5 buckets ≤1:{count}\n")
        );
    }
}

#[test]
fn the_default_aggregation_suits_the_kind_and_knows_the_default_boundaries() {
    let meters = Meters::cumulative();
    meters.meter().u64_histogram("spread").build().record(1, &[]);
    let metric = meters.decoded_one();
    let Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::Histogram(histogram)) = metric.data
    else {
        panic!("{metric:?}")
    };
    assert_eq!(
        histogram.data_points[0].explicit_bounds,
        [
            0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0,
            10000.0
        ]
    );
    assert_eq!(histogram.data_points[0].bucket_counts.len(), 16);
}

#[test]
fn several_views_of_one_instrument_make_as_many_metrics() {
    let meters = Meters::viewed([
        View::of("latency").name("latency.by_route").keep_attributes(["route"]).build().unwrap(),
        View::of("latency")
            .name("latency.by_user")
            .keep_attributes(["user"])
            .aggregation(Aggregation::Sum)
            .build()
            .unwrap(),
        View::of("other").name("unused").build().unwrap(),
    ]);
    let latency = meters.meter().f64_histogram("latency").with_boundaries(vec![]).build();
    latency.record(0.5, &[KeyValue::new("route", "/"), KeyValue::new("user", 1)]);
    assert_eq!(
        meters.text(),
        "\
latency.by_route histogram cumulative
  route=/: count 1 sum 0.5 min 0.5 max 0.5 buckets all:1
latency.by_user counter cumulative
  user=1: 0.5
"
    );
}

#[test]
fn a_view_cannot_make_an_instrument_what_it_is_not() {
    for view in [
        View::of(""),
        View::of("some.*").name("one"),
        View::of("some").name("9 lives"),
        View::of("some").cardinality_limit(1),
        View::of("some")
            .aggregation(Aggregation::ExplicitBucketHistogram { boundaries: Some(vec![2.0, 2.0]) }),
        View::of("some")
            .aggregation(Aggregation::ExplicitBucketHistogram { boundaries: Some(vec![f64::INFINITY]) }),
        View::of("some").aggregation(Aggregation::Base2ExponentialHistogram { size_max: 1, scale_max: 0 }),
        View::of("some").aggregation(Aggregation::Base2ExponentialHistogram { size_max: 9, scale_max: 21 }),
    ] {
        let shown = format!("{view:?}");
        let error = view.build().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("is no use: "), "{shown}: {error}");
    }
}

#[test]
fn a_reader_chooses_how_each_kind_is_aggregated_and_a_view_overrules_it() {
    let meters = Meters::with(
        |reader| {
            reader.aggregation_by(|kind| match kind {
                InstrumentKind::Histogram => Aggregation::base2_exponential(),
                InstrumentKind::Gauge => Aggregation::Drop,
                _ => Aggregation::Default,
            })
        },
        |builder| builder.with_view(View::of("viewed").aggregation(Aggregation::Sum).build().unwrap()),
    );
    let meter = meters.meter();
    for name in ["spread", "viewed"] {
        meter.u64_histogram(name).build().record(1, &[]);
    }
    meter.u64_gauge("level").build().record(1, &[]);
    meter.u64_counter("counted").build().add(1, &[]);
    assert_eq!(
        meters.text(),
        "\
counted counter cumulative
  1
spread exponential histogram cumulative
  count 1 sum 1 min 1 max 1 scale 20 positive -1:1
viewed counter cumulative
  1
"
    );
}
