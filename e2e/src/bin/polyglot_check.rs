//! A program in Go in the middle of the chain: `polyglot-check SCREENING`.
//!
//! ```text
//!  caller ─ traceparent, baggage ─▶ gateway ──▶ screening (Go, its own SDK) ──▶ Tap ──▶ payments
//!                                     └──────────────┴── spans over OTLP ──┬──────────────┘
//!                                                                       Receiver
//! ```
//!
//! The tap keeps the headers that payments gets. `cargo xtask polyglot-check` builds the program in Go and runs this.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in checks a panic is the way to fail")]

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use e2e::program::{Program, ReservedPort, ask, sibling, wait_until_answered};
use e2e::receiver::ReceivedSpan;
use e2e::tree::{attribute, hex, show};
use e2e::{Receiver, text_tree};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
/// As it travels: one member with text that has to be percent-encoded.
const BAGGAGE: &str = "customer.tier=gold,campaign=l%C3%A4mp%20oil";
const ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#;

/// From the far end to the caller, who did what; the gateway's own steps left out.
const WAY_BACK: [&str; 6] =
    ["payments server", "screening client", "screening server", "gateway client", "gateway server", "caller"];

fn main() {
    let Some(screening) = std::env::args_os().nth(1).map(PathBuf::from) else {
        panic!("usage: polyglot-check SCREENING");
    };
    let receiver = Receiver::start();
    let heard = order_through(&screening, &receiver);
    let trace: Vec<_> = receiver.spans().into_iter().filter(|one| hex(&one.span.trace_id) == TRACE).collect();

    println!("{}", text_tree(&receiver.trace(TRACE), &["baggage.customer.tier", "baggage.campaign"]));
    let (context, baggage) = (header(&heard, "traceparent"), header(&heard, "baggage"));
    println!("payments got\n  traceparent: {context}\n  baggage: {baggage}");
    assert_eq!(way_back(&trace), WAY_BACK, "the spans are not one below the other");
    assert!(context.contains(TRACE), "payments did not get the trace");
    assert_eq!(members(&baggage), members(BAGGAGE), "payments did not get the caller's baggage");
    assert_seen_in_the_middle(&trace);
}

/// Runs the four programs for one order, and returns what payments heard.
fn order_through(screening: &Path, receiver: &Receiver) -> String {
    let payments = Role::start("payments", receiver, |command| command);
    let inventory = Role::start("inventory", receiver, |command| command);
    let tap = Tap::before(payments.address);
    let screening = Program::start(screening, |command| {
        exporting(command, receiver)
            .env("OTEL_SERVICE_NAME", "screening")
            .env("SCREENING_ADDR", "127.0.0.1:0")
            .env("SCREENING_PAYMENTS_URL", format!("http://{}", tap.address))
    });
    let screens = screening.wait_for_line("screening listens on ");
    let gateway = Role::start("gateway", receiver, |command| {
        command
            .env("SHOP_INVENTORY_URL", format!("http://{}", inventory.address))
            .env("SHOP_PAYMENTS_URL", screens)
            .env("SHOP_PAYMENTS_TIMEOUT_MS", "20000")
    });

    let headers = format!(
        "content-type: application/json\r\ntraceparent: 00-{TRACE}-{CALLER}-01\r\nbaggage: {BAGGAGE}\r\n"
    );
    let answer = ask(gateway.address, "POST /api/orders", &headers, ORDER);
    assert_eq!(answer.status, 201, "{answer:?}");
    // Who calls ends first; each sends what it still has.
    for program in [gateway.program, screening, payments.program, inventory.program] {
        program.stop();
    }
    tap.heard()
}

/// One of the shop's programs.
struct Role {
    program: Program,
    address: SocketAddr,
}

impl Role {
    fn start(role: &str, receiver: &Receiver, configure: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let port = ReservedPort::new();
        let address = port.address();
        let program = Program::start(&sibling("shop-under-test"), |command| {
            command.arg(role).arg(format!("--addr={address}")).arg("--notice-ms=0");
            configure(exporting(command, receiver))
        });
        wait_until_answered(address, "GET /health");
        Self { program, address }
    }
}

fn exporting<'a>(command: &'a mut Command, receiver: &Receiver) -> &'a mut Command {
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint())
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env("OTEL_METRICS_EXPORTER", "none")
}

/// Passes connections on, and keeps what was said on them by those who made them.
struct Tap {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// Its thread lives as long as the process.
    fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let hears = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                pass_on(client, TcpStream::connect(server).unwrap(), Arc::clone(&hears));
            }
        });
        Self { address, heard }
    }

    fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }
}

fn pass_on(mut client: TcpStream, mut server: TcpStream, hears: Arc<Mutex<Vec<u8>>>) {
    let (mut to_client, mut from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = client.read(&mut piece) {
            hears.lock().unwrap().extend_from_slice(&piece[..length]);
            if server.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Write);
    });
}

/// The value of a header of the one request that was heard.
fn header(heard: &str, name: &str) -> String {
    let fields = heard.lines().filter_map(|line| line.split_once(": "));
    let values: Vec<_> =
        fields.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect();
    assert_eq!(values.len(), 1, "{name} in\n{heard}");
    values[0].to_owned()
}

/// The members of baggage, whose order means nothing.
fn members(baggage: &str) -> BTreeSet<&str> {
    baggage.split(',').map(str::trim).collect()
}

/// From the span of payments upwards: each service and kind, but for the steps inside a service.
fn way_back(trace: &[ReceivedSpan]) -> Vec<String> {
    let mut steps = Vec::new();
    let first = trace.iter().find(|one| step(one) == "payments server");
    let mut next = first;
    while let Some(one) = next {
        if !step(one).ends_with(" internal") {
            steps.push(step(one));
        }
        let parent = &one.span.parent_span_id;
        if hex(parent) == CALLER {
            steps.push("caller".to_owned());
        }
        next = trace.iter().find(|other| &other.span.span_id == parent);
    }
    steps
}

fn step(one: &ReceivedSpan) -> String {
    let named = one.resource.attributes.iter().find(|attribute| attribute.key == "service.name");
    let value = named.and_then(|attribute| attribute.value.as_ref()?.value.as_ref());
    let kind = one.span.kind().as_str_name().trim_start_matches("SPAN_KIND_").to_ascii_lowercase();
    format!("{} {kind}", value.map(show).unwrap_or_default())
}

/// The program in the middle has put on its span what it read from the baggage.
fn assert_seen_in_the_middle(trace: &[ReceivedSpan]) {
    let screened = trace.iter().find(|one| step(one) == "screening server").unwrap();
    let seen = |key: &str| attribute(&screened.span, key).map(show);

    assert_eq!(seen("baggage.customer.tier").as_deref(), Some("gold"));
    assert_eq!(seen("baggage.campaign").as_deref(), Some("lämp oil"));
}
