//! Traffic for the shop, as it would have it on a good day: mostly good orders, and some of all that can go wrong.
//!
//! ```text
//!  settings ──> mix: what comes next ──> traffic: sent when it is due, ──> summary: answers by kind
//!  rate, seed                            whatever became of the last
//! ```

mod mix;
mod settings;
mod summary;
mod traffic;

pub use settings::Settings;
pub use summary::Summary;
pub use traffic::run;
