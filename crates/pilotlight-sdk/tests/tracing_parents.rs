//! Who is whose parent, where our layer is the subscriber's only one.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;
#[path = "common/parents.rs"]
mod parents;

use pilotlight_sdk::bridge::tracing::{Bridge, Filters};

#[test]
fn every_child_finds_its_parent_whoever_made_either_and_wherever_it_runs() {
    let bridge = Bridge::new();
    let (filters, _) = Filters::new("info", "info");
    tracing::subscriber::set_global_default(bridge.subscriber(&filters)).unwrap();
    parents::every_child_finds_its_parent(&bridge);
}
