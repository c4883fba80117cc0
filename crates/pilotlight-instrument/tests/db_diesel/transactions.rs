//! Transactions and savepoints.

use crate::recorded::dedented;
use crate::{Shop, users};
use diesel::prelude::*;
use diesel::result::Error;

#[test]
fn each_step_of_a_transaction_is_an_operation_with_its_depth() {
    let (shop, mut connection) = Shop::open();

    connection
        .transaction(|connection| {
            diesel::delete(users::table.find(3)).execute(connection)?;
            connection.transaction(|connection| diesel::delete(users::table.find(2)).execute(connection))
        })
        .unwrap();

    assert_eq!(
        shop.outcomes(),
        dedented(
            "
            CLIENT BEGIN
                diesel.transaction.depth = 1
            CLIENT DELETE users
            CLIENT SAVEPOINT
                diesel.transaction.depth = 2
            CLIENT DELETE users
            CLIENT RELEASE SAVEPOINT
                diesel.transaction.depth = 2
            CLIENT COMMIT
                diesel.transaction.depth = 1
            "
        )
    );
    assert_eq!(users::table.count().get_result::<i64>(&mut connection).unwrap(), 1);
}

#[test]
fn a_transaction_that_fails_is_seen_to_be_rolled_back() {
    let (shop, mut connection) = Shop::open();

    let outcome = connection.transaction::<(), _, _>(|connection| {
        diesel::delete(users::table).execute(connection)?;
        Err(Error::RollbackTransaction)
    });

    assert_eq!(outcome, Err(Error::RollbackTransaction));
    assert!(shop.outcomes().ends_with("CLIENT ROLLBACK\n    diesel.transaction.depth = 1"));
    assert_eq!(users::table.count().get_result::<i64>(&mut connection).unwrap(), 3);
}
