//! How much the program allocates, frees and holds, whatever its allocator is.
//!
//! ```text
//!  your code ─▶ CountingAllocator ─▶ System, jemalloc, mimalloc, …
//!                     │ two plain stores on a cache line of the thread's own
//!                     ▼
//!               one shard a thread ─── added up at each collection ─▶ rust.allocator.live, …
//! ```
//!
//! There are no semantic conventions for allocators; the namespace `rust.allocator.` is its own. All platforms.
//!
//! | Metric | Kind | Unit | What |
//! |---|---|---|---|
//! | `rust.allocator.allocated` | counter | `By` | bytes allocated since the program started |
//! | `rust.allocator.allocations` | counter | `{allocation}` | how many allocations that were |
//! | `rust.allocator.freed` | counter | `By` | bytes freed |
//! | `rust.allocator.frees` | counter | `{free}` | how many allocations were freed |
//! | `rust.allocator.live` | up-down counter | `By` | bytes allocated and not freed |
//! | `rust.allocator.live_allocations` | up-down counter | `{allocation}` | how many allocations that is |
//!
//! Sizes are those asked for, without what the allocator adds. A reallocation frees the old size and allocates the new
//! one, whether the block moves or not; one that fails does neither. Memory that does not come from the global
//! allocator (stacks, mapped files, C libraries) is not here; `process.memory.usage` has it.
//!
//! # Example
//! ```
//! use pilotlight_instrument::runtime::allocator::{self, CountingAllocator};
//!
//! #[global_allocator]
//! static ALLOCATOR: CountingAllocator = CountingAllocator::system();
//!
//! let before = allocator::totals();
//! let held = vec![0u8; 10 << 20];
//! let after = allocator::totals();
//! assert!(after.live_bytes() >= before.live_bytes() + 10 * 1024 * 1024);
//!
//! let meter = opentelemetry::global::meter("my-service");
//! allocator::register(&meter);
//! # drop(held);
//! ```

#[cfg(not(pilotlight_loom))]
mod counting;
#[cfg(not(pilotlight_loom))]
mod current;
#[cfg(not(pilotlight_loom))]
mod instruments;
mod shards;
mod totals;

#[cfg(not(pilotlight_loom))]
pub use counting::CountingAllocator;
#[cfg(not(pilotlight_loom))]
pub use instruments::{register, totals};
pub use totals::Totals;
