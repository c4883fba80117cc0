//! A program in Go in the middle of the chain: `polyglot-check SCREENING`.
//!
//! ```text
//!  caller ─ traceparent, baggage ─▶ gateway ──▶ screening (Go, its own SDK) ──▶ Tap ──▶ payments
//!                                     └──────────────┴── spans over OTLP ──┬──────────────┘
//!                                                                       Receiver
//! ```
//!
//! The tap notes the headers that payments gets. `cargo xtask polyglot-check` builds the program in Go and runs this.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in checks a panic is the way to fail")]

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{io, thread};

use e2e::program::{Program, ReservedPort, ask, sibling, wait_until_answered};
use e2e::{Receiver, text_tree};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
/// With what baggage may hold but for a comma: percent-encoded, as it travels.
const BAGGAGE: &str = "customer.tier=gold,campaign=l%C3%A4mp%20oil";
const ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#;

fn main() {
    let Some(screening) = std::env::args_os().nth(1).map(PathBuf::from) else {
        panic!("usage: polyglot-check SCREENING");
    };
    let receiver = Receiver::start();
    let headers = order_through(&screening, &receiver);

    let spans = receiver.trace(TRACE);
    let tree = text_tree(&spans, &["baggage.customer.tier", "baggage.campaign"]);
    println!("{tree}");
    println!("what payments got\n  {}\n  {}", headers.of("traceparent"), headers.of("baggage"));
    assert_eq!(spans.len(), receiver.spans().iter().filter(|span| in_trace(span)).count(), "one trace");
    assert_chain(&tree);
    assert_eq!(members(headers.of("baggage")), members(&format!("baggage: {BAGGAGE}")), "baggage on its way");
    assert!(headers.of("traceparent").contains(TRACE), "the trace on its way");
}
