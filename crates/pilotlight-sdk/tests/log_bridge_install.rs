//! The process's logger, of which there is one: a test of its own.
#![cfg(feature = "log")]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use pilotlight_sdk::bridge::LogBridge;
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::LoggerProvider;
use pilotlight_sdk::transport::InMemoryExporter;

#[test]
fn the_logger_is_installed_once_and_its_level_follows_the_filter() {
    let memory = InMemoryExporter::new();
    let logs = LoggerProvider::builder().with_simple_exporter(memory.clone()).build().unwrap();
    let bridge = Bridge::new();
    let (filters, _) = Filters::new("info", "warn");
    LogBridge::new(&bridge, &filters).install().unwrap();
    log::error!("before it leads anywhere");
    bridge.connect(None, Some(&logs), &TracingSettings::default());

    log::info!("too quiet");
    log::warn!("told");
    assert_eq!(log::max_level(), log::LevelFilter::Warn);
    filters.set_log_filter("off,shop=debug").unwrap();
    assert_eq!(log::max_level(), log::LevelFilter::Debug);
    assert!(!log::log_enabled!(log::Level::Error) && log::log_enabled!(target: "shop", log::Level::Debug));

    let told: Vec<_> = memory.logs().iter().map(|log| log.view().severity_text().to_owned()).collect();
    assert_eq!(told, ["WARN"]);
    let error = LogBridge::new(&bridge, &filters).install().unwrap_err();
    assert!(error.to_string().contains("another logger"), "{error}");
}
