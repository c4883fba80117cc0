//! From points as they are sent to what a page draws, with numbers worked out by hand.

use super::data::answer;
use super::labels::{Texts, is_meant};
use super::list::list;
use super::*;
use crate::store::metrics::MetricWindow;
use crate::store::metrics::testing::*;
use opentelemetry_proto::tonic::metrics::v1::{self as otlp, metric::Data};
use otlp::AggregationTemporality::{self, Cumulative, Delta};
use otlp::exponential_histogram_data_point::Buckets;

fn window_of(requests: Vec<Vec<otlp::ResourceMetrics>>) -> MetricWindow {
    let mut window = window();
    for request in requests {
        let inserted = window.insert(&request, 1);
        assert_eq!(inserted.reason, None);
    }
    window
}

/// The metric `m` from 0 to 40 seconds after 1970, in steps of ten seconds.
fn question() -> MetricQuestion {
    let (from_ms, to_ms) = (Some(0.0), Some(40_000.0));
    MetricQuestion { name: "m".into(), from_ms, to_ms, steps: Some(4), ..MetricQuestion::default() }
}

fn ask(window: &MetricWindow, question: &MetricQuestion) -> MetricData {
    let filter = Filter::parse(&question.filter).unwrap();
    let meant = |texts: &Texts| is_meant(&filter, texts);
    answer(window, question, &meant, &|id| id[0] == 1).unwrap()
}

/// The metric `m` of the service `shop`, drawn.
fn drawn(data: Data) -> MetricData {
    ask(&window_of(vec![request("shop", vec![metric("m", "s", data)])]), &question())
}

/// Attributes, start, time, value.
type At<'a> = (&'a [(&'a str, &'a str)], u64, u64, f64);

fn sum(points: &[At<'_>], temporality: AggregationTemporality) -> Data {
    counter(
        temporality,
        points.iter().map(|(pairs, start, time, value)| number(pairs, *start, *time, *value)).collect(),
    )
}

fn explicit(
    pairs: &[(&str, &str)],
    start: u64,
    time: u64,
    bounds: &[f64],
    counts: &[u64],
) -> otlp::HistogramDataPoint {
    otlp::HistogramDataPoint {
        attributes: attributes(pairs),
        start_time_unix_nano: start * SECOND,
        time_unix_nano: time * SECOND,
        count: counts.iter().sum(),
        sum: Some(100.0),
        explicit_bounds: bounds.to_vec(),
        bucket_counts: counts.to_vec(),
        ..Default::default()
    }
}

fn histogram(data_points: Vec<otlp::HistogramDataPoint>, temporality: AggregationTemporality) -> Data {
    Data::Histogram(otlp::Histogram { data_points, aggregation_temporality: temporality as i32 })
}

fn exponential(
    pairs: &[(&str, &str)],
    scale: i32,
    zeros: u64,
    positive: (i32, &[u64]),
) -> otlp::ExponentialHistogramDataPoint {
    otlp::ExponentialHistogramDataPoint {
        attributes: attributes(pairs),
        time_unix_nano: 10 * SECOND,
        count: zeros + positive.1.iter().sum::<u64>(),
        scale,
        zero_count: zeros,
        positive: Some(Buckets { offset: positive.0, bucket_counts: positive.1.to_vec() }),
        ..Default::default()
    }
}

fn exponentials(data_points: Vec<otlp::ExponentialHistogramDataPoint>) -> Data {
    let aggregation_temporality = Delta as i32;
    Data::ExponentialHistogram(otlp::ExponentialHistogram { data_points, aggregation_temporality })
}

/// Quantile by quantile, in the step that the point at ten seconds is in.
fn second_step(data: &MetricData) -> Vec<Option<f64>> {
    data.quantiles.as_ref().unwrap().values.iter().map(|values| values[1]).collect()
}

fn close(one: Option<f64>, other: f64) -> bool {
    one.is_some_and(|one| (one - other).abs() < 1e-9 * other.abs().max(1.0))
}

#[test]
fn what_was_added_between_two_points_is_in_the_steps_between_them_and_nothing_is_lost() {
    let data = drawn(sum(&[(&[], 5, 15, 30.0), (&[], 5, 35, 70.0)], Cumulative));
    // 3 a second from 5 to 15, then 2 a second until 35.
    let line = &data.lines[0];
    assert_eq!(line.values, [Some(3.0), Some(2.5), Some(2.0), Some(2.0)]);
    assert_eq!((data.meaning.as_str(), line.label.as_str()), ("a second", "m"));
    let seconds = [5.0, 10.0, 10.0, 5.0];
    let total: f64 = line.values.iter().zip(seconds).map(|(rate, long)| rate.unwrap() * long).sum();
    assert_eq!(total, 70.0);
}

#[test]
fn delta_and_cumulative_points_of_the_same_events_draw_the_same_line() {
    let cumulative = drawn(sum(&[(&[], 1, 10, 4.0), (&[], 1, 20, 10.0), (&[], 1, 30, 11.0)], Cumulative));
    let delta = drawn(sum(&[(&[], 1, 10, 4.0), (&[], 10, 20, 6.0), (&[], 20, 30, 1.0)], Delta));
    assert_eq!(cumulative.lines, delta.lines);
    assert_eq!(delta.temporality, Some(Temporality::Delta));
}

#[test]
fn a_restart_is_no_fall_and_is_marked() {
    let data = drawn(sum(
        &[(&[], 0, 10, 100.0), (&[], 0, 20, 110.0), (&[], 25, 30, 5.0), (&[], 25, 40, 15.0)],
        Cumulative,
    ));
    assert_eq!(data.lines[0].values, [None, Some(1.0), Some(0.5), Some(1.0)]);
    assert_eq!(data.lines[0].resets, [3]);
}

#[test]
fn steps_without_points_are_null_and_raw_values_are_as_they_are() {
    let raw = MetricQuestion { raw: true, ..question() };
    let points = sum(&[(&[], 1, 5, 7.0), (&[], 1, 25, 9.0)], Cumulative);
    let window = window_of(vec![request("shop", vec![metric("m", "1", points)])]);
    let data = ask(&window, &raw);
    assert_eq!(data.lines[0].values, [Some(7.0), None, Some(9.0), None]);
    assert_eq!(data.meaning, "total");
}

#[test]
fn lines_are_called_by_what_tells_them_apart() {
    let alike = [("region", "eu"), ("method", "GET")];
    let other = [("region", "eu"), ("method", "PUT")];
    let data = drawn(gauge(vec![number(&alike, 0, 5, 1.0), number(&other, 0, 5, 2.0)]));
    let labels: Vec<&str> = data.lines.iter().map(|line| line.label.as_str()).collect();
    assert_eq!(labels, ["method=GET", "method=PUT"]);
    let of = |service: &str| request(service, vec![metric("m", "1", gauge(vec![number(&[], 0, 5, 1.0)]))]);
    let data = ask(&window_of(vec![of("cart"), of("shop")]), &question());
    let labels: Vec<&str> = data.lines.iter().map(|line| line.label.as_str()).collect();
    assert_eq!(labels, ["service=cart", "service=shop"]);
    assert_eq!(data.lines[1].service.as_deref(), Some("shop"));
}

#[test]
fn series_are_put_together_by_the_values_of_keys_and_left_out_by_a_filter() {
    let points = [
        (&[("method", "GET"), ("status", "200")][..], 0, 10, 10.0),
        (&[("method", "GET"), ("status", "500")], 0, 10, 10.0),
        (&[("method", "PUT"), ("status", "200")], 0, 10, 10.0),
    ];
    let later: Vec<_> = points.iter().map(|(pairs, start, _, _)| (*pairs, *start, 20, 30.0)).collect();
    let data = sum(&[&points[..], &later].concat(), Cumulative);
    let window = window_of(vec![request("shop", vec![metric("m", "1", data)])]);
    let grouped = MetricQuestion { group_by: Some("method".into()), ..question() };
    let data = ask(&window, &grouped);
    let lines: Vec<(&str, Option<f64>)> =
        data.lines.iter().map(|l| (l.label.as_str(), l.values[1])).collect();
    assert_eq!(lines, [("method=GET", Some(4.0)), ("method=PUT", Some(2.0))]);
    let filtered = MetricQuestion { filter: "status=200 service=shop".into(), ..grouped };
    let data = ask(&window, &filtered);
    assert_eq!(data.lines.iter().map(|line| line.values[1]).collect::<Vec<_>>(), [Some(2.0), Some(2.0)]);
}

#[test]
fn a_filter_compares_more_of_a_value_than_a_label_shows() {
    let long = |end: &str| format!("{}{end}", "v".repeat(300));
    let points = vec![
        number(&[("path", &long("a"))], 0, 5, 1.0),
        number(&[("path", &long("b"))], 0, 5, 2.0),
        number(&[("path", "c")], 0, 5, 3.0),
    ];
    let window = window_of(vec![request("shop", vec![metric("m", "1", gauge(points))])]);
    let filtered = MetricQuestion { filter: format!("path!={}", long("a")), ..question() };
    let data = ask(&window, &filtered);
    let lines: Vec<_> = data.lines.iter().map(|line| (line.label.len(), line.values[0])).collect();
    assert_eq!(lines, [("path=c".len(), Some(3.0)), ("path=".len() + 200, Some(2.0))]);
}

#[test]
fn gauges_that_come_at_different_times_are_put_together_without_teeth() {
    let steps: Vec<_> = (0..4).map(|i| number(&[("id", "a")], 0, i * 10 + 5, 10.0)).collect();
    let slow = vec![number(&[("id", "b")], 0, 5, 20.0), number(&[("id", "b")], 0, 25, 20.0)];
    let window = window_of(vec![request("shop", vec![metric("m", "1", gauge([steps, slow].concat()))])]);
    let data = ask(&window, &MetricQuestion { group_by: Some("service".into()), ..question() });
    assert_eq!(data.lines[0].values, [Some(15.0); 4]);
}

#[test]
fn of_many_lines_the_largest_are_drawn_and_the_others_counted() {
    let ids: Vec<String> = (0..150).map(|i| i.to_string()).collect();
    let points = ids.iter().zip(0..).map(|(id, i)| number(&[("id", id)], 0, 5, f64::from(i))).collect();
    let data = drawn(gauge(points));
    assert_eq!((data.lines.len(), data.lines_left_out), (100, 50));
    assert_eq!(data.lines[0].label, "id=149");
}

#[test]
fn quantiles_of_explicit_histograms_are_interpolated_within_their_buckets() {
    let one = explicit(&[("id", "a")], 0, 10, &[1.0, 2.0, 4.0], &[0, 4, 6, 0]);
    let other = explicit(&[("id", "b")], 0, 10, &[1.0, 2.0, 4.0], &[0, 6, 4, 0]);
    let data = drawn(histogram(vec![one, other], Delta));
    // 20 in all: ten up to 2, ten between 2 and 4. 90 % are 18 of them: eight tenths of the second bucket.
    let expected = [2.0, 3.6, 3.8, 3.96];
    for (value, expected) in second_step(&data).into_iter().zip(expected) {
        assert!(close(value, expected), "{value:?} {expected}");
    }
    let heatmap = data.heatmap.unwrap();
    assert_eq!((heatmap.bounds, heatmap.low), (vec![1.0, 2.0, 4.0], Some(0.0)));
    assert_eq!(heatmap.counts[4..8], [0.0, 10.0, 10.0, 0.0]);
    assert!(close(data.mean.unwrap()[1], 10.0));
    assert_eq!(data.notes, Vec::<String>::new());
}

#[test]
fn a_quantile_above_the_last_bound_is_that_bound_with_a_note_unless_the_largest_is_known() {
    let beyond = explicit(&[], 0, 10, &[1.0], &[0, 10]);
    let data = drawn(histogram(vec![beyond.clone()], Delta));
    assert_eq!(second_step(&data)[0], Some(1.0));
    assert!(data.notes[0].contains("above the last bound"), "{:?}", data.notes);
    let known = otlp::HistogramDataPoint { max: Some(3.0), ..beyond };
    let data = drawn(histogram(vec![known], Delta));
    assert!(close(second_step(&data)[0], 2.0));
    assert_eq!(data.notes, Vec::<String>::new());
}

#[test]
fn histograms_with_different_bounds_are_told_in_those_that_all_have() {
    let one = explicit(&[("id", "a")], 0, 10, &[1.0, 2.0, 4.0], &[1, 2, 3, 4]);
    let other = explicit(&[("id", "b")], 0, 10, &[2.0, 3.0, 4.0, 8.0], &[10, 20, 30, 40, 50]);
    let data = drawn(histogram(vec![one, other], Delta));
    let heatmap = data.heatmap.unwrap();
    assert_eq!(heatmap.bounds, [2.0, 4.0]);
    assert_eq!(heatmap.counts[3..6], [13.0, 53.0, 94.0]);
    assert_eq!(data.notes[0], "Bounds differ between series: drawn by the 2 that all of them have.");
}

#[test]
fn histograms_that_share_no_bound_are_not_mixed() {
    let one = explicit(&[("id", "a")], 0, 10, &[1.0, 2.0], &[1, 1, 1]);
    let again = explicit(&[("id", "a")], 0, 20, &[1.0, 2.0], &[1, 1, 1]);
    let other = explicit(&[("id", "b")], 0, 10, &[7.0], &[100, 100]);
    let data = drawn(histogram(vec![one, again, other], Delta));
    assert_eq!(data.heatmap.unwrap().counts[3..6], [1.0, 1.0, 1.0]);
    assert!(data.notes.iter().any(|note| note.contains("nothing in common")), "{:?}", data.notes);
    assert!(data.notes.iter().any(|note| note.starts_with("1 points are not in the heatmap")));
    assert_eq!(data.lines.len(), 2, "how many were recorded is known of all");
}

#[test]
fn cumulative_histograms_are_told_by_what_was_added_and_restarts_begin_anew() {
    let bounds = [1.0, 2.0];
    let points = vec![
        explicit(&[], 1, 10, &bounds, &[5, 5, 5]),
        explicit(&[], 1, 20, &bounds, &[5, 9, 5]),
        explicit(&[], 22, 30, &bounds, &[1, 0, 0]),
    ];
    let data = drawn(histogram(points, Cumulative));
    let counts = data.heatmap.unwrap().counts;
    assert_eq!(counts[3..6], [0.0, 4.0, 0.0]);
    assert_eq!(counts[6..9], [1.0, 0.0, 0.0]);
    assert_eq!(data.lines[0].resets, [3]);
    assert!(close(data.lines[0].values[1], 0.4));
}

#[test]
fn histograms_that_twenty_processes_tell_in_turns_are_drawn_by_what_each_added() {
    let of =
        |start: u64, time: u64, recorded: u64| explicit(&[], start, time, &[1.0], &[1_000_000, recorded]);
    let first = (1..=20).map(|start| of(start, 30, 0));
    let second = (1..=20).map(|start| of(start, 40, 3));
    let data = drawn(histogram(first.chain(second).collect(), Cumulative));
    assert_eq!(data.heatmap.as_ref().unwrap().counts[6..8], [0.0, 60.0]);
    assert!(data.notes[0].contains("several processes in turns"), "{:?}", data.notes);
}

#[test]
fn exponential_histograms_of_different_scales_are_told_in_the_coarser_one() {
    // Scale 1: (1, 1.41], (1.41, 2], (2, 2.83], (2.83, 4]. Scale 0: (1, 2], (2, 4].
    let fine = exponential(&[("id", "a")], 1, 0, (0, &[1, 2, 3, 4]));
    let coarse = exponential(&[("id", "b")], 0, 0, (0, &[10, 20]));
    let data = drawn(exponentials(vec![fine, coarse]));
    let heatmap = data.heatmap.as_ref().unwrap();
    assert_eq!((heatmap.low, &heatmap.bounds[..]), (Some(1.0), &[2.0, 4.0][..]));
    assert_eq!(heatmap.counts[3..6], [13.0, 27.0, 0.0]);
    // 40 in all; half of them are 20: 7 of the 27 between 2 and 4, evenly by their logarithm.
    assert!(close(second_step(&data)[0], 2.0 * f64::exp2(7.0 / 27.0)));
}

#[test]
fn what_one_exponential_histogram_takes_for_zero_all_do() {
    let with_zero = otlp::ExponentialHistogramDataPoint {
        zero_threshold: 1.5,
        ..exponential(&[("id", "a")], 0, 5, (1, &[7]))
    };
    let without = exponential(&[("id", "b")], 0, 1, (-1, &[2, 3, 4]));
    let data = drawn(exponentials(vec![with_zero, without]));
    let heatmap = data.heatmap.unwrap();
    // 1.5 is within (1, 2], which is taken for zero as a whole; (2, 4] is left.
    assert_eq!((heatmap.low, &heatmap.bounds[..]), (Some(0.0), &[2.0, 4.0][..]));
    assert_eq!(heatmap.counts[3..6], [11.0, 11.0, 0.0]);
}

#[test]
fn negative_values_of_exponential_histograms_come_first_and_ascend() {
    let negative = Some(Buckets { offset: 0, bucket_counts: vec![1, 2] });
    let point = otlp::ExponentialHistogramDataPoint { negative, ..exponential(&[], 0, 4, (0, &[8])) };
    let data = drawn(exponentials(vec![otlp::ExponentialHistogramDataPoint { count: 15, ..point }]));
    let heatmap = data.heatmap.as_ref().unwrap();
    assert_eq!((heatmap.low, &heatmap.bounds[..]), (Some(-4.0), &[-2.0, 0.0, 1.0, 2.0][..]));
    assert_eq!(heatmap.counts[5..10], [2.0, 1.0, 4.0, 8.0, 0.0]);
    assert!(close(second_step(&data)[3], f64::exp2(7.85 / 8.0)));
}

#[test]
fn cumulative_exponential_histograms_may_become_coarser_in_between() {
    let at = |time, scale, positive: (i32, &[u64])| otlp::ExponentialHistogramDataPoint {
        start_time_unix_nano: SECOND,
        time_unix_nano: time * SECOND,
        ..exponential(&[], scale, 0, positive)
    };
    let points = vec![at(10, 1, (0, &[1, 1, 1, 1])), at(20, 0, (0, &[2, 5]))];
    let aggregation_temporality = Cumulative as i32;
    let data = drawn(Data::ExponentialHistogram(otlp::ExponentialHistogram {
        data_points: points,
        aggregation_temporality,
    }));
    assert_eq!(data.heatmap.unwrap().counts[3..6], [0.0, 3.0, 0.0]);
    assert_eq!(data.lines[0].resets, Vec::<u32>::new());
}

#[test]
fn exponential_histograms_over_all_numbers_have_no_more_rows_than_a_picture() {
    let tiny = exponential(&[("id", "a")], 20, 0, (-1_000_000_000, &[1]));
    let huge = exponential(&[("id", "b")], 20, 0, (1_000_000_000, &[1]));
    let data = drawn(exponentials(vec![tiny, huge]));
    let heatmap = data.heatmap.unwrap();
    assert!(heatmap.bounds.len() <= 200 && heatmap.bounds.iter().all(|bound| bound.is_finite()));
    assert_eq!(heatmap.counts.iter().sum::<f64>(), 2.0);
}

#[test]
fn quantiles_of_a_summary_are_the_sender_s_and_are_never_put_together() {
    let at = |quantile, value| otlp::summary_data_point::ValueAtQuantile { quantile, value };
    let point = |id: &str, count| otlp::SummaryDataPoint {
        attributes: attributes(&[("id", id)]),
        time_unix_nano: 10 * SECOND,
        count,
        quantile_values: vec![at(0.5, 1.0), at(0.99, f64::from(count as u32))],
        ..Default::default()
    };
    let data = drawn(Data::Summary(otlp::Summary { data_points: vec![point("a", 5), point("b", 7)] }));
    let quantiles = data.quantiles.unwrap();
    assert_eq!(quantiles.quantiles, [0.5, 0.99]);
    assert_eq!(quantiles.values[1][1], Some(7.0));
    assert!(data.notes[0].starts_with("Quantiles of 2 series cannot be put together"), "{:?}", data.notes);
}

#[test]
fn the_mean_of_a_summary_is_of_what_was_added_in_each_step() {
    let at = |id: &str, time, count, sum| otlp::SummaryDataPoint {
        attributes: attributes(&[("id", id)]),
        start_time_unix_nano: SECOND,
        time_unix_nano: time * SECOND,
        count,
        sum,
        ..Default::default()
    };
    let points = vec![at("a", 10, 4, 8.0), at("a", 20, 10, 38.0), at("b", 10, 1, 7.0), at("b", 20, 1, 7.0)];
    let data = drawn(Data::Summary(otlp::Summary { data_points: points }));
    assert_eq!(data.mean.unwrap(), [Some(3.0), Some(5.0), None, None]);
}

#[test]
fn the_mean_of_histograms_without_buckets_is_of_those_whose_sum_is_known() {
    let of =
        |time, count, sum| otlp::HistogramDataPoint { count, sum, ..explicit(&[], time - 9, time, &[], &[]) };
    let points = vec![of(10, 4, Some(8.0)), of(20, 6, Some(30.0)), of(30, 5, None)];
    let data = drawn(histogram(points, Delta));
    assert_eq!(data.mean.unwrap(), [Some(2.0), Some(5.0), None, None]);
    assert_eq!(data.heatmap, None);
}

#[test]
fn exemplars_say_their_line_and_whether_their_trace_is_here() {
    let exemplar = |time: u64, trace: u8| otlp::Exemplar {
        filtered_attributes: attributes(&[("user", "7")]),
        time_unix_nano: time * SECOND,
        trace_id: vec![trace; 16],
        span_id: vec![2; 8],
        value: Some(otlp::exemplar::Value::AsDouble(1.5)),
    };
    let exemplars = vec![exemplar(5, 1), exemplar(6, 9), exemplar(50, 1)];
    let with = otlp::NumberDataPoint { exemplars, ..number(&[("id", "b")], 0, 10, 1.0) };
    let data = drawn(counter(Cumulative, vec![number(&[("id", "a")], 0, 10, 1.0), with]));
    let told: Vec<_> = data.exemplars.iter().map(|e| (e.time_ms, e.known, e.line)).collect();
    assert_eq!(told, [(5_000.0, true, Some(1)), (6_000.0, false, Some(1))]);
    assert_eq!(data.exemplars[0].trace_id.as_deref(), Some("01010101010101010101010101010101"));
    assert_eq!(data.exemplars[0].attributes[0].text, "7");
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let nan = number(&[], 1, 10, f64::NAN);
    let backwards = number(&[], 30, 20, 1.0);
    let window =
        window_of(vec![request("shop", vec![metric("m", "1", counter(Cumulative, vec![nan, backwards]))])]);
    let data = ask(&window, &question());
    assert_eq!(data.notes.len(), 2, "{:?}", data.notes);
    let of = |unit: &str| request("shop", vec![metric("m", unit, gauge(vec![number(&[], 0, 5, 1.0)]))]);
    let two_units = window_of(vec![of("s"), of("ms")]);
    let data = ask(&two_units, &question());
    assert_eq!(data.lines.len(), 1);
    assert!(data.notes[0].contains("their unit is not \"s\""), "{:?}", data.notes);
    assert_eq!(
        list(&two_units).metrics[0].conflict.as_deref(),
        Some("Senders disagree about its units: \"ms\", \"s\".")
    );
}

#[test]
fn the_list_has_each_name_and_kind_once() {
    let sum_of = |service: &str| {
        let points = vec![number(&[("a", "1")], 1, 5, 1.0), number(&[("b", "1")], 1, 6, 1.0)];
        request(service, vec![metric("m", "s", counter(Delta, points))])
    };
    let gauge = request("shop", vec![metric("m", "s", gauge(vec![number(&[], 1, 5, 1.0)]))]);
    let metrics = list(&window_of(vec![sum_of("shop"), sum_of("cart"), gauge])).metrics;
    assert_eq!(metrics.iter().map(|m| m.kind).collect::<Vec<_>>(), [MetricKind::Gauge, MetricKind::Sum]);
    let sum = &metrics[1];
    assert_eq!((sum.series, sum.points, sum.last, sum.monotonic), (4, 4, UnixNano(6 * SECOND), true));
    assert_eq!(
        (&sum.services[..], &sum.keys[..]),
        (&["cart".to_owned(), "shop".into()][..], &["a".to_owned(), "b".into()][..])
    );
}

#[test]
fn without_a_range_everything_that_is_known_is_drawn() {
    let points = sum(&[(&[], 100, 110, 10.0), (&[], 100, 140, 40.0)], Cumulative);
    let window = window_of(vec![request("shop", vec![metric("m", "1", points)])]);
    let all = MetricQuestion { from_ms: None, to_ms: None, ..question() };
    let data = ask(&window, &all);
    assert_eq!((data.start_ms, data.step_ms), (100_000.0, 10_000.0));
    assert_eq!(data.lines[0].values, [Some(1.0); 4]);
    let old = MetricQuestion { name: "other".into(), ..all };
    assert!(answer(&window, &old, &|_| true, &|_| true).is_none());
}
