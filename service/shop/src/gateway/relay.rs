//! Tells the worker of orders: takes messages out of the outbox, hands them over, and forgets them when somebody else is answerable.
//!
//! ```text
//!  an order is saved ──> woken ──> a round: the messages that are due ──> handed over, some at a time ──┬──> removed
//!            a time has come ──┘         └── none: waits                                                ├──> given back: postponed
//!                                                                                                       └──> trouble: pauses, and one
//!                                                                                                            message is tried
//! ```
//!
//! What is in the outbox when the gateway starts is told then.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use opentelemetry::trace::FutureExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::metrics::MessageMetrics;
use super::store::{Entry, Outbox};
use crate::backoff::Backoff;
use crate::database::{DatabaseError, now_ms};
use crate::messages::{Nats, NatsError, Queue, QueueClosed, Settlement};

/// How many messages are read at a time.
const ROUND: usize = 64;

/// How many of them are on their way at once.
const IN_FLIGHT: usize = 16;

/// What lies between two rounds that met trouble.
const PAUSES: Backoff = Backoff::between(Duration::from_millis(100), Duration::from_secs(5));

/// When a message is offered again that was refused. By then there may be room in a stream that was full.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);

/// To whom messages are handed.
#[derive(Debug)]
pub(super) enum Outlet {
    Nats(Box<Nats>),
    Queue(Queue),
}

/// A relay that runs.
#[derive(Debug)]
pub(super) struct Relay {
    woken: Arc<Notify>,
    stopping: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
    outbox: Outbox,
}

/// Why a round ended before its time.
#[derive(Debug)]
enum Trouble {
    Database(DatabaseError),
    Nats(NatsError),
    Queue(QueueClosed),
}

/// What a round found out about the next one.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Now,
    In(Duration),
    WhenWoken,
}

/// What the task works with.
struct Rounds {
    outbox: Outbox,
    outlet: Outlet,
    metrics: MessageMetrics,
    woken: Arc<Notify>,
    stopping: CancellationToken,
}

impl Relay {
    /// Starts with what is left from before.
    pub(super) fn start(outbox: Outbox, outlet: Outlet, metrics: MessageMetrics) -> Self {
        let woken = Arc::new(Notify::new());
        let stopping = CancellationToken::new();
        let rounds = Rounds {
            outbox: outbox.clone(),
            outlet,
            metrics,
            woken: woken.clone(),
            stopping: stopping.clone(),
        };
        let task = Mutex::new(Some(tokio::spawn(rounds.run())));
        Self { woken, stopping, task, outbox }
    }

    /// There is something new in the outbox.
    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    /// Tells what there is to tell, for as long as that may take. What is left then is told when the gateway starts again, if its
    /// database is one that lasts.
    pub(super) async fn finish(&self, time: Duration) {
        self.stopping.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut task) = task else { return };
        if timeout(time, &mut task).await.is_err() {
            task.abort();
            // It ends at its next await; only then is nobody else using the outbox.
            let _ = task.await;
        }
        match self.outbox.depth().await {
            Ok(0) => {}
            Ok(left) => warn!(left, "Messages are left in the outbox"),
            Err(cause) => {
                warn!(error = &cause as &dyn std::error::Error, "Nobody knows what is left in the outbox")
            }
        }
    }
}

impl Rounds {
    async fn run(self) {
        let mut pauses = PAUSES;
        let mut messages = ROUND;
        loop {
            let next = match self.round(messages).await {
                // The one that is tried is not due yet: whether it works again is still not known.
                Ok(Next::In(time)) if messages < ROUND => Next::In(time),
                Ok(next) => {
                    if messages < ROUND {
                        info!("Messages can be handed over again");
                    }
                    pauses.begin_anew();
                    messages = ROUND;
                    next
                }
                Err(trouble) => {
                    warn!(
                        error = &trouble as &dyn std::error::Error,
                        "Messages cannot be handed over; trying again"
                    );
                    // Until it works again, one message is enough to find out.
                    messages = 1;
                    sleep(pauses.pause()).await;
                    continue;
                }
            };
            if self.is_over(next).await {
                return;
            }
        }
    }

    /// Waits for the next round. True when there is none: everything is told that is due, and nothing more is to come.
    async fn is_over(&self, next: Next) -> bool {
        let time = match next {
            Next::Now => return false,
            Next::In(time) => time,
            Next::WhenWoken => Duration::MAX,
        };
        tokio::select! {
            // What came last is told before the end is looked at.
            biased;
            () = self.woken.notified() => false,
            () = self.stopping.cancelled() => true,
            () = sleep(time) => false,
        }
    }

    async fn round(&self, messages: usize) -> Result<Next, Trouble> {
        let entries = self.outbox.next(messages).await?;
        let is_all = entries.len() < messages;
        let depth = if is_all { entries.len() as u64 } else { self.outbox.depth().await? };
        self.metrics.depth(depth);
        let now = now_ms();
        let (due, later): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| is_due(entry.attempts, entry.due_ms, now));
        let next_due = later.first().map(|entry| Duration::from_millis(entry.due_ms.abs_diff(now)));
        let due_count = due.len() as u64;
        let (gone, outcome) = self.tell_all(due).await;
        self.metrics.depth(depth.saturating_sub(gone));
        outcome?;
        Ok(match next_due {
            Some(time) => Next::In(time),
            // Whatever was saved since has woken this.
            None if is_all && gone == due_count => Next::WhenWoken,
            None => Next::Now,
        })
    }

    /// Tells some messages at a time, all of them in any case. How many of them the outbox is rid of, and the last trouble.
    async fn tell_all(&self, entries: Vec<Entry>) -> (u64, Result<(), Trouble>) {
        let mut telling =
            stream::iter(entries.into_iter().map(|entry| self.tell(entry))).buffer_unordered(IN_FLIGHT);
        let (mut gone, mut outcome) = (0, Ok(()));
        while let Some(told) = telling.next().await {
            match told {
                Ok(is_gone) => gone += u64::from(is_gone),
                Err(trouble) => outcome = Err(trouble),
            }
        }
        (gone, outcome)
    }

    /// Tells one message, in the trace of its order. True when the outbox is rid of it.
    async fn tell(&self, entry: Entry) -> Result<bool, Trouble> {
        let context = entry.headers.context();
        let telling = async {
            let settlement = match self.hand_over(&entry).await {
                Ok(settlement) => settlement,
                Err(trouble) => return Err(self.not_handed_over(&entry, trouble).await),
            };
            self.metrics.settled(settlement);
            match settlement {
                Settlement::Ack => self.outbox.remove(&entry.order_id).await?,
                Settlement::Nak(pause) => {
                    self.outbox.postpone(&entry.order_id, pause).await?;
                    return Ok(false);
                }
                Settlement::Term => {
                    error!(order.id = entry.order_id, "Nobody can deal with this message: it is thrown away");
                    self.outbox.remove(&entry.order_id).await?;
                }
            }
            Ok(true)
        };
        telling.with_context(context).await
    }

    /// A message that is refused, one that is too long for one, makes place for the others: the next round tries another.
    async fn not_handed_over(&self, entry: &Entry, trouble: Trouble) -> Trouble {
        self.metrics.failed(trouble.as_str());
        if !matches!(trouble, Trouble::Nats(NatsError::Refused)) {
            return trouble;
        }
        match self.outbox.postpone(&entry.order_id, REFUSED_PAUSE).await {
            Ok(()) => trouble,
            Err(cause) => cause.into(),
        }
    }

    async fn hand_over(&self, entry: &Entry) -> Result<Settlement, Trouble> {
        let Entry { order_id, message, headers, attempts, .. } = entry;
        match &self.outlet {
            // NATS keeps it, and hands it out again by itself.
            Outlet::Nats(nats) => {
                nats.publish(order_id, message).await?;
                Ok(Settlement::Ack)
            }
            Outlet::Queue(queue) => {
                Ok(queue.hand_over(order_id, message, headers.clone(), u64::from(*attempts) + 1).await?)
            }
        }
    }
}

/// One that nobody has given back is due at any time: it was saved by a clock that may have been ahead of this one.
fn is_due(attempts: u32, due_ms: i64, now_ms: i64) -> bool {
    attempts == 0 || due_ms <= now_ms
}

impl Trouble {
    /// The value of `error.type`.
    fn as_str(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
            Self::Nats(error) => error.as_str(),
            Self::Queue(_) => "queue_closed",
        }
    }
}

impl From<DatabaseError> for Trouble {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<NatsError> for Trouble {
    fn from(error: NatsError) -> Self {
        Self::Nats(error)
    }
}

impl From<QueueClosed> for Trouble {
    fn from(error: QueueClosed) -> Self {
        Self::Queue(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(_) => out.write_str("the outbox cannot be used"),
            Self::Nats(error) => error.fmt(out),
            Self::Queue(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for Trouble {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(cause) => Some(cause),
            Self::Nats(_) | Self::Queue(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Database, Settings};
    use crate::gateway::store::{MIGRATIONS, Store};

    const TWO_ENTRIES: &str = r#"
        INSERT INTO outbox (order_id, message, headers, attempts, due_ms) VALUES ('one', '{}', '{}', 0, 1), ('other', '{}', '{}', 0, 2)"#;

    async fn rounds_with_two_entries() -> Rounds {
        let settings = Settings {
            database_url: "sqlite::memory:".parse().unwrap(),
            database_start_timeout: Duration::ZERO,
        };
        let database = Database::open(&settings, &[MIGRATIONS]).await.unwrap();
        for statement in ["PRAGMA foreign_keys = OFF", TWO_ENTRIES] {
            sqlx::query(statement).execute(database.pool()).await.unwrap();
        }
        Rounds {
            outbox: Store::new(database).outbox(),
            outlet: Outlet::Queue(crate::messages::queue().0),
            metrics: MessageMetrics::from_global(),
            woken: Arc::default(),
            stopping: CancellationToken::new(),
        }
    }

    #[tokio::test]
    async fn a_message_that_is_refused_makes_place_for_the_others_and_one_that_met_trouble_does_not() {
        let rounds = rounds_with_two_entries().await;
        let first = async || rounds.outbox.next(1).await.unwrap().remove(0);
        let one = first().await;

        rounds.not_handed_over(&one, Trouble::Queue(QueueClosed)).await;
        assert_eq!(first().await.order_id, "one");
        rounds.not_handed_over(&one, Trouble::Nats(NatsError::Refused)).await;

        assert_eq!(first().await.order_id, "other");
        assert_eq!(rounds.outbox.depth().await.unwrap(), 2);
    }

    #[test]
    fn only_what_was_given_back_waits_for_its_time() {
        let now = 1_000_000;

        assert!(is_due(0, now, now) && is_due(0, now + 3_600_000, now) && is_due(3, now, now));
        assert!(!is_due(1, now + 1, now));
    }
}
