//! What [mimalloc](https://microsoft.github.io/mimalloc/) tells about itself.
//!
//! The application installs mimalloc, with the crate `mimalloc`, version 0.1.52 or a later 0.1. This reads its
//! statistics and nothing else; where mimalloc is linked but is not the global allocator they are true and say little.
//!
//! They are few: what the program has allocated mimalloc counts in debug builds only, so that is not here;
//! `allocator` counts it around mimalloc. That crate's feature `v2` takes away the safe way to ask, so with it this
//! feature does not build.
//!
//! There are no semantic conventions for allocators; the namespace `mimalloc.` is its own.
//!
//! | Metric | Kind | Unit | What |
//! |---|---|---|---|
//! | `mimalloc.committed` | up-down counter | `By` | in memory that is committed |
//! | `mimalloc.reserved` | up-down counter | `By` | in reserved address space |
//! | `mimalloc.pages` | up-down counter | `{page}` | mimalloc's pages, each of which holds blocks of one size |
//! | `mimalloc.abandoned_pages` | up-down counter | `{page}` | pages whose thread ended and whose blocks live on |

use super::observables::{Observables, text};
use super::recent::{AGE_MAX, Recent};
use ::mimalloc::MiMalloc;
use opentelemetry::metrics::Meter;
use serde_json::Value;
use std::time::Instant;

/// Registers mimalloc's statistics with a meter, for as long as its provider lives. Call it once for a provider.
///
/// # Cost
/// Each collection asks mimalloc once, which answers with 24 KB of JSON: some 100 µs on the collecting thread.
/// Nothing otherwise.
pub fn register(meter: &Meter) {
    let recent = Recent::new(Statistics::read(), AGE_MAX);
    let instruments =
        Observables::new(meter, move || Some(recent.get(Instant::now(), |_, _| Statistics::read())));
    memory(&instruments);
    pages(&instruments);
}

/// `None` is what this version of mimalloc does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Statistics {
    committed: Option<i64>,
    reserved: Option<i64>,
    pages: Option<i64>,
    abandoned_pages: Option<i64>,
}

impl Statistics {
    fn read() -> Self {
        let Ok(json) = MiMalloc::stats_json() else { return Self::default() };
        Self::parse(json.to_bytes())
    }

    fn parse(json: &[u8]) -> Self {
        let Ok(all) = serde_json::from_slice::<Value>(json) else { return Self::default() };
        let current = |name: &str| all.get(name)?.get("current")?.as_i64();
        Self {
            committed: current("committed"),
            reserved: current("reserved"),
            pages: current("pages"),
            abandoned_pages: current("pages_abandoned"),
        }
    }
}

fn memory(instruments: &Observables<'_, Statistics>) {
    let committed = text("mimalloc.committed", "By", "Bytes in memory that is committed.");
    instruments.up_down_counter(committed, |statistics, instrument| {
        if let Some(bytes) = statistics.committed {
            instrument.observe(bytes, &[]);
        }
    });
    let reserved = text("mimalloc.reserved", "By", "Bytes in reserved address space.");
    instruments.up_down_counter(reserved, |statistics, instrument| {
        if let Some(bytes) = statistics.reserved {
            instrument.observe(bytes, &[]);
        }
    });
}

fn pages(instruments: &Observables<'_, Statistics>) {
    let pages = text("mimalloc.pages", "{page}", "Pages that hold blocks.");
    instruments.up_down_counter(pages, |statistics, instrument| {
        if let Some(pages) = statistics.pages {
            instrument.observe(pages, &[]);
        }
    });
    let abandoned =
        text("mimalloc.abandoned_pages", "{page}", "Pages whose thread ended before their blocks.");
    instruments.up_down_counter(abandoned, |statistics, instrument| {
        if let Some(pages) = statistics.abandoned_pages {
            instrument.observe(pages, &[]);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mimalloc_of_this_version_tells_everything() {
        let statistics = Statistics::read();

        assert!(statistics.committed.is_some() && statistics.reserved.is_some(), "{statistics:?}");
        assert!(statistics.pages.is_some() && statistics.abandoned_pages.is_some(), "{statistics:?}");
    }

    #[test]
    fn what_another_version_does_not_tell_is_left_out() {
        let statistics = Statistics::parse(br#"{"committed": {"current": 7}, "pages": 3}"#);

        assert_eq!(statistics, Statistics { committed: Some(7), ..Statistics::default() });
    }

    #[test]
    fn what_is_no_json_tells_nothing() {
        assert_eq!(Statistics::parse(b"heap stats: 3 GiB"), Statistics::default());
    }
}
