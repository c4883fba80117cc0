//! Connections that are established with the default instrumentation, which there is one of in a process: one test.

use crate::recorded::Recorded;
use diesel::connection::{Connection, SimpleConnection, set_default_instrumentation};
use diesel::sqlite::SqliteConnection;
use pilotlight_instrument::db::Client;
use pilotlight_instrument::db::diesel::{Instrumentation, database};
use std::sync::LazyLock;

static RECORDED: LazyLock<Recorded> = LazyLock::new(Recorded::new);
static SHOP: LazyLock<Client> =
    LazyLock::new(|| database("sqlite", ":memory:").with_tracer_provider(&RECORDED.tracer_provider).build());

#[test]
fn a_connection_is_an_operation_whose_url_is_not_recorded() {
    set_default_instrumentation(|| Some(Box::new(Instrumentation::new(&SHOP)))).unwrap();
    let nowhere = SqliteConnection::establish("/nowhere/s3cret/shop.db");
    let mut connection = SqliteConnection::establish("file:s3cret?mode=memory").unwrap();
    set_default_instrumentation(|| None).unwrap();
    connection.batch_execute("SELECT 1").unwrap();

    nowhere.err().unwrap();
    assert!(!RECORDED.everything().contains("s3cret"));
    // Connections of other tests may have been established meanwhile.
    let seen = RECORDED.tree_of(&["error", "db.namespace"]);
    let failed = "CLIENT CONNECT\n    !\n    db.namespace = :memory:\n    error.type = bad_connection\n";
    assert!(seen.contains(failed), "{seen}");
    assert!(seen.contains("CLIENT CONNECT\n    db.namespace = :memory:\n"), "{seen}");
    assert!(seen.contains("CLIENT SELECT\n    db.namespace = :memory:"), "{seen}");
}
