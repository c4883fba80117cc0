//! The thread that callbacks run on.
//!
//! A callback that takes too long must not hold up the exporter thread, nor one that never returns the other callbacks. So
//! callbacks run on a thread of their own, one after the other. When one has not returned in time the thread is left
//! to it, the others go on on a new one, and the slow one is passed over until it has returned: there are never more
//! threads than callbacks that hang, and one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use tokio::sync::mpsc as channel;

use crate::diagnostics;
use crate::record::{Callback, Cycle, MeterCore, Turn};

/// The longest one callback may take: it reads numbers that are at hand.
pub(super) const CALLBACK_TIMEOUT: Duration = Duration::from_secs(1);

/// Has callbacks run.
#[derive(Debug, Default)]
pub(super) struct CallbackThread {
    /// `None` until there is a callback, and after one took too long.
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    jobs: mpsc::Sender<Job>,
    turns: channel::UnboundedReceiver<Turn>,
}

struct Job {
    callback: Arc<Callback>,
    cycle: Cycle,
}

impl CallbackThread {
    /// Gives each callback its turn; returns when all have ended or their time is up, at `deadline` at the latest.
    pub(super) async fn run(&mut self, core: &MeterCore, cycle: Cycle, deadline: Option<Instant>) {
        let mut waiting = VecDeque::from(core.callbacks.all());
        while let Some(callback) = waiting.pop_front() {
            let now = Instant::now();
            if deadline.is_some_and(|deadline| now >= deadline) {
                core.count_callback_late();
                continue;
            }
            let limit = deadline.map_or(CALLBACK_TIMEOUT, |deadline| CALLBACK_TIMEOUT.min(deadline - now));
            self.turn(core, &callback, cycle, limit).await;
        }
    }

    async fn turn(&mut self, core: &MeterCore, callback: &Arc<Callback>, cycle: Cycle, limit: Duration) {
        let Some(running) = self.running() else {
            return core.count_callback_late();
        };
        let _ = running.jobs.send(Job { callback: Arc::clone(callback), cycle });
        match tokio::time::timeout(limit, running.turns.recv()).await {
            Ok(Some(Turn::Done)) => {}
            Ok(Some(Turn::Panicked)) => say_panicked(core, callback),
            Ok(Some(Turn::StillRunning)) => core.count_callback_late(),
            Ok(None) | Err(_) => {
                // The thread is the callback's now; it ends when the callback does.
                self.running = None;
                say_late(core, callback, limit);
            }
        }
    }

    fn running(&mut self) -> Option<&mut Running> {
        if self.running.is_none() {
            self.running = start();
        }
        self.running.as_mut()
    }
}

fn start() -> Option<Running> {
    let (jobs, received) = mpsc::channel::<Job>();
    let (done, turns) = channel::unbounded_channel();
    let thread = std::thread::Builder::new().name("pilotlight-callbacks".into()).spawn(move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        for job in received {
            let turn = job.callback.run(job.cycle);
            // What the callback owns may go with it, so it goes before anybody hears that the turn is over.
            drop(job);
            if done.send(turn).is_err() {
                return;
            }
        }
    });
    match thread {
        Ok(_) => Some(Running { jobs, turns }),
        Err(error) => {
            diagnostics::warn(format_args!("no thread for metric callbacks: {error}; nothing is observed"));
            None
        }
    }
}

fn say_panicked(core: &MeterCore, callback: &Callback) {
    if core.count_callback_panic() == 1 {
        diagnostics::warn(format_args!(
            "a callback of \"{}\" panicked; it is called again next time. Further panics are counted without a word",
            callback.name()
        ));
    }
}

fn say_late(core: &MeterCore, callback: &Callback, limit: Duration) {
    core.count_callback_late();
    diagnostics::warn(format_args!(
        "a callback of \"{}\" has not returned within {limit:?}; others go on without it, and it is passed over until it \
         has. A callback should read a number that is at hand",
        callback.name()
    ));
}
