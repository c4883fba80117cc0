//! The same work on several threads at once.

use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};
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
        cost_of(&work)
    };
    let costs = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(thread)).collect();
        all_of(threads)
    })?;
    mean(&costs).context("no threads were asked for")
}

/// Runs `burst` so often on so many threads, which start each burst together; `between` runs after each, on this thread.
///
/// The cost is that of all bursts, without what happens between them.
///
/// # Errors
///
/// When the operating system does not tell a thread's processor time.
pub fn in_bursts(
    threads: usize,
    bursts: usize,
    burst: impl Fn() + Sync,
    mut between: impl FnMut(),
) -> Result<Cost> {
    let together = Barrier::new(threads + 1);
    // Nobody leaves early, not even with an error: the others would wait for ever.
    let thread = || {
        let each = (0..bursts).map(|_| {
            together.wait();
            let cost = cost_of(&burst);
            together.wait();
            cost
        });
        Ok(sum(&each.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>>>()?))
    };
    let costs = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(thread)).collect();
        for _ in 0..bursts {
            together.wait();
            together.wait();
            between();
        }
        all_of(threads)
    })?;
    mean(&costs).context("no threads were asked for")
}

fn cost_of(work: impl Fn()) -> Result<Cost> {
    let (cpu, wall) = (cpu::used_by_this_thread()?, Instant::now());
    work();
    let wall = wall.elapsed();
    Ok(Cost { cpu: cpu::used_by_this_thread()?.saturating_sub(cpu), wall })
}

fn all_of(threads: Vec<ScopedJoinHandle<'_, Result<Cost>>>) -> Result<Vec<Cost>> {
    let joined = threads.into_iter().map(|thread| match thread.join() {
        Ok(cost) => cost,
        Err(_) => bail!("a thread that measures panicked"),
    });
    joined.collect()
}

fn sum(costs: &[Cost]) -> Cost {
    Cost { cpu: costs.iter().map(|cost| cost.cpu).sum(), wall: costs.iter().map(|cost| cost.wall).sum() }
}

fn mean(costs: &[Cost]) -> Option<Cost> {
    let threads = u32::try_from(costs.len()).ok().filter(|&threads| threads > 0)?;
    let Cost { cpu, wall } = sum(costs);
    Some(Cost { cpu: cpu / threads, wall: wall / threads })
}
