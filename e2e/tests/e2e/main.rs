//! Pilotlight over real sockets and as real processes, against a receiver that shares no code with it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod answers;
mod backends;
mod databases;
mod delivery;
mod hostile;
mod http;
mod init;
mod log_answers;
mod logs;
mod messages;
mod metric_answers;
mod metrics;
mod one_command;
mod outages;
mod panics;
mod process;
mod prometheus;
mod receiver;
mod services;
mod shop;
mod shop_process;
mod shutdown;
mod stack;
mod stdout;
mod support;
mod switch;
mod viewer;
mod viewer_sdks;
