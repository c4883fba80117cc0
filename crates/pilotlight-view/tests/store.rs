//! What the page asks of the store, and how the store holds out against whatever it is sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span;
use pilotlight_view::query::{
    FaultKind, FindQuestion, KeysQuestion, LogsQuestion, Placement, SpanKind, SpanStatus, TailQuestion,
    Trace, TraceList, TraceSort, TracesQuestion, UnixNano, ValueKind, ValuesQuestion,
};
use pilotlight_view::receive::Signal;
use pilotlight_view::store::{ExportQuestion, News, Options, Store};
use support::*;

async fn keep(store: &Store, request: pilotlight_view::receive::Received) {
    while let Err(busy) = store.keep(request.clone()).await {
        tokio::time::sleep(busy.retry_after).await;
    }
}

/// A shop: an order that failed in payment, one that did not, and a health check.
async fn shop() -> Store {
    let store = store();
    let gateway = vec![
        with(
            span(1, 1, 0, "POST /orders", 0, 100),
            &[text("http.route", "/orders"), int("http.response.status_code", 500)],
        ),
        with(
            span(2, 1, 0, "POST /orders", 1000, 20),
            &[text("http.route", "/orders"), int("http.response.status_code", 200)],
        ),
        with(
            span(3, 1, 0, "GET /health", 2000, 1),
            &[text("http.route", "/health"), int("http.response.status_code", 200)],
        ),
    ];
    keep(&store, spans("gateway", gateway)).await;
    let mut failing = failed(span(1, 2, 1, "charge", 10, 80), "card expired");
    failing.kind = span::SpanKind::Client.into();
    failing.events.push(span::Event {
        name: "exception".to_owned(),
        time_unix_nano: NOON + 50_000_000,
        attributes: vec![
            text("exception.type", "CardError"),
            text("exception.message", "Card Expired in 2019"),
        ],
        dropped_attributes_count: 0,
    });
    keep(&store, spans("payment", vec![failing])).await;
    let failed_log = log_of(log("payment declined", 17, 60), 1, 2);
    keep(&store, logs("payment", vec![failed_log, log("starting", 9, 0), log("cache is cold", 13, 5)])).await;
    store
}

fn traces(store: &Store, filter: &str) -> TraceList {
    store.traces(&TracesQuestion { filter: filter.to_owned(), ..TracesQuestion::default() }).unwrap()
}

fn ids(list: &TraceList) -> Vec<u128> {
    list.traces.iter().map(|trace| u128::from_str_radix(&trace.trace_id, 16).unwrap()).collect()
}

#[tokio::test]
async fn spans_are_found_within_their_trace_by_what_they_say() {
    let store = shop().await;
    let found = |trace: &str, filter: &str| {
        let question = FindQuestion { filter: filter.to_owned() };
        store.find_spans(trace, &question).map(|found| found.span_ids)
    };
    let first = "00000000000000000000000000000001";
    assert_eq!(found(first, "http.route=/orders").unwrap(), ["0000000000000001"]);
    assert_eq!(found(first, "card expired").unwrap(), ["0000000000000002"]);
    assert_eq!(found(first, "").unwrap().len(), 2);
    assert!(found(first, "http.route=/health").unwrap().is_empty());
    assert!(found("0000000000000000000000000000000f", "").unwrap().is_empty());
    assert!(found("x", "").is_err() && found(first, "\"open").is_err());
}

#[tokio::test]
async fn traces_with_errors_come_first_and_then_the_newest() {
    let list = traces(&shop().await, "");
    assert_eq!(ids(&list), [1, 3, 2]);
    assert_eq!((list.matched, list.with_errors, list.complete), (3, 1, true));
    let failed = &list.traces[0];
    assert_eq!(
        (failed.name.as_str(), failed.service.as_str(), failed.kind),
        ("POST /orders", "gateway", SpanKind::Server)
    );
    assert_eq!((failed.start, failed.duration_ns), (UnixNano(NOON), 100_000_000));
    assert_eq!((failed.spans, failed.errors, failed.logs, failed.root_missing), (2, 1, 1, false));
    let services: Vec<&str> = failed.services.iter().map(|share| share.service.as_str()).collect();
    assert_eq!(services, ["gateway", "payment"]);
}

#[tokio::test]
async fn each_word_of_the_filter_finds_what_it_says() {
    let store = shop().await;
    let found = |filter: &str| {
        let mut ids = ids(&traces(&store, filter));
        ids.sort_unstable();
        ids
    };
    assert_eq!(found("http.route=/orders"), [1, 2]);
    assert_eq!(found("http.route!=/orders"), [1, 3], "payment's span has no route");
    assert_eq!(found("http.route~ORD"), [1, 2]);
    assert_eq!(found("http.response.status_code>=500"), [1]);
    assert_eq!(found("http.response.status_code<500 http.route~e"), [2, 3]);
    assert_eq!(found("service=payment"), [1]);
    assert_eq!(found("host.name=box resource.host.name=box"), [1, 2, 3]);
    assert_eq!(found("resource.http.route?"), [0; 0]);
    assert_eq!(found("!http.route?"), [1]);
    assert_eq!(found("span.kind=client"), [1]);
    assert_eq!(found("span.status=error"), [1]);
    assert_eq!(found("span.duration>=80ms"), [1]);
    assert_eq!(found("span.name~\"get /\""), [3]);
    assert_eq!(found("\"card expired\""), [1]);
    assert_eq!(found("exception.type=CardError"), [1]);
    assert_eq!(found("2019 charge"), [1]);
    assert_eq!(found("nothing-like-it"), [0; 0]);
    assert_eq!(found(&format!("trace.id={}", trace_hex(2))), [2]);
    assert_eq!(found("scope.name=tests span.id=0000000000000002"), [1]);
}

#[tokio::test]
async fn traces_are_ordered_narrowed_and_passed_over_as_asked() {
    let store = shop().await;
    let ask = |question: TracesQuestion| ids(&store.traces(&question).unwrap());
    let all = TracesQuestion::default;
    assert_eq!(ask(TracesQuestion { sort: TraceSort::Newest, ..all() }), [3, 2, 1]);
    assert_eq!(ask(TracesQuestion { sort: TraceSort::Slowest, limit: Some(2), ..all() }), [1, 2]);
    assert_eq!(ask(TracesQuestion { sort: TraceSort::MostSpans, offset: Some(1), ..all() }), [3, 2]);
    assert_eq!(ask(TracesQuestion { errors: true, ..all() }), [1]);
    assert_eq!(
        ask(TracesQuestion { duration_ms_min: Some(20.0), duration_ms_max: Some(50.0), ..all() }),
        [2]
    );
    let noon_ms = UnixNano(NOON).milliseconds();
    assert_eq!(
        ask(TracesQuestion { from_ms: Some(noon_ms + 1000.0), to_ms: Some(noon_ms + 2000.0), ..all() }),
        [2]
    );
    assert_eq!(ask(TracesQuestion { offset: Some(usize::MAX), limit: Some(usize::MAX), ..all() }), [0; 0]);
}

#[tokio::test]
async fn durations_are_counted_over_time_and_single_traces_can_be_pointed_at() {
    let picture = shop().await.trace_durations(&TracesQuestion::default()).unwrap();
    assert_eq!(picture.counts.iter().sum::<u32>(), 3);
    assert_eq!(picture.errors.iter().sum::<u32>(), 1);
    let (columns, rows) = (picture.time_edges_ms.len() - 1, picture.duration_edges_ms.len() - 1);
    assert_eq!(picture.counts.len(), columns * rows);
    assert!(picture.duration_edges_ms.windows(2).all(|edges| edges[0] < edges[1]));
    assert_eq!(picture.points.len(), 3);
}

fn trace(store: &Store, id: u128) -> Trace {
    store.trace(&trace_hex(id)).unwrap().unwrap()
}

#[tokio::test]
async fn a_trace_is_laid_out_with_its_logs_on_their_spans() {
    let trace = trace(&shop().await, 1);
    let rows: Vec<(u32, &str)> = trace.spans.iter().map(|row| (row.depth, row.name.as_str())).collect();
    assert_eq!(rows, [(0, "POST /orders"), (1, "charge")]);
    assert_eq!(trace.services, ["gateway", "payment"]);
    assert_eq!((trace.duration_ns, trace.spans[0].self_time_ns), (100_000_000, 20_000_000));
    assert_eq!(
        (trace.spans[1].status, trace.spans[1].status_message.as_deref()),
        (SpanStatus::Error, Some("card expired"))
    );
    assert!(trace.spans[1].events[0].exception);
    assert_eq!(trace.logs.len(), 1);
    assert_eq!((trace.logs[0].span, trace.logs[0].offset_ns), (Some(1), 60_000_000));
    assert_eq!(trace.critical_path.iter().map(|stretch| stretch.duration_ns).sum::<u64>(), trace.duration_ns);
    assert_eq!(trace.faults, []);
}

#[tokio::test]
async fn a_span_is_shown_in_full() {
    let store = shop().await;
    let span = store.span(&trace_hex(1), &span_hex(2)).unwrap().unwrap();
    assert_eq!((span.name.as_str(), span.status_message.as_str()), ("charge", "card expired"));
    assert_eq!(span.parent_span_id, Some(span_hex(1)));
    assert_eq!(span.events[0].attributes[1].text, "Card Expired in 2019");
    assert_eq!(span.resource.service, "payment");
    assert_eq!((span.scope.name.as_str(), span.scope.version.as_str()), ("tests", "1"));
    assert_eq!(span.logs[0].body, "payment declined");
    assert_eq!(span.arrival.as_deref(), Some("http/protobuf on port 4318, gzip, tests/1"));
    let root = store.span(&trace_hex(1), &span_hex(1)).unwrap().unwrap();
    assert_eq!(root.attributes[1].kind, ValueKind::Int);
    assert!(store.span(&trace_hex(1), &span_hex(9)).unwrap().is_none());
    assert!(store.trace(&trace_hex(9)).unwrap().is_none());
    assert!(store.trace("x").is_err());
}

#[tokio::test]
async fn links_lead_both_ways() {
    let store = store();
    let mut consumer = span(2, 1, 0, "consume", 10, 5);
    consumer.links.push(span::Link { trace_id: trace_id(1), span_id: span_id(1), ..span::Link::default() });
    keep(&store, spans("worker", vec![consumer])).await;
    keep(&store, spans("shop", vec![span(1, 1, 0, "send", 0, 5)])).await;
    assert_eq!(trace(&store, 2).spans[0].links, 1);
    assert_eq!(trace(&store, 1).spans[0].linked_from, 1);
    let from = store.span(&trace_hex(2), &span_hex(1)).unwrap().unwrap();
    assert_eq!(from.links[0].target.as_deref(), Some("shop: send"));
    let to = store.span(&trace_hex(1), &span_hex(1)).unwrap().unwrap();
    assert_eq!(
        (to.linked_from[0].service.as_str(), to.linked_from[0].trace_id.clone()),
        ("worker", trace_hex(2))
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_trace_is_named() {
    let store = store();
    let other = vec![span(1, 5, 4, "skewed", 0, 10)];
    keep(&store, spans("other", other)).await;
    let mut backwards = span(1, 6, 1, "backwards", 50, 0);
    backwards.end_time_unix_nano -= 5;
    let spans_of_trace = vec![
        span(1, 1, 0, "root", 0, 100),
        span(1, 2, 0, "second root", 5, 10),
        span(1, 3, 99, "orphan", 6, 10),
        span(1, 4, 1, "caller", 20, 50),
        backwards,
        span(1, 7, 8, "egg", 30, 5),
        span(1, 8, 7, "hen", 31, 5),
        span(1, 1, 0, "again", 60, 5),
        span(1, 9, 1, "ancient", 0, 1),
    ];
    let mut ancient = spans_of_trace;
    ancient[8].start_time_unix_nano = 1;
    keep(&store, spans("shop", ancient)).await;
    let trace = trace(&store, 1);
    let kinds: Vec<FaultKind> = trace.faults.iter().map(|fault| fault.kind).collect();
    assert_eq!(
        kinds,
        [
            FaultKind::Orphans,
            FaultKind::Cycle,
            FaultKind::SeveralRoots,
            FaultKind::Skew,
            FaultKind::NegativeDuration,
            FaultKind::ImpossibleTime,
            FaultKind::DuplicateSpanId,
        ]
    );
    let named = |kind: FaultKind| {
        let fault = trace.faults.iter().find(|fault| fault.kind == kind).unwrap();
        fault.spans.iter().map(|at| trace.spans[*at as usize].name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(named(FaultKind::Orphans), ["orphan"]);
    assert_eq!(named(FaultKind::Cycle), ["egg"]);
    assert_eq!(named(FaultKind::Skew), ["skewed"]);
    assert_eq!(named(FaultKind::NegativeDuration), ["backwards"]);
    assert_eq!(named(FaultKind::DuplicateSpanId), ["again"]);
    let orphan = trace.spans.iter().find(|row| row.name == "orphan").unwrap();
    assert_eq!((orphan.placement, orphan.depth, orphan.parent), (Placement::Orphan, 0, None));
}

#[tokio::test]
async fn a_trace_whose_root_never_came_says_so() {
    let store = store();
    keep(&store, spans("shop", vec![span(1, 2, 1, "child", 0, 1)])).await;
    assert!(traces(&store, "").traces[0].root_missing);
    let kinds: Vec<FaultKind> = trace(&store, 1).faults.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [FaultKind::Orphans, FaultKind::NoRoot]);
}

#[tokio::test]
async fn log_records_are_listed_searched_counted_and_shown() {
    let store = shop().await;
    let ask = |filter: &str, severity_min| {
        let filter = filter.to_owned();
        store.logs(&LogsQuestion { filter, severity_min, ..LogsQuestion::default() }).unwrap()
    };
    let bodies = |list: &pilotlight_view::query::LogList| {
        list.logs.iter().map(|log| log.body.clone()).collect::<Vec<_>>()
    };
    let all = ask("", None);
    assert_eq!(bodies(&all), ["payment declined", "cache is cold", "starting"]);
    assert_eq!(all.buckets.iter().map(|bucket| bucket.info + bucket.warn + bucket.error).sum::<u32>(), 3);
    assert_eq!(bodies(&ask("", Some(13))), ["payment declined", "cache is cold"]);
    assert_eq!(bodies(&ask("log.severity>=error", None)), ["payment declined"]);
    assert_eq!(bodies(&ask("log.severity=warn", None)), ["cache is cold"]);
    assert_eq!(bodies(&ask("log.body~COLD service=payment", None)), ["cache is cold"]);
    assert_eq!(bodies(&ask("declined", None)), ["payment declined"]);
    assert_eq!(bodies(&ask(&format!("trace.id={}", trace_hex(1)), None)), ["payment declined"]);
    let detail = store.log(&all.logs[0].id).unwrap().unwrap();
    assert_eq!(detail.row, all.logs[0]);
    assert_eq!(
        (detail.body.text.as_str(), detail.resource.service.as_str()),
        ("payment declined", "payment")
    );
    assert_eq!(store.log("ffff-0").unwrap(), None);
    assert!(store.log("what").is_err());
}

#[tokio::test]
async fn keys_and_values_are_completed_the_most_frequent_first() {
    let store = shop().await;
    let keys = |prefix: &str| {
        let question = KeysQuestion { signal: Signal::Traces, prefix: prefix.to_owned() };
        store
            .keys(&question)
            .unwrap()
            .items
            .into_iter()
            .map(|item| (item.text, item.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("ROUTE"), [("http.route".to_owned(), 3)]);
    assert!(keys("host").contains(&("host.name".to_owned(), 4)));
    assert!(keys("").iter().any(|(key, _)| key == "span.kind"));
    let values = |signal, key: &str, prefix: &str| {
        let question = ValuesQuestion { signal, key: key.to_owned(), prefix: prefix.to_owned() };
        store
            .values(&question)
            .unwrap()
            .items
            .into_iter()
            .map(|item| (item.text, item.count))
            .collect::<Vec<_>>()
    };
    let owned = |pairs: &[(&str, u64)]| {
        pairs.iter().map(|(text, count)| ((*text).to_owned(), *count)).collect::<Vec<_>>()
    };
    assert_eq!(values(Signal::Traces, "http.route", ""), owned(&[("/orders", 2), ("/health", 1)]));
    assert_eq!(values(Signal::Traces, "http.route", "heal"), owned(&[("/health", 1)]));
    assert_eq!(values(Signal::Traces, "service", ""), owned(&[("gateway", 3), ("payment", 1)]));
    assert_eq!(values(Signal::Traces, "span.kind", ""), owned(&[("server", 3), ("client", 1)]));
    assert_eq!(values(Signal::Logs, "log.severity", ""), owned(&[("error", 1), ("info", 1), ("warn", 1)]));
    assert_eq!(values(Signal::Traces, "resource.host.name", ""), owned(&[("box", 4)]));
    assert!(
        store
            .values(&ValuesQuestion { signal: Signal::Logs, key: String::new(), prefix: String::new() })
            .is_err()
    );
}

#[tokio::test]
async fn a_tail_gives_what_is_meant_as_it_comes() {
    let store = store();
    let question = TailQuestion { filter: "service=payment".to_owned(), severity_min: Some(13) };
    let mut tail = store.tail(&question).unwrap();
    keep(&store, logs("gateway", vec![log("not meant", 17, 0)])).await;
    keep(&store, logs("payment", vec![log("too quiet", 9, 0), log("declined", 17, 1)])).await;
    let Some(News::Logs(rows)) = tail.next().await else { panic!("logs were expected") };
    assert_eq!(rows.iter().map(|row| row.body.as_str()).collect::<Vec<_>>(), ["declined"]);
    store.close().await;
    assert_eq!(tail.next().await, None);
}

#[tokio::test]
async fn a_page_that_is_too_slow_is_told_how_many_records_it_missed() {
    let store = store();
    let mut tail = store.tail(&TailQuestion::default()).unwrap();
    for number in 0..2000 {
        keep(&store, logs("shop", vec![log(&format!("{number}"), 9, number); 3])).await;
    }
    store.close().await;
    let (mut seen, mut missed) = (0, 0);
    while let Some(news) = tail.next().await {
        match news {
            News::Logs(rows) => seen += rows.len() as u64,
            News::Missed(count) => missed += count,
        }
    }
    assert_eq!(seen + missed, 6000);
    assert!(missed > 0 && seen > 0);
    assert_eq!(store.state().dropped.news, missed);
}

#[tokio::test]
async fn a_large_request_reaches_a_tail_whole() {
    let store = store();
    let mut tail = store.tail(&TailQuestion::default()).unwrap();
    keep(&store, logs("shop", (0..1800).map(|at| log("x", 9, at)).collect())).await;
    store.close().await;
    let mut seen = 0;
    while let Some(news) = tail.next().await {
        let News::Logs(rows) = news else { panic!("nothing is missed") };
        assert!(rows.len() <= 1000);
        seen += rows.len();
    }
    assert_eq!(seen, 1800);
}

#[tokio::test]
async fn what_is_kept_is_exported_as_it_came() {
    let store = shop().await;
    let exported = |question: &ExportQuestion| {
        let mut signals = Vec::new();
        let mut each = |data: pilotlight_view::receive::Data| {
            signals.push(data.signal());
            true
        };
        store.export(question, &mut each).unwrap();
        signals
    };
    assert_eq!(exported(&ExportQuestion::default()), [Signal::Traces, Signal::Traces, Signal::Logs]);
    let of_trace = ExportQuestion { trace_id: Some(trace_hex(1)), ..ExportQuestion::default() };
    assert_eq!(exported(&of_trace), [Signal::Traces, Signal::Traces, Signal::Logs]);
    let of_other = ExportQuestion { trace_id: Some(trace_hex(2)), ..ExportQuestion::default() };
    assert_eq!(exported(&of_other), [Signal::Traces]);
    let logs = ExportQuestion { signals: vec![Signal::Logs], ..ExportQuestion::default() };
    assert_eq!(exported(&logs), [Signal::Logs]);
    let later =
        ExportQuestion { from_ms: Some(UnixNano(NOON).milliseconds() + 1500.0), ..ExportQuestion::default() };
    assert_eq!(exported(&later), [Signal::Traces]);
}

#[tokio::test]
async fn spans_without_ids_are_refused_and_counted() {
    let store = store();
    let mut nameless = span(0, 1, 0, "no trace", 0, 1);
    let mut short = span(1, 1, 0, "short id", 0, 1);
    short.span_id.pop();
    let kept =
        store.keep(spans("shop", vec![nameless.clone(), short, span(1, 1, 0, "good", 0, 1)])).await.unwrap();
    assert_eq!(kept.rejected, 2);
    assert!(kept.reason.unwrap().contains("span id"));
    assert_eq!(exported_names(&store), ["good"]);
    assert_eq!(store.state().received.rejected, 2);
    nameless.trace_id.clear();
    assert_eq!(store.keep(spans("shop", vec![nameless])).await.unwrap().rejected, 1);
}

#[tokio::test]
async fn hostile_spans_change_nothing_for_others() {
    let store = shop().await;
    let many_keys = (0..100_000).map(|key| int(&format!("key{key}"), key)).collect::<Vec<_>>();
    let long = text("long", &"ä".repeat(5_000_000));
    keep(&store, spans("hostile", vec![with(span(66, 1, 0, "<script>alert(1)</script>", 0, 1), &many_keys)]))
        .await;
    keep(&store, spans("hostile", vec![with(span(66, 2, 1, "long", 0, 1), &[long])])).await;
    assert_eq!(store.state().held.attributes_not_searched, 100_000 - 256);
    let detail = store.span(&trace_hex(66), &span_hex(1)).unwrap().unwrap();
    assert_eq!(detail.attributes.len(), 100_000);
    let detail = store.span(&trace_hex(66), &span_hex(2)).unwrap().unwrap();
    assert_eq!(detail.attributes[0].whole_bytes, Some(10_000_000));
    assert!(detail.attributes[0].text.len() <= 16 << 10);
    assert_eq!(ids(&traces(&store, "key255=255")), [66]);
    assert_eq!(ids(&traces(&store, "long~ÄÄÄ")), [66]);
    assert_eq!(traces(&store, "").matched, 4);
}

#[tokio::test]
async fn impossible_times_overflow_nothing() {
    let store = store();
    let at = |id: u64, start: u64, end: u64| {
        let mut span = span(1, id, 0, "odd", 0, 0);
        (span.start_time_unix_nano, span.end_time_unix_nano) = (start, end);
        span
    };
    let year_2554 = 18_429_379_200_000_000_000;
    let year_1601_wrapped = u64::MAX - 11_644_473_600_000_000_000 + 1;
    let ten_days = NOON + 10 * 24 * 3600 * SECOND;
    let odd = vec![
        at(1, 0, 0),
        at(2, u64::MAX, 0),
        at(3, year_2554, u64::MAX),
        at(4, NOON, ten_days),
        at(5, year_1601_wrapped, NOON),
        at(6, 0, u64::MAX),
    ];
    keep(&store, spans("odd", odd)).await;
    let mut timeless = log("no time", 9, 0);
    timeless.time_unix_nano = 0;
    let mut last = log("the last", 9, 0);
    last.time_unix_nano = u64::MAX;
    keep(&store, logs("odd", vec![timeless, last])).await;
    let trace = trace(&store, 1);
    assert_eq!((trace.spans.len(), trace.duration_ns), (6, u64::MAX));
    assert_eq!(
        trace.critical_path.iter().map(|stretch| u128::from(stretch.duration_ns)).sum::<u128>(),
        u128::from(u64::MAX)
    );
    assert_eq!(traces(&store, "span.duration>200h").matched, 1);
    let everything =
        TracesQuestion { from_ms: Some(-1e300), to_ms: Some(1e300), ..TracesQuestion::default() };
    assert_eq!(store.traces(&everything).unwrap().matched, 1);
    store.trace_durations(&everything).unwrap();
    let list = store.logs(&LogsQuestion::default()).unwrap();
    assert_eq!((list.matched, list.logs[0].body.as_str()), (2, "the last"));
    for detail in [1, 2, 3, 4, 5, 6] {
        store.span(&trace_hex(1), &span_hex(detail)).unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_trace_of_fifty_thousand_generations_is_laid_out() {
    let store = store();
    let deep: Vec<_> = (1..=60_000).map(|id| span(1, id, id - 1, "deeper", id, 60_000)).collect();
    for part in deep.chunks(10_000) {
        keep(&store, spans("deep", part.to_vec())).await;
    }
    let trace = trace(&store, 1);
    assert_eq!((trace.spans.len(), trace.spans_left_out), (50_000, 10_000));
    assert_eq!(trace.spans.last().unwrap().depth, 49_999);
    assert_eq!(trace.faults, []);
}

#[tokio::test]
async fn many_spans_with_one_id_are_no_more_work_than_others() {
    let store = store();
    let same: Vec<_> = (0..50_000).map(|at| span(1, 1, 1, "same", at, 1)).collect();
    keep(&store, spans("same", same)).await;
    let trace = trace(&store, 1);
    assert_eq!(trace.spans.len(), 50_000);
    assert_eq!(traces(&store, "").traces[0].spans, 50_000);
}

/// So little memory that the window holds a few thousand spans.
fn little_memory() -> Options {
    Options { memory_bytes_max: 4 << 20, ..Options::default() }
}

async fn keep_traces(store: &Store, traces: std::ops::Range<u64>) {
    for first in traces.clone().step_by(100) {
        let batch = (first..(first + 100).min(traces.end)).flat_map(|number| {
            let root = with(
                span(u128::from(number), 1, 0, "root", number * 10, 5),
                &[text("order.id", &format!("{number}"))],
            );
            [root, span(u128::from(number), 2, 1, "child", number * 10 + 1, 2)]
        });
        keep(store, spans("shop", batch.collect())).await;
    }
}

#[tokio::test]
async fn what_has_left_the_memory_is_found_in_the_file() {
    let store = Store::open(little_memory()).unwrap();
    keep_traces(&store, 1..20_001).await;
    until("everything is written", || store.state().held.spans_on_disk == 40_000).await;
    let held = store.state().held;
    assert!(held.spans < 40_000 && held.memory_bytes <= 4 << 20, "{held:?}");

    let live = traces(&store, "");
    assert!(!live.complete && live.searched_back_to.is_some() && live.matched < 20_000);
    assert_eq!(trace(&store, 5).spans.len(), 2);
    assert_eq!(store.span(&trace_hex(5), &span_hex(2)).unwrap().unwrap().name, "child");
    let noon_ms = UnixNano(NOON).milliseconds();
    let old =
        TracesQuestion { from_ms: Some(noon_ms), to_ms: Some(noon_ms + 1000.0), ..TracesQuestion::default() };
    let list = store.traces(&old).unwrap();
    assert_eq!((list.matched, list.complete), (99, true));
    assert_eq!(list.traces[0].spans, 2);
    let one = TracesQuestion {
        filter: "order.id=7".to_owned(),
        from_ms: Some(noon_ms),
        to_ms: Some(noon_ms + 1000.0),
        ..TracesQuestion::default()
    };
    assert_eq!(ids(&store.traces(&one).unwrap()), [7]);
}

#[tokio::test]
async fn a_trace_whose_spans_lie_far_apart_is_one_trace() {
    let store = Store::open(Options { memory_bytes_max: 16 << 20, ..Options::default() }).unwrap();
    keep(&store, spans("shop", vec![failed(span(1 << 100, 1, 0, "far", 0, 1), "")])).await;
    keep_traces(&store, 1..10_001).await;
    keep(&store, spans("late", vec![span(1 << 100, 2, 1, "late", 500, 1)])).await;
    let list = store
        .traces(&TracesQuestion { filter: "service=late".to_owned(), ..TracesQuestion::default() })
        .unwrap();
    let far = &list.traces[0];
    assert_eq!((far.name.as_str(), far.spans, far.errors, far.services.len()), ("far", 2, 1, 2));
    assert_eq!((list.matched, traces(&store, "").matched), (1, 10_001));
    assert_eq!(
        traces(&store, "").traces[0].trace_id,
        trace_hex(1 << 100),
        "its error counts although it is in another segment"
    );
    assert_eq!(trace(&store, 1 << 100).spans.len(), 2);
}

#[tokio::test]
async fn spans_of_a_large_trace_that_are_not_read_from_the_file_are_counted() {
    let store = Store::open(little_memory()).unwrap();
    for batch in 0..60 {
        let of_batch = (batch * 1_000 + 1..batch * 1_000 + 1_001).map(|id| span(7, id, 0, "step", id, 1));
        keep(&store, spans("shop", of_batch.collect())).await;
    }
    until("everything is written", || store.state().held.spans_on_disk == 60_000).await;
    let trace = trace(&store, 7);
    assert_eq!((trace.spans.len(), trace.spans_left_out), (50_000, 10_000));
}

#[tokio::test]
async fn memory_is_bounded_by_bytes_whatever_comes() {
    let store = Store::open(little_memory()).unwrap();
    for number in 0..300 {
        let keys: Vec<_> = (0..200)
            .map(|key| text(&format!("key {number} {key}"), &format!("value {number} {key}").repeat(50)))
            .collect();
        keep(&store, spans("noise", vec![with(span(number, 1, 0, &format!("name {number}"), 0, 1), &keys)]))
            .await;
    }
    let held = store.state().held;
    assert!(held.memory_bytes <= 5 << 20, "{held:?}");
}

#[tokio::test]
async fn a_restart_reads_the_newest_back_within_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { db: Some(folder.path().join("telemetry.db")), ..little_memory() };
    let store = Store::open(options.clone()).unwrap();
    keep_traces(&store, 1..15_001).await;
    store.close().await;
    drop(store);

    let store = Store::open(options).unwrap();
    keep_traces(&store, 15_001..15_101).await;
    until("the file is read back", || store.state().loaded >= 1.0).await;
    let held = store.state().held;
    assert!(held.spans > 2000 && held.spans < 30_200 && held.memory_bytes <= 4 << 20, "{held:?}");
    let list = store
        .traces(&TracesQuestion { sort: TraceSort::Newest, limit: Some(1000), ..TracesQuestion::default() })
        .unwrap();
    assert_eq!(ids(&list), (14_101..=15_100).rev().collect::<Vec<u128>>());
    assert!(!list.complete);
}

#[tokio::test]
async fn metrics_are_read_back_although_newer_spans_fill_their_memory() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { db: Some(folder.path().join("telemetry.db")), ..little_memory() };
    let store = Store::open(options.clone()).unwrap();
    keep(&store, gauge("shop", "depth", 1.0)).await;
    keep_traces(&store, 1..15_001).await;
    store.close().await;
    drop(store);

    let store = Store::open(options).unwrap();
    until("the file is read back", || store.state().loaded >= 1.0).await;
    let held = store.state().held;
    assert!(held.spans < 30_000 && held.points == 1, "{held:?}");
}

#[tokio::test]
async fn values_of_every_kind_are_shown_and_found() {
    let store = store();
    let kinds = [
        pair("flag", Value::BoolValue(true)),
        pair("ratio", Value::DoubleValue(0.25)),
        pair("nothing", Value::BytesValue(vec![1, 2, 3])),
        pair("not.a.number", Value::DoubleValue(f64::NAN)),
    ];
    keep(&store, spans("shop", vec![with(span(1, 1, 0, "kinds", 0, 1), &kinds)])).await;
    assert_eq!(ids(&traces(&store, "flag=true ratio<0.3 ratio>0.2 nothing=AQID not.a.number=NaN")), [1]);
    assert_eq!(traces(&store, "not.a.number>0").matched, 0);
}
