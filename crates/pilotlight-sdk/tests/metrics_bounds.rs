//! What measures without bounds is bounded, and what may go wrong goes wrong alone.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier, OnceLock};
use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use common::SOON;
use common::told::{Told, add_to, collect};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Meter, MeterProvider as _};
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::config::ExemplarFilter;
use pilotlight_sdk::record::{
    ExemplarReservoir, MeterProvider, MeterProviderBuilder, Offer, Temporality, View,
};

const OVERFLOW: &str = "otel.metric.overflow=true";

struct Scene {
    reader: ManualReader,
    provider: MeterProvider,
}

impl Scene {
    fn new(temporality: Temporality) -> Self {
        Self::configured(temporality, |builder| builder)
    }

    fn configured(
        temporality: Temporality,
        configure: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder,
    ) -> Self {
        let reader = ManualReader::new();
        let builder = MeterProvider::builder()
            .with_reader(Reader::manual(&reader).temporality_by(move |_| temporality));
        Self { reader, provider: configure(builder).build().unwrap() }
    }

    fn meter(&self) -> Meter {
        self.provider.meter("bounds")
    }

    fn counter(&self) -> Counter<u64> {
        self.meter().u64_counter("measured").build()
    }

    /// The sum of each series.
    fn told(&self) -> std::collections::BTreeMap<String, f64> {
        let told = collect(&self.reader).remove("measured").unwrap_or_default();
        told.into_iter().map(|(attributes, Told { sum, .. })| (attributes, sum)).collect()
    }
}

fn user(number: u64) -> [KeyValue; 1] {
    [KeyValue::new("user", number as i64)]
}

#[test]
fn a_million_attribute_sets_take_the_memory_of_two_thousand_and_lose_nothing() {
    const SETS: u64 = 1_000_000;
    let scene = Scene::new(Temporality::Cumulative);
    let counter = scene.counter();
    let add = |numbers: std::ops::Range<u64>| numbers.for_each(|number| counter.add(1, &user(number)));
    let first = measure(|| add(0..10_000));
    let rest = measure(|| add(10_000..SETS));
    assert!(first.bytes_current < 2_000 * 1_000, "{first:?}");
    assert_eq!(rest.bytes_current, 0, "{rest:?}");

    let told = scene.told();
    assert_eq!((told.len(), told[OVERFLOW]), (2_000, (SETS - 1_999) as f64));
    let report = scene.provider.shutdown(SOON);
    assert_eq!(report.measurements.overflowed, SETS - 1_999);
}

/// Heap's algorithm: each order differs from the last by one exchange.
fn for_each_order<T>(list: &mut [T], limit: usize, mut f: impl FnMut(&[T])) {
    let mut exchanged = vec![0; list.len()];
    let mut place = 0;
    f(list);
    for _ in 1..limit {
        while exchanged[place] >= place {
            exchanged[place] = 0;
            place += 1;
        }
        list.swap(if place % 2 == 0 { 0 } else { exchanged[place] }, place);
        exchanged[place] += 1;
        place = 0;
        f(list);
    }
}

#[test]
fn a_million_orders_of_one_attribute_set_are_one_series_and_allocate_nothing() {
    const ORDERS: usize = 1_000_000;
    let scene = Scene::new(Temporality::Cumulative);
    let counter = scene.counter();
    let keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let mut attributes = keys.map(|key| KeyValue::new(key, key));
    counter.add(1, &attributes);
    let allocated = measure(|| for_each_order(&mut attributes, ORDERS, |order| counter.add(1, order)));
    assert!(allocated.count_total <= 1, "the test's own list: {allocated:?}");
    assert_eq!(scene.told().into_values().collect::<Vec<_>>(), [(ORDERS + 1) as f64]);
}

#[test]
fn lists_that_repeat_keys_belong_to_their_sets_and_do_not_pile_up() {
    let scene = Scene::new(Temporality::Cumulative);
    let counter = scene.counter();
    let repeated = || {
        counter.add(1, &[KeyValue::new("a", 1), KeyValue::new("a", 2)]);
        counter.add(1, &[KeyValue::new("a", 2), KeyValue::new("a", 2), KeyValue::new("", 3)]);
        counter.add(1, &[KeyValue::new("a", 2)]);
    };
    repeated();
    repeated();
    let again = measure(|| (0..10_000).for_each(|_| repeated()));
    assert_eq!(again.bytes_current, 0, "{again:?}");
    assert_eq!(scene.told(), [("a=2".to_owned(), 30_006.0)].into());
}

#[test]
fn a_view_that_leaves_no_attributes_leaves_no_cost_either() {
    let none: [&str; 0] = [];
    let view = View::of("measured").keep_attributes(none).build().unwrap();
    let scene = Scene::configured(Temporality::Cumulative, |builder| builder.with_view(view));
    let counter = scene.counter();
    counter.add(1, &user(0));
    let allocated = measure(|| (1..1_000).for_each(|number| counter.add(1, &user(number))));
    counter.add(1, &[]);
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
    assert_eq!(scene.told(), [(String::new(), 1_001.0)].into());
}

thread_local! {
    static EARLY: RefCell<Option<MeasuresAtTheEnd>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<MeasuresAtTheEnd>> = const { RefCell::new(None) };
}

/// Measures while its thread's locals are being destroyed.
struct MeasuresAtTheEnd(Counter<u64>);

impl Drop for MeasuresAtTheEnd {
    fn drop(&mut self) {
        self.0.add(1, &user(0));
        self.0.add(1, &user(1));
    }
}

/// Locals are destroyed in an order nobody promises: one before and one after the thread's own cells.
fn measure_until_the_thread_ends(counter: &Counter<u64>) {
    EARLY.with_borrow_mut(|kept| *kept = Some(MeasuresAtTheEnd(counter.clone())));
    counter.add(1, &user(0));
    LATE.with_borrow_mut(|kept| *kept = Some(MeasuresAtTheEnd(counter.clone())));
}

#[test]
fn what_is_measured_while_threads_end_is_told_whoever_collects_meanwhile() {
    const THREADS: usize = 300;
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let scene = Scene::new(temporality);
        let counter = scene.counter();
        let mut told = std::collections::BTreeMap::new();
        let mut collect_once = || match temporality {
            Temporality::Delta => add_to(&mut told, collect(&scene.reader)),
            Temporality::Cumulative => told = collect(&scene.reader),
        };
        for _ in 0..THREADS {
            let counter = counter.clone();
            let thread = thread::spawn(move || measure_until_the_thread_ends(&counter));
            // While it runs or ends.
            collect_once();
            thread.join().unwrap();
        }
        collect_once();
        let sums: Vec<f64> = told["measured"].values().map(|told| told.sum).collect();
        assert_eq!(sums, [3.0 * THREADS as f64, 2.0 * THREADS as f64]);
    }
}

#[test]
fn threads_go_on_measuring_when_the_provider_is_gone() {
    let scene = Scene::new(Temporality::Delta);
    let (counter, histogram) = (scene.counter(), scene.meter().f64_histogram("spread").build());
    let begun = Arc::new(Barrier::new(5));
    let (gone, is_gone) = mpsc::channel::<()>();
    let is_gone = Arc::new(std::sync::Mutex::new(is_gone));
    let threads = [(); 4].map(|()| {
        let (counter, histogram, begun) = (counter.clone(), histogram.clone(), Arc::clone(&begun));
        let is_gone = Arc::clone(&is_gone);
        thread::spawn(move || {
            let measure_some = || {
                (0..1_000).for_each(|number| {
                    counter.add(1, &user(number % 50));
                    histogram.record(1.0, &user(number % 50));
                })
            };
            measure_some();
            begun.wait();
            while is_gone.lock().unwrap().try_recv() == Err(mpsc::TryRecvError::Empty) {
                measure_some();
            }
            measure_some();
        })
    });
    begun.wait();
    assert_eq!(scene.told().len(), 50);
    drop(scene);
    drop(gone);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Measures itself whatever it is asked.
struct Meddling;

static MEDDLED: OnceLock<Counter<u64>> = OnceLock::new();

fn meddle() {
    MEDDLED.get().unwrap().add(1, &user(0));
}

impl ExemplarReservoir for Meddling {
    fn offer(&mut self, _: &Offer<'_>) -> Option<usize> {
        meddle();
        Some(0)
    }

    fn size(&self) -> usize {
        meddle();
        1
    }

    fn collected(&mut self) {
        meddle();
    }
}

#[test]
fn a_reservoir_that_measures_into_its_own_series_neither_locks_up_nor_recurses() {
    let make = || -> Box<dyn ExemplarReservoir> {
        meddle();
        Box::new(Meddling)
    };
    let view = View::of("measured").exemplar_reservoir(make).build().unwrap();
    let scene = Scene::configured(Temporality::Delta, |builder| {
        builder.with_view(view).with_exemplar_filter(ExemplarFilter::AlwaysOn)
    });
    MEDDLED.set(scene.counter()).unwrap();
    scene.counter().add(1, &user(0));
    scene.told();
    scene.counter().add(1, &user(0));
    assert!(scene.told().len() == 1);
}

/// Fails in every way, one after the other.
struct Broken(usize);

impl ExemplarReservoir for Broken {
    fn offer(&mut self, _: &Offer<'_>) -> Option<usize> {
        self.0 += 1;
        assert!(!self.0.is_multiple_of(4), "no offers");
        Some(self.0 * 400)
    }

    fn size(&self) -> usize {
        if self.0 % 4 == 3 { usize::MAX } else { self.0 * 500 }
    }

    fn collected(&mut self) {
        panic!("not collected")
    }
}

#[test]
fn a_reservoir_that_panics_costs_no_measurement() {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let make = || -> Box<dyn ExemplarReservoir> {
        assert!(MADE.fetch_add(1, Ordering::Relaxed) > 0, "the first cannot be made");
        Box::new(Broken(0))
    };
    let view = View::of("measured").exemplar_reservoir(make).build().unwrap();
    let scene = Scene::configured(Temporality::Cumulative, |builder| {
        builder.with_view(view).with_exemplar_filter(ExemplarFilter::AlwaysOn)
    });
    let counter = scene.counter();
    for _ in 0..3 {
        thread::scope(|scope| {
            scope.spawn(|| (0..10).for_each(|_| counter.add(1, &user(0))));
            scope.spawn(|| (0..10).for_each(|_| counter.add(1, &user(1))));
        });
        scene.told();
    }
    assert_eq!(scene.told().into_values().collect::<Vec<_>>(), [30.0, 30.0]);
}

#[test]
fn a_callback_may_record_into_other_instruments() {
    let scene = Scene::new(Temporality::Delta);
    let counter = scene.counter();
    let meter = scene.meter();
    let observed = meter.u64_observable_gauge("observed").with_callback(move |observer| {
        counter.add(2, &[]);
        observer.observe(1, &[]);
    });
    let _observed = observed.build();
    assert_eq!(scene.told(), [(String::new(), 2.0)].into());
    assert_eq!(scene.told(), [(String::new(), 2.0)].into());
}

#[test]
fn a_callback_that_collects_or_flushes_holds_nothing_up_for_ever() {
    let scene = Arc::new(Scene::new(Temporality::Cumulative));
    let ends = Arc::new(AtomicU64::new(0));
    let (collecting, counted) = (Arc::downgrade(&scene), Arc::clone(&ends));
    let meter = scene.meter();
    let own = meter.u64_observable_gauge("collects").with_callback(move |_| {
        if let Some(scene) = collecting.upgrade() {
            assert!(scene.reader.collect(Duration::from_millis(20)).unwrap_err().is_timeout());
            let _ = scene.provider.force_flush(Duration::from_millis(20));
            counted.fetch_add(1, Ordering::Release);
        }
    });
    let _own = own.build();
    let counter = scene.counter();
    counter.add(1, &[]);
    assert_eq!(scene.told(), [(String::new(), 1.0)].into());
    assert_eq!(ends.load(Ordering::Acquire), 1);
    let report = scene.provider.shutdown(SOON);
    assert_eq!((report.measurements.callbacks_panicked, report.exporters[0].in_time), (0, true), "{report}");
}

#[test]
fn instruments_beyond_sixteen_thousand_record_nothing_and_break_nothing() {
    const MAX: usize = 16_384;
    let scene = Scene::new(Temporality::Cumulative);
    let meter = scene.meter();
    let make = |number: usize| meter.u64_counter(format!("instrument_{number}")).build();
    for number in 0..MAX {
        make(number).add(1, &[]);
    }
    let beyond = measure(|| (MAX..MAX + 1_000).for_each(|number| make(number).add(1, &[])));
    assert_eq!(beyond.bytes_current, 0, "{beyond:?}");
    make(7).add(1, &[]);

    let told = collect(&scene.reader);
    assert_eq!(told.len(), MAX);
    assert_eq!(told["instrument_7"][""].sum, 2.0);
}
