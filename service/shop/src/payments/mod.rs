//! The shop's payment provider, simulated: charges cards over HTTP, each payment once however often it is asked for.
//!
//! ```text
//!  routes ──> app ───────────────> ledger     has this key been answered?
//!                                  provider   approved, declined, slow, or silent
//!                                  metrics    what became of it
//! ```

mod app;
mod error;
mod ledger;
mod metrics;
mod payment;
mod provider;
mod routes;
mod settings;

pub use app::Payments;
pub use settings::Settings;
