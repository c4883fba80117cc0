//! Whole pages.

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
};

use super::config;
use super::metrics::{
    START, attribute, counter, encode, exemplar, exponential, float, gauge, histogram, int, metric, request,
    scope, sum, texts,
};
use crate::config::PrometheusConfig;
use crate::transport::prometheus::PrometheusCounts;
use crate::transport::prometheus::negotiate::Format;
use crate::transport::prometheus::page::PageWriter;

const TEXT: Format = Format::Text004;
const OPENMETRICS: Format = Format::OpenMetrics100;

fn page_of(config: PrometheusConfig, requests: &[Bytes], format: Format) -> (String, PrometheusCounts) {
    let counts = PrometheusCounts::default();
    (PageWriter::new(config, counts.clone()).write(requests, format), counts)
}

fn page(metrics: Vec<Metric>, format: Format) -> String {
    page_of(config(), &[request(metrics)], format).0
}

/// A shop's metrics, in two requests as a large collection comes.
fn shop() -> [Bytes; 2] {
    let resource = || {
        let mut attributes = texts(&[("service.name", "shop"), ("host.name", "h\"1")]);
        attributes.push(attribute("process.pid", Some(Value::IntValue(7))));
        attributes
    };
    let durations = HistogramDataPoint {
        attributes: texts(&[("http.route", "/cart")]),
        start_time_unix_nano: START,
        count: 4,
        sum: Some(3.25),
        explicit_bounds: vec![0.1, 1.0, 10.0],
        bucket_counts: vec![1, 2, 1, 0],
        exemplars: vec![
            exemplar(0.5, 1, &[]),
            exemplar(0.7, 2, &[("user.id", "u-17")]),
            exemplar(0.6, 1, &[]),
        ],
        ..Default::default()
    };
    let sizes = ExponentialHistogramDataPoint {
        scale: 0,
        count: 4,
        sum: Some(20.0),
        zero_count: 1,
        positive: Some(Buckets { offset: 1, bucket_counts: vec![2, 1] }),
        ..Default::default()
    };
    let orders = NumberDataPoint { exemplars: vec![exemplar(1.0, 3, &[])], ..int(&[("kind", "card")], 12) };
    let http = scope(
        "http",
        "1.2",
        &[("team", "web")],
        vec![metric(
            "http.server.request.duration",
            "s",
            "How long requests took.\nIn \"seconds\".",
            histogram(vec![durations]),
        )],
    );
    let shop = scope(
        "shop",
        "",
        &[],
        vec![
            metric(
                "orders",
                "{order}",
                "Orders placed.",
                sum(vec![orders], AggregationTemporality::Cumulative, true),
            ),
            metric(
                "queue.depth",
                "{order}",
                "",
                sum(vec![int(&[], -3)], AggregationTemporality::Cumulative, false),
            ),
            gauge(
                "cpu.utilization",
                "1",
                vec![float(&[("cpu", "0")], 0.25), float(&[("cpu", "1")], f64::NAN)],
            ),
            metric("order.size", "By", "Sizes.", exponential(vec![sizes])),
        ],
    );
    [encode(resource(), vec![http]), encode(resource(), vec![shop])]
}

#[test]
fn a_page_in_the_text_format() {
    let expected = r#"# HELP target_info What the metrics are about: the resource's attributes
# TYPE target_info gauge
target_info{host_name="h\"1",process_pid="7",service_name="shop"} 1
# HELP http_server_request_duration_seconds How long requests took.\nIn "seconds".
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{http_route="/cart",otel_scope_name="http",otel_scope_team="web",otel_scope_version="1.2",le="0.1"} 1
http_server_request_duration_seconds_bucket{http_route="/cart",otel_scope_name="http",otel_scope_team="web",otel_scope_version="1.2",le="1"} 3
http_server_request_duration_seconds_bucket{http_route="/cart",otel_scope_name="http",otel_scope_team="web",otel_scope_version="1.2",le="10"} 4
http_server_request_duration_seconds_bucket{http_route="/cart",otel_scope_name="http",otel_scope_team="web",otel_scope_version="1.2",le="+Inf"} 4
http_server_request_duration_seconds_sum{http_route="/cart",otel_scope_name="http",otel_scope_team="web",otel_scope_version="1.2"} 3.25
http_server_request_duration_seconds_count{http_route="/cart",otel_scope_name="http",otel_scope_team="web",otel_scope_version="1.2"} 4
# HELP orders_total Orders placed.
# TYPE orders_total counter
orders_total{kind="card",otel_scope_name="shop"} 12
# TYPE queue_depth gauge
queue_depth{otel_scope_name="shop"} -3
# TYPE cpu_utilization_ratio gauge
cpu_utilization_ratio{cpu="0",otel_scope_name="shop"} 0.25
cpu_utilization_ratio{cpu="1",otel_scope_name="shop"} NaN
# HELP order_size_bytes Sizes.
# TYPE order_size_bytes histogram
order_size_bytes_bucket{otel_scope_name="shop",le="0"} 1
order_size_bytes_bucket{otel_scope_name="shop",le="4"} 3
order_size_bytes_bucket{otel_scope_name="shop",le="8"} 4
order_size_bytes_bucket{otel_scope_name="shop",le="+Inf"} 4
order_size_bytes_sum{otel_scope_name="shop"} 20
order_size_bytes_count{otel_scope_name="shop"} 4
"#;
    assert_eq!(page_of(config(), &shop(), TEXT).0, expected);
}

#[test]
fn a_page_in_openmetrics() {
    let without_scopes = PrometheusConfig { scope_labels: false, ..config() };
    let expected = r#"# HELP target What the metrics are about: the resource's attributes
# TYPE target info
target_info{host_name="h\"1",process_pid="7",service_name="shop"} 1
# HELP http_server_request_duration_seconds How long requests took.\nIn \"seconds\".
# TYPE http_server_request_duration_seconds histogram
# UNIT http_server_request_duration_seconds seconds
http_server_request_duration_seconds_bucket{http_route="/cart",le="0.1"} 1
http_server_request_duration_seconds_bucket{http_route="/cart",le="1.0"} 3 # {trace_id="00000000000000000000000000000abc",span_id="0000000000000def",user_id="u-17"} 0.7 1700000002.5
http_server_request_duration_seconds_bucket{http_route="/cart",le="10.0"} 4
http_server_request_duration_seconds_bucket{http_route="/cart",le="+Inf"} 4
http_server_request_duration_seconds_sum{http_route="/cart"} 3.25
http_server_request_duration_seconds_count{http_route="/cart"} 4
http_server_request_duration_seconds_created{http_route="/cart"} 1700000000.5
# HELP orders Orders placed.
# TYPE orders counter
orders_total{kind="card"} 12 # {trace_id="00000000000000000000000000000abc",span_id="0000000000000def"} 1 1700000003.5
orders_created{kind="card"} 1700000000.5
# TYPE queue_depth gauge
queue_depth -3
# TYPE cpu_utilization_ratio gauge
# UNIT cpu_utilization_ratio ratio
cpu_utilization_ratio{cpu="0"} 0.25
cpu_utilization_ratio{cpu="1"} NaN
# HELP order_size_bytes Sizes.
# TYPE order_size_bytes histogram
# UNIT order_size_bytes bytes
order_size_bytes_bucket{le="0.0"} 1
order_size_bytes_bucket{le="4.0"} 3
order_size_bytes_bucket{le="8.0"} 4
order_size_bytes_bucket{le="+Inf"} 4
order_size_bytes_sum 20
order_size_bytes_count 4
# EOF
"#;
    assert_eq!(page_of(without_scopes, &shop(), OPENMETRICS).0, expected);
}

#[test]
fn an_empty_page_is_valid() {
    assert_eq!(page_of(config(), &[], TEXT).0, "");
    assert_eq!(page_of(config(), &[], OPENMETRICS).0, "# EOF\n");
}

#[test]
fn target_info_can_be_switched_off() {
    let config = PrometheusConfig { target_info: false, ..config() };
    let page = page_of(config, &[encode(texts(&[("service.name", "shop")]), vec![])], TEXT).0;
    assert_eq!(page, "");
}

#[test]
fn metrics_of_one_name_stand_together() {
    let library = |name| scope(name, "", &[], vec![counter("hits", "", vec![int(&[], 1)])]);
    let other = scope("c", "", &[], vec![gauge("other", "", vec![int(&[], 1)])]);
    let requests = [encode(vec![], vec![library("a"), other]), encode(vec![], vec![library("b")])];
    let expected = "# TYPE hits_total counter\n\
                    hits_total{otel_scope_name=\"a\"} 1\n\
                    hits_total{otel_scope_name=\"b\"} 1\n\
                    # TYPE other gauge\n\
                    other{otel_scope_name=\"c\"} 1\n";
    assert_eq!(page_of(config(), &requests, TEXT).0, expected);
}

#[test]
fn of_two_types_under_one_name_the_first_is_shown_and_the_other_counted() {
    let metrics =
        vec![gauge("a.b", "", vec![int(&[], 1)]), metric("a_b", "", "", histogram(vec![Default::default()]))];
    let (page, counts) = page_of(config(), &[request(metrics)], TEXT);
    assert_eq!(page, "# TYPE a_b gauge\na_b 1\n");
    assert_eq!(counts.dropped_series(), 1);
}

#[test]
fn a_name_that_is_another_familys_sample_is_taken() {
    let point = HistogramDataPoint { count: 1, ..Default::default() };
    let metrics =
        || vec![metric("h", "", "", histogram(vec![point.clone()])), gauge("h.count", "", vec![int(&[], 5)])];
    let (text, counts) = page_of(config(), &[request(metrics())], TEXT);
    assert_eq!(text, "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n");
    assert_eq!(counts.dropped_series(), 1);
}

#[test]
fn a_gauge_and_a_counter_share_a_stem_in_the_text_format_alone() {
    let metrics = || vec![gauge("a", "", vec![int(&[], 1)]), counter("a", "", vec![int(&[], 2)])];
    assert_eq!(page(metrics(), TEXT), "# TYPE a gauge\na 1\n# TYPE a_total counter\na_total 2\n");
    assert_eq!(page(metrics(), OPENMETRICS), "# TYPE a gauge\na 1\n# EOF\n");
}

#[test]
fn a_metric_cannot_pretend_to_be_the_resource() {
    let metrics = scope("", "", &[], vec![gauge("target.info", "", vec![int(&[], 5)])]);
    let requests = [encode(texts(&[("k", "v")]), vec![metrics])];
    let (page, counts) = page_of(config(), &requests, TEXT);
    assert!(page.ends_with("target_info{k=\"v\"} 1\n"), "{page}");
    assert_eq!(counts.dropped_series(), 1);
}

#[test]
fn the_first_description_is_shown_and_no_series_is_lost() {
    let described = |help, kind| {
        metric("a", "", help, sum(vec![int(&[("k", kind)], 1)], AggregationTemporality::Cumulative, true))
    };
    let metrics = vec![described("", "1"), described("One.", "2"), described("Two.", "3")];
    let (page, counts) = page_of(config(), &[request(metrics)], TEXT);
    let samples = "a_total{k=\"1\"} 1\na_total{k=\"2\"} 1\na_total{k=\"3\"} 1\n";
    assert_eq!(page, format!("# HELP a_total One.\n# TYPE a_total counter\n{samples}"));
    assert_eq!(counts.dropped_series(), 0);
}

#[test]
fn of_series_with_the_same_labels_the_first_is_shown_and_the_others_counted() {
    let points =
        vec![int(&[("a.b", "1;2")], 1), int(&[("a_b", "1;2")], 2), int(&[("a.b", "1"), ("a_b", "2")], 4)];
    let (page, counts) = page_of(config(), &[request(vec![counter("hits", "", points)])], TEXT);
    assert_eq!(page, "# TYPE hits_total counter\nhits_total{a_b=\"1;2\"} 1\n");
    assert_eq!(counts.dropped_series(), 2);
}

#[test]
fn what_counts_since_the_last_export_is_left_out_and_counted() {
    let data = sum(vec![int(&[], 1)], AggregationTemporality::Delta, true);
    let (page, counts) = page_of(config(), &[request(vec![metric("d", "", "", data)])], TEXT);
    assert_eq!((page.as_str(), counts.dropped_series()), ("", 1));
}

#[test]
fn a_counter_that_is_none_is_left_out_and_counted() {
    let points =
        vec![float(&[("k", "nan")], f64::NAN), float(&[("k", "neg")], -1.0), float(&[("k", "ok")], 1.5)];
    let (page, counts) = page_of(config(), &[request(vec![counter("c", "", points)])], TEXT);
    assert_eq!(page, "# TYPE c_total counter\nc_total{k=\"ok\"} 1.5\n");
    assert_eq!(counts.dropped_series(), 2);
}

#[test]
fn openmetrics_wants_total_even_where_it_is_switched_off() {
    let config = PrometheusConfig { counter_suffixes: false, unit_suffixes: false, ..config() };
    let requests = [request(vec![counter("cpu.time", "s", vec![int(&[], 1)])])];
    assert_eq!(page_of(config.clone(), &requests, TEXT).0, "# TYPE cpu_time counter\ncpu_time 1\n");
    let expected = "# TYPE cpu_time counter\ncpu_time_total 1\ncpu_time_created 1700000000.5\n# EOF\n";
    assert_eq!(page_of(config, &requests, OPENMETRICS).0, expected);
}

#[test]
fn a_sum_that_can_fall_is_in_the_text_format_alone() {
    let point = HistogramDataPoint {
        count: 2,
        sum: Some(-4.0),
        explicit_bounds: vec![-1.0],
        bucket_counts: vec![1, 1],
        ..Default::default()
    };
    let metrics = || vec![metric("t", "", "", histogram(vec![point.clone()]))];
    assert!(page(metrics(), TEXT).ends_with("t_sum -4\nt_count 2\n"));
    assert!(page(metrics(), OPENMETRICS).ends_with("t_bucket{le=\"+Inf\"} 2\n# EOF\n"));
}

#[test]
fn an_exemplars_attributes_stay_within_128_characters() {
    // The ids take 63 characters with their names.
    let filling = "x".repeat(128 - 63 - 1);
    let fits = exemplar(1.0, 1, &[("a", &filling)]);
    let too_long = exemplar(1.0, 1, &[("a", &format!("{filling}x")), ("b", "short"), ("trace.id", "mine")]);
    let with = |exemplar| NumberDataPoint { exemplars: vec![exemplar], ..int(&[], 1) };
    let labels = |point| page(vec![counter("c", "", vec![point])], OPENMETRICS);
    let ids = r#"trace_id="00000000000000000000000000000abc",span_id="0000000000000def""#;
    assert!(labels(with(fits)).contains(&format!("{ids},a=\"{filling}\"}}")));
    assert!(labels(with(too_long)).contains(&format!("{ids},b=\"short\"}}")));
}

#[test]
fn scope_attributes_give_way_to_the_scopes_name() {
    let metrics = vec![gauge("g", "", vec![int(&[], 1)])];
    let scope = scope("lib", "", &[("name", "other"), ("schema.url", "x"), ("a.b", "c")], metrics);
    let page = page_of(config(), &[encode(vec![], vec![scope])], TEXT).0;
    assert!(page.contains(r#"g{otel_scope_a_b="c",otel_scope_name="lib"} 1"#), "{page}");
}
