//! What deploy/ and the Dockerfile promise, as far as it shows without running them.

mod collector;
mod compose;
mod dashboard;
mod dockerfile;
mod files;
