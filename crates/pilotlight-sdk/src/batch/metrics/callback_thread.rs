//! The thread that callbacks run on.
//!
//! A callback that takes too long must not hold up the exporter thread, nor one that never returns the other callbacks. So
//! callbacks run on a thread of their own, one after the other. When one has not returned in time the thread is left
//! to it, the others go on on a new one, and the slow one is passed over until it has returned: there are never more
//! threads than callbacks that hang, and one.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use tokio::sync::mpsc as channel;

use crate::diagnostics;
use crate::record::{Callback, Cycle, MeterCore, Turn};

use super::callback_time::CallbackTime;

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
    /// Gives each callback its turn; returns when all have ended or the time is up. Answers whether all went well.
    pub(super) async fn run(&mut self, core: &MeterCore, cycle: Cycle, time: &mut CallbackTime) -> bool {
        let mut all_done = true;
        for callback in core.callbacks.all() {
            if time.is_up() {
                core.count_callback_late();
                all_done = false;
                continue;
            }
            all_done &= self.turn(core, &callback, cycle, time).await;
        }
        all_done
    }

    async fn turn(
        &mut self,
        core: &MeterCore,
        callback: &Arc<Callback>,
        cycle: Cycle,
        time: &mut CallbackTime,
    ) -> bool {
        let Some(running) = self.running() else {
            core.count_callback_late();
            return false;
        };
        let begun = Instant::now();
        let _ = running.jobs.send(Job { callback: Arc::clone(callback), cycle });
        let turn = tokio::select! {
            biased;
            turn = running.turns.recv() => turn,
            () = tokio::time::sleep(CALLBACK_TIMEOUT) => None,
            () = time.up() => None,
        };
        match turn {
            Some(Turn::Done) => {}
            Some(Turn::Panicked) => say_panicked(core, callback),
            Some(Turn::StillRunning) => core.count_callback_late(),
            None => {
                // The thread is the callback's now; it ends when the callback does.
                self.running = None;
                say_late(core, callback, begun.elapsed());
            }
        }
        turn == Some(Turn::Done)
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

fn say_late(core: &MeterCore, callback: &Callback, waited: Duration) {
    core.count_callback_late();
    diagnostics::warn(format_args!(
        "a callback of \"{}\" has not returned within {} ms; others go on without it, and it is passed over until it \
         has. A callback should read a number that is at hand",
        callback.name(),
        waited.as_millis()
    ));
}
