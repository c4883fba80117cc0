//! Cells are taken over, series are forgotten: what threads leave behind does not pile up.

use std::sync::Arc;
use std::thread;

use opentelemetry::KeyValue;

use crate::record::Temporality;
use crate::sync::lock;

use super::cell::Aggregator;
use super::number::NumberType;
use super::series::{Place, Series};
use super::stream::Stream;
use super::test_stream::stream;

fn user(number: usize) -> [KeyValue; 1] {
    [KeyValue::new("user", number as i64)]
}

fn on_a_thread(work: impl FnOnce() + Send) {
    thread::scope(|scope| {
        let thread = scope.spawn(work);
        // Joined by hand: a scope does not wait for the thread's locals, which hold the cells.
        assert!(thread.join().is_ok());
    });
}

fn series_of(stream: &Stream, attributes: &[KeyValue]) -> crate::sync::Arc<Series> {
    match lock(&stream.table).place(&attributes.into(), 0) {
        Place::Own(series) | Place::Overflow(series) => series,
    }
}

/// Updates told by one collection.
fn collect(stream: &Stream) -> u64 {
    let mut updates = 0;
    stream.collect(0, 0, &mut |point| {
        updates += match point.totals {
            super::Totals::Sum(sum) => sum.updates,
            super::Totals::Histogram(histogram) => histogram.count(),
            _ => 0,
        }
    });
    updates
}

#[test]
fn threads_that_follow_each_other_use_one_cell_a_series() {
    const THREADS: usize = 2_000;
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let stream = stream(Aggregator::Sum(NumberType::Unsigned), 2_000, temporality);
        for _ in 0..THREADS {
            on_a_thread(|| (0..100).for_each(|number| stream.record(1_u64, &user(number))));
        }
        assert_eq!(collect(&stream), 100 * THREADS as u64);
        for number in 0..100 {
            assert_eq!(lock(&series_of(&stream, &user(number)).cells).len(), 1);
        }
    }
}

#[test]
fn a_thread_whose_cells_are_retired_each_time_uses_two_a_series() {
    let stream = stream(Aggregator::Histogram { boundaries: [].into() }, 100, Temporality::Delta);
    for _ in 0..1_000 {
        (0..10).for_each(|number| stream.record(1.0, &user(number)));
        assert_eq!(collect(&stream), 10);
    }
    for number in 0..10 {
        assert!(lock(&series_of(&stream, &user(number)).cells).len() <= 2);
    }
}

#[test]
fn lists_that_repeat_a_key_use_two_cells_a_series() {
    let stream = stream(Aggregator::Sum(NumberType::Unsigned), 100, Temporality::Cumulative);
    for _ in 0..1_000 {
        stream.record(1_u64, &[KeyValue::new("user", 8), KeyValue::new("user", 7)]);
    }
    assert!(lock(&series_of(&stream, &user(7)).cells).len() <= 2);
}

/// As many series as the limit allows come in with each interval, and none of them comes again.
fn churn(stream: &Arc<Stream>, intervals: usize, each: usize, measure: impl Fn(usize) + Sync) {
    for interval in 0..intervals {
        (0..each).for_each(|number| measure(interval * each + number));
        assert_eq!(collect(stream), each as u64);
        let held = lock(&stream.table).len();
        assert!(held <= 3 * each, "{held} series after {interval} intervals");
    }
    // Two intervals without a measurement later, and one measurement to have the thread let go, all are forgotten.
    assert_eq!((collect(stream), collect(stream)), (0, 0));
    measure(0);
    assert_eq!((collect(stream), collect(stream), collect(stream)), (1, 0, 0));
    assert!(lock(&stream.table).len() <= 1);
}

#[test]
fn series_that_come_and_go_are_forgotten_by_a_reader_of_changes() {
    for aggregator in
        [Aggregator::Sum(NumberType::Unsigned), Aggregator::Histogram { boundaries: [1.0].into() }]
    {
        let stream = stream(aggregator.clone(), 101, Temporality::Delta);
        let measure = |number| match aggregator {
            Aggregator::Sum(_) => stream.record(1_u64, &user(number)),
            _ => stream.record(1.0, &user(number)),
        };
        // Half of the limit: a series counts until it was idle for an interval.
        churn(&stream, 500, 50, measure);
    }
}

#[test]
fn series_that_come_and_go_with_their_threads_are_forgotten_too() {
    let stream = stream(Aggregator::Sum(NumberType::Unsigned), 101, Temporality::Delta);
    churn(&stream, 50, 50, |number| on_a_thread(|| stream.record(1_u64, &user(number))));
}
