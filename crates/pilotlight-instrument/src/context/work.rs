//! Closures in a context.

use super::thread;
use opentelemetry::Context;

/// Runs `work` here and now, with `context` as the current one.
///
/// For pools that borrow from the caller, where every closure needs the same context: `rayon::join`, `rayon::scope`, `par_iter`,
/// `std::thread::scope`. Take [`Context::current`] once, outside.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::baggage::BaggageExt;
/// use pilotlight_instrument::context::in_context;
/// use rayon::prelude::*;
///
/// let context = Context::current_with_baggage([opentelemetry::KeyValue::new("tenant", "7")]);
/// let tenants: Vec<String> = (0..4)
///     .into_par_iter()
///     .map(|_| in_context(&context, || Context::current().baggage().to_string()))
///     .collect();
/// assert_eq!(tenants, ["tenant=7"; 4]);
/// ```
///
/// The context before is current again when `work` returns or unwinds. Costs a clone of `context` and an attach: some 30 ns,
/// and nothing is allocated. While a thread's locals are destroyed there is no current context any more, and `work` runs without.
///
/// `work` cannot await. One that returns a future returns it *outside* of the context: use [`bind_future`](super::bind_future).
pub fn in_context<T>(context: &Context, work: impl FnOnce() -> T) -> T {
    if !thread::has_context() {
        return work();
    }
    let _attached = context.clone().attach();
    work()
}

/// `work`, to be run anywhere in the context that is current *now*.
///
/// For whatever runs a closure elsewhere: `tokio::task::spawn_blocking`, `std::thread::spawn`, pools.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::baggage::BaggageExt;
/// use pilotlight_instrument::context::bind;
///
/// let context = Context::current_with_baggage([opentelemetry::KeyValue::new("tenant", "7")]);
/// let attached = context.attach();
/// let thread = std::thread::spawn(bind(|| Context::current().baggage().to_string()));
/// drop(attached);
/// assert_eq!(thread.join().ok().as_deref(), Some("tenant=7"));
/// ```
///
/// What `work` owns is dropped in the context too, even when nobody runs it. A span in the context stays open until then. Costs
/// what [`in_context`] does, and one more clone: some 40 ns.
pub fn bind<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let work = Work { work: Some(work), context: thread::current() };
    move || work.run()
}

struct Work<W> {
    /// Some until it runs.
    work: Option<W>,
    context: Context,
}

impl<W> Work<W> {
    #[expect(clippy::expect_used, reason = "only this takes the work, and `self` is gone afterwards")]
    fn run<T>(mut self) -> T
    where
        W: FnOnce() -> T,
    {
        let work = self.work.take().expect("work that did not run");
        in_context(&self.context, work)
    }
}

impl<W> Drop for Work<W> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            in_context(&self.context, || drop(work));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TellsOnDrop, Tenant, tenant};
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc::channel;

    #[test]
    fn work_on_another_thread_sees_the_context_and_leaves_none_behind() {
        let attached = Context::current_with_value(Tenant(1)).attach();
        let work = bind(tenant);
        drop(attached);
        let seen = std::thread::spawn(|| (work(), tenant())).join().unwrap();
        assert_eq!(seen, (Some(Tenant(1)), None));
    }

    #[test]
    fn work_that_panics_leaves_no_context_behind() {
        let context = Context::new().with_value(Tenant(1));
        let outcome = catch_unwind(AssertUnwindSafe(|| in_context(&context, || panic!("on purpose"))));
        assert!(outcome.is_err());
        assert_eq!(tenant(), None);
    }

    #[test]
    fn work_that_nobody_runs_is_dropped_in_its_context() {
        let (sender, dropped_in) = channel();
        let attached = Context::current_with_value(Tenant(1)).attach();
        let tells = TellsOnDrop(sender);
        let work = bind(move || drop(tells));
        drop(attached);
        std::thread::spawn(|| drop(work)).join().unwrap();
        assert_eq!(dropped_in.recv(), Ok(Some(Tenant(1))));
    }

    #[test]
    fn a_context_inside_a_context_gives_way_to_the_outer_one_again() {
        let outer = Context::new().with_value(Tenant(1));
        let inner = Context::new().with_value(Tenant(2));
        let seen = in_context(&outer, || (in_context(&inner, tenant), tenant()));
        assert_eq!(seen, (Some(Tenant(2)), Some(Tenant(1))));
    }
}
