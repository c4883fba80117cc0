//! A guard over an `await` makes a future that cannot be spawned: shown beside the same future without one.

use opentelemetry::{Context, ContextGuard};
use pilotlight_instrument::context::{Bound, bind_future, in_context};
use std::future::{Ready, ready};

/// Asks the compiler whether something is `Send`, without requiring it: of a reference to this, the method of `IfSend` is found
/// first, where there is one.
struct Asked<T>(T);

trait IfSend {
    fn is_send(&self) -> bool;
}

trait Otherwise {
    fn is_send(&self) -> bool;
}

impl<T: Send> IfSend for Asked<T> {
    fn is_send(&self) -> bool {
        true
    }
}

impl<T> Otherwise for &Asked<T> {
    fn is_send(&self) -> bool {
        false
    }
}

#[expect(clippy::await_holding_invalid_type, reason = "the mistake that is shown")]
async fn guard_over_await(context: Context) {
    let _attached: ContextGuard = context.attach();
    ready(()).await;
}

async fn guard_before_await(context: Context) {
    drop(context.attach());
    ready(()).await;
}

fn bound_in(context: &Context) -> Bound<Ready<()>> {
    in_context(context, || bind_future(ready(())))
}

#[test]
fn a_future_with_a_guard_over_an_await_cannot_be_sent_to_another_thread() {
    let asked = &Asked(guard_over_await(Context::new()));
    assert!(!asked.is_send());
}

#[test]
fn the_same_future_without_the_guard_can() {
    let asked = &Asked(guard_before_await(Context::new()));
    assert!(asked.is_send());
}

#[test]
fn a_bound_future_with_a_guard_inside_cannot_either() {
    let asked = &Asked(bind_future(guard_over_await(Context::new())));
    assert!(!asked.is_send());
}

#[test]
fn a_bound_future_can() {
    let asked = &Asked(bound_in(&Context::new()));
    assert!(asked.is_send());
}
