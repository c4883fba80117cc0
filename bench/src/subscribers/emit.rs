//! emit: an API of its own, OTLP over HTTP by emit_otlp, JSON lines by emit_file.
//!
//! Neither has an exporter that throws away, so this is the only contestant that encodes, sends to a receiver and writes to
//! a file: its callers encode, the rest is in the process' time.

use std::fs::{create_dir_all, remove_dir_all};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use emit::Emitter;

use super::{Contestant, Observed, Outlet};
use crate::callsites::{Call, Off, Output, turns, user};
use crate::receiver::Receiver;

/// Longer than any flush takes that works.
const FLUSH_TIME_MAX: Duration = Duration::from_secs(10);

/// Through its own API.
pub const CONTESTANT: Contestant = Contestant {
    name: "emit, its own API",
    takes: |call| !matches!(call, Call::SpanOff(Off::Target) | Call::EventOff(Off::Target) | Call::Record),
    set_up,
};

fn set_up(call: Call) -> Result<Observed> {
    let receiver = Receiver::start()?;
    let directory = Directory::new()?;
    let (otlp, file) = (|| otlp(&receiver.endpoint()), || emit_file::set(directory.0.join("lines")).spawn());
    match call {
        Call::Event(Output::Lines) => start(file())?,
        Call::Event(Output::Both) => start(otlp().and_to(file()))?,
        _ => start(otlp())?,
    }
    let outlet = Box::new(Sent { receiver, call, _directory: directory });
    Ok(Observed { call: Box::new(move |calls| make(call, calls)), outlet })
}

fn start(emitter: impl Emitter + Send + Sync + 'static) -> Result<()> {
    let filter = emit::level::min_filter(emit::Level::Info);
    let started = emit::setup().emit_when(filter).emit_to(emitter).try_init();
    ensure!(started.is_some(), "emit has been set up before");
    Ok(())
}

fn otlp(endpoint: &str) -> emit_otlp::Otlp {
    emit_otlp::new()
        .traces(emit_otlp::traces_http_proto(format!("{endpoint}/v1/traces")))
        .logs(emit_otlp::logs_http_proto(format!("{endpoint}/v1/logs")))
        .spawn()
}

fn make(call: Call, calls: u64) {
    match call {
        Call::Span => turns(calls, span),
        Call::ParentAndChild => turns(calls, parent_and_child),
        Call::SpanOff(_) => turns(calls, span_off),
        Call::EventOff(_) => turns(calls, event_off),
        Call::Event(_) | Call::Record => events(calls),
    }
}

#[emit::info_span(
    "find user",
    #[emit::key("db.system.name")] system: "sqlite",
    #[emit::key("user.name")] user: user(),
    #[emit::key("db.response.returned_rows")] rows: turn,
    #[emit::key("cache.hit")] hit: false,
)]
fn span(turn: u64) {}

#[emit::info_span(
    "find user",
    #[emit::key("db.system.name")] system: "sqlite",
    #[emit::key("user.name")] user: user(),
    #[emit::key("db.response.returned_rows")] rows: turn,
    #[emit::key("cache.hit")] hit: false,
)]
fn parent_and_child(turn: u64) {
    span(turn);
}

#[emit::debug_span(
    "find user",
    #[emit::key("db.system.name")] system: "sqlite",
    #[emit::key("user.name")] user: user(),
    #[emit::key("db.response.returned_rows")] rows: turn,
    #[emit::key("cache.hit")] hit: false,
)]
fn span_off(turn: u64) {}

fn event_off(turn: u64) {
    emit::debug!(
        "user found",
        #[emit::key("user.name")] user: user(),
        attempt: turn,
        #[emit::key("cache.hit")] hit: false,
    );
}

/// Inside a span that lasts, without the properties that it has elsewhere: emit would add them to each event.
#[emit::info_span("handle request")]
fn events(calls: u64) {
    turns(calls, |turn| {
        emit::info!(
            "user found",
            #[emit::key("user.name")] user: user(),
            attempt: turn,
            #[emit::key("cache.hit")] hit: false,
        );
    });
}

struct Sent {
    receiver: Receiver,
    call: Call,
    _directory: Directory,
}

impl Outlet for Sent {
    fn settle(&self, _made: u64) {
        // What is left out when a flush fails is missing in the count, and the table shows it.
        emit::blocking_flush(FLUSH_TIME_MAX);
    }

    fn arrived(&self) -> Option<u64> {
        let count = self.receiver.settled().ok()?;
        match self.call {
            Call::Event(Output::Lines) => None,
            Call::Event(_) => Some(count.logs),
            _ => Some(count.spans),
        }
    }

    fn said(&self) -> String {
        match self.call {
            Call::Event(Output::Lines) => "written to a file".to_owned(),
            Call::Event(Output::Both) => "encoded and sent, and written to a file".to_owned(),
            _ => "encoded and sent".to_owned(),
        }
    }
}

/// Where its files are, gone afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("pilotlight-bench-{}", std::process::id()));
        create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A directory that stays is in the way of nobody.
        let _ = remove_dir_all(&self.0);
    }
}
