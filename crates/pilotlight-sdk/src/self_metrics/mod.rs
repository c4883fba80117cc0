//! What Pilotlight knows about itself, and tells: the `otel.sdk.*` metrics.
//!
//! ```text
//!  record/span_counts.rs   spans started and ended, counted by the threads that do it
//!   └ logs/log_counts.rs   log records emitted, likewise
//!  batch/                  everything else, counted where it happens
//!   ├ counters.rs          what became of an exporter's items
//!   └ stopwatch.rs         how long collections and exports took
//!  component.rs            which exporter, processor or reader it was ── account.rs, all of one exporter
//!  ─────────────────────────────────────────────── when a reader collects, on the callbacks' thread
//!  emission.rs             reads all of it at once ── names.rs, the instruments
//! ```
//!
//! On with every reader of metrics, under the scope `pilotlight`;
//! [`SettingsBuilder::self_metrics`](crate::config::SettingsBuilder::self_metrics) turns them off. Counters and
//! up-down counters are observed; nothing about an export wakes anything or is exported ahead of the schedule.
//!
//! | Metric | Kind | Unit | Attributes besides the component's | Meaning |
//! |---|---|---|---|---|
//! | `otel.sdk.span.started` | counter | `{span}` | `otel.span.parent.origin` (`none`, `local`, `remote`), `otel.span.sampling_result` (`DROP`, `RECORD_ONLY`, `RECORD_AND_SAMPLE`); no component | Spans started, sampled or not. |
//! | `otel.sdk.span.live` | up-down counter | `{span}` | `otel.span.sampling_result`; no component | Recorded spans that have not ended. |
//! | `otel.sdk.log.created` | counter | `{log_record}` | none | Log records emitted, less those that the logger's configuration leaves out. |
//! | `otel.sdk.processor.span.queue.size` | up-down counter | `{span}` | | Spans that wait for the exporter thread. |
//! | `otel.sdk.processor.span.queue.capacity` | up-down counter | `{span}` | | The queue's bound, where it counts spans (`OTEL_BSP_MAX_QUEUE_SIZE`). |
//! | `otel.sdk.processor.log.queue.size` | up-down counter | `{log_record}` | | The same for log records, of which each exporter has a queue, log lines too. |
//! | `otel.sdk.processor.log.queue.capacity` | up-down counter | `{log_record}` | | The same for log records (`OTEL_BLRP_MAX_QUEUE_SIZE`). |
//! | `pilotlight.queue.bytes` | up-down counter | `By` | | Bytes that count towards the queue's bound, where it counts bytes: the default. |
//! | `pilotlight.queue.limit` | up-down counter | `By` | | That bound. |
//! | `otel.sdk.processor.span.processed` | counter | `{span}` | `error.type` | Spans that left the queue for the exporter or, with `error.type`, never will: `queue_full`, `already_shutdown`, `too_large` (for any request), `shutdown` (still queued when it gave up). |
//! | `otel.sdk.processor.log.processed` | counter | `{log_record}` | `error.type` | The same for log records. |
//! | `otel.sdk.exporter.span.inflight` | up-down counter | `{span}` | `server.address`, `server.port` | Spans given to the exporter, without an outcome yet. |
//! | `otel.sdk.exporter.span.exported` | counter | `{span}` | the same, `error.type` | Spans with an outcome: accepted or, with `error.type`, not: `rejected` (in a partial success), `refused` (the receiver will not have the batch), `timeout` (no attempt succeeded for as long as it is retried), `shutdown` (which gave the batch up). |
//! | `otel.sdk.exporter.log.inflight` | up-down counter | `{log_record}` | as of spans | The same for log records. |
//! | `otel.sdk.exporter.log.exported` | counter | `{log_record}` | as of spans | The same for log records. |
//! | `otel.sdk.exporter.metric_data_point.inflight` | up-down counter | `{data_point}` | as of spans | The same for data points. |
//! | `otel.sdk.exporter.metric_data_point.exported` | counter | `{data_point}` | as of spans | The same for data points, and `too_large` (for any request). |
//! | `otel.sdk.metric_reader.collection.duration` | histogram | `s` | | From asking callbacks to encoded requests. |
//! | `otel.sdk.exporter.operation.duration` | histogram | `s` | `server.*`, `http.response.status_code` or `rpc.status_code` of the last answer, `error.type` | One request with all its attempts and the waits between them. `error.type` is `rejected`, `timeout`, `panic`, the answer's status, or `_OTHER`. |
//!
//! A component is an exporter, processor or reader: `otel.component.type`, and `otel.component.name`, which is the type and a
//! number, counted from 0 for each type in the life of the process. The series without `error.type` is there
//! from the first collection on, one with it from the first loss on.
//!
//! What a collection says of its own reader is one collection old: its export and its duration come after it. What the sums
//! say of losses is what [`Report`](crate::batch::Report) says: `refused` here is `dropped.refused` there, and so on; `timeout` is
//! `retries_exhausted`, and the two `shutdown` together are `shutdown`.
//!
//! Specification: "OpenTelemetry SDK metrics" (development), <https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/>.

mod account;
mod component;
mod counters;
mod emission;
mod names;
mod stopwatch;

pub(crate) use account::Account;
pub(crate) use component::Component;
pub(crate) use counters::{Counters, Loss};
pub(crate) use emission::emit;
pub(crate) use stopwatch::Stopwatch;
