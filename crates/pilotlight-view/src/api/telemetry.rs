//! The questions about telemetry: one function a question.

use super::refusal::Refusals;
use crate::query::*;

/// Attribute keys that were seen, for completion.
#[utoipa::path(get, path = "/api/keys", tag = "telemetry", params(KeysQuestion), responses((status = 200, body = Completion), Refusals))]
pub(super) async fn keys() {}

/// Values that a key was seen with, for completion.
#[utoipa::path(get, path = "/api/values", tag = "telemetry", params(ValuesQuestion), responses((status = 200, body = Completion), Refusals))]
pub(super) async fn values() {}

/// Traces with at least one span that is meant.
#[utoipa::path(get, path = "/api/traces", tag = "telemetry", params(TracesQuestion), responses((status = 200, body = TraceList), Refusals))]
pub(super) async fn traces() {}

/// How long these traces took, over time.
#[utoipa::path(get, path = "/api/traces/durations", tag = "telemetry", params(TracesQuestion), responses((status = 200, body = TraceDurations), Refusals))]
pub(super) async fn trace_durations() {}

/// One trace, laid out for a waterfall.
#[utoipa::path(get, path = "/api/traces/{trace_id}", tag = "telemetry", params(("trace_id" = String, Path, description = "32 hexadecimal digits.")), responses((status = 200, body = Trace), Refusals))]
pub(super) async fn trace() {}

/// One span in full.
#[utoipa::path(get, path = "/api/traces/{trace_id}/spans/{span_id}", tag = "telemetry", params(("trace_id" = String, Path, description = "32 hexadecimal digits."), ("span_id" = String, Path, description = "16 hexadecimal digits.")), responses((status = 200, body = SpanDetail), Refusals))]
pub(super) async fn span() {}

/// Rate, errors and duration by operation.
#[utoipa::path(get, path = "/api/operations", tag = "telemetry", params(SpanQuestion), responses((status = 200, body = OperationList), Refusals))]
pub(super) async fn operations() {}

/// One operation over time.
#[utoipa::path(get, path = "/api/operations/series", tag = "telemetry", params(OperationQuestion), responses((status = 200, body = OperationSeries), Refusals))]
pub(super) async fn operation() {}

/// Who calls whom.
#[utoipa::path(get, path = "/api/map", tag = "telemetry", params(SpanQuestion), responses((status = 200, body = ServiceMap), Refusals))]
pub(super) async fn map() {}

/// The metrics there are.
#[utoipa::path(get, path = "/api/metrics", tag = "telemetry", responses((status = 200, body = MetricList), Refusals))]
pub(super) async fn metrics() {}

/// One metric over time.
#[utoipa::path(get, path = "/api/metrics/data", tag = "telemetry", params(MetricQuestion), responses((status = 200, body = MetricData), Refusals))]
pub(super) async fn metric() {}

/// Log records, the newest first.
#[utoipa::path(get, path = "/api/logs", tag = "telemetry", params(LogsQuestion), responses((status = 200, body = LogList), Refusals))]
pub(super) async fn logs() {}

/// One log record in full.
#[utoipa::path(get, path = "/api/logs/{id}", tag = "telemetry", params(("id" = String, Path, description = "As `LogRow::id` has it.")), responses((status = 200, body = LogDetail), Refusals))]
pub(super) async fn log() {}

/// Exceptions, grouped by type and message.
#[utoipa::path(get, path = "/api/exceptions", tag = "telemetry", params(SpanQuestion), responses((status = 200, body = ExceptionList), Refusals))]
pub(super) async fn exceptions() {}

/// Who tells.
#[utoipa::path(get, path = "/api/resources", tag = "telemetry", responses((status = 200, body = ResourceList), Refusals))]
pub(super) async fn resources() {}

/// What senders say they have lost.
#[utoipa::path(get, path = "/api/losses", tag = "telemetry", responses((status = 200, body = LossList), Refusals))]
pub(super) async fn losses() {}

/// What is wrong with what was received, and with what was refused.
#[utoipa::path(get, path = "/api/findings", tag = "telemetry", responses((status = 200, body = FindingList), Refusals))]
pub(super) async fn findings() {}
