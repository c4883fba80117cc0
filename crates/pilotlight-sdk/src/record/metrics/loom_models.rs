//! What is measured is collected exactly once, under every interleaving of measuring threads and collections.
//!
//! The models run all of it: streams, tables, the threads' own lists (each of loom's threads has one, dropped when it ends) and
//! collections. Each is as small as what it has to show, since loom tries every order, and every value a relaxed load may see.

use std::sync::Arc;

use loom::model::Builder;
use loom::thread;
use opentelemetry::KeyValue;

use crate::record::Temporality;

use super::cell::Aggregator;
use super::number::NumberType;
use super::stream::Stream;
use super::test_stream::stream;
use super::totals::Totals;

/// How often a thread is interrupted where it does not wait: faults of two threads need one or two; all orders take hours.
const PREEMPTIONS: usize = 3;

fn model(f: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.max_branches = 10_000;
    builder.check(f);
}

const LIMIT: usize = 3;

const UNSIGNED: Aggregator = Aggregator::Sum(NumberType::Unsigned);

/// Its cells are retired by each collection.
const FLOAT: Aggregator = Aggregator::Sum(NumberType::Float);

fn histogram() -> Aggregator {
    Aggregator::Histogram { boundaries: [].into() }
}

/// How often something was measured, and the sum, as one collection tells.
fn collect(stream: &Stream) -> (u64, f64) {
    let mut told = (0, 0.0);
    stream.collect(0, 0, &mut |point| {
        let (count, sum) = match point.totals {
            Totals::Sum(sum) if sum.number == NumberType::Float => (sum.updates, f64::from_bits(sum.sum)),
            Totals::Sum(sum) => (sum.updates, sum.sum as f64),
            Totals::Histogram(histogram) => (histogram.count(), histogram.sum),
            Totals::LastValue(last) => (last.updates, last.value as f64),
            Totals::Exponential(histogram) => (histogram.count, histogram.sum),
        };
        told = (told.0 + count, told.1 + sum);
    });
    told
}

/// Measures `value` as the stream's numbers are.
fn measure(stream: &Arc<Stream>, value: u32) {
    match stream.settings.aggregator {
        Aggregator::Sum(NumberType::Unsigned) => stream.record(u64::from(value), &attributes()),
        _ => stream.record(f64::from(value), &attributes()),
    }
}

fn attributes() -> [KeyValue; 1] {
    [KeyValue::new("route", "/")]
}

fn spawn(stream: &Arc<Stream>, values: &'static [u32]) -> thread::JoinHandle<()> {
    let stream = Arc::clone(stream);
    thread::spawn(move || values.iter().for_each(|value| measure(&stream, *value)))
}

/// A collection runs while a thread adds, ends, and is followed by another.
fn no_total_is_ever_wrong_while_a_cell_changes_hands(aggregator: Aggregator) {
    model(move || {
        let stream = stream(aggregator.clone(), LIMIT, Temporality::Cumulative);
        let first = spawn(&stream, &[1]);
        let (_, early) = collect(&stream);
        assert!([0.0, 1.0].contains(&early), "{early}");
        first.join().unwrap();
        let second = spawn(&stream, &[2]);
        let (_, late) = collect(&stream);
        assert!([1.0, 3.0].contains(&late) && late >= early, "{early}, then {late}");
        second.join().unwrap();
        assert_eq!(collect(&stream), (2, 3.0));
    });
}

#[test]
fn loom_a_total_is_whole_while_cells_change_hands() {
    no_total_is_ever_wrong_while_a_cell_changes_hands(UNSIGNED);
}

#[test]
fn loom_a_histograms_total_is_whole_while_cells_change_hands() {
    no_total_is_ever_wrong_while_a_cell_changes_hands(histogram());
}

/// One thread ends while another one starts: it finds the cell that was left, or makes its own.
#[test]
fn loom_two_threads_never_write_one_cell_at_a_time() {
    model(|| {
        let stream = stream(UNSIGNED, LIMIT, Temporality::Cumulative);
        let threads = [spawn(&stream, &[1]), spawn(&stream, &[2])];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(collect(&stream), (2, 3.0));
    });
}

/// Whatever collections tell while a thread measures adds up to what it measured: also where they retire the cell it writes.
fn changes_add_up(aggregator: Aggregator) {
    model(move || {
        let stream = stream(aggregator.clone(), LIMIT, Temporality::Delta);
        let thread = spawn(&stream, &[1, 2]);
        let told = [collect(&stream), collect(&stream)];
        thread.join().unwrap();
        let told = told.into_iter().chain([collect(&stream), collect(&stream)]);
        let (count, sum) = told.fold((0, 0.0), |all, (count, sum)| (all.0 + count, all.1 + sum));
        assert_eq!((count, sum), (2, 3.0));
    });
}

#[test]
fn loom_changes_of_a_sum_add_up() {
    changes_add_up(UNSIGNED);
}

#[test]
fn loom_changes_of_a_sum_of_retired_cells_add_up() {
    changes_add_up(FLOAT);
}

#[test]
fn loom_changes_of_a_histogram_add_up() {
    changes_add_up(histogram());
}

/// A series is given up as idle, and forgotten, while a thread is about to measure it again, which it then does, and ends.
fn nothing_is_lost_with_an_idle_series(aggregator: Aggregator) {
    model(move || {
        let stream = stream(aggregator.clone(), LIMIT, Temporality::Delta);
        measure_and_end(&stream);
        assert_eq!(collect(&stream), (1, 4.0));
        let thread = spawn(&stream, &[1, 2]);
        // The first finds nothing new, perhaps; it or the second forgets the series.
        let told = [collect(&stream), collect(&stream)];
        thread.join().unwrap();
        let told = told.into_iter().chain([collect(&stream), collect(&stream)]);
        let (count, sum) = told.fold((0, 0.0), |all, (count, sum)| (all.0 + count, all.1 + sum));
        assert_eq!((count, sum), (2, 3.0));
    });
}

/// A thread that came and went.
fn measure_and_end(stream: &Arc<Stream>) {
    spawn(stream, &[4]).join().unwrap();
}

#[test]
fn loom_no_measurement_is_lost_with_an_idle_series() {
    nothing_is_lost_with_an_idle_series(UNSIGNED);
}

#[test]
fn loom_no_measurement_is_lost_with_an_idle_series_of_retired_cells() {
    nothing_is_lost_with_an_idle_series(FLOAT);
}
