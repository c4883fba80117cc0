//! The project's own tools.
//!
//! ```text
//!  cargo xtask check        check       everything CI runs; ends with the tests
//!  cargo xtask test         suite       every test there is, the loom models too
//!  cargo xtask servers      servers     databases, brokers and Prometheus for the tests, found or fetched; `test` begins with it
//!  cargo xtask page         page        the viewer's page, built from its sources; `check` holds the committed one against them
//!  cargo xtask browser, screenshots
//!                           browser     the viewer's page in a real Chromium: its tests, its pictures for the documentation
//!  cargo xtask compliance   compliance  what spec/compliance.csv claims, by section
//!  cargo xtask static-build, collector-check, polyglot-check
//!                           containers, collector, polyglot   what deploy/ and the Dockerfile promise, tried; not part of `check`
//!
//!  tests/compliance         compliance + test_index    each claim names a test that exists
//!  tests/deploy             containers::dockerfile     compose files, Dockerfile and dashboard agree with the code
//!  tests/repository         repository + rust_source   links resolve, dependencies have reasons
//! ```

pub mod browser;
pub mod check;
pub mod collector;
pub mod command;
pub mod compliance;
pub mod containers;
pub mod debian;
mod go;
pub mod maven;
pub mod npm;
pub mod page;
pub mod polyglot;
pub mod repository;
pub mod rust_source;
pub mod sdks;
pub mod servers;
pub mod suite;
pub mod test_index;
pub mod workspace;
