//! One batch, until it is delivered or given up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::deadline::deadline_in;
use crate::diagnostics;
use crate::record::random_fraction;
use crate::self_metrics::{Counters, Loss, Stopwatch};
use crate::transport::{Answer, Batch, ExportError, Exporter, Receipt, grpc_code_name};

use super::backoff::backoff;
use super::control::Controlled;
use super::trouble::Trouble;

/// How many attempts a batch gets once shutdown has begun: enough to outlive a hiccup, few enough that a program whose collector
/// is simply not there ends within a second or two.
const ATTEMPTS_AT_SHUTDOWN: u32 = 3;

/// The longest wait between attempts once shutdown has begun.
const WAIT_AT_SHUTDOWN: Duration = Duration::from_millis(250);

/// The longest an exporter may take to release what it holds when nobody said how long shutdown may take.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(10);

const ASKED_TO_WAIT: &str = "the receiver asked earlier to be left alone for longer than there is time";

/// How pressing things are. Changing it ends any wait between attempts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Urgency {
    /// Counts flushes asked for.
    pub(super) flushes: u64,
    /// When shutdown must be over, once it has begun.
    pub(super) shutdown: Option<Instant>,
}

/// Delivers batches to one exporter: time-outs, retries, and the books.
pub(super) struct Delivery {
    exporter: Arc<dyn Exporter>,
    counters: Arc<Counters>,
    operations: Arc<Stopwatch>,
    pub(super) urgency: watch::Receiver<Urgency>,
    /// The longest a batch may take with all its attempts; `None` is no limit.
    timeout: Option<Duration>,
    /// The receiver asked not to be called before.
    not_before: Option<Instant>,
    /// What the log was told about this exporter.
    trouble: Trouble,
}

impl Delivery {
    pub(super) fn new(
        exporter: Arc<dyn Exporter>,
        controlled: &Controlled,
        timeout: Option<Duration>,
    ) -> Self {
        let (counters, urgency) = (Arc::clone(&controlled.counters), controlled.urgency.clone());
        let operations = Arc::clone(&controlled.operations);
        let trouble = Trouble::default();
        Self { exporter, counters, operations, urgency, timeout, not_before: None, trouble }
    }

    pub(super) fn is_shutting_down(&self) -> bool {
        self.urgency.borrow().shutdown.is_some()
    }

    /// Delivers `batch`, counts what became of it, and answers whether the receiver was reached.
    pub(super) async fn deliver(&mut self, batch: Batch) -> bool {
        self.deliver_by(batch, None).await
    }

    /// As [`deliver`](Self::deliver), with `deadline` beside the batch's own time.
    pub(super) async fn deliver_by(&mut self, batch: Batch, deadline: Option<Instant>) -> bool {
        let items = batch.items as u64;
        if self.is_asked_to_wait_past(deadline) {
            self.count_loss(items, Loss::RetriesExhausted, ASKED_TO_WAIT.to_owned());
            return false;
        }
        self.wait_as_asked().await;
        let begun = Instant::now();
        let outcome = self.attempt_until_done(batch, deadline).await;
        self.operations.record(begun, |attributes| describe(&outcome, attributes));
        match outcome {
            Ok(receipt) => {
                self.count_receipt(items, receipt);
                true
            }
            Err((loss, error)) => {
                self.count_loss(items, loss, full_message(&error));
                false
            }
        }
    }

    /// The story of a batch: attempt, back off, attempt again, until it is delivered, refused, or time is up.
    async fn attempt_until_done(
        &mut self,
        batch: Batch,
        deadline: Option<Instant>,
    ) -> Result<Receipt, (Loss, ExportError)> {
        // From here on: a batch that waited for its turn still gets its attempts.
        let give_up = [self.timeout.map(deadline_in), deadline].into_iter().flatten().min();
        let mut attempt = 0;
        loop {
            let error = match self.attempt(batch.clone(), give_up).await {
                Ok(receipt) => return Ok(receipt),
                Err(error) if !error.is_retryable() => return Err((Loss::Refused, error)),
                Err(error) => error,
            };
            // Seen before it is read, so that a shutdown that begins from here on ends the pause.
            self.urgency.mark_unchanged();
            let wait = self.wait_after(attempt, &error);
            if let Some(loss) = self.is_over(attempt, wait, give_up) {
                self.not_before = error.retry_after().map(deadline_in);
                return Err((loss, error));
            }
            diagnostics::debug(format_args!(
                "export failed, next attempt in {wait:?}: {}",
                full_message(&error)
            ));
            match error.retry_after() {
                Some(_) => self.rest(wait).await,
                None => self.pause(wait).await,
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, batch: Batch, give_up: Option<Instant>) -> Result<Receipt, ExportError> {
        let exporter = Arc::clone(&self.exporter);
        self.run(async move { exporter.export(batch).await }, give_up).await
    }

    /// Has the exporter deliver what it holds back itself. Gives way to a shutdown, which flushes again.
    pub(super) async fn flush(&self) -> Result<(), ExportError> {
        let mut urgency = self.urgency.clone();
        tokio::select! {
            flushed = self.last_flush() => flushed,
            _ = urgency.wait_for(|urgency| urgency.shutdown.is_some()) => {
                Err(ExportError::transient("the flush gave way to the shutdown that began meanwhile"))
            }
        }
    }

    /// As [`flush`](Self::flush), once shutdown has begun.
    pub(super) async fn last_flush(&self) -> Result<(), ExportError> {
        let exporter = Arc::clone(&self.exporter);
        self.run(async move { exporter.force_flush().await }, self.timeout.map(deadline_in)).await
    }

    /// Has the exporter release what it holds, unless the shutdown's time is up.
    pub(super) async fn release(&self) {
        let exporter = Arc::clone(&self.exporter);
        let release = async move {
            exporter.shutdown().await;
            Ok(())
        };
        // Nothing is lost when it fails: everything was delivered or counted before.
        let _ = self.run(release, Some(deadline_in(RELEASE_TIMEOUT))).await;
    }

    /// Runs the exporter's code as a task of its own, so that a panic in it is an error like others, until time is up.
    async fn run<T: Send + 'static>(
        &self,
        code: impl Future<Output = Result<T, ExportError>> + Send + 'static,
        give_up: Option<Instant>,
    ) -> Result<T, ExportError> {
        let mut task = AbortOnDrop(tokio::spawn(code));
        tokio::select! {
            biased;
            outcome = &mut task.0 => outcome.unwrap_or_else(|error| Err(panicked(error))),
            () = time_is_up(self.urgency.clone(), give_up) => Err(ExportError::transient(
                "the export was given up: time ran out while the receiver had not answered. Is it overloaded?",
            )
            .of_type("timeout")),
        }
    }

    fn wait_after(&self, attempt: u32, error: &ExportError) -> Duration {
        self.patience(backoff(attempt, error.retry_after(), random_fraction()))
    }

    /// Whether the receiver will not be willing again in time. Waiting would hold up what else the caller has to do, in vain.
    fn is_asked_to_wait_past(&self, deadline: Option<Instant>) -> bool {
        let is_past = |(not_before, deadline): (Instant, Instant)| not_before >= deadline;
        !self.is_shutting_down() && self.not_before.zip(deadline).is_some_and(is_past)
    }

    /// Waits until the receiver is willing again, if it asked for that when an earlier batch was given up.
    async fn wait_as_asked(&mut self) {
        let Some(not_before) = self.not_before.take() else { return };
        self.rest(self.patience(not_before.saturating_duration_since(Instant::now()))).await;
    }

    /// `wait`, cut short once shutdown has begun.
    fn patience(&self, wait: Duration) -> Duration {
        if self.is_shutting_down() { wait.min(WAIT_AT_SHUTDOWN) } else { wait }
    }

    /// Why no further attempt is made, if none is.
    fn is_over(&self, attempt: u32, wait: Duration, give_up: Option<Instant>) -> Option<Loss> {
        let next = deadline_in(wait);
        if let Some(deadline) = self.urgency.borrow().shutdown
            && (next >= deadline || attempt + 1 >= ATTEMPTS_AT_SHUTDOWN)
        {
            return Some(Loss::Shutdown);
        }
        give_up.is_some_and(|give_up| next >= give_up).then_some(Loss::RetriesExhausted)
    }

    /// Waits, but no longer than until a flush or the shutdown is asked for that was not seen before.
    async fn pause(&mut self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            Ok(()) = self.urgency.changed() => {}
        }
    }

    /// Waits because the receiver asked for it: only the shutdown cuts that short.
    async fn rest(&self, wait: Duration) {
        let mut urgency = self.urgency.clone();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = urgency.wait_for(|urgency| urgency.shutdown.is_some()) => {}
        }
    }

    fn count_receipt(&mut self, items: u64, receipt: Receipt) {
        let rejected = receipt.rejected.min(items);
        self.counters.count_exported(items - rejected);
        self.counters.count_rejected(rejected);
        let exporter = self.exporter.component_type();
        if rejected == 0 && receipt.message.is_none() {
            if self.trouble.is_over() {
                diagnostics::info(format_args!("{exporter} delivers again"));
            }
            return;
        }
        let message = receipt.message.unwrap_or_else(|| "the receiver gave no reason".to_owned());
        if rejected == 0 {
            return self
                .trouble
                .warn(format_args!("the receiver took {items} items with a warning ({exporter})"), message);
        }
        self.counters.note_error(message.clone());
        self.trouble
            .warn(format_args!("the receiver rejected {rejected} of {items} items ({exporter})"), message);
    }

    fn count_loss(&mut self, items: u64, loss: Loss, message: String) {
        self.counters.count_lost(loss, items);
        self.counters.note_error(message.clone());
        let exporter = self.exporter.component_type();
        let what = if items == 1 { "item" } else { "items" };
        self.trouble
            .warn(format_args!("{items} {what} lost by {exporter}"), format!("{}: {message}", loss.label()));
    }
}

/// Completes when the batch's time, or the shutdown's, is up; follows a shutdown that begins meanwhile.
async fn time_is_up(mut urgency: watch::Receiver<Urgency>, give_up: Option<Instant>) {
    loop {
        let shutdown = urgency.borrow_and_update().shutdown;
        let limit = [give_up, shutdown].into_iter().flatten().min();
        let elapsed = async {
            match limit {
                Some(limit) => tokio::time::sleep_until(limit.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = elapsed => return,
            changed = urgency.changed() => if changed.is_err() { return },
        }
    }
}

fn panicked(error: tokio::task::JoinError) -> ExportError {
    let what = match error.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned()),
        Err(_) => None,
    };
    ExportError::permanent(format!(
        "the exporter panicked: {}. What it was doing is lost, the exporter goes on",
        what.as_deref().unwrap_or("no message")
    ))
    .of_type("panic")
}

/// How an export ended, for its duration: what the receiver answered last, and `error.type` unless all was accepted.
fn describe(outcome: &Result<Receipt, (Loss, ExportError)>, attributes: &mut Vec<KeyValue>) {
    let (answer, error_type) = match outcome {
        Ok(receipt) => (receipt.answer, (receipt.rejected > 0).then(|| "rejected".into())),
        Err((_, error)) => (error.answer(), Some(error.error_type())),
    };
    match answer {
        Some(Answer::Http(status)) => {
            attributes.push(KeyValue::new("http.response.status_code", i64::from(status)));
        }
        Some(Answer::Grpc(code)) => attributes.push(KeyValue::new("rpc.status_code", grpc_code_name(code))),
        None => {}
    }
    attributes.extend(error_type.map(|error_type| KeyValue::new("error.type", error_type)));
}

/// The error with its causes, on one line.
pub(super) fn full_message(error: &ExportError) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let text = error.to_string();
        // Some libraries repeat their cause in their own message.
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message
}

/// An attempt that nobody waits for any more is abandoned.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
