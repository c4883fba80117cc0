//! What was acknowledged is there again, whatever ended the process; and files that cannot be used are refused in words.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use pilotlight_view::store::{Options, Store};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use support::{exported_names, gauge, log, logs, span, spans};

fn with_db(path: &Path) -> Options {
    Options { db: Some(path.to_owned()), ..Options::default() }
}

#[tokio::test]
async fn what_was_kept_is_there_after_closing_and_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let store = Store::open(with_db(&path)).unwrap();
    store.keep(spans("shop", vec![span(1, 1, 0, "one", 0, 1)])).await.unwrap();
    store.keep(logs("shop", vec![log("hello", 9, 0)])).await.unwrap();
    store.keep(gauge("shop", "depth", 1.0)).await.unwrap();
    store.keep(spans("shop", vec![span(1, 2, 1, "two", 0, 1)])).await.unwrap();
    store.close().await;

    let again = Store::open(with_db(&path)).unwrap();
    assert_eq!(exported_names(&again), ["one", "two"]);
    support::until("the file is read back", || again.state().loaded >= 1.0).await;
    let held = again.state().held;
    assert_eq!((held.spans, held.logs), (2, 1));
    assert_eq!((held.spans_on_disk, held.logs_on_disk, held.points_on_disk), (2, 1, 1));
}

/// The other process of the test below: keeps spans, and says after each that it was acknowledged.
#[tokio::test]
async fn a_child_of_the_kill_test_keeps_spans_until_it_is_killed() {
    let Some(path) = std::env::var_os("PILOTLIGHT_TEST_KILLED_DB") else { return };
    let store = Store::open(with_db(Path::new(&path))).unwrap();
    for number in 1_u64.. {
        store.keep(spans("shop", vec![span(7, number, 0, &format!("span {number}"), 0, 1)])).await.unwrap();
        println!("\nkept {number}");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn a_process_that_is_killed_has_lost_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["a_child_of_the_kill_test_keeps_spans_until_it_is_killed", "--exact", "--nocapture"])
        .env("PILOTLIGHT_TEST_KILLED_DB", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let numbers = lines.filter_map(|line| line.strip_prefix("kept ")?.parse::<u64>().ok());
    let acknowledged = numbers.take_while(|number| *number < 300).last().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let store = Store::open(with_db(&path)).unwrap();
    let names = exported_names(&store);
    assert!(names.len() as u64 >= acknowledged, "{} of {acknowledged}", names.len());
    assert!(names.iter().zip(1_u64..).all(|(name, number)| *name == format!("span {number}")));
}

#[tokio::test]
async fn a_file_in_use_is_refused_and_free_again_when_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let store = Store::open(with_db(&path)).unwrap();
    let refused = Store::open(with_db(&path)).unwrap_err();
    assert!(refused.message.contains("in use by another process"), "{refused}");
    store.close().await;
    Store::open(with_db(&path)).unwrap();
}

#[test]
fn files_that_are_not_ours_are_left_as_they_are_and_the_reason_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str| Store::open(with_db(&folder.path().join(name))).unwrap_err().message;

    std::fs::write(
        folder.path().join("text"),
        "not a database, and longer than the header of one would be ".repeat(20),
    )
    .unwrap();
    assert!(refused("text").contains("not a database"), "{}", refused("text"));

    let other = rusqlite::Connection::open(folder.path().join("other")).unwrap();
    other.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    drop(other);
    assert!(refused("other").contains("another program"), "{}", refused("other"));

    drop(Store::open(with_db(&folder.path().join("newer"))).unwrap());
    let newer = rusqlite::Connection::open(folder.path().join("newer")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    assert!(refused("newer").contains("newer pilotlight"), "{}", refused("newer"));

    assert!(
        refused("no/such/folder/file").contains("folder must exist"),
        "{}",
        refused("no/such/folder/file")
    );
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    assert!(refused("folder").contains("Cannot open"), "{}", refused("folder"));
}

#[test]
fn a_damaged_file_is_refused_and_the_reason_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    drop(Store::open(with_db(&path)).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.iter_mut().skip(100).for_each(|byte| *byte = 0xa5);
    std::fs::write(&path, bytes).unwrap();
    let refused = Store::open(with_db(&path)).unwrap_err().message;
    assert!(refused.contains("damaged") || refused.contains("not a database"), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_temporary_file_has_neither_a_name_nor_a_folder_that_could_be_left_behind() {
    let store = support::store();
    store.keep(spans("shop", vec![span(1, 1, 0, "one", 0, 1)])).await.unwrap();
    support::until("the file is written", || store.state().held.spans_on_disk == 1).await;
    let ours: Vec<String> = std::fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .map(|path| path.to_string_lossy().into_owned())
        .filter(|path| path.contains("pilotlight-"))
        .collect();
    assert!(ours.iter().all(|path| path.ends_with("(deleted)")), "{ours:?}");
    let folders: Vec<_> = ours.iter().filter_map(|path| Path::new(path).parent()).collect();
    assert!(folders.iter().all(|folder| !folder.exists()), "{folders:?}");
    assert_eq!(exported_names(&store), ["one"]);
}

#[tokio::test]
async fn the_oldest_go_when_the_file_is_full_and_are_counted() {
    let options = Options { disk_bytes_max: 2 << 20, ..Options::default() };
    let store = Store::open(options).unwrap();
    let mut noise = 1_u64;
    for number in 1..=200 {
        // Text that does not compress.
        let mut random = || {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{noise:x}")
        };
        let body: String = (0..2000).map(|_| random()).collect();
        let mut request = logs("shop", vec![log(&body, 9, number)]);
        while let Err(busy) = store.keep(request.clone()).await {
            tokio::time::sleep(busy.retry_after).await;
        }
        request = spans("shop", vec![span(1, number, 0, &format!("{number}"), number, 1)]);
        while store.keep(request.clone()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
    let on_disk = || store.state().held.spans_on_disk + store.state().dropped.spans;
    support::until("everything is written", || on_disk() == 200).await;
    support::until("the bound holds", || store.state().held.disk_bytes <= 2 << 20).await;
    let dropped = store.state().dropped;
    assert!(dropped.partitions > 0 && dropped.logs > 0, "{dropped:?}");
    let names = exported_names(&store);
    assert_eq!(names.last().map(String::as_str), Some("200"));
    assert_eq!(names.len() as u64 + dropped.spans, 200);
    assert!(names.windows(2).all(|pair| pair[0].parse::<u64>().unwrap() < pair[1].parse::<u64>().unwrap()));
}

#[tokio::test]
async fn what_is_too_old_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let store = Store::open(with_db(&path)).unwrap();
    let mut old = spans("shop", vec![span(1, 1, 0, "old", 0, 1)]);
    old.arrival.unix_nano -= 3600 * support::SECOND;
    store.keep(old).await.unwrap();
    store.close().await;

    let options = Options { age_max: std::time::Duration::from_secs(60), ..with_db(&path) };
    let store = Store::open(options).unwrap();
    support::until("it is gone from the file", || store.state().held.spans_on_disk == 0).await;
    assert_eq!(store.state().dropped.spans, 1);
}

#[tokio::test]
async fn clearing_one_signal_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let store = Store::open(with_db(&path)).unwrap();
    store.keep(spans("shop", vec![span(1, 1, 0, "one", 0, 1)])).await.unwrap();
    store.keep(logs("shop", vec![log("hello", 9, 0)])).await.unwrap();
    store.clear(&[pilotlight_view::receive::Signal::Traces]);
    let held = store.state().held;
    assert_eq!((held.spans, held.logs, held.spans_on_disk, held.logs_on_disk), (0, 1, 0, 1));
    store.clear(&[]);
    let held = store.state().held;
    assert_eq!((held.spans, held.logs, held.spans_on_disk, held.logs_on_disk), (0, 0, 0, 0));
    store.keep(spans("shop", vec![span(1, 2, 0, "two", 0, 1)])).await.unwrap();
    assert_eq!(exported_names(&store), ["two"]);
}

#[tokio::test]
async fn a_cleared_file_gives_its_room_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let store = Store::open(with_db(&path)).unwrap();
    for number in 0..200 {
        let many = (0..500).map(|id| span(number, id + 1, 0, &format!("{number} {id}"), id, 1)).collect();
        store.keep(spans("shop", many)).await.unwrap();
    }
    store.close().await;
    let full = std::fs::metadata(&path).unwrap().len();
    let store = Store::open(with_db(&path)).unwrap();
    store.clear(&[]);
    store.close().await;
    let empty = std::fs::metadata(&path).unwrap().len();
    assert!(empty < full / 4, "{full} bytes before, {empty} after");
}
