//! Each server starts, answers, keeps its data through a crash and a stop, shares nothing with another, and leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod clients;
mod orphans;
mod system;
mod topics;
mod trouble;

use clients::Client;
use servers::Server;
use system::{folder_of, is_running, listens};

fn keeps_its_data_through_a_crash<K: Client>() {
    let mut server = Server::<K>::start();
    let (url, port, process) = (server.url(), server.port(), server.process_id().unwrap());
    K::store(&url);

    server.kill();

    assert!(!listens(port) && !is_running(process) && server.process_id().is_none());
    server.start_again();
    assert_eq!((server.url(), server.port()), (url.clone(), port));
    assert!(K::has_stored(&url));
}

fn keeps_its_data_through_a_stop<K: Client>() {
    let mut server = Server::<K>::start();
    let (url, port, process) = (server.url(), server.port(), server.process_id().unwrap());
    K::store(&url);

    server.stop();

    assert!(!listens(port) && !is_running(process) && server.process_id().is_none());
    server.start_again();
    assert_eq!((server.url(), server.port()), (url.clone(), port));
    assert!(K::has_stored(&url));
}

fn shares_nothing_with_another<K: Client>() {
    let (one, other) = (Server::<K>::start(), Server::<K>::start());

    K::store(&one.url());

    assert_ne!(one.port(), other.port());
    assert!(K::has_stored(&one.url()) && !K::has_stored(&other.url()));
}

fn leaves_nothing_when_dropped<K: Client>() {
    let server = Server::<K>::start();
    let (port, process) = (server.port(), server.process_id().unwrap());
    let folder = folder_of(process);
    assert!(folder.is_dir() && is_running(process) && listens(port));

    drop(server);

    assert!(!folder.exists() && !is_running(process) && !listens(port), "{}", folder.display());
}

fn leaves_no_folder_when_dropped_after_a_crash<K: Client>() {
    let mut server = Server::<K>::start();
    let folder = folder_of(server.process_id().unwrap());
    server.kill();
    assert!(folder.is_dir());

    drop(server);

    assert!(!folder.exists(), "{}", folder.display());
}

macro_rules! each {
    ($($name:ident is $kind:ident,)*) => {$(
        mod $name {
            each!($kind: keeps_its_data_through_a_crash);
            each!($kind: keeps_its_data_through_a_stop);
            each!($kind: shares_nothing_with_another);
            each!($kind: leaves_nothing_when_dropped);
            each!($kind: leaves_no_folder_when_dropped_after_a_crash);
        }
    )*};
    ($kind:ident: $behaviour:ident) => {
        #[test]
        fn $behaviour() {
            crate::$behaviour::<servers::$kind>();
        }
    };
}

each! {
    postgresql is PostgreSql,
    mariadb is Mariadbd,
    nats is Jetstream,
    redis is KeysAndValues,
    kafka is Kraft,
}
