//! Lets the exporter thread see whole measurements, though each is several words, without the recording thread waiting.
//!
//! A sequence counter ("seqlock") with a single writer: odd while a measurement is written, another even number after it. Who
//! reads between two equal even numbers has read no measurement's half. Writing costs a load and two plain stores on x86.

use crate::sync::atomic::{AtomicU32, Ordering, fence};
use crate::sync::{spin_loop, yield_now};

/// Tries after which a reader no longer waits on the processor but offers it to the writer: a measurement takes
/// nanoseconds, so a writer that is still not done is probably not running.
const SPINS: u32 = 64;

/// Tries after which a reader takes what it has: tens of microseconds for a cell of a few cache lines, so that one busy
/// thread cannot hold the collection of all others up.
#[cfg(not(pilotlight_loom))]
const TRIES_MAX: u32 = 2 * SPINS;

/// A model explores writers that stay in the middle for ever; there the bound would be reached by design.
#[cfg(pilotlight_loom)]
const TRIES_MAX: u32 = u32::MAX;

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
    /// Bounded: after 128 tries (the second half of them yielding the processor) the last read is returned as it is. That
    /// happens when the writer records faster than `f` reads, or was suspended in the middle of a measurement. Each word
    /// is then still one that the writer stored, but words may be of different measurements: those made during the read
    /// can be missing in part, and are whole in the next collection. `f` must make sense of such words, so derive what
    /// must agree (a count and its buckets, say) from the same words.
    pub(crate) fn read<R>(&self, mut f: impl FnMut() -> R) -> R {
        for tries in 1..TRIES_MAX {
            if let Some(whole) = self.try_read(&mut f) {
                return whole;
            }
            if tries < SPINS { spin_loop() } else { yield_now() }
        }
        f()
    }

    /// `None` when a measurement was being written.
    fn try_read<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        let before = self.0.load(Ordering::Acquire);
        if before % 2 == 1 {
            return None;
        }
        let read = f();
        // Pairs with the writer's fence: had `f` read a later word, the number below would be later too.
        fence(Ordering::Acquire);
        (self.0.load(Ordering::Relaxed) == before).then_some(read)
    }
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
        assert!(version.try_read(|| ()).is_none());
        version.write(|| ());
        assert!(version.try_read(|| ()).is_some());
    }

    #[test]
    fn the_number_wraps_without_anyone_noticing() {
        let version = Version(AtomicU32::new(u32::MAX - 1));
        version.write(|| assert!(version.try_read(|| ()).is_none()));
        assert!(version.try_read(|| ()).is_some());
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
                if let Some([a, b, c]) =
                    version.try_read(|| words.each_ref().map(|word| word.load(Ordering::Relaxed)))
                {
                    assert!(a == b && b == c, "words of different measurements: {a} {b} {c}");
                }
            }
        });
        assert_eq!(version.read(|| words[2].load(Ordering::Relaxed)), 1_000_000);
    }
}

#[cfg(all(test, pilotlight_loom))]
mod loom_models {
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

    /// Under every interleaving, and every order in which stores may become visible.
    #[test]
    fn loom_a_reader_never_sees_half_a_measurement() {
        loom::model(|| {
            let pair = Arc::new(Pair::default());
            let writer = {
                let pair = Arc::clone(&pair);
                thread::spawn(move || {
                    pair.add(1);
                    pair.add(2);
                })
            };
            let [one, other] = pair.read();
            assert_eq!(one, other, "half a measurement");
            assert!([0, 1, 3].contains(&one), "a measurement nobody made");
            writer.join().unwrap();
            assert_eq!(pair.read(), [3, 3]);
        });
    }

    /// Collections follow each other: what one has seen, the next has too.
    #[test]
    fn loom_a_later_read_is_never_older() {
        loom::model(|| {
            let pair = Arc::new(Pair::default());
            let writer = {
                let pair = Arc::clone(&pair);
                thread::spawn(move || pair.add(1))
            };
            let (first, second) = (pair.read(), pair.read());
            assert!(first <= second, "{first:?} before {second:?}");
            writer.join().unwrap();
        });
    }
}
