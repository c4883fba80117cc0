//! The same work on several threads at once.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::cpu;

/// What the work took one of the threads: their mean.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Processor time: what counts when there are more threads than cores.
    pub cpu: Duration,
    /// From start to end, waiting included.
    pub wall: Duration,
}

/// Runs `work` on so many threads, which warm up and then start together.
///
/// # Errors
///
/// When the operating system does not tell a thread's processor time, or a thread panics.
pub fn at_once(threads: usize, warm_up: impl Fn() + Sync, work: impl Fn() + Sync) -> Result<Cost> {
    let start = Barrier::new(threads);
    let thread = || {
        warm_up();
        start.wait();
        let (cpu, wall) = (cpu::used_by_this_thread(), Instant::now());
        work();
        let wall = wall.elapsed();
        Ok(Cost { cpu: cpu::used_by_this_thread()?.saturating_sub(cpu?), wall })
    };
    let costs = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(thread)).collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(cost) => cost,
            Err(_) => bail!("a thread that measures panicked"),
        });
        joined.collect::<Result<Vec<_>>>()
    })?;
    mean(&costs).context("no threads were asked for")
}

fn mean(costs: &[Cost]) -> Option<Cost> {
    let threads = u32::try_from(costs.len()).ok().filter(|&threads| threads > 0)?;
    let cpu: Duration = costs.iter().map(|cost| cost.cpu).sum();
    let wall: Duration = costs.iter().map(|cost| cost.wall).sum();
    Some(Cost { cpu: cpu / threads, wall: wall / threads })
}
