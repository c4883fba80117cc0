//! Lets the exporter thread see whole measurements, though each is several words, without the recording thread waiting.
//!
//! A sequence counter ("seqlock") with a single writer: odd while a measurement is written, another even number after it. Who
//! reads between two equal even numbers has read no measurement's half. Writing costs a load and two plain stores on x86.

use crate::sync::atomic::{AtomicU32, Ordering, fence};
use crate::sync::yield_now;

/// Rounds of waiting on the processor, since a measurement takes nanoseconds; whoever takes longer is probably not running,
/// and as many rounds offer it the processor.
const SPINS: u32 = 64;

/// Reads that something was written into after which a reader takes what it has: tens of microseconds for a cell of a few
/// cache lines, so that one busy thread cannot hold the collection of all others up.
const READS_MAX: u32 = 128;

/// How long a reader waits for a writer that was suspended in the middle: some fifty milliseconds, longer than a loaded
/// machine takes to resume it. Each thread is in the middle of one measurement at most, so a collection waits once for it.
#[cfg(not(pilotlight_loom))]
const WAITS_MAX: u32 = 2 * SPINS + 250;
#[cfg(not(pilotlight_loom))]
const NAP: std::time::Duration = std::time::Duration::from_micros(150);

/// A model lets writers rest in the middle as long as it likes.
#[cfg(pilotlight_loom)]
const WAITS_MAX: u32 = u32::MAX;

/// Which state of some relaxed atomics this is. The atomics stand beside it; the version says when they fit together.
///
/// It wraps after 2³¹ measurements: a reader would have to sleep through exactly that many, or a multiple, to be misled.
#[derive(Debug, Default)]
pub(crate) struct Version(AtomicU32);

impl Version {
    /// Runs `f`, which writes one measurement with relaxed stores. Only ever called by the one thread that writes.
    #[inline(always)]
    pub(crate) fn write<R>(&self, f: impl FnOnce() -> R) -> R {
        // `| 1` rather than `+ 1`: should an `f` have panicked, the next measurement heals what it left behind.
        let odd = self.0.load(Ordering::Relaxed) | 1;
        self.0.store(odd, Ordering::Relaxed);
        // Whoever reads a word that `f` writes also reads the odd number, after its own fence.
        fence(Ordering::Release);
        let written = f();
        // Publishes what `f` wrote to whoever starts with this number.
        self.0.store(odd.wrapping_add(1), Ordering::Release);
        written
    }

    /// Runs `f`, which reads with relaxed loads, until nothing was written meanwhile, and returns its last result.
    ///
    /// Bounded: after 128 reads that something was written into, or about 50 ms with a writer suspended in the middle of a
    /// measurement, the last read is returned as it is. Each word is then still one that the writer stored, but words may
    /// be of different measurements: what was measured during the read can be missing in part, and is whole in the next
    /// collection. `f` must make sense of such words, so derive what must agree (a count and its buckets, say) from the
    /// same words.
    pub(crate) fn read<R>(&self, mut f: impl FnMut() -> R) -> R {
        for reads in 1..READS_MAX {
            let Some(before) = self.settled() else { break };
            if let Some(whole) = self.read_at(before, &mut f) {
                return whole;
            }
            wait(reads.min(2 * SPINS - 1));
        }
        f()
    }

    /// The number, once no measurement is being written; `None` when that takes too long.
    fn settled(&self) -> Option<u32> {
        for waits in 0..WAITS_MAX {
            let number = self.0.load(Ordering::Acquire);
            if number.is_multiple_of(2) {
                return Some(number);
            }
            wait(waits);
        }
        None
    }

    /// `None` when something was written after `before`.
    fn read_at<R>(&self, before: u32, f: impl FnOnce() -> R) -> Option<R> {
        let read = f();
        // Pairs with the writer's fence: had `f` read a later word, the number below would be later too.
        fence(Ordering::Acquire);
        (self.0.load(Ordering::Relaxed) == before).then_some(read)
    }
}

/// The longer it has taken, the more of the processor is left to others.
#[cfg(not(pilotlight_loom))]
fn wait(waits: u32) {
    match waits / SPINS {
        0 => std::hint::spin_loop(),
        1 => yield_now(),
        _ => std::thread::sleep(NAP),
    }
}

/// A model's threads run one at a time: waiting is letting another one run.
#[cfg(pilotlight_loom)]
fn wait(_waits: u32) {
    yield_now();
}

#[cfg(all(test, not(pilotlight_loom)))]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64};

    use super::*;

    #[test]
    fn a_reader_waits_for_no_writer_for_ever() {
        let version = Version::default();
        let mut reads = 0;
        let last = version.write(|| {
            version.read(|| {
                reads += 1;
                7
            })
        });
        assert_eq!(
            (last, reads),
            (7, 1),
            "only the last try reads: before it there was nothing whole to read"
        );
    }

    #[test]
    fn a_reader_retries_when_something_was_written_meanwhile() {
        let (version, mut reads) = (Version::default(), 0);
        let read = version.read(|| {
            reads += 1;
            if reads < 3 {
                version.write(|| ());
            }
            reads
        });
        assert_eq!(read, 3);
    }

    #[test]
    fn a_measurement_that_panicked_is_healed_by_the_next() {
        let version = Version::default();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            version.write(|| panic!("in the middle"))
        }));
        assert!(caught.is_err());
        assert!(version.settled().is_none());
        version.write(|| ());
        assert!(version.settled().is_some());
    }

    #[test]
    fn the_number_wraps_without_anyone_noticing() {
        let version = Version(AtomicU32::new(u32::MAX - 1));
        version.write(|| assert!(version.settled().is_none()));
        assert!(version.settled().is_some());
    }

    /// What the model below shows for two measurements, on the real machine for many.
    #[test]
    fn a_whole_read_never_holds_half_a_measurement() {
        let (version, words, is_done) =
            (Version::default(), [const { AtomicU64::new(0) }; 3], AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 1..=1_000_000 {
                    version.write(|| words.each_ref().map(|word| word.store(n, Ordering::Relaxed)));
                }
                is_done.store(true, Ordering::Release);
            });
            while !is_done.load(Ordering::Acquire) {
                let whole = version.settled().and_then(|before| {
                    version.read_at(before, || words.each_ref().map(|word| word.load(Ordering::Relaxed)))
                });
                if let Some([a, b, c]) = whole {
                    assert!(a == b && b == c, "words of different measurements: {a} {b} {c}");
                }
            }
        });
        assert_eq!(version.read(|| words[2].load(Ordering::Relaxed)), 1_000_000);
    }
}

#[cfg(all(test, pilotlight_loom))]
mod loom_models {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use loom::sync::Arc;
    use loom::sync::atomic::AtomicU64;
    use loom::thread;

    use super::*;

    #[derive(Default)]
    struct Pair {
        version: Version,
        words: [AtomicU64; 2],
    }

    impl Pair {
        fn add(&self, value: u64) {
            self.version.write(|| {
                for word in &self.words {
                    word.store(word.load(Ordering::Relaxed) + value, Ordering::Relaxed);
                }
            });
        }

        fn read(&self) -> [u64; 2] {
            self.version.read(|| self.words.each_ref().map(|word| word.load(Ordering::Relaxed)))
        }
    }

    /// What a reader finds, in every interleaving and every order in which stores may become visible.
    ///
    /// The reader is spawned and the writer is not, so that the first interleaving loom runs is the writer's whole work before
    /// the reader's: it finds the others from a load that comes after a store. The other way round it finds none, since it
    /// remembers only the last access to an atomic, and a writer loads each word itself before it stores it.
    fn found(
        write: impl Fn(&Pair) + Send + Sync + 'static,
        read: impl Fn(&Pair) -> [u64; 2] + Copy + Send + Sync + 'static,
    ) -> BTreeSet<[u64; 2]> {
        let found = std::sync::Arc::new(Mutex::new(BTreeSet::new()));
        let all = std::sync::Arc::clone(&found);
        loom::model(move || {
            let pair = Arc::new(Pair::default());
            let reader = {
                let pair = Arc::clone(&pair);
                thread::spawn(move || read(&pair))
            };
            write(&pair);
            all.lock().unwrap().insert(reader.join().unwrap());
        });
        std::mem::take(&mut *found.lock().unwrap())
    }

    #[test]
    fn loom_a_reader_sees_whole_measurements_only() {
        let write = |pair: &Pair| [1, 2].into_iter().for_each(|value| pair.add(value));
        assert_eq!(found(write, Pair::read), BTreeSet::from([[0, 0], [1, 1], [3, 3]]));
    }

    /// Collections follow each other: what one has seen, the next has too.
    #[test]
    fn loom_a_later_read_is_never_older() {
        let read_twice = |pair: &Pair| [pair.read()[0], pair.read()[1]];
        assert_eq!(found(|pair| pair.add(1), read_twice), BTreeSet::from([[0, 0], [0, 1], [1, 1]]));
    }
}
