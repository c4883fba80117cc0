//! Where telemetry goes to, and where to nobody.

use crate::recorded::Recorded;
use crate::scene::{Scene, sqlite};
use opentelemetry::trace::FutureExt;
use opentelemetry::{Context, global};
use pilotlight_instrument::db::sqlx::SqlitePool;
use sqlx::Executor;

#[tokio::test]
async fn a_pool_that_is_older_than_the_providers_records_once_they_are_there() {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    pool.execute("SELECT 1").await.unwrap();

    let recorded = Recorded::new();
    global::set_tracer_provider(recorded.tracer_provider.clone());
    global::set_meter_provider(recorded.meter_provider.clone());
    let mut transaction = pool.begin().await.unwrap();
    transaction.execute("SELECT 2").await.unwrap();
    transaction.commit().await.unwrap();

    let names: Vec<_> = recorded.spans().into_iter().map(|span| span.name.into_owned()).collect();
    assert!(names.iter().any(|name| name == "SELECT"), "{names:?}");
    assert!(!recorded.points("db.client.operation.duration").is_empty());
    assert!(!recorded.points("db.client.connection.count").is_empty());
}

#[tokio::test]
async fn what_is_suppressed_is_not_recorded() {
    let scene = Scene::new(sqlite().await, |builder| builder.wait_span_min(Default::default()));
    let work = async {
        scene.pool.execute("SELECT 1").await.unwrap();
        drop(scene.pool.begin().await.unwrap());
        drop(scene.pool.try_acquire());
    };
    work.with_context(Context::new().with_telemetry_suppressed()).await;
    assert!(scene.recorded.spans().is_empty(), "{}", scene.recorded.tree());
    // How the pool is stays true, whoever asks.
    for metric in
        ["db.client.operation.duration", "db.client.connection.wait_time", "db.client.connection.use_time"]
    {
        assert_eq!(scene.recorded.points(metric), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_pool_without_metrics_measures_nothing() {
    let scene = Scene::new(sqlite().await, |builder| builder.without_metrics());
    scene.pool.execute("SELECT 1").await.unwrap();
    assert_eq!(scene.recorded.metric_names(), Vec::<String>::new());
    assert_eq!(scene.recorded.spans().len(), 1);
}
