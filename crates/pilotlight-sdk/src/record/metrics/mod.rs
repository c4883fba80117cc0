//! Metrics: an instrument's measurements, added up by the threads that make them.
//!
//! ```text
//!  meter_provider.rs  owns all of it ── meter_core.rs is what instruments need of it
//!  meter.rs           makes instruments: registration.rs finds the same one again, names.rs and kind.rs check,
//!                     resolution.rs asks view.rs and reader_profile.rs what streams it becomes
//!  observables.rs     what the API leaves out: callbacks for several instruments, and their end
//!  ─────────────────────────────────────────────── on the caller's thread
//!  instrument.rs      what the API calls
//!   └ stream.rs       one way to aggregate an instrument's measurements
//!      ├ thread_cells.rs  the thread's own cells ── attributes.rs finds a set again, slots.rs a stream
//!      └ series.rs        first meetings, and the cardinality limit
//!  cell.rs            one thread's share of one series: sums, last values, histogram.rs, exponential/
//!   ├ version.rs      lets others read whole measurements
//!   └ exemplar/       single measurements kept as examples
//!  ─────────────────────────────────────────────── on the exporter thread
//!  collection.rs      adds cells up to totals.rs ── observed_stream.rs, what callback.rs observes
//! ```

mod attributes;
#[cfg(all(test, not(pilotlight_loom)))]
mod bounds_tests;
mod callback;
mod cell;
mod collection;
mod exemplar;
mod exponential;
mod histogram;
mod instrument;
mod kind;
#[cfg(all(test, pilotlight_loom))]
mod loom_models;
mod meter;
mod meter_core;
mod meter_provider;
mod meter_provider_builder;
mod names;
mod number;
mod observables;
mod observed_stream;
mod reader_profile;
mod registration;
mod resolution;
mod series;
mod slots;
mod stream;
#[cfg(test)]
mod test_stream;
mod thread_cells;
mod totals;
mod version;
mod view;

pub use exemplar::{ExemplarReservoir, Offer};
pub use kind::InstrumentKind;
pub use meter_provider::MeterProvider;
pub use meter_provider_builder::MeterProviderBuilder;
pub use observables::{Observable, ObservableBuilder, Observables, Observer, Registration};
pub use view::{Aggregation, View, ViewBuilder};

pub(crate) use callback::{Callback, Cycle, Turn};
pub(crate) use collection::Point;
pub(crate) use exemplar::Exemplar;
pub(crate) use instrument::Observed;
pub(crate) use meter_core::{MeterCore, StreamEntry};
pub(crate) use number::PointNumber;
pub(crate) use reader_profile::ReaderProfile;
pub(crate) use totals::Totals;
