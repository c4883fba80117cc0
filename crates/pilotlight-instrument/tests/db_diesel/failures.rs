//! What goes wrong, by its word.

use crate::{Shop, orders, users};
use diesel::prelude::*;
use diesel::result::Error;
use opentelemetry::trace::Status;

#[test]
fn a_constraint_that_is_violated_has_a_word() {
    let (shop, mut connection) = Shop::open();

    let twice = diesel::insert_into(users::table).values((users::id.eq(4), users::name.eq("Ada")));
    twice.execute(&mut connection).unwrap_err();
    let nobodys = diesel::insert_into(orders::table).values((orders::id.eq(1), orders::user_id.eq(9)));
    nobodys.execute(&mut connection).unwrap_err();
    let unnamed = diesel::sql_query("INSERT INTO users VALUES (4, NULL)");
    unnamed.execute(&mut connection).unwrap_err();

    assert_eq!(shop.recorded.spans()[0].status, Status::error(""));
    assert_eq!(
        shop.outcomes(),
        "CLIENT INSERT users\n    !\n    error.type = unique_violation\n\
         CLIENT INSERT orders\n    !\n    error.type = foreign_key_violation\n\
         CLIENT INSERT users\n    !\n    error.type = not_null_violation"
    );
}

#[test]
fn a_query_that_is_not_understood_ends_with_its_error() {
    let (shop, mut connection) = Shop::open();

    diesel::sql_query("SELECT nothing FROM users").execute(&mut connection).unwrap_err();

    assert_eq!(shop.outcomes(), "CLIENT SELECT users\n    !\n    error.type = database");
}

#[test]
fn that_there_is_no_row_is_no_failure() {
    let (shop, mut connection) = Shop::open();

    let nobody = users::table.find(9).first::<(i32, String)>(&mut connection);

    assert_eq!(nobody, Err(Error::NotFound));
    assert_eq!(shop.outcomes(), "CLIENT SELECT users");
}

#[test]
fn a_query_that_gives_up_before_it_is_sent_was_cancelled() {
    use diesel::serialize::{self, IsNull, Output, ToSql};
    use diesel::sql_types::Text;
    use diesel::sqlite::Sqlite;

    /// A value that cannot be written.
    #[derive(Debug)]
    struct Unwritable;

    impl ToSql<Text, Sqlite> for Unwritable {
        fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            let refused: Result<IsNull, _> = Err("s3cret".into());
            refused
        }
    }

    let (shop, mut connection) = Shop::open();

    let query = diesel::sql_query("SELECT id FROM users WHERE name = ?").bind::<Text, _>(Unwritable);
    query.execute(&mut connection).unwrap_err();
    assert!(shop.recorded.spans().is_empty());
    diesel::sql_query("SELECT 1").execute(&mut connection).unwrap();

    assert!(!shop.recorded.everything().contains("s3cret"));
    let seen = shop.outcomes();
    assert!(
        seen.starts_with("CLIENT SELECT users\n") && seen.contains("* cancelled\nCLIENT SELECT"),
        "{seen}"
    );
}
