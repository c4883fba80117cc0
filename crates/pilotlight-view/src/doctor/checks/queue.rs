//! Causes 22 and 23, and memory: sizes of queues and batches.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::settings::{Protocol, Signal};
use crate::finding::Finding;

/// What gRPC servers take in one message, unless told otherwise.
const GRPC_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What an everyday span or log record takes.
const ITEM_BYTES: u64 = 500;

/// Queues of more than so many bytes are worth a word.
const QUEUE_BYTES_MANY: u64 = 256 * 1024 * 1024;

pub(super) fn check(facts: &Facts) -> Verdict {
    let pairs = [("OTEL_BSP", Signal::Traces), ("OTEL_BLRP", Signal::Logs)];
    Verdict::Checked(
        pairs.into_iter().flat_map(|(prefix, signal)| of_signal(facts, prefix, signal)).collect(),
    )
}

fn of_signal(facts: &Facts, prefix: &str, signal: Signal) -> Vec<Finding> {
    let number = |setting: &str| {
        facts.place.environment.get(&format!("{prefix}_{setting}")).and_then(|text| text.parse::<u64>().ok())
    };
    let (queue, batch) = (number("MAX_QUEUE_SIZE"), number("MAX_EXPORT_BATCH_SIZE"));
    let is_grpc = facts.settings.of(signal).protocol.value == Protocol::Grpc;
    let splits = matches!(facts.project.sdk, Sdk::Pilotlight(_));
    [
        queue
            .zip(batch)
            .filter(|(queue, batch)| queue < batch && *queue > 0)
            .map(|sizes| smaller(&facts.project.sdk, prefix, sizes)),
        batch
            .filter(|batch| is_grpc && !splits && bytes(*batch) > GRPC_BYTES_MAX)
            .map(|batch| too_large(prefix, batch)),
        queue.filter(|queue| bytes(*queue) > QUEUE_BYTES_MANY).map(|queue| much_memory(prefix, queue)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What so many items take.
fn bytes(items: u64) -> u64 {
    items.saturating_mul(ITEM_BYTES)
}

/// Only about a batch that somebody set: the default is cut to the queue's size by SDKs, and opentelemetry-rust cuts either.
fn smaller(sdk: &Sdk, prefix: &str, (queue, batch): (u64, u64)) -> Finding {
    let (id, title) = (
        "queue-smaller-than-batch",
        format!("{prefix}_MAX_QUEUE_SIZE={queue} is less than one batch ({batch})"),
    );
    let draft = match sdk {
        Sdk::OpenTelemetryRust(_) => {
            Draft::note(id, title).because("The SDK sends batches of the queue's size instead.")
        }
        _ => Draft::warning(id, title).because(
            "What comes while the queue is full is dropped, and this queue is full before a batch is.",
        ),
    };
    draft
        .seen(format!("{queue} may wait, and {batch} are sent at once"))
        .next(format!("Remove {prefix}_MAX_QUEUE_SIZE, or set it to several times the batch."))
}

fn too_large(prefix: &str, batch: u64) -> Finding {
    Draft::warning(
        "batch-may-exceed-grpc-limit",
        format!("Batches of {batch} may be larger than gRPC servers take"),
    )
    .seen(format!(
        "{prefix}_MAX_EXPORT_BATCH_SIZE={batch}; at some {ITEM_BYTES} bytes each that is {} MiB",
        bytes(batch) / 1024 / 1024
    ))
    .because("Servers refuse messages over 4 MiB unless told otherwise, and the whole batch is lost.")
    .next(format!(
        "Set {prefix}_MAX_EXPORT_BATCH_SIZE to 4096 or less, or raise the receiver's max_recv_msg_size_mib."
    ))
}

fn much_memory(prefix: &str, queue: u64) -> Finding {
    Draft::note("queue-may-take-much-memory", format!("A full queue of {queue} takes some {} MiB", bytes(queue) / 1024 / 1024))
        .seen(format!("{prefix}_MAX_QUEUE_SIZE={queue}"))
        .because("While the receiver is away the queue fills up, and everything in it is memory.")
        .next("Set OTEL_TRACES_SAMPLER=parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG=0.1, or make the queue smaller.")
}
