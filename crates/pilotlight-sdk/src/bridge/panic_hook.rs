//! Panics as log records: the event `exception`, with ids, place and backtrace, sent before the process can end.
//!
//! ```text
//!  the panicking thread                            pilotlight-panic
//!  ────────────────────                            ────────────────
//!  PanicReport::capture: message, place, context
//!    and addresses of the frames    ── queue ──▶   attach the context, render the backtrace,
//!  does the process end by it?                     emit the record, flush
//!    yes ─▶ wait, at most 2 s       ◀── done ───
//!  the previous hook
//! ```
//!
//! The thread in between is there because a panic inside a hook aborts the process, and `catch_unwind` does not help: the
//! standard library counts before it unwinds. A logger calls processors, which are anybody's code; so it is called elsewhere.

mod courier;
mod report;
mod surroundings;

use std::cell::Cell;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, Once, PoisonError, RwLock, TryLockError};
use std::thread;
use std::time::Duration;

use opentelemetry::logs::LoggerProvider;

use crate::Error;
use crate::deadline::deadline_in;
use courier::{Courier, Parcel};
use report::PanicReport;
use surroundings::Fate;

/// The instrumentation scope of panics' log records, and their target.
const SCOPE: &str = "panic";

/// Long enough for a healthy collector, short enough for a supervisor that wants the process back.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Panics that wait for the courier. More at once is a storm, of which the first tell enough.
const PENDING_MAX: usize = 64;

/// How often the target is asked for again while somebody swaps it, which takes nanoseconds.
const TARGET_ATTEMPTS: usize = 1_000;

/// Logs each panic, then flushes.
///
/// A panic becomes a log record with the event name `exception`, in the scope `panic`, whatever filters say about other
/// events. It carries the trace and span id of the panicking thread's current
/// [`Context`](opentelemetry::Context), and these attributes:
///
/// | Attribute | Value |
/// |---|---|
/// | `exception.type` | `panic` |
/// | `exception.message` | the message, at most 64 KiB of it |
/// | `exception.stacktrace` | the backtrace from the panic on, at most 64 KiB, whatever `RUST_BACKTRACE` says |
/// | `code.file.path`, `code.line.number`, `code.column.number` | where it panicked |
/// | `thread.name`, `thread.id` | who panicked |
///
/// The severity is `ERROR`, and `FATAL` where the process ends by the panic for certain: with `panic = "abort"`, and where
/// nothing may unwind (a second panic in a destructor, a function that is called from C).
///
/// # What is waited for
///
/// Where the process is about to end, the panicking thread waits for the flush, at most
/// [`flush_timeout`](Self::flush_timeout): a fatal panic, a panic of the main thread outside tokio's tasks, one while a
/// thread's locals are destroyed. Other panics unwind, and somebody catches them or not; their flush is only triggered.
/// Waiting there would stop a service whose requests panic while its collector hangs. For the same reason, panics that
/// unwind are not waited for again once a wait has run out.
///
/// # The previous hook
///
/// Always runs, afterwards: the message on standard error and hooks of your own stay. (Afterwards, because hooks that end
/// the process are common.) A hook set later has to call the one it replaces, or this one is gone.
///
/// # Limits
///
/// A stack overflow, a failed allocation and a signal are no panics and do not get here. At most 64 panics wait to be told;
/// further ones are counted ([`PanicHookGuard::missed`]). A panic in a processor while a panic is being told is left to the
/// previous hook alone. A panic while a thread's locals are destroyed is told without context and thread. After `fork`
/// without `exec` nothing is told in the child.
///
/// Costs a parked thread, `pilotlight-panic`, and nothing until something panics.
///
/// Specification: "Exceptions in logs", <https://opentelemetry.io/docs/specs/otel/logs/exceptions/>.
///
/// ```
/// use opentelemetry::logs::NoopLoggerProvider;
/// use pilotlight_sdk::bridge::PanicHook;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let flush = |_within| { /* the provider's force_flush */ };
/// let hook = PanicHook::new(&NoopLoggerProvider::new(), flush).install()?;
/// // … the program …
/// drop(hook);
/// # Ok(())
/// # }
/// ```
#[must_use = "installs nothing until install() is called"]
pub struct PanicHook {
    courier: Courier,
    parcels: SyncSender<Parcel>,
    finished: Receiver<()>,
    flush_timeout: Duration,
    aborts: bool,
}

impl PanicHook {
    /// A hook that emits through `provider`, then calls `flush` with the time there is to wait for it; zero asks it to
    /// start a flush and come back. Both are called on the thread `pilotlight-panic`, where they may panic and block.
    pub fn new<P>(provider: &P, flush: impl FnMut(Duration) + Send + 'static) -> Self
    where
        P: LoggerProvider<Logger: Send + 'static>,
    {
        let logger = provider.logger(SCOPE);
        let emit = move |report: &PanicReport| report.emit(&logger);
        let (parcels, received) = mpsc::sync_channel(PENDING_MAX);
        let (alive, finished) = mpsc::sync_channel(0);
        Self {
            courier: Courier::new(received, alive, Box::new(emit), Box::new(flush)),
            parcels,
            finished,
            flush_timeout: FLUSH_TIMEOUT,
            aborts: cfg!(panic = "abort"),
        }
    }

    /// How long a panic that ends the process waits for the flush; 2 s by default. Zero: it does not wait, and a process
    /// that aborts is likely to take the record with it.
    pub fn flush_timeout(mut self, timeout: Duration) -> Self {
        self.flush_timeout = timeout;
        self
    }

    /// Whether panics abort the process. Known without being told where cargo builds everything with the same `panic`
    /// setting; other build systems may link this crate, built to unwind, into a program that aborts.
    pub fn aborts(mut self, aborts: bool) -> Self {
        self.aborts = aborts;
        self
    }

    /// Acts on every panic of the process until the guard is dropped, or another `PanicHook` is installed: the latest acts.
    ///
    /// # Errors
    ///
    /// When called by a thread that is panicking (the standard library forbids it), or when no thread can be started.
    pub fn install(self) -> Result<PanicHookGuard, Error> {
        if thread::panicking() {
            return Err(Error::failed(
                "the panic hook was not installed: this thread is panicking; install it when the program starts",
            ));
        }
        self.courier.start()?;
        let target = Arc::new(Target {
            parcels: self.parcels,
            flush_timeout: self.flush_timeout,
            aborts: self.aborts,
            ran_out: AtomicBool::new(false),
            missed: AtomicU64::new(0),
        });
        join_the_chain();
        let replaced = swap_target(|current| current.replace(Arc::clone(&target)));
        drop(replaced);
        Ok(PanicHookGuard { target: Some(target), finished: Mutex::new(self.finished) })
    }
}

impl std::fmt::Debug for PanicHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PanicHook")
            .field("flush_timeout", &self.flush_timeout)
            .field("aborts", &self.aborts)
            .finish()
    }
}

/// Ends the hook's part when it is dropped; the previous hook goes on.
///
/// Our place in the chain of hooks stays, empty: taking it out would take out every hook set later too. The drop waits until
/// panics that were noticed are told, at most the flush's timeout. Drop it before the provider is shut down.
#[derive(Debug)]
#[must_use = "dropping it ends the hook's part at once"]
pub struct PanicHookGuard {
    /// Some until the drop.
    target: Option<Arc<Target>>,
    /// Disconnected when the courier has ended. Behind a lock that nobody contends for, so that a guard can be shared.
    finished: Mutex<Receiver<()>>,
}

impl PanicHookGuard {
    /// How many panics could not be told, because 64 others were waiting.
    pub fn missed(&self) -> u64 {
        self.target.as_ref().map_or(0, |target| target.missed.load(Ordering::Relaxed))
    }
}

impl Drop for PanicHookGuard {
    fn drop(&mut self) {
        let Some(target) = self.target.take() else { return };
        let ours = |current: &Arc<Target>| Arc::ptr_eq(current, &target);
        let removed =
            swap_target(|current| if current.as_ref().is_some_and(ours) { current.take() } else { None });
        let timeout = target.flush_timeout;
        // With the last of them the queue closes, and the courier ends when it has emptied it.
        drop((removed, target));
        if !IS_COURIER.get() {
            let finished = self.finished.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _ = finished.recv_timeout(timeout);
        }
    }
}

/// Where panics go while a guard is alive. Owns nothing of the user's: its last owner may be a panicking thread, and a
/// destructor that panics there aborts.
#[derive(Debug)]
struct Target {
    parcels: SyncSender<Parcel>,
    flush_timeout: Duration,
    aborts: bool,
    /// A wait ran out. Relaxed: it only spares time.
    ran_out: AtomicBool,
    missed: AtomicU64,
}

impl Target {
    fn tell(&self, info: &PanicHookInfo<'_>) {
        let (report, fate) = PanicReport::capture(info, self.aborts);
        let (done, delivered) = mpsc::sync_channel(1);
        let wait = self.wait(fate);
        if self.parcels.try_send(Parcel { report, deadline: deadline_in(wait), done }).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if !wait.is_zero() && delivered.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            self.ran_out.store(true, Ordering::Relaxed);
        }
    }

    fn wait(&self, fate: Fate) -> Duration {
        match fate {
            Fate::Ends => self.flush_timeout,
            Fate::LikelyEnds if !self.ran_out.load(Ordering::Relaxed) => self.flush_timeout,
            Fate::LikelyEnds | Fate::Unwinds => Duration::ZERO,
        }
    }
}

/// Whom panics are told to. Written by `install` and guards for the length of a swap; read by panicking threads, which only
/// ever try: a hook that waits for a lock may wait for its own thread.
static TARGET: RwLock<Option<Arc<Target>>> = RwLock::new(None);

thread_local! {
    /// Whether this thread tells of panics: its own are left to the previous hook.
    static IS_COURIER: Cell<bool> = const { Cell::new(false) };
}

/// Puts us in front of the current hook, once in the process's life.
fn join_the_chain() {
    static JOINED: Once = Once::new();
    JOINED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_COURIER.get()
                && let Some(target) = current_target()
            {
                target.tell(info);
            }
            previous(info);
        }));
    });
}

fn current_target() -> Option<Arc<Target>> {
    for _ in 0..TARGET_ATTEMPTS {
        match TARGET.try_read() {
            Ok(target) => return target.clone(),
            Err(TryLockError::Poisoned(target)) => return target.into_inner().clone(),
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
    None
}

/// What was taken out is dropped by the caller, without the lock.
fn swap_target(swap: impl FnOnce(&mut Option<Arc<Target>>) -> Option<Arc<Target>>) -> Option<Arc<Target>> {
    swap(&mut TARGET.write().unwrap_or_else(PoisonError::into_inner))
}
