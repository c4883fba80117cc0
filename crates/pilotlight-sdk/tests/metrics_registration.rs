//! Instruments that are registered twice, contradict each other, or are not as they should be: said once, and they work.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::heard::Heard;
use common::meters::Meters;
use opentelemetry::KeyValue;
use pilotlight_sdk::record::{Aggregation, Temporality, View};

/// What was said about the instrument with this name, which no other test uses.
fn said(name: &str) -> Vec<String> {
    Heard::everything().about(&format!("\"{name}\""))
}

/// What was said about a counter's name itself.
fn said_of_name(name: &str) -> Vec<String> {
    Heard::everything().about(&format!("the name of counter {name:?} "))
}

fn listening() -> Meters {
    Heard::everything();
    Meters::cumulative()
}

#[test]
fn the_same_instrument_twice_is_one_stream_without_a_word() {
    let meters = listening();
    for _ in 0..2 {
        let meter = meters.meter();
        let counter = meter.u64_counter("twice").with_unit("{thing}").with_description("Same.").build();
        counter.add(1, &[]);
    }
    assert_eq!(meters.text(), "twice ({thing}) counter cumulative\n  2\n");
    assert!(said("twice").is_empty(), "{:?}", said("twice"));
}

#[test]
fn two_kinds_under_one_name_are_both_exported_and_warned_about_once() {
    let meters = listening();
    for _ in 0..3 {
        meters.meter().u64_counter("two_kinds").build().add(1, &[]);
        meters.meter().i64_up_down_counter("two_kinds").build().add(-1, &[]);
    }
    assert_eq!(
        meters.text(),
        "two_kinds counter cumulative\n  3\ntwo_kinds up-down counter cumulative\n  -3\n"
    );
    let said = said("two_kinds");
    assert_eq!(said.len(), 1, "{said:?}");
    let way_out = r#"View::of("two_kinds").kind(InstrumentKind::UpDownCounter).name("#;
    assert!(said[0].starts_with("WARN: ") && said[0].contains(way_out), "{said:?}");
}

#[test]
fn two_units_or_numbers_under_one_name_are_both_exported_and_warned_about() {
    let meters = listening();
    meters.meter().u64_counter("two_units").with_unit("s").build().add(1, &[]);
    meters.meter().u64_counter("two_units").with_unit("ms").build().add(2, &[]);
    meters.meter().f64_counter("two_units").with_unit("ms").build().add(3.0, &[]);
    let lines = "two_units (s) counter cumulative\n  1\ntwo_units (ms) counter cumulative\n  2\n";
    assert_eq!(meters.text(), format!("{lines}two_units (ms) counter cumulative\n  3.0\n"));
    let said = said("two_units");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains(r#".unit("ms").name("#), "{said:?}");
}

#[test]
fn of_two_descriptions_the_longer_one_is_used() {
    let meters = listening();
    for description in ["Short.", "The longest of them.", "Shorter.", ""] {
        let counter = meters.meter().u64_counter("described").with_description(description).build();
        counter.add(1, &[]);
    }
    let metrics = meters.collect();
    assert_eq!((metrics.len(), metrics[0].description()), (1, "The longest of them."));
    assert_eq!(metrics[0].number(&[]).unwrap().as_f64(), 4.0);
    assert_eq!(said("described").len(), 1, "{:?}", said("described"));
}

#[test]
fn of_two_observable_descriptions_the_longer_one_is_used() {
    let meters = listening();
    for description in ["Short.", "The longest of them."] {
        meters
            .meter()
            .u64_observable_gauge("observed_described")
            .with_description(description)
            .with_callback(|to| to.observe(1, &[]))
            .build();
    }
    let metrics = meters.collect();
    assert_eq!((metrics.len(), metrics[0].description()), (1, "The longest of them."));
}

#[test]
fn a_description_of_a_view_settles_the_matter() {
    Heard::everything();
    let meters = Meters::viewed([View::of("settled").description("As the view says.").build().unwrap()]);
    for description in ["One.", "The other, which is longer."] {
        meters.meter().u64_counter("settled").with_description(description).build().add(1, &[]);
    }
    assert_eq!(meters.collect()[0].description(), "As the view says.");
    assert!(said("settled").is_empty(), "{:?}", said("settled"));
}

#[test]
fn names_that_differ_in_case_are_one_and_the_first_is_used() {
    let meters = listening();
    for name in ["Cased.Name", "cased.name", "CASED.NAME"] {
        meters.meter().u64_counter(name).build().add(1, &[]);
    }
    assert_eq!(meters.text(), "Cased.Name counter cumulative\n  3\n");
    assert!(said("Cased.Name").is_empty(), "{:?}", said("Cased.Name"));
}

#[test]
fn of_a_conflict_in_another_case_both_have_the_first_name() {
    let meters = listening();
    meters.meter().u64_counter("Mixed").build().add(1, &[]);
    meters.meter().i64_gauge("mixed").build().record(2, &[]);
    assert_eq!(meters.text(), "Mixed counter cumulative\n  1\nMixed gauge\n  2\n");
    assert_eq!(said("Mixed").len(), 1);
}

#[test]
fn of_two_advices_the_first_is_followed() {
    let meters = listening();
    for boundaries in [vec![1.0], vec![5.0]] {
        let histogram = meters.meter().f64_histogram("advised").with_boundaries(boundaries).build();
        histogram.record(3.0, &[]);
    }
    meters.meter().f64_histogram("advised").build().record(3.0, &[]);
    assert_eq!(meters.text(), "advised histogram cumulative\n  count 3 sum 9 min 3 max 3 buckets >1:3\n");
    assert_eq!(said("advised").len(), 1, "{:?}", said("advised"));
}

#[test]
fn boundaries_that_make_no_sense_are_replaced_by_the_default() {
    for (name, boundaries) in [
        ("falling", vec![2.0, 1.0]),
        ("repeated", vec![1.0, 1.0]),
        ("endless", vec![1.0, f64::INFINITY]),
        ("no_number", vec![f64::NAN]),
    ] {
        let meters = listening();
        meters.meter().f64_histogram(name).with_boundaries(boundaries).build().record(1.0, &[]);
        let expected = format!("{name} histogram cumulative\n  count 1 sum 1 min 1 max 1 buckets ≤5:1\n");
        assert_eq!(meters.text(), expected);
        assert_eq!(said(name).len(), 1, "{:?}", said(name));
    }
}

#[test]
fn an_instrument_with_an_invalid_name_is_warned_about_and_works() {
    let too_long = "x".repeat(256);
    for name in ["", "9lives", "_hidden", "with space", "naïve", &too_long] {
        let meters = listening();
        for _ in 0..2 {
            meters.meter().u64_counter(name.to_owned()).build().add(1, &[]);
        }
        let metrics = meters.collect();
        assert_eq!((metrics.len(), metrics[0].name()), (1, name));
        assert_eq!(metrics[0].number(&[]).unwrap().as_f64(), 2.0);
        assert_eq!(said_of_name(name).len(), 1, "{:?}", said_of_name(name));
    }
    for name in ["a", "Z9_.-/", &"x".repeat(255)] {
        let meters = listening();
        meters.meter().u64_counter(name.to_owned()).build().add(1, &[]);
        assert_eq!(meters.collect()[0].name(), name);
        assert!(said_of_name(name).is_empty(), "{:?}", said_of_name(name));
    }
}

#[test]
fn an_instrument_with_an_invalid_unit_is_warned_about_and_works() {
    let too_long = "x".repeat(64);
    for (name, unit, warnings) in [
        ("micro", "µs", 1),
        ("long_unit", &*too_long, 1),
        ("cased_unit", "kBy", 0),
        ("any_unit", "{thing}/s", 0),
    ] {
        let meters = listening();
        meters.meter().u64_counter(name).with_unit(unit.to_owned()).build().add(1, &[]);
        let metrics = meters.collect();
        assert_eq!((metrics.len(), metrics[0].unit()), (1, unit));
        assert_eq!(said(name).len(), warnings, "{:?}", said(name));
    }
}

#[test]
fn a_description_may_be_long_and_in_any_script() {
    let meters = listening();
    let description = format!("Ünïcödé 説明 {}", "and more ".repeat(150));
    meters.meter().u64_counter("explained").with_description(description.clone()).build().add(1, &[]);
    assert_eq!(meters.collect()[0].description(), description);
    assert!(said("explained").is_empty());
}

#[test]
fn a_view_that_makes_a_second_metric_of_one_name_is_warned_about_and_both_are_exported() {
    Heard::everything();
    let meters = Meters::viewed([View::of("renamed").name("taken").build().unwrap()]);
    meters.meter().u64_counter("taken").build().add(1, &[]);
    meters.meter().u64_counter("renamed").build().add(2, &[]);
    assert_eq!(meters.text(), "taken counter cumulative\n  1\ntaken counter cumulative\n  2\n");
    assert_eq!(said("renamed").len(), 1, "{:?}", said("renamed"));
}

#[test]
fn a_view_whose_aggregation_does_not_suit_is_warned_about() {
    Heard::everything();
    let view = View::of("unsuited").aggregation(Aggregation::Sum).build().unwrap();
    let meters = Meters::viewed([view]);
    meters.meter().i64_gauge("unsuited").build().record(1, &[]);
    assert_eq!(meters.text(), "unsuited gauge\n  1\n");
    assert_eq!(said("unsuited").len(), 1, "{:?}", said("unsuited"));
}

#[test]
fn what_a_counter_cannot_take_is_said_once() {
    let meters = listening();
    let counter = meters.meter().f64_counter("refusing").build();
    (0..5).for_each(|_| counter.add(-1.0, &[]));
    assert_eq!(said("refusing").len(), 1, "{:?}", said("refusing"));
}

#[test]
fn a_sum_too_large_for_a_float_is_said_once() {
    let meters = listening();
    let counter = meters.meter().f64_counter("infinite").build();
    (0..2).for_each(|_| counter.add(f64::MAX, &[]));
    (0..2).for_each(|_| drop(meters.batches()));
    assert_eq!(said("infinite").len(), 1, "{:?}", said("infinite"));
}

#[test]
fn what_a_reader_wants_that_makes_no_sense_is_warned_about_and_asked_for_once() {
    Heard::everything();
    let nonsense = |_| Aggregation::ExplicitBucketHistogram { boundaries: Some(vec![77.0, 7.0]) };
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let temporality = move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Temporality::Cumulative
    };
    let meters =
        Meters::with(|reader| reader.aggregation_by(nonsense).temporality_by(temporality), |builder| builder);
    for _ in 0..3 {
        meters.meter().u64_counter("sensible").build().add(1, &[]);
    }
    meters.meter().u64_counter("sensible_too").build();
    assert_eq!(meters.text(), "sensible counter cumulative\n  3\n");
    assert_eq!(asked.load(Ordering::SeqCst), 7, "for each kind");
    assert_eq!(Heard::everything().about("77.0").len(), 7);
}

#[test]
fn an_overflow_is_said_once_a_metric() {
    Heard::everything();
    let meters = Meters::with(|reader| reader.cardinality_limit(2), |builder| builder);
    for name in ["first_overflow", "second_overflow"] {
        let counter = meters.meter().u64_counter(name).build();
        (0..5).for_each(|number| counter.add(1, &[KeyValue::new("number", number)]));
        assert_eq!(said(name).len(), 1, "{:?}", said(name));
    }
}

#[test]
fn observations_that_overflow_are_said_once_a_metric() {
    Heard::everything();
    let meters = Meters::with(|reader| reader.cardinality_limit(2), |builder| builder);
    meters
        .meter()
        .u64_observable_gauge("observed_overflow")
        .with_callback(|to| (0..5).for_each(|number| to.observe(1, &[KeyValue::new("number", number)])))
        .build();
    meters.batches();
    meters.batches();
    assert_eq!(said("observed_overflow").len(), 1, "{:?}", said("observed_overflow"));
}

#[test]
fn a_callback_that_panics_is_named_once() {
    let meters = listening();
    meters
        .meter()
        .u64_observable_gauge("panicking")
        .with_callback(|_| panic!("as the test wants it"))
        .build();
    meters.batches();
    meters.batches();
    assert_eq!(said("panicking").len(), 1, "{:?}", said("panicking"));
}
