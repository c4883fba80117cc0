//! The shop as one command: its children, and what becomes of them.

// In a test, and in what it calls, a panic is the way to fail. Who is whose child is read where Linux tells it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

#[path = "support/process.rs"]
mod process;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use process::{Process, assert_gone, running, shop};
use rustix::process::{Signal, kill_process};

#[test]
fn a_signal_stops_the_three_one_after_the_other_and_none_is_left() {
    let shop = running(&mut shop(&[]));
    let children = shop.children();

    shop.signal(Signal::TERM);
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert_eq!(names(&children), ["gateway", "inventory", "payments"]);
    assert_gone(&children);
    let said =
        |words| outcome.stdout.find(words).unwrap_or_else(|| panic!("nobody said {words:?}: {outcome:?}"));
    assert!(
        said("shop stops: all requests were answered") < said("inventory stops: all requests were answered")
    );
    assert!(
        said("shop stops: all requests were answered") < said("payments stops: all requests were answered")
    );
}

#[test]
fn with_nats_the_worker_is_a_program_of_its_own_and_stops_after_the_gateway() {
    let nats = servers::Nats::start();
    let mut shop = running(shop(&[]).env("NATS_URL", nats.url()));
    shop.until("worker listens on http://");
    let children = shop.children();
    let order = r#"{"user_id":"42","items":["lamp"],"total":5.5}"#;
    let mut client = TcpStream::connect(shop.addr()).unwrap();
    write!(
        client,
        "POST /api/orders HTTP/1.1\r\nhost: shop\r\ncontent-length: {}\r\n\r\n{order}",
        order.len()
    )
    .unwrap();
    shop.until("Shipped");

    shop.signal(Signal::TERM);
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert_eq!(names(&children), ["gateway", "inventory", "payments", "worker"]);
    assert_gone(&children);
    let said =
        |words| outcome.stdout.find(words).unwrap_or_else(|| panic!("nobody said {words:?}: {outcome:?}"));
    assert!(said("shop stops: all requests") < said("worker stops: all requests"));
    assert!(said("worker stops: all requests") < said("inventory stops: all requests"));
}

#[test]
fn a_parent_that_is_killed_leaves_none_behind() {
    let shop = running(&mut shop(&[]));
    let children = shop.children();

    shop.signal(Signal::KILL);
    let outcome = shop.wait();

    assert_eq!(children.len(), 3);
    assert_gone(&children);
    // Standard output went with the one that kept its lines whole. What that cost is told by the reports.
    let reports = outcome.stderr.lines().filter(|line| line.starts_with("console_log_exporter: "));
    assert_eq!(reports.count(), 3, "{outcome:?}");
}

#[test]
fn lines_of_three_programs_on_one_pipe_are_never_torn() {
    let flags =
        ["--load", "--rate=500", "--duration-s=2", "--inventory-latency-ms=0", "--payment-latency-ms=0"];
    // Nobody reads after they are listening, until there is more than a pipe holds: then a writer has to wait half-way.
    let shop = running(shop(&flags).env("RUST_LOG", "debug"));
    let load = shop.children().into_iter().filter(|(name, _)| name == "load").collect::<Vec<_>>();
    assert_gone(&load);

    shop.signal(Signal::TERM);
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.len() > 100_000, "that was not enough: {}", outcome.stdout.len());
    for line in outcome.stdout.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line:?} is no line");
    }
    for name in ["gateway", "inventory", "payments"] {
        assert!(outcome.stdout.contains(&format!("\"service.name\":\"{name}\"")), "no line of the {name}");
    }
}

#[test]
fn an_output_that_nobody_reads_any_more_stops_neither_the_shop_nor_its_end() {
    let flags =
        ["--load", "--rate=500", "--duration-s=1", "--inventory-latency-ms=0", "--payment-latency-ms=0"];
    let mut shop = running(&mut shop(&flags));
    let children = shop.children();
    shop.close_stdout();
    assert_gone(&children.iter().filter(|(name, _)| name == "load").cloned().collect::<Vec<_>>());

    shop.signal(Signal::TERM);
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains("shop: standard output takes no more lines: Broken pipe"), "{outcome:?}");
    assert!(outcome.stderr.contains(" × 201"), "{outcome:?}");
    assert_gone(&children);
}

#[test]
fn an_output_that_is_full_keeps_nobody_from_stopping() {
    let flags =
        ["--load", "--rate=500", "--duration-s=2", "--inventory-latency-ms=0", "--payment-latency-ms=0"];
    let shop = running(&mut shop(&flags));
    let children = shop.children();
    assert_gone(&children.iter().filter(|(name, _)| name == "load").cloned().collect::<Vec<_>>());

    shop.signal(Signal::TERM);
    let outcome = shop.wait_unread();

    assert_gone(&children);
    assert!(outcome.stderr.contains("shop: nobody reads standard output: the last lines"), "{outcome:?}");
    assert!(outcome.stderr.contains(" × 201"), "{outcome:?}");
}

#[test]
fn a_child_that_dies_is_told_of_and_the_others_are_stopped() {
    for name in ["gateway", "inventory", "payments"] {
        let shop = running(&mut shop(&[]));
        let children = shop.children();

        kill_process(shop.child(name), Signal::KILL).unwrap();
        let outcome = shop.wait();

        assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
        let told =
            format!("shop: the {name} ended unexpectedly (signal: 9 (SIGKILL)): the others are stopped");
        assert_eq!(outcome.stderr.matches(&told).count(), 1, "{outcome:?}");
        assert_eq!(outcome.stdout.matches(" stops: all requests were answered").count(), 2, "{outcome:?}");
        assert_gone(&children);
    }
}

#[test]
fn a_second_signal_does_not_wait_for_requests_in_flight() {
    let flags = ["--payment-hang-ms=3600000", "--payments-timeout-ms=3600000", "--drain-timeout-ms=3600000"];
    let mut shop = running(&mut shop(&flags));
    let children = shop.children();
    let order = r#"{"user_id":"42","items":["lamp"],"total":5.5,"card":"tok_hang"}"#;
    let mut client = TcpStream::connect(shop.addr()).unwrap();
    write!(
        client,
        "POST /api/orders HTTP/1.1\r\nhost: shop\r\ncontent-length: {}\r\n\r\n{order}",
        order.len()
    )
    .unwrap();
    shop.until("Reserved");

    shop.signal(Signal::INT);
    let addr = shop.addr();
    while TcpStream::connect(&addr).is_ok() {}
    shop.signal(Signal::INT);
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("shop: the gateway has not stopped yet: it is killed"), "{outcome:?}");
    assert_gone(&children);
}

#[test]
fn a_request_in_flight_is_answered_before_any_of_them_stops() {
    let mut shop = running(&mut shop(&["--payment-latency-ms=300"]));
    let order = r#"{"user_id":"42","items":["lamp"],"total":5.5}"#;
    let mut client = TcpStream::connect(shop.addr()).unwrap();
    write!(
        client,
        "POST /api/orders HTTP/1.1\r\nhost: shop\r\ncontent-length: {}\r\n\r\n{order}",
        order.len()
    )
    .unwrap();
    shop.until("Reserved");

    shop.signal(Signal::TERM);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();

    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(shop.wait().status.code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_named_and_nothing_is_started() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _taken = TcpListener::bind(taken).unwrap();

    let outcome =
        Process::start(shop(&["--addr=127.0.0.1:0"]).arg(format!("--payments-addr={taken}"))).wait();

    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
    let told = format!("shop could not run: cannot listen on {taken}: Address already in use");
    assert!(outcome.stderr.starts_with(&told), "{outcome:?}");
    assert!(outcome.stderr.ends_with("choose another address with --payments-addr\n"), "{outcome:?}");
    assert!(outcome.stdout.is_empty(), "{outcome:?}");
}

#[test]
fn a_bad_setting_is_named_whoever_it_is_for() {
    let flag = Process::start(&mut shop(&["--payment-limit=much"])).wait();
    let variable = Process::start(shop(&[]).env("SHOP_INVENTORY_LATENCY_MS", "long")).wait();

    assert_eq!((flag.status.code(), variable.status.code()), (Some(2), Some(2)));
    assert!(flag.stderr.contains("--payment-limit"), "{flag:?}");
    assert!(variable.stderr.contains("--inventory-latency-ms"), "{variable:?}");
}

#[test]
fn a_child_that_cannot_serve_stops_the_shop() {
    let outcome =
        Process::start(&mut shop(&["--addr=127.0.0.1:0", "--database-url=sqlite:///nowhere/shop.db"])).wait();

    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains("the database \"sqlite:///nowhere/shop.db\" cannot be opened"),
        "{outcome:?}"
    );
    // The gateway or the inventory, whichever was quicker.
    assert!(
        outcome.stderr.contains(" ended unexpectedly (exit status: 1): the others are stopped"),
        "{outcome:?}"
    );
}

#[test]
fn credentials_in_a_url_are_not_told() {
    let url = "postgres://clerk:in-the-url@db/shop?sslkey=in-the-url";
    let at_once = "--database-start-timeout-ms=0";
    let database = Process::start(shop(&["--addr=127.0.0.1:0", at_once]).env("DATABASE_URL", url)).wait();
    let broker = Process::start(shop(&["worker"]).env("NATS_URL", "mqtt://clerk:in-the-url@broker")).wait();
    let help = Process::start(shop(&["--help"]).env("DATABASE_URL", url)).wait();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let load = format!("--target=http://clerk:in-the-url@{nobody}");
    let load = Process::start(&mut shop(&["load", &load])).wait();

    assert!(database.stderr.contains("the database \"postgres://REDACTED@db/shop\" "), "{database:?}");
    assert!(broker.stderr.contains("NATS cannot be reached at \"mqtt://REDACTED@broker\""), "{broker:?}");
    assert!(help.stdout.contains("--database-url"), "{help:?}");
    assert!(load.stderr.contains(&format!("nothing answers at http://{nobody}/;")), "{load:?}");
    for outcome in [database, broker, help, load] {
        assert!(
            !outcome.stdout.contains("in-the-url") && !outcome.stderr.contains("in-the-url"),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_signal_that_comes_before_all_have_begun_is_no_failure() {
    // As soon as the first of them is there.
    let shop = Process::start(&mut shop(&["--addr=127.0.0.1:0", "--notice-ms=0"]));
    while shop.children().is_empty() {
        std::thread::yield_now();
    }
    shop.signal(Signal::INT);
    let children = shop.children();
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert!(!outcome.stderr.contains("did not end well"), "{outcome:?}");
    assert_gone(&children);
}

#[test]
fn one_service_name_is_not_that_of_all_three() {
    let mut command = shop(&[]);
    command.env("OTEL_SERVICE_NAME", "mine").env("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine,team=a");

    let shop = running(&mut command);
    shop.signal(Signal::TERM);
    let outcome = shop.wait();

    let told =
        "shop: one service name cannot be that of three programs: it is not handed on, each has its own";
    assert_eq!(outcome.stderr.matches(told).count(), 1, "{outcome:?}");
    for name in ["gateway", "inventory", "payments"] {
        assert!(outcome.stdout.contains(&format!("\"service.name\":\"{name}\"")), "{outcome:?}");
    }
}

#[test]
fn one_program_alone_takes_the_name_it_is_given_and_listens_where_it_is_told() {
    let mut command = shop(&["payments", "--addr=127.0.0.1:0", "--notice-ms=0"]);
    let mut payments = Process::start(command.env("OTEL_SERVICE_NAME", "mine"));

    payments.until("payments listens on http://127.0.0.1:");
    payments.signal(Signal::TERM);
    let outcome = payments.wait();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("\"service.name\":\"mine\""), "{outcome:?}");
}

#[test]
fn each_program_can_be_asked_whether_it_is_well() {
    let mut running = running(&mut shop(&[]));

    for (name, title) in [("gateway", "shop"), ("inventory", "inventory"), ("payments", "payments")] {
        let rest = running.until(&format!("{title} listens on http://"));
        let addr = rest.split('"').next().unwrap();
        let flag = Process::start(shop(&["health", name]).arg(format!("--addr={addr}"))).wait();
        let variable = format!(
            "SHOP{}_ADDR",
            if name == "gateway" { String::new() } else { format!("_{}", name.to_uppercase()) }
        );
        let variable = Process::start(shop(&["health", name]).env(variable, addr)).wait();
        assert_eq!((flag.status.code(), variable.status.code()), (Some(0), Some(0)), "{flag:?} {variable:?}");
    }
}

#[test]
fn a_program_that_is_not_there_is_not_well() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();

    let outcome = Process::start(shop(&["health", "inventory"]).arg(format!("--addr={nobody}"))).wait();

    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains(&format!("http://{nobody}/health does not answer")), "{outcome:?}");
}

#[test]
fn a_program_whose_parent_is_another_refuses_to_start() {
    let outcome = Process::start(&mut shop(&["inventory", "--addr=127.0.0.1:0", "--stop-with=1"])).wait();

    // Only where this test itself is the first process of all, is it the parent.
    if std::process::id() != 1 {
        assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
        assert!(
            outcome.stderr.contains("the process 1, which --stop-with names, is not the parent"),
            "{outcome:?}"
        );
    }
}

#[test]
fn the_load_makes_its_requests_tells_of_them_and_the_shop_goes_on() {
    let flags = [
        "--load",
        "--rate=100",
        "--duration-s=1",
        "--seed=7",
        "--inventory-latency-ms=0",
        "--payment-latency-ms=0",
    ];
    let shop = running(&mut shop(&flags));
    let load = shop.children().into_iter().filter(|(name, _)| name == "load").collect::<Vec<_>>();

    assert_gone(&load);
    assert_eq!(names(&shop.children()), ["gateway", "inventory", "payments"]);
    shop.signal(Signal::TERM);
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains(" requests in 1."), "{outcome:?}");
    assert!(outcome.stderr.contains("\n  good order  "), "{outcome:?}");
    assert!(outcome.stderr.contains(" × 201"), "{outcome:?}");
}

#[test]
fn a_load_without_a_shop_says_so() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();

    let outcome = Process::start(shop(&["load"]).arg(format!("--target=http://{nobody}"))).wait();

    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains(&format!("nothing answers at http://{nobody}/; start the shop")),
        "{outcome:?}"
    );
}

fn names(children: &[(String, rustix::process::Pid)]) -> Vec<&str> {
    let mut names: Vec<&str> = children.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}
