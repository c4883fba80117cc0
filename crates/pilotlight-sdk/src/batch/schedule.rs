//! When a loop looks into the lanes without being asked.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

use super::queue::Queue;

/// A delay of zero would keep the thread spinning.
const DELAY_MIN: Duration = Duration::from_millis(1);

/// As good as never; much longer ones overflow the timer.
const DELAY_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// After how many turns without an item the loop sleeps until there is one: log lines are looked for 25 times a second, and a
/// service that does nothing should not wake for that. The first item after it costs its caller the waking, some microseconds.
const IDLE_TURNS_MAX: u32 = 50;

/// A turn every so often, as long as there is something to do.
pub(super) struct Schedule {
    interval: Interval,
    idle_turns: u32,
    is_asleep: bool,
}

impl Schedule {
    pub(super) fn new(delay: Duration) -> Self {
        let mut interval = tokio::time::interval(delay.clamp(DELAY_MIN, DELAY_MAX));
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        interval.reset();
        Self { interval, idle_turns: 0, is_asleep: false }
    }

    /// Waits for the next turn. Cancel safe.
    pub(super) async fn turn(&mut self, queue: &Queue) {
        if self.is_asleep {
            queue.roused().await;
            self.is_asleep = false;
            self.interval.reset();
        }
        self.interval.tick().await;
    }

    /// Notes whether the turn found anything.
    pub(super) fn note(&mut self, found_anything: bool, queue: &Queue) {
        self.idle_turns = if found_anything { 0 } else { self.idle_turns + 1 };
        if self.idle_turns >= IDLE_TURNS_MAX {
            self.idle_turns = 0;
            self.is_asleep = queue.fall_asleep();
        }
    }
}
