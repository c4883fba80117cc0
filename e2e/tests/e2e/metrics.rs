//! Metrics of one run of the shop, as an OTLP receiver and a real Prometheus server report them.

use std::collections::HashSet;
use std::net::SocketAddr;

use e2e::Receiver;
use e2e::receiver::{Points, Signal};
use e2e::tree::hex;

use crate::backends::Backends;
use crate::http::get;
use crate::process::exporting;
use crate::prometheus::{Prometheus, promtool};
use crate::shop_process::{GOOD_ORDER, ReservedPort, Shop, assert_clean, shop};
use crate::support::{GRPC, HTTP};

/// So many clients ask at the same time, each for the same things.
const CLIENTS: u64 = 4;

/// What each client asks for, how often, and what it is answered.
const ASKED: [(&str, &str, &str, u64, u16); 5] = [
    ("POST", "/api/orders", GOOD_ORDER, 7, 201),
    ("POST", "/api/orders", r#"{"user_id":"42","items":["sold-out"],"total":9.5}"#, 2, 500),
    ("POST", "/api/orders", r#"{"user_id":"42","items":[],"total":9.5}"#, 3, 400),
    ("GET", "/api/users/7", "", 5, 200),
    ("GET", "/health", "", 1, 200),
];

/// A shop that pushes its metrics and has them fetched.
struct ObservedShop {
    shop: Shop,
    receiver: Receiver,
    page: SocketAddr,
    /// Keeps the page's port from being given to somebody else before the shop takes it.
    _port: ReservedPort,
}

impl ObservedShop {
    fn start(protocol: &str) -> Self {
        let port = ReservedPort::new();
        let page = port.address();
        let receiver = Receiver::start();
        let mut command = shop();
        exporting(&mut command, &receiver, protocol)
            .env("OTEL_METRICS_EXPORTER", "otlp,prometheus")
            .env("OTEL_EXPORTER_PROMETHEUS_HOST", page.ip().to_string())
            .env("OTEL_EXPORTER_PROMETHEUS_PORT", page.port().to_string())
            // So that totals come several times while they grow.
            .env("OTEL_METRIC_EXPORT_INTERVAL", "100");
        Self { shop: Shop::run(&mut command), receiver, page, _port: port }
    }

    /// Asks for everything in [`ASKED`], each request in a trace of its own.
    fn load(&self) {
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    for (method, path, body, times, status) in ASKED {
                        for _ in 0..times {
                            assert_eq!(self.shop.ask_with("", method, path, body), status, "{method} {path}");
                        }
                    }
                });
            }
        });
    }

    /// Ends the shop, which sends what it has not sent yet.
    fn stop(self) -> Receiver {
        assert_clean(&self.shop.stop());
        self.receiver
    }
}

/// How many requests of a kind all clients together make.
fn asked(is_of_kind: impl Fn(&str, u16) -> bool) -> f64 {
    let times = ASKED.iter().filter(|(_, path, _, _, status)| is_of_kind(path, *status)).map(|asked| asked.3);
    (CLIENTS * times.sum::<u64>()) as f64
}

/// Something to ask both, and the answer.
struct Question {
    promql: &'static str,
    of_receiver: fn(&Receiver) -> f64,
    answer: f64,
}

fn questions() -> Vec<Question> {
    let created = asked(|_, status| status == 201);
    vec![
        Question {
            promql: r#"sum(http_server_request_duration_seconds_count{http_route="/api/orders"})"#,
            of_receiver: |receiver| requests(receiver).with("http.route", "/api/orders").count() as f64,
            answer: asked(|path, _| path == "/api/orders"),
        },
        Question {
            promql: r#"sum(http_server_request_duration_seconds_count{http_route="/api/users/{id}"})"#,
            of_receiver: |receiver| requests(receiver).with("http.route", "/api/users/{id}").count() as f64,
            answer: asked(|path, _| path == "/api/users/7"),
        },
        Question {
            promql: r#"http_server_request_duration_seconds_count{http_response_status_code="500",error_type="500"}"#,
            of_receiver: |receiver| requests(receiver).with("error.type", "500").count() as f64,
            answer: asked(|_, status| status == 500),
        },
        Question {
            promql: "sum(http_server_active_requests)",
            of_receiver: |receiver| receiver.metric("http.server.active_requests").latest(),
            answer: 0.0,
        },
        Question {
            promql: r#"shop_orders_total{order_outcome="created"}"#,
            of_receiver: |receiver| orders(receiver).with("order.outcome", "created").latest(),
            answer: created,
        },
        Question {
            promql: r#"shop_orders_total{order_outcome="failed",error_type="sold_out"}"#,
            of_receiver: |receiver| orders(receiver).with("error.type", "sold_out").latest(),
            answer: asked(|_, status| status == 500),
        },
        Question {
            promql: "shop_order_value_sum",
            of_receiver: |receiver| receiver.metric("shop.order.value").latest(),
            answer: created * 99.5,
        },
        Question {
            promql: "shop_active_orders",
            of_receiver: |receiver| receiver.metric("shop.active_orders").latest(),
            answer: 0.0,
        },
    ]
}

fn requests(receiver: &Receiver) -> Points {
    receiver.metric("http.server.request.duration")
}

fn orders(receiver: &Receiver) -> Points {
    receiver.metric("shop.orders")
}

#[test]
fn over_grpc_the_receiver_and_prometheus_report_the_same_numbers_of_one_run() {
    the_receiver_and_prometheus_report_the_same_numbers_of_one_run(GRPC);
}

#[test]
fn over_http_the_receiver_and_prometheus_report_the_same_numbers_of_one_run() {
    the_receiver_and_prometheus_report_the_same_numbers_of_one_run(HTTP);
}

fn the_receiver_and_prometheus_report_the_same_numbers_of_one_run(protocol: &str) {
    let shop = ObservedShop::start(protocol);
    let prometheus = Prometheus::scraping(shop.page);

    shop.load();
    // A request is measured last of all that it causes: once the last one is there, so is everything.
    prometheus.wait_for("sum(http_server_request_duration_seconds_count)", asked(|_, _| true));
    let fetched: Vec<_> = questions().iter().map(|question| prometheus.value(question.promql)).collect();
    let durations_fetched = prometheus.values_by("le", "sum by (le) (shop_order_duration_seconds_bucket)");
    let receiver = shop.stop();

    for (question, fetched) in questions().iter().zip(fetched) {
        assert_eq!(fetched, Some(question.answer), "by Prometheus: {}", question.promql);
        assert_eq!((question.of_receiver)(&receiver), question.answer, "by OTLP: {}", question.promql);
    }
    assert_eq!(durations_fetched, added_up(receiver.metric("shop.order.duration").buckets()));
    assert!(receiver.requests_of(Signal::Metrics).len() > 1, "the totals came once only");
}

/// Buckets as Prometheus has them: each counts what is at most its bound.
fn added_up((bounds, counts): (Vec<f64>, Vec<u64>)) -> Vec<(f64, f64)> {
    let bounds = bounds.into_iter().chain([f64::INFINITY]);
    let mut total = 0;
    let buckets = bounds.zip(counts).map(|(bound, count)| {
        total += count;
        (bound, total as f64)
    });
    buckets.collect()
}

#[test]
fn an_inventory_that_stops_tells_what_is_left_on_its_shelves() {
    let receiver = Receiver::start();
    let backends = Backends::seen(&receiver, GRPC, &[]);
    let shop = Shop::before(backends, shop().env("OTEL_METRICS_EXPORTER", "none"));

    assert_eq!(shop.ask_with("", "POST", "/api/orders", GOOD_ORDER), 201);
    shop.stop();

    let lamps = receiver.metric("shop.stock.level").with("stock.item", "lamp");
    assert_eq!(lamps.latest(), 999.0);
}

#[test]
fn promtool_can_read_the_page_and_dislikes_only_what_the_conventions_chose() {
    let shop = ObservedShop::start(GRPC);
    shop.load();

    let page = get(shop.page, "/metrics", "accept: text/plain;version=0.0.4\r\n");
    let opinion = promtool(&page.body);

    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/plain"), "{page:?}");
    for series in ["shop_orders_total{", "process_cpu_time_seconds_total{", "tokio_runtime_tasks_alive{"] {
        assert!(page.body.contains(&format!("\n{series}")), "{series} is missing in\n{}", page.body);
    }
    assert!(opinion.is_readable, "{opinion:?}\n{}", page.body);
    assert_eq!(unexpected(&opinion.complaints), [""; 0], "{}", page.body);
}

/// promtool wants `_count` for histograms alone; the conventions have `process.thread.count`, `db.client.connection.count` and others.
fn unexpected(complaints: &[String]) -> Vec<&str> {
    let is_of_conventions =
        |line: &str| ["process_", "db_client_"].iter().any(|prefix| line.starts_with(prefix));
    let of_conventions = |line: &str| is_of_conventions(line) && line.contains(r#""_count" suffix"#);
    complaints.iter().map(String::as_str).filter(|line| !of_conventions(line)).collect()
}

#[test]
fn an_exemplars_trace_is_one_that_was_exported_whether_it_was_pushed_or_fetched() {
    let shop = ObservedShop::start(GRPC);
    let prometheus = Prometheus::scraping(shop.page);

    shop.load();
    prometheus.wait_for("sum(http_server_request_duration_seconds_count)", asked(|_, _| true));
    let fetched = prometheus.exemplar_traces("http_server_request_duration_seconds_bucket");
    let fetched_of_orders = prometheus.exemplar_traces("shop_order_duration_seconds_bucket");
    let receiver = shop.stop();

    let exported: HashSet<_> = receiver.spans().iter().map(|received| hex(&received.span.trace_id)).collect();
    let pushed = requests(&receiver).exemplar_traces();
    let pushed_of_orders = receiver.metric("shop.order.duration").exemplar_traces();
    for traces in [fetched, fetched_of_orders, pushed, pushed_of_orders] {
        assert!(!traces.is_empty());
        assert!(
            traces.iter().all(|trace| exported.contains(trace)),
            "{traces:?} are not all in {exported:?}"
        );
    }
}

#[test]
fn openmetrics_is_what_those_get_who_ask_for_it() {
    let shop = ObservedShop::start(GRPC);
    shop.load();

    let page = get(shop.page, "/metrics", "accept: application/openmetrics-text;version=1.0.0\r\n");

    assert!(page.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{page:?}");
    assert!(page.body.ends_with("\n# EOF\n"), "{}", page.body);
    assert!(page.body.contains(" # {trace_id=\""), "{}", page.body);
}

#[test]
fn deltas_add_up_to_what_happened() {
    let receiver = Receiver::start();
    let mut command = shop();
    exporting(&mut command, &receiver, HTTP)
        .env("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "50");
    let shop = Shop::run(&mut command);

    for number in 1..=5 {
        assert_eq!(shop.ask("POST", "/api/orders", GOOD_ORDER), 201);
        // The next order is part of another delta.
        receiver.wait_for_metric("shop.orders", |orders| orders.sum_of_deltas() == f64::from(number));
    }
    assert_clean(&shop.stop());

    assert_eq!(orders(&receiver).sum_of_deltas(), 5.0);
    assert_eq!(requests(&receiver).count_of_deltas(), 5);
    assert!(orders(&receiver).all().len() >= 5);
    // What goes up and down is told as it is.
    assert_eq!(receiver.metric("shop.active_orders").latest(), 0.0);
}
