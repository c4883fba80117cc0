//! No server outlives what started it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;

use servers::Server;

use crate::clients::Client;
use crate::system::{eventually, folder_of, is_running, listens};

/// Set for a process that is there to be killed.
const VICTIM: &str = "SERVERS_TEST_VICTIM";

fn ends_with_the_process_that_started_it<K: Client>(test: &str) {
    if std::env::var_os(VICTIM).is_some() {
        let server = Server::<K>::start();
        println!("\nserver {} {}", server.process_id().unwrap(), server.port());
        loop {
            thread::park();
        }
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (server, port) = announced(&mut BufReader::new(victim.stdout.take().unwrap()));
    let folder = folder_of(server);
    assert!(is_running(server) && listens(port));

    victim.kill().unwrap();
    victim.wait().unwrap();

    eventually("the server has ended", || !is_running(server) && !listens(port));
    // Nobody was left to remove it.
    assert!(folder.is_dir());
    let _next = Server::<K>::start();
    assert!(!folder.exists(), "{}", folder.display());
}

fn announced(output: &mut impl BufRead) -> (u32, u16) {
    let mut lines = output.lines().map_while(Result::ok);
    let line = lines.find_map(|line| line.strip_prefix("server ").map(str::to_owned)).unwrap();
    let (process, port) = line.split_once(' ').unwrap();
    (process.parse().unwrap(), port.parse().unwrap())
}

#[test]
fn postgresql_ends_with_the_process_that_started_it() {
    ends_with_the_process_that_started_it::<servers::PostgreSql>(
        "orphans::postgresql_ends_with_the_process_that_started_it",
    );
}

#[test]
fn mariadb_ends_with_the_process_that_started_it() {
    ends_with_the_process_that_started_it::<servers::Mariadbd>(
        "orphans::mariadb_ends_with_the_process_that_started_it",
    );
}

#[test]
fn nats_ends_with_the_process_that_started_it() {
    ends_with_the_process_that_started_it::<servers::Jetstream>(
        "orphans::nats_ends_with_the_process_that_started_it",
    );
}

#[test]
fn redis_ends_with_the_process_that_started_it() {
    ends_with_the_process_that_started_it::<servers::KeysAndValues>(
        "orphans::redis_ends_with_the_process_that_started_it",
    );
}

#[test]
fn a_server_outlives_the_thread_that_started_it() {
    let server = thread::spawn(servers::Redis::start).join().unwrap();

    servers::KeysAndValues::store(&server.url());

    assert!(servers::KeysAndValues::has_stored(&server.url()) && is_running(server.process_id().unwrap()));
}

#[test]
fn a_test_that_panics_leaves_no_server_behind() {
    let (told, process) = std::sync::mpsc::channel();
    let panicking = thread::spawn(move || {
        let server = servers::Redis::start();
        told.send(server.process_id().unwrap()).unwrap();
        panic!("on purpose");
    });

    assert!(panicking.join().is_err());

    assert!(!is_running(process.recv().unwrap()));
}

#[test]
fn a_killed_postgresql_leaves_none_of_its_processes_and_no_shared_memory() {
    let mut server = servers::Postgres::start();
    let process = server.process_id().unwrap();
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
    let children: Vec<u32> = children.split_whitespace().map(|child| child.parse().unwrap()).collect();
    let file = std::fs::read_to_string(folder_of(process).join("data/postmaster.pid")).unwrap();
    let memory = file.lines().nth(6).unwrap().split_whitespace().nth(1).unwrap();
    assert!(!children.is_empty() && has_shared_memory(memory));

    server.kill();
    assert!(!children.into_iter().any(is_running));
    drop(server);

    assert!(!has_shared_memory(memory));
}

fn has_shared_memory(id: &str) -> bool {
    let all = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
    all.lines().any(|line| line.split_whitespace().nth(1) == Some(id))
}
