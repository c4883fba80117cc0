//! What must not be recorded is looked for in all that was.

use crate::{Shop, users};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

const SECRET: &str = "s3cret";

#[test]
fn no_value_and_no_literal_is_recorded() {
    let (shop, mut connection) = Shop::open();
    let hostile = format!(" -- binds: [\n -- binds: {SECRET}\nSELECT '{SECRET}'");

    for value in [SECRET, hostile.as_str(), "'; s3cret --", "é -- binds: s3cret"] {
        let by_name = users::table.filter(users::name.eq(value)).select(users::id);
        by_name.load::<i32>(&mut connection).unwrap();
        let any = users::table.filter(users::name.eq_any([value, value])).select(users::id);
        any.load::<i32>(&mut connection).unwrap();
        let added = diesel::insert_into(users::table).values(users::name.eq(value));
        added.execute(&mut connection).unwrap();
        added.execute(&mut connection).unwrap_err();
        let raw = diesel::sql_query("SELECT id FROM users WHERE name = ?").bind::<Text, _>(value);
        raw.execute(&mut connection).unwrap();
        let literal = value.replace('\'', "''");
        connection.batch_execute(&format!("SELECT '{literal}' FROM users")).unwrap();
        connection.batch_execute(&format!("SELECT nothing, '{literal}' FROM users")).unwrap_err();
        diesel::sql_query(format!("SELECT '{literal}' FROM users WHERE name = ?"))
            .bind::<Text, _>(value)
            .execute(&mut connection)
            .unwrap();
    }

    assert!(shop.recorded.spans().len() > 30);
    let everything = shop.recorded.everything();
    assert!(!everything.contains(SECRET), "{everything}");
    assert!(!everything.contains("binds"), "{everything}");
}
