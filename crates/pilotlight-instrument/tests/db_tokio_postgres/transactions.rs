//! Transactions and savepoints.

use crate::Shop;
use crate::recorded::dedented;
use tokio_postgres::IsolationLevel;

const INSERT: &str = "INSERT INTO users VALUES (4, 'Barbara')";

#[tokio::test]
async fn each_step_of_a_transaction_is_an_operation() {
    let (shop, mut client) = Shop::start().await;

    let mut transaction = client.transaction().await.unwrap();
    transaction.execute(INSERT, &[]).await.unwrap();
    let savepoint = transaction.transaction().await.unwrap();
    savepoint.execute("DELETE FROM users", &[]).await.unwrap();
    savepoint.rollback().await.unwrap();
    let named = transaction.savepoint("later").await.unwrap();
    named.commit().await.unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(
        shop.recorded.tree_of(&["db.query.text"]),
        dedented(
            "
            CLIENT START TRANSACTION
                db.query.text = START TRANSACTION
            CLIENT INSERT users
                db.query.text = INSERT INTO users VALUES (?, ?)
            CLIENT SAVEPOINT
                db.query.text = SAVEPOINT sp_1
            CLIENT DELETE users
                db.query.text = DELETE FROM users
            CLIENT ROLLBACK TO SAVEPOINT
                db.query.text = ROLLBACK TO sp_1
            CLIENT SAVEPOINT
                db.query.text = SAVEPOINT later
            CLIENT RELEASE SAVEPOINT
                db.query.text = RELEASE later
            CLIENT COMMIT
                db.query.text = COMMIT
            "
        )
    );
    shop.recorded.forget_spans();
    assert_eq!(client.query("SELECT id FROM users", &[]).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_transaction_that_is_dropped_is_seen_to_be_rolled_back() {
    let (shop, mut client) = Shop::start().await;

    let mut transaction = client.transaction().await.unwrap();
    transaction.execute(INSERT, &[]).await.unwrap();
    drop(transaction.transaction().await.unwrap());
    drop(transaction);

    let seen = shop.recorded.tree_of(&["db.query.text"]);
    assert!(seen.contains("db.query.text = ROLLBACK TO sp_1\n"), "{seen}");
    assert!(seen.ends_with("CLIENT ROLLBACK\n    db.query.text = ROLLBACK"), "{seen}");
    assert_eq!(client.query("SELECT id FROM users", &[]).await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_names_of_nested_savepoints_are_those_that_are_sent() {
    let (shop, mut client) = Shop::start().await;

    let mut transaction = client.transaction().await.unwrap();
    let mut one = transaction.transaction().await.unwrap();
    let two = one.transaction().await.unwrap();
    // The server knows savepoints by their names.
    two.batch_execute("ROLLBACK TO sp_2").await.unwrap();
    two.commit().await.unwrap();
    one.commit().await.unwrap();
    transaction.commit().await.unwrap();

    let seen = shop.recorded.tree_of(&["db.query.text"]);
    assert!(seen.contains("= RELEASE sp_2") && seen.contains("= RELEASE sp_1"), "{seen}");
}

#[tokio::test]
async fn the_options_of_a_transaction_are_in_its_text() {
    let (shop, mut client) = Shop::start().await;

    let options = client.build_transaction().isolation_level(IsolationLevel::Serializable).read_only(true);
    let transaction = options.deferrable(true).start().await.unwrap();
    let level = transaction.query_one("SHOW transaction_isolation", &[]).await.unwrap();
    transaction.rollback().await.unwrap();

    assert_eq!(level.get::<_, &str>(0), "serializable");
    let seen = shop.seen();
    assert!(
        seen.contains("= START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE\n"),
        "{seen}"
    );
}

#[tokio::test]
async fn a_portal_knows_its_statement() {
    let (shop, mut client) = Shop::start().await;

    let transaction = client.transaction().await.unwrap();
    let portal = transaction.bind("SELECT name FROM users WHERE id < $1", &[&9]).await.unwrap();
    assert_eq!(transaction.query_portal(&portal, 2).await.unwrap().len(), 2);
    assert_eq!(transaction.query_portal(&portal, 2).await.unwrap().len(), 1);
    transaction.commit().await.unwrap();

    let outcomes = shop.outcomes();
    assert!(
        outcomes.contains(
            "CLIENT BIND SELECT users\n\
             CLIENT SELECT users\n    db.response.returned_rows = 2\n\
             CLIENT SELECT users\n    db.response.returned_rows = 1\n"
        ),
        "{outcomes}"
    );
}

#[tokio::test]
async fn a_transaction_that_cannot_be_kept_says_why() {
    let (shop, mut client) = Shop::start().await;
    let mut other = shop.connect().await;
    let serializable = IsolationLevel::Serializable;

    let one = client.build_transaction().isolation_level(serializable).start().await.unwrap();
    let two = other.build_transaction().isolation_level(serializable).start().await.unwrap();
    one.query("SELECT count(*) FROM users", &[]).await.unwrap();
    two.query("SELECT count(*) FROM users", &[]).await.unwrap();
    one.execute(INSERT, &[]).await.unwrap();
    two.execute("INSERT INTO users VALUES (5, 'Alan')", &[]).await.unwrap();
    one.commit().await.unwrap();
    two.commit().await.unwrap_err();

    let outcomes = shop.outcomes();
    assert!(
        outcomes
            .ends_with("CLIENT COMMIT\n    !\n    db.response.status_code = 40001\n    error.type = 40001"),
        "{outcomes}"
    );
}
