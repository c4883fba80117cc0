//! What is measured of a pool.

use crate::recorded::Recorded;
use pilotlight_instrument::db::pool::{PoolMetrics, PoolMetricsBuilder, State};
use std::sync::{Arc, Barrier};
use std::time::Duration;

const NAME: &str = "db.client.connection.pool.name = db.example/shop";

fn pool(recorded: &Recorded) -> PoolMetricsBuilder {
    PoolMetrics::builder("db.example/shop").with_meter_provider(&recorded.meter_provider)
}

#[test]
fn whoever_waits_is_pending_until_there_is_a_connection_or_no_hope() {
    let recorded = Recorded::new();
    let metrics = pool(&recorded).build();
    let pending = || recorded.points("db.client.connection.pending_requests");

    let (served, in_vain, left) = (metrics.wait(), metrics.wait(), metrics.wait());
    assert_eq!(pending(), [format!("{NAME}: 3")]);
    let in_use = served.ended();
    in_vain.timed_out();
    drop(left);

    assert_eq!(pending(), [format!("{NAME}: 0")]);
    assert_eq!(recorded.points("db.client.connection.timeouts"), [format!("{NAME}: 1")]);
    assert_eq!(recorded.points("db.client.connection.wait_time"), [format!("{NAME}: 1")]);
    assert_eq!(recorded.points("db.client.connection.use_time"), Vec::<String>::new());
    drop(in_use);
    assert_eq!(recorded.points("db.client.connection.use_time"), [format!("{NAME}: 1")]);
}

#[test]
fn the_time_to_open_a_connection_is_measured() {
    let recorded = Recorded::new();

    pool(&recorded).build().created(Duration::from_millis(3));

    assert_eq!(recorded.points("db.client.connection.create_time"), [format!("{NAME}: 1")]);
}

#[test]
fn a_pools_state_is_reported_for_as_long_as_there_is_a_pool() {
    let recorded = Recorded::new();
    let state = State { idle: Some(3), used: Some(1), idle_min: Some(2), limit: Some(10), idle_max: None };
    let alive = Arc::new(state);
    let weak = Arc::downgrade(&alive);
    let metrics = pool(&recorded).state(move || weak.upgrade().map(|state| *state)).build();

    drop(metrics.wait());
    drop(metrics.wait());

    let state = |name: &str| format!("{NAME}, db.client.connection.state = {name}");
    let count = || recorded.points("db.client.connection.count");
    assert_eq!(count(), [format!("{}: 3", state("idle")), format!("{}: 1", state("used"))]);
    assert_eq!(recorded.points("db.client.connection.limit"), [format!("{NAME}: 10")]);
    assert_eq!(recorded.points("db.client.connection.idle.min"), [format!("{NAME}: 2")]);
    assert_eq!(recorded.points("db.client.connection.idle.max"), Vec::<String>::new());
}

#[test]
fn a_pool_that_nobody_has_asked_yet_is_reported_as_well() {
    let recorded = Recorded::new();

    let _metrics = pool(&recorded).state(|| Some(State { limit: Some(10), ..State::default() })).build();

    assert_eq!(recorded.points("db.client.connection.limit"), [format!("{NAME}: 10")]);
}

#[test]
fn whoever_came_before_the_provider_does_not_leave_a_gap_behind() {
    // The global provider is this process's: no other test here needs it, or its absence.
    let recorded = Recorded::new();
    let metrics = PoolMetrics::builder("db.example/shop")
        .state(|| Some(State { limit: Some(10), ..State::default() }))
        .build();
    let pending = || recorded.points("db.client.connection.pending_requests");

    let early = [metrics.wait(), metrics.wait(), metrics.wait()];
    let early_use = metrics.in_use();
    opentelemetry::global::set_meter_provider(recorded.meter_provider.clone());
    let late = metrics.wait();
    let [served, in_vain, left] = early;
    drop((served.ended(), left, early_use));
    in_vain.timed_out();

    assert_eq!(pending(), [format!("{NAME}: 1")]);
    drop(late);
    assert_eq!(pending(), [format!("{NAME}: 0")]);
    assert_eq!(recorded.points("db.client.connection.limit"), [format!("{NAME}: 10")]);
    for time in ["db.client.connection.wait_time", "db.client.connection.use_time"] {
        assert_eq!(recorded.points(time), Vec::<String>::new());
    }
}

#[test]
fn nobody_is_pending_any_more_once_all_threads_are_done() {
    let recorded = Recorded::new();
    let metrics = pool(&recorded).build();
    let start = Barrier::new(8);

    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (metrics, start) = (&metrics, &start);
            scope.spawn(move || {
                start.wait();
                for turn in 0..200 {
                    let wait = metrics.wait();
                    match (thread + turn) % 3 {
                        0 => drop(wait.ended()),
                        1 => wait.timed_out(),
                        _ => drop(wait),
                    }
                }
            });
        }
    });

    assert_eq!(recorded.points("db.client.connection.pending_requests"), [format!("{NAME}: 0")]);
}

#[test]
fn a_pool_without_metrics_measures_nothing() {
    let recorded = Recorded::new();
    let metrics = pool(&recorded).without_metrics().build();

    drop(metrics.wait().ended());
    metrics.created(Duration::ZERO);

    assert_eq!(recorded.metric_names(), Vec::<String>::new());
}
