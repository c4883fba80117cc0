//! What a service's runtime tells without a line written for it: the process, tokio, the allocator.
//!
//! ```text
//!  operating system ──▶ process ───┐
//!  tokio runtimes ────▶ tokio ─────┤  observable instruments, asked by the thread that collects;
//!  any allocator ─────▶ allocator ─┼─ nothing happens between two collections, except for tokio's
//!  jemalloc ──────────▶ jemalloc ──┤  probe, and the counting in the allocator
//!  mimalloc ──────────▶ mimalloc ──┘
//! ```
//!
//! Each module has a table of its metrics and a `register`; [`register_all`] calls those that are compiled in. The
//! names of `process` are the semantic conventions'; there are none yet for Rust, tokio or allocators, so those have
//! namespaces of their own: `tokio.`, `rust.allocator.`, `jemalloc.`, `mimalloc.`.
//!
//! What cannot be told, on a platform or because something is not installed, is not reported; it is never a zero.

#[cfg(feature = "allocator")]
pub mod allocator;
#[cfg(all(test, any(feature = "process", feature = "tokio")))]
mod collected;
#[cfg(feature = "jemalloc")]
pub mod jemalloc;
#[cfg(feature = "mimalloc")]
pub mod mimalloc;
mod observables;
#[cfg(feature = "process")]
pub mod process;
#[cfg(any(feature = "process", feature = "tokio", feature = "jemalloc", feature = "mimalloc"))]
mod recent;
#[cfg(feature = "tokio")]
pub mod tokio;

use opentelemetry::metrics::Meter;

/// Registers everything that is compiled in with a meter: the process, the allocators, and the tokio runtime that this
/// is called in, without a name.
///
/// Call it once for a provider, inside the runtime: outside of one nothing is registered for tokio. Further runtimes,
/// names and the probe's interval: [`tokio::RuntimeInstrumentation`]. A runtime built without its timer needs that too,
/// because the probe would panic in its task.
///
/// Allocators report only while they are in use: the counting one when it is installed; jemalloc and mimalloc
/// whenever they are linked, so enable their features only where they are the global allocator.
///
/// # Example
/// ```
/// let meter = opentelemetry::global::meter("my-service");
/// let _registration = pilotlight_instrument::runtime::register_all(&meter);
/// ```
#[cfg_attr(pilotlight_loom, allow(unused_variables, reason = "the models are built without what registers"))]
pub fn register_all(meter: &Meter) -> Registration {
    #[cfg(feature = "process")]
    process::register(meter);
    // The models of the allocator's counters are built without the allocator.
    #[cfg(all(feature = "allocator", not(pilotlight_loom)))]
    allocator::register(meter);
    #[cfg(feature = "jemalloc")]
    jemalloc::register(meter);
    #[cfg(feature = "mimalloc")]
    mimalloc::register(meter);
    Registration {
        #[cfg(feature = "tokio")]
        _tokio: ::tokio::runtime::Handle::try_current()
            .ok()
            .map(|handle| tokio::RuntimeInstrumentation::builder(handle).register(meter)),
    }
}

/// What [`register_all`] registered. Dropping it ends what it tells about tokio, and the probe's task; what it tells
/// about the process and the allocators lasts as long as the meter's provider.
#[derive(Debug)]
#[must_use = "dropping it ends tokio's metrics"]
pub struct Registration {
    #[cfg(feature = "tokio")]
    _tokio: Option<tokio::RuntimeInstrumentation>,
}

#[cfg(all(test, feature = "process", feature = "tokio"))]
mod tests {
    use super::collected::Metered;
    use super::*;
    use ::tokio::runtime::Builder;

    #[test]
    fn one_call_inside_a_runtime_registers_everything() {
        let metered = Metered::new();
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let entered = runtime.enter();

        let registration = register_all(&metered.meter());

        drop(entered);
        let points = metered.collect();
        assert_eq!(points["tokio.runtime.workers"], 1.0);
        assert_eq!(points["tokio.runtime.tasks.alive"], 1.0, "the probe's");
        assert!(points.contains_key("process.cpu.time{cpu.mode=user}"), "{points:?}");

        drop(registration);
        let points = metered.collect();
        assert!(!points.keys().any(|key| key.starts_with("tokio.")), "{points:?}");
        assert!(points.contains_key("process.cpu.time{cpu.mode=user}"), "{points:?}");
    }

    #[test]
    fn outside_of_a_runtime_there_is_nothing_of_tokio() {
        let metered = Metered::new();

        let _registration = register_all(&metered.meter());

        let points = metered.collect();
        assert!(!points.keys().any(|key| key.starts_with("tokio.")), "{points:?}");
        assert!(points.contains_key("process.cpu.time{cpu.mode=user}"), "{points:?}");
    }

    #[test]
    fn an_allocator_that_is_not_installed_reports_nothing() {
        let metered = Metered::new();

        let _registration = register_all(&metered.meter());

        let points = metered.collect();
        assert!(!points.keys().any(|key| key.starts_with("rust.allocator.")), "{points:?}");
    }
}
