//! Who is whose parent, where our layer is one of several, each behind its own filter.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;
#[path = "common/parents.rs"]
mod parents;

use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

#[test]
fn every_child_finds_its_parent_beside_layers_of_others() {
    let bridge = Bridge::new();
    let (filters, _) = Filters::new("info", "info");
    let other = tracing_subscriber::layer::Identity::new().with_filter(LevelFilter::TRACE);
    let subscriber = tracing_subscriber::registry().with(other).with(bridge.layer(&filters));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    parents::every_child_finds_its_parent(&bridge);
}
