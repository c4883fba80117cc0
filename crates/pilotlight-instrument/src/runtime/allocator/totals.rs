//! What was counted.

/// What all threads have allocated and freed through the counting allocator, since the program started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Bytes allocated.
    pub allocated_bytes: u64,
    /// How many allocations.
    pub allocations: u64,
    /// Bytes freed.
    pub freed_bytes: u64,
    /// How many allocations were freed.
    pub frees: u64,
}

impl Totals {
    /// Bytes allocated and not freed.
    pub fn live_bytes(&self) -> u64 {
        self.allocated_bytes.saturating_sub(self.freed_bytes)
    }

    /// Allocations not freed.
    pub fn live_allocations(&self) -> u64 {
        self.allocations.saturating_sub(self.frees)
    }
}
