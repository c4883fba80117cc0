//! The questions about telemetry: one function a question.

use super::asked::{Asked, Named, Nothing};
use super::asker::{Answer, Asker};
use super::refusal::Refusals;
use crate::query::{
    Completion, ExceptionList, FindQuestion, FindingList, FoundSpans, KeysQuestion, LogDetail, LogList,
    LogsQuestion, LossList, MetricData, MetricList, MetricQuestion, OperationList, OperationQuestion,
    OperationSeries, ResourceList, ServiceMap, SpanDetail, SpanQuestion, Trace, TraceDurations, TraceList,
    TracesQuestion, ValuesQuestion,
};
use crate::store::Store;

/// Attribute keys that were seen, for completion.
#[utoipa::path(get, path = "/api/keys", tag = "telemetry", params(KeysQuestion), responses((status = 200, body = Completion), Refusals))]
pub(super) async fn keys(asker: Asker, Asked(question): Asked<KeysQuestion>) -> Answer {
    asker.ask(move |store| store.keys(&question)).await
}

/// Values that a key was seen with, for completion.
#[utoipa::path(get, path = "/api/values", tag = "telemetry", params(ValuesQuestion), responses((status = 200, body = Completion), Refusals))]
pub(super) async fn values(asker: Asker, Asked(question): Asked<ValuesQuestion>) -> Answer {
    asker.ask(move |store| store.values(&question)).await
}

/// Traces with at least one span that is meant.
#[utoipa::path(get, path = "/api/traces", tag = "telemetry", params(TracesQuestion), responses((status = 200, body = TraceList), Refusals))]
pub(super) async fn traces(asker: Asker, Asked(question): Asked<TracesQuestion>) -> Answer {
    asker.ask(move |store| store.traces(&question)).await
}

/// How long these traces took, over time.
#[utoipa::path(get, path = "/api/traces/durations", tag = "telemetry", params(TracesQuestion), responses((status = 200, body = TraceDurations), Refusals))]
pub(super) async fn trace_durations(asker: Asker, Asked(question): Asked<TracesQuestion>) -> Answer {
    asker.ask(move |store| store.trace_durations(&question)).await
}

/// One trace, laid out for a waterfall.
#[utoipa::path(get, path = "/api/traces/{trace_id}", tag = "telemetry", params(("trace_id" = String, Path, description = "32 hexadecimal digits.")), responses((status = 200, body = Trace), Refusals))]
pub(super) async fn trace(asker: Asker, Named(trace_id): Named<String>, _: Asked<Nothing>) -> Answer {
    asker.find(format!("the trace `{trace_id}`"), move |store| store.trace(&trace_id)).await
}

/// The spans of a trace that a filter means.
#[utoipa::path(get, path = "/api/traces/{trace_id}/spans", tag = "telemetry", params(("trace_id" = String, Path, description = "32 hexadecimal digits."), FindQuestion), responses((status = 200, body = FoundSpans), Refusals))]
pub(super) async fn find_spans(
    asker: Asker,
    Named(trace_id): Named<String>,
    Asked(question): Asked<FindQuestion>,
) -> Answer {
    asker.ask(move |store| store.find_spans(&trace_id, &question)).await
}

/// One span in full.
#[utoipa::path(get, path = "/api/traces/{trace_id}/spans/{span_id}", tag = "telemetry", params(("trace_id" = String, Path, description = "32 hexadecimal digits."), ("span_id" = String, Path, description = "16 hexadecimal digits.")), responses((status = 200, body = SpanDetail), Refusals))]
pub(super) async fn span(
    asker: Asker,
    Named((trace_id, span_id)): Named<(String, String)>,
    _: Asked<Nothing>,
) -> Answer {
    asker.find(format!("the span `{span_id}`"), move |store| store.span(&trace_id, &span_id)).await
}

/// Rate, errors and duration by operation.
#[utoipa::path(get, path = "/api/operations", tag = "telemetry", params(SpanQuestion), responses((status = 200, body = OperationList), Refusals))]
pub(super) async fn operations(asker: Asker, Asked(question): Asked<SpanQuestion>) -> Answer {
    asker.ask(move |store| store.operations(&question)).await
}

/// One operation over time.
#[utoipa::path(get, path = "/api/operations/series", tag = "telemetry", params(OperationQuestion), responses((status = 200, body = OperationSeries), Refusals))]
pub(super) async fn operation(asker: Asker, Asked(question): Asked<OperationQuestion>) -> Answer {
    asker.ask(move |store| store.operation(&question)).await
}

/// Who calls whom.
#[utoipa::path(get, path = "/api/map", tag = "telemetry", params(SpanQuestion), responses((status = 200, body = ServiceMap), Refusals))]
pub(super) async fn map(asker: Asker, Asked(question): Asked<SpanQuestion>) -> Answer {
    asker.ask(move |store| store.map(&question)).await
}

/// The metrics there are.
#[utoipa::path(get, path = "/api/metrics", tag = "telemetry", responses((status = 200, body = MetricList), Refusals))]
pub(super) async fn metrics(asker: Asker, _: Asked<Nothing>) -> Answer {
    asker.tell(Store::metrics).await
}

/// One metric over time.
#[utoipa::path(get, path = "/api/metrics/data", tag = "telemetry", params(MetricQuestion), responses((status = 200, body = MetricData), Refusals))]
pub(super) async fn metric(asker: Asker, Asked(question): Asked<MetricQuestion>) -> Answer {
    let what = format!("the metric `{}`", question.name);
    asker.find(what, move |store| store.metric(&question)).await
}

/// Log records, the newest first.
#[utoipa::path(get, path = "/api/logs", tag = "telemetry", params(LogsQuestion), responses((status = 200, body = LogList), Refusals))]
pub(super) async fn logs(asker: Asker, Asked(question): Asked<LogsQuestion>) -> Answer {
    asker.ask(move |store| store.logs(&question)).await
}

/// One log record in full.
#[utoipa::path(get, path = "/api/logs/{id}", tag = "telemetry", params(("id" = String, Path, description = "As `LogRow::id` has it.")), responses((status = 200, body = LogDetail), Refusals))]
pub(super) async fn log(asker: Asker, Named(id): Named<String>, _: Asked<Nothing>) -> Answer {
    asker.find(format!("the log record `{id}`"), move |store| store.log(&id)).await
}

/// Exceptions, grouped by type and message.
#[utoipa::path(get, path = "/api/exceptions", tag = "telemetry", params(SpanQuestion), responses((status = 200, body = ExceptionList), Refusals))]
pub(super) async fn exceptions(asker: Asker, Asked(question): Asked<SpanQuestion>) -> Answer {
    asker.ask(move |store| store.exceptions(&question)).await
}

/// Who tells.
#[utoipa::path(get, path = "/api/resources", tag = "telemetry", responses((status = 200, body = ResourceList), Refusals))]
pub(super) async fn resources(asker: Asker, _: Asked<Nothing>) -> Answer {
    asker.tell(Store::resources).await
}

/// What senders say they have lost.
#[utoipa::path(get, path = "/api/losses", tag = "telemetry", responses((status = 200, body = LossList), Refusals))]
pub(super) async fn losses(asker: Asker, _: Asked<Nothing>) -> Answer {
    asker.tell(Store::losses).await
}

/// What is wrong with what was received, and with what was refused.
#[utoipa::path(get, path = "/api/findings", tag = "telemetry", responses((status = 200, body = FindingList), Refusals))]
pub(super) async fn findings(asker: Asker, _: Asked<Nothing>) -> Answer {
    let journal = asker.context.journal.clone();
    asker.tell(move |store| store.findings(&journal)).await
}
