//! What a span costs on the caller's thread, before anything leaves it.
//!
//! Exporters and reporters throw away what reaches them, and count it: a loop without a pause makes more than
//! a bounded queue takes, and a span that is dropped is a cheaper one. The table shows both numbers.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{Bencher, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
#[cfg(feature = "ours")]
use pilotlight_bench::contestants::ours;
use pilotlight_bench::contestants::{fastrace, rival_sdk, rival_tracing};
use pilotlight_bench::span_runs::{self, SpanRun};
use pilotlight_bench::workload::{self, SCOPE};
use tracing::subscriber::with_default;
use tracing_subscriber::Registry;

/// Children that share a parent, where a child alone is measured: the parent's cost is a hundredth then.
const FAMILY: u64 = 100;

/// Threads that record at once.
const THREADS: u64 = 2;

criterion_group!(benches, api, global_api, two_threads, context, children, not_sampled, through_tracing);
criterion_main!(benches);

/// Runs the same code with each implementation of the API.
///
/// A macro, because the providers are of different types and closures are not generic.
macro_rules! each_provider {
    ($contest:ident, sampled: $sampled:expr, |$provider:ident, $loops:ident| $run:expr) => {
        let ($provider, delivered) = rival_sdk::discarding($sampled);
        // What is left out when a flush fails is missing in the count, and the table shows it.
        let count = |_made| {
            let _ = $provider.force_flush();
            delivered.load(Ordering::Relaxed)
        };
        $contest.run("opentelemetry_sdk", |$loops| $run, count);
        #[cfg(feature = "ours")]
        {
            let ($provider, delivered) = ours::discarding($sampled).expect("a thread can be started");
            let count = |_made| {
                ours::flush(&$provider);
                delivered.load(Ordering::Relaxed)
            };
            $contest.run("pilotlight", |$loops| $run, count);
        }
    };
}

macro_rules! fastrace {
    ($contest:ident, |$loops:ident| $run:expr) => {
        let delivered = fastrace::discarding();
        let count = |made| fastrace::drain(&delivered, made);
        $contest.run("fastrace", |$loops| $run, count);
    };
}

fn api(criterion: &mut Criterion) {
    let mut contest = Contest::new(criterion, "span with 4 attributes, concrete tracer");
    each_provider!(contest, sampled: true, |provider, loops| {
        let tracer = provider.tracer(SCOPE);
        loops.of_one(|| workload::span(&tracer))
    });
    fastrace!(contest, |loops| loops.of_one(fastrace::span));
}

fn global_api(criterion: &mut Criterion) {
    let mut contest = Contest::new(criterion, "span with 4 attributes, global tracer");
    each_provider!(contest, sampled: true, |provider, loops| {
        global::set_tracer_provider(provider.clone());
        let tracer = global::tracer(SCOPE);
        loops.of_one(|| workload::span(&tracer))
    });
}

fn two_threads(criterion: &mut Criterion) {
    let mut contest = Contest::new(criterion, "span with 4 attributes, 2 threads at once");
    each_provider!(contest, sampled: true, |provider, loops| {
        let tracer = provider.tracer(SCOPE);
        loops.on_threads(|| workload::span(&tracer))
    });
    fastrace!(contest, |loops| loops.on_threads(fastrace::span));
}

fn context(criterion: &mut Criterion) {
    let mut contest = Contest::new(criterion, "parent and child in context, 4 attributes");
    each_provider!(contest, sampled: true, |provider, loops| {
        let tracer = provider.tracer(SCOPE);
        loops.of_pairs(|| workload::parent_and_child(&tracer))
    });
    fastrace!(contest, |loops| loops.of_pairs(fastrace::parent_and_child));
}

fn children(criterion: &mut Criterion) {
    let mut contest = Contest::new(criterion, "child in context, no attributes");
    each_provider!(contest, sampled: true, |provider, loops| {
        let tracer = provider.tracer(SCOPE);
        loops.of_families(|| workload::family(&tracer, FAMILY))
    });
    fastrace!(contest, |loops| loops.of_families(|| fastrace::family(FAMILY)));
}

fn not_sampled(criterion: &mut Criterion) {
    let mut contest = Contest::new(criterion, "span that is not sampled, 4 attributes");
    each_provider!(contest, sampled: false, |provider, loops| {
        let tracer = provider.tracer(SCOPE);
        loops.of_none(|| workload::span(&tracer))
    });
}

fn through_tracing(criterion: &mut Criterion) {
    let mut contest = Contest::new(criterion, "span with 4 fields through tracing");
    let (provider, delivered) = rival_sdk::discarding(true);
    let subscriber = tracing::Dispatch::new(rival_tracing::subscriber(&provider));
    let run = |loops: Loops<'_, '_>| {
        tracing::dispatcher::with_default(&subscriber, || loops.of_one(workload::tracing_span));
    };
    contest.run("tracing-opentelemetry", run, |_made| {
        let _ = provider.force_flush();
        delivered.load(Ordering::Relaxed)
    });
    let nobody =
        |loops: Loops<'_, '_>| with_default(Registry::default(), || loops.of_none(workload::tracing_span));
    contest.run("bare tracing registry", nobody, |_made| 0);
}

/// Contestants doing the same, side by side.
struct Contest<'c> {
    work: &'static str,
    group: BenchmarkGroup<'c, WallTime>,
}

impl<'c> Contest<'c> {
    fn new(criterion: &'c mut Criterion, work: &'static str) -> Self {
        Self { work, group: criterion.benchmark_group(work) }
    }

    /// Measures one contestant, and writes down how many of its spans were delivered.
    fn run(
        &mut self,
        contestant: &str,
        mut run: impl FnMut(Loops<'_, '_>),
        delivered: impl FnOnce(u64) -> u64,
    ) {
        let made = AtomicU64::new(0);
        self.group.bench_function(contestant, |bencher| run(Loops { bencher, made: &made }));
        let made = made.into_inner();
        let run = SpanRun {
            work: self.work.into(),
            contestant: contestant.into(),
            made,
            delivered: delivered(made),
        };
        span_runs::write_down(&run).expect("the directory of criterion's results is writable");
    }
}

/// Takes the time of loops, and counts the spans they make.
struct Loops<'b, 'm> {
    bencher: &'b mut Bencher<'m>,
    made: &'b AtomicU64,
}

impl Loops<'_, '_> {
    /// One recorded span a round.
    fn of_one<R>(self, work: impl FnMut() -> R) {
        self.timed(1, 1, work);
    }

    /// Rounds that record nothing.
    fn of_none<R>(self, work: impl FnMut() -> R) {
        self.timed(0, 1, work);
    }

    /// Two spans a round, measured together.
    fn of_pairs<R>(self, work: impl FnMut() -> R) {
        self.timed(2, 1, work);
    }

    /// A parent and its children a round; the measure is one child's.
    fn of_families<R>(self, work: impl FnMut() -> R) {
        self.timed(FAMILY + 1, FAMILY, work);
    }

    fn timed<R>(self, spans: u64, shares: u64, mut work: impl FnMut() -> R) {
        self.bencher.iter_custom(|rounds| {
            self.made.fetch_add(rounds * spans, Ordering::Relaxed);
            time_of(rounds, &mut work).div_f64(shares as f64)
        });
    }

    /// One recorded span a round on each of several threads; the measure is a thread's own.
    fn on_threads<R>(self, work: impl Fn() -> R + Sync) {
        self.bencher.iter_custom(|rounds| {
            self.made.fetch_add(rounds * THREADS, Ordering::Relaxed);
            let start = Barrier::new(THREADS as usize);
            let thread = || {
                start.wait();
                time_of(rounds, &work)
            };
            let taken: Duration = thread::scope(|scope| {
                let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(thread)).collect();
                threads.into_iter().map(|thread| thread.join().expect("recording does not panic")).sum()
            });
            taken.div_f64(THREADS as f64)
        });
    }
}

fn time_of<R>(rounds: u64, mut work: impl FnMut() -> R) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(work());
    }
    start.elapsed()
}
