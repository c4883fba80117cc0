//! How a pool is at a moment.

/// What a pool tells of itself when metrics are collected. What it does not know or does not bound stays `None`, and is not
/// reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Connections that nobody uses.
    pub idle: Option<u64>,
    /// Connections that somebody uses.
    pub used: Option<u64>,
    /// The most connections that may be idle.
    pub idle_max: Option<u64>,
    /// The fewest connections that are kept idle.
    pub idle_min: Option<u64>,
    /// The most connections that may be open.
    pub limit: Option<u64>,
}
