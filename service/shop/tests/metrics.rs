//! The shop's own metrics, as an independent SDK collects them.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fmt::Display;

use hyper::Method;
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use sqlx::Connection;
use support::{Running, send, start};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

const GOOD_ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#;

#[tokio::test]
async fn orders_are_counted_by_how_they_ended() {
    let shop = measured_shop(&["--payment-limit=100"]).await;

    for body in [
        GOOD_ORDER,
        GOOD_ORDER,
        r#"{"user_id":"42","items":[],"total":99.5}"#,
        r#"{"user_id":"101","items":["lamp"],"total":5.5}"#,
        r#"{"user_id":"42","items":["lamp"],"total":100.5}"#,
        r#"{"user_id":"42","items":["sold-out"],"total":5.5}"#,
        r#"{"user_id":"42","items":["moon"],"total":5.5}"#,
    ] {
        shop.running.order(body).await;
    }

    assert_eq!(
        shop.series("shop.orders"),
        [
            "shop.orders {order} order.outcome=created 2",
            "shop.orders {order} order.outcome=failed error.type=payment_declined 1",
            "shop.orders {order} order.outcome=failed error.type=sold_out 1",
            "shop.orders {order} order.outcome=rejected error.type=invalid_order 1",
            "shop.orders {order} order.outcome=rejected error.type=unknown_item 1",
            "shop.orders {order} order.outcome=rejected error.type=unknown_user 1",
        ]
    );
    let durations = shop.series("shop.order.duration");
    assert_eq!(durations.len(), 6, "{durations:#?}");
    assert!(
        durations[0].starts_with("shop.order.duration s order.outcome=created count 2 "),
        "{durations:#?}"
    );
}

#[tokio::test]
async fn a_body_that_is_no_order_is_not_counted_as_one() {
    let shop = measured_shop(&[]).await;

    shop.running.order("{").await;

    assert!(shop.series("shop.orders").is_empty());
}

#[tokio::test]
async fn what_clients_paid_lies_between_the_bounds_it_was_given() {
    let shop = measured_shop(&[]).await;

    shop.running.order(GOOD_ORDER).await;
    shop.running.order(r#"{"user_id":"42","items":["wick"],"total":3.5}"#).await;
    shop.running.order(r#"{"user_id":"42","items":["sold-out"],"total":70.0}"#).await;

    assert_eq!(
        shop.series("shop.order.value"),
        ["shop.order.value {USD} count 2 sum 103 in [-5: 1, 50-100: 1]"]
    );
}

#[tokio::test]
async fn an_order_is_active_until_its_client_goes_away() {
    let shop = measured_shop(&["--payment-latency-ms=60000", "--payments-timeout-ms=60000"]).await;
    let mut client = shop.running.connect().await;

    let request = format!(
        "POST /api/orders HTTP/1.1\r\nhost: shop\r\ncontent-length: {}\r\n\r\n{GOOD_ORDER}",
        GOOD_ORDER.len()
    );
    client.write_all(request.as_bytes()).await.unwrap();
    shop.until("shop.active_orders {order} 1").await;
    drop(client);
    shop.until("shop.active_orders {order} 0").await;

    assert_eq!(shop.series("shop.orders"), ["shop.orders {order} order.outcome=abandoned 1"]);
    assert!(shop.series("shop.order.value").is_empty());
}

#[tokio::test]
async fn statements_queue_for_a_connection_while_all_are_busy() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/shop.db", folder.path().display());
    let shop = measured_shop(&[&format!("--database-url={url}"), "--inventory-timeout-ms=60000"]).await;
    let mut elsewhere = sqlx::SqliteConnection::connect(&url).await.unwrap();

    // Nobody else can write now: four reservations hold the inventory's four connections, and two wait for one.
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut elsewhere).await.unwrap();
    let addr = shop.running.addr;
    let orders: JoinSet<_> = (0..6).map(|_| send(addr, Method::POST, "/api/orders", GOOD_ORDER)).collect();
    let pending = "db.client.connection.pending_requests {request} db.client.connection.pool.name=shop.db";
    shop.until(&format!("{pending} 2")).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut elsewhere).await.unwrap();

    assert!(orders.join_all().await.iter().all(|answer| answer.status == 201));
    shop.until(&format!("{pending} 0")).await;
}

#[tokio::test]
async fn messages_are_counted_from_the_outbox_to_the_shipment() {
    let shop = measured_shop(&[]).await;

    shop.running.order(GOOD_ORDER).await;
    shop.until("shop.messages {message} message.outcome=handed_over 1").await;
    shop.until("shop.outbox.depth {message} 0").await;

    assert_eq!(shop.series("shop.shipments"), ["shop.shipments {shipment} shipment.outcome=shipped 1"]);
    assert_eq!(shop.series("shop.queue.depth"), ["shop.queue.depth {message} 0"]);
}

#[tokio::test]
async fn payments_are_counted_by_what_was_said_of_them() {
    let shop = measured_shop(&["--payment-limit=100"]).await;

    shop.running.order(GOOD_ORDER).await;
    shop.running.order(r#"{"user_id":"42","items":["lamp"],"total":100.5}"#).await;
    shop.running.order(r#"{"user_id":"42","items":["sold-out"],"total":5.5}"#).await;

    assert_eq!(
        shop.series("shop.payments"),
        [
            "shop.payments {payment} payment.status=approved 1",
            "shop.payments {payment} payment.status=declined 1",
        ]
    );
}

#[tokio::test]
async fn the_stock_level_falls_with_what_is_ordered() {
    let shop = measured_shop(&[]).await;

    shop.running.order(GOOD_ORDER).await;

    assert_eq!(
        shop.series("shop.stock.level"),
        [
            "shop.stock.level {item} stock.item=lamp 999",
            "shop.stock.level {item} stock.item=oil 999",
            "shop.stock.level {item} stock.item=sold-out 0",
            "shop.stock.level {item} stock.item=wick 1000",
        ]
    );
}

/// A shop with a meter provider of its own.
struct MeasuredShop {
    running: Running,
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

/// Shops take their meter from the globals when they open, so tests that run at the same time take turns at that.
async fn measured_shop(flags: &[&str]) -> MeasuredShop {
    static TURN: Mutex<()> = Mutex::const_new(());
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    let _turn = TURN.lock().await;
    global::set_meter_provider(provider.clone());
    MeasuredShop { running: start(flags).await, provider, exporter }
}

impl MeasuredShop {
    /// A line for each series of a metric: name, unit, attributes, value; sorted.
    fn series(&self, name: &str) -> Vec<String> {
        self.exporter.reset();
        self.provider.force_flush().unwrap();
        let collected = self.exporter.get_finished_metrics().unwrap();
        let scopes = collected.last().into_iter().flat_map(|all| all.scope_metrics());
        let metrics = scopes.flat_map(|scope| scope.metrics()).filter(|metric| metric.name() == name);
        let mut lines: Vec<_> = metrics.flat_map(lines_of).collect();
        lines.sort();
        lines
    }

    /// Collects again and again until there is this line. That it never comes, the test's runner notices.
    async fn until(&self, line: &str) {
        let name = line.split(' ').next().unwrap();
        while self.series(name) != [line] {
            tokio::task::yield_now().await;
        }
    }
}

fn lines_of(metric: &Metric) -> Vec<String> {
    match metric.data() {
        AggregatedMetrics::F64(data) => lines_of_data(metric, data),
        AggregatedMetrics::I64(data) => lines_of_data(metric, data),
        AggregatedMetrics::U64(data) => lines_of_data(metric, data),
    }
}

fn lines_of_data<T: Copy + Display>(metric: &Metric, data: &MetricData<T>) -> Vec<String> {
    match data {
        MetricData::Gauge(gauge) => {
            gauge.data_points().map(|point| line(metric, point.attributes(), point.value())).collect()
        }
        MetricData::Sum(sum) => {
            sum.data_points().map(|point| line(metric, point.attributes(), point.value())).collect()
        }
        MetricData::Histogram(histogram) => histogram
            .data_points()
            .map(|point| {
                let buckets = buckets(point.bounds().collect(), point.bucket_counts());
                let told = format!("count {} sum {} in [{buckets}]", point.count(), point.sum());
                line(metric, point.attributes(), told)
            })
            .collect(),
        MetricData::ExponentialHistogram(_) => panic!("{} has bounds of its own", metric.name()),
    }
}

fn line<'a>(metric: &Metric, attributes: impl Iterator<Item = &'a KeyValue>, value: impl Display) -> String {
    let mut attributes: Vec<_> = attributes.map(|pair| format!("{}={} ", pair.key, pair.value)).collect();
    // The outcome before the type of the error.
    attributes.sort_by(|one, other| other.cmp(one));
    format!("{} {} {}{value}", metric.name(), metric.unit(), attributes.concat())
}

/// Those buckets that hold something, by their bounds.
fn buckets(bounds: Vec<f64>, counts: impl Iterator<Item = u64>) -> String {
    let edge = |index: usize| bounds.get(index).map_or(String::new(), f64::to_string);
    let filled = counts.enumerate().filter(|(_, count)| *count > 0);
    let show =
        |(index, count): (usize, u64)| format!("{}-{}: {count}", edge(index.wrapping_sub(1)), edge(index));
    filled.map(show).collect::<Vec<_>>().join(", ")
}
