//! What happens when the file cannot be written to.

use super::*;
use crate::receive::Data;
use crate::store::disk::chunk::Outline;
use crate::store::{ExportQuestion, Store};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message;
use std::time::Instant;

/// A request of some hundred kilobytes that do not compress.
fn large(seed: u64) -> NewChunk {
    let mut noise = seed;
    let mut next = || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 33).to_le_bytes()[0]
    };
    let body = Some(AnyValue { value: Some(Value::BytesValue((0..200_000).map(|_| next()).collect())) });
    let trace_id = 7_u128.to_be_bytes().to_vec();
    let log_records = vec![LogRecord { body, trace_id, time_unix_nano: seed, ..LogRecord::default() }];
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    let encoded =
        Bytes::from(ExportLogsServiceRequest { resource_logs: resource_logs.clone() }.encode_to_vec());
    NewChunk { received: seed, outline: Outline::of(&Data::Logs(resource_logs), seed), encoded }
}

fn open(options: &Options) -> Disk {
    let age_max = Duration::from_secs(u64::from(u32::MAX) * 100);
    Disk::open(&Options { age_max, ..options.clone() }, |_| {}).unwrap()
}

/// As if the disk had room for so many more pages.
fn room_for(disk: &Disk, pages: i64) {
    let set = |file: &File| {
        let count: i64 = file.connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        file.connection.pragma_update_and_check(None, "max_page_count", count + pages, |_| Ok(()))
    };
    disk.shared.with_file(set).unwrap();
}

fn until(what: &str, is: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < deadline, "still not so: {what}");
        std::thread::yield_now();
    }
}

fn logs_on_disk(disk: &Disk) -> u64 {
    disk.partitions().iter().map(|partition| partition.logs).sum()
}

#[test]
fn a_full_disk_is_told_and_what_was_acknowledged_is_written_when_there_is_room() {
    let disk = open(&Options::default());
    room_for(&disk, 100);
    let mut taken = 0;
    let mut pushing = || {
        taken += u64::from(disk.push(large(taken + 1)).is_ok());
        disk.trouble().is_some()
    };
    while !pushing() {}
    assert!(disk.trouble().is_some_and(|trouble| trouble.contains("come again")));
    assert_eq!(disk.push(large(0)).unwrap_err(), Busy { retry_after: RETRY_TROUBLE });
    room_for(&disk, 1_000_000);
    until("there is no trouble", || disk.trouble().is_none());
    assert_eq!(logs_on_disk(&disk), taken);
}

#[test]
fn who_waits_for_a_commit_that_fails_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let disk = open(&Options { db: Some(folder.path().join("db")), ..Options::default() });
    room_for(&disk, 4);
    let queued = disk.push(large(1)).unwrap();
    assert_eq!(queued.committed.unwrap().blocking_recv(), Ok(false));
    assert!(disk.chunk(queued.id).is_none());
    room_for(&disk, 1_000_000);
    until("there is no trouble", || disk.trouble().is_none());
    let queued = disk.push(large(2)).unwrap();
    assert_eq!(queued.committed.unwrap().blocking_recv(), Ok(true));
    assert_eq!(disk.chunk(queued.id).map(|chunk| chunk.received), Some(2));
}

#[test]
fn the_oldest_partition_makes_room_on_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    // Partitions of the smallest size: a few of these requests fill one.
    let disk =
        open(&Options { db: Some(folder.path().join("db")), disk_bytes_max: 8 << 20, ..Options::default() });
    let write = |seed| disk.push(large(seed)).unwrap().committed.unwrap().blocking_recv() == Ok(true);
    assert!((1..=10).all(write));
    room_for(&disk, 0);
    assert!((11..=20).all(write));
    assert!(disk.trouble().is_none());
    let [_, dropped, _, partitions] = disk.counts().dropped();
    assert!(partitions > 0 && logs_on_disk(&disk) + dropped == 20);
}

#[test]
fn a_file_that_is_opened_with_a_smaller_bound_becomes_as_small() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let with =
        |disk_bytes_max| open(&Options { db: Some(path.clone()), disk_bytes_max, ..Options::default() });
    let disk = with(64 << 20);
    let write = |seed| disk.push(large(seed)).unwrap().committed.unwrap().blocking_recv() == Ok(true);
    assert!((1..=100).all(write));
    drop(disk);
    let size = || std::fs::metadata(&path).unwrap().len();
    assert!(size() > 16 << 20);

    let disk = with(8 << 20);
    let pages =
        |file: &File| file.connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0));
    until("the file is within its bound", || disk.shared.with_file(pages).unwrap() <= (8 << 20) / 4096);
    assert!(logs_on_disk(&disk) > 20);
    drop(disk);
    assert!(size() <= 8 << 20);
}

#[test]
fn what_is_in_the_file_and_still_in_the_queue_is_exported_once() {
    let age_max = Duration::from_secs(u64::from(u32::MAX) * 100);
    let store = Store::open(Options { age_max, ..Options::default() }).unwrap();
    let shared = &store.disk().shared;
    let push = |seed| shared.queue.push(large(seed), None).unwrap();
    // The writer needs this after it has committed something, and before it takes that from the queue.
    let trouble = lock(&shared.trouble);
    push(1);
    until("the first is in the file", || logs_on_disk(store.disk()) == 1);
    // These two come together: without the file it does not go on.
    push(2);
    push(3);
    let file = lock(&shared.file);
    drop(trouble);
    until("only they are in the queue", || store.disk().uncommitted() == [2, 3]);
    let trouble = lock(&shared.trouble);
    drop(file);
    until("they are in the file", || logs_on_disk(store.disk()) == 3);
    assert_eq!(store.disk().uncommitted(), [2, 3]);
    let exported = |trace_id: Option<String>| {
        let mut requests = 0;
        let mut each = |_| {
            requests += 1;
            true
        };
        store.export(&ExportQuestion { trace_id, ..ExportQuestion::default() }, &mut each).unwrap();
        requests
    };
    assert_eq!((exported(None), exported(Some(format!("{:032x}", 7)))), (3, 3));
    drop(trouble);
}

#[test]
fn damaged_requests_are_counted_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let disk = open(&Options { db: Some(folder.path().join("db")), ..Options::default() });
    for seed in 1..=3 {
        disk.push(large(seed)).unwrap().committed.unwrap().blocking_recv().unwrap();
    }
    let damage = "UPDATE chunk_1 SET body = x'00' WHERE id = 2";
    disk.shared.with_file(|file| file.connection.execute(damage, [])).unwrap();
    let wish = Wish {
        signals: &[Signal::Logs],
        range: crate::store::window::TimeRange::ALL,
        order: Order::After(0),
        bytes_max: u64::MAX,
    };
    let read: Vec<u64> = disk.chunks(wish).iter().map(|chunk| chunk.id).collect();
    assert_eq!(read, [1, 3]);
    assert_eq!(disk.counts().unreadable(), 1);
}

/// As if the first partition's table could not be reached, or could again.
fn rename_first(disk: &Disk, from: &str, to: &str) {
    let rename = format!("ALTER TABLE {from} RENAME TO {to}");
    disk.shared.with_file(|file| file.connection.execute_batch(&rename)).unwrap();
}

#[test]
fn a_partition_that_could_not_be_dropped_is_dropped_later_and_requests_are_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let disk =
        open(&Options { db: Some(folder.path().join("db")), disk_bytes_max: 8 << 20, ..Options::default() });
    // Two of them fill a partition.
    for seed in 1..=2 {
        disk.push(large(seed)).unwrap().committed.unwrap().blocking_recv().unwrap();
    }
    rename_first(&disk, "chunk_1", "away");
    let mut seed = 2;
    let mut pushing = || {
        seed += 1;
        let _ = disk.push(large(seed));
        disk.trouble().is_some()
    };
    while !pushing() {}
    rename_first(&disk, "away", "chunk_1");
    until("a partition is dropped", || disk.counts().dropped()[3] > 0);
    until("requests are taken", || disk.push(large(0)).is_ok());
}

#[test]
fn a_file_that_could_not_be_cleared_takes_requests_again() {
    let folder = tempfile::tempdir().unwrap();
    let disk = open(&Options { db: Some(folder.path().join("db")), ..Options::default() });
    disk.push(large(1)).unwrap().committed.unwrap().blocking_recv().unwrap();
    rename_first(&disk, "chunk_1", "away");
    disk.clear(&[Signal::Traces, Signal::Metrics, Signal::Logs]);
    rename_first(&disk, "away", "chunk_1");
    until("there is no trouble", || disk.trouble().is_none());
    assert!(disk.push(large(2)).unwrap().committed.unwrap().blocking_recv().is_ok());
    disk.clear(&[Signal::Traces, Signal::Metrics, Signal::Logs]);
    assert_eq!(disk.partitions(), []);
}

#[test]
fn a_writer_that_has_panicked_lets_nobody_wait() {
    let options = Options { age_max: Duration::from_secs(1), ..Options::default() };
    let disk = Disk::open(&options, |_| panic!("told of what was dropped")).unwrap();
    // Far too old: it is dropped at once.
    disk.push(large(1)).unwrap();
    until("there is trouble", || disk.trouble().is_some());
    disk.clear(&[Signal::Logs]);
    assert_eq!(disk.push(large(2)).unwrap_err(), Busy { retry_after: RETRY_TROUBLE });
}
