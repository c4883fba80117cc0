//! The fault matrix: each cause of "nothing arrives" as a small world of variables, files and servers, and what the doctor says of it;
//! and healthy worlds, of which it says nothing.
//!
//! `causes.csv` lists the causes with their tests; [`coverage`] holds it against them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod certificates;
mod coverage;
mod environment;
mod healthy;
mod hostile;
mod listening;
mod logs;
mod network;
mod others;
mod program;
mod project;
mod running;
mod same_settings;
mod sending;
mod servers;
mod sources;
mod tls;
mod world;
