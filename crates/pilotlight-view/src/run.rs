//! `pilotlight run -- CMD`: a program, and its telemetry in a browser.

pub(crate) mod browser;
mod child;
mod environment;
