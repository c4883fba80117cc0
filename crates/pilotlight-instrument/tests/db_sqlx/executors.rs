//! All that statements can be run on, and in all ways.

use crate::scene::on_each_database;
use futures_util::TryStreamExt;
use sqlx::{Executor, FromRow, QueryBuilder, Row, Statement};

#[derive(Debug, FromRow, PartialEq)]
struct User {
    id: i32,
    name: String,
}

const CREATE: &str = "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL)";
const INSERT: &str = "INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Bob')";
const SELECT: &str = "SELECT id, name FROM users ORDER BY id";

on_each_database! {
    async fn a_pool_runs_statements_in_all_of_sqlxs_ways(scene) {
        let pool = &scene.pool;
        scene
            .request(async {
                sqlx::query(CREATE).execute(pool).await.unwrap();
                assert_eq!(sqlx::query(INSERT).execute(pool).await.unwrap().rows_affected(), 2);
                assert_eq!(pool.fetch_all(SELECT).await.unwrap().len(), 2);
                assert_eq!(pool.fetch_one(SELECT).await.unwrap().get::<i32, _>(0), 1);
                assert!(pool.fetch_optional("SELECT id FROM users WHERE id = 3").await.unwrap().is_none());
                let users: Vec<User> = sqlx::query_as(SELECT).fetch_all(pool).await.unwrap();
                assert_eq!(users[1], User { id: 2, name: "Bob".into() });
                let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users").fetch_one(pool).await.unwrap();
                assert_eq!(count, 2);
                let rows: Vec<_> = sqlx::query(SELECT).fetch(pool).try_collect().await.unwrap();
                assert_eq!(rows.len(), 2);
                assert_eq!(sqlx::raw_sql(SELECT).fetch_all(pool).await.unwrap().len(), 2);
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT CREATE TABLE users
                  db.response.returned_rows = 0
              CLIENT INSERT users
                  db.response.returned_rows = 0
              CLIENT SELECT users
                  db.response.returned_rows = 2
              CLIENT SELECT users
                  db.response.returned_rows = 1
              CLIENT SELECT users
                  db.response.returned_rows = 0
              CLIENT SELECT users
                  db.response.returned_rows = 2
              CLIENT SELECT users
                  db.response.returned_rows = 1
              CLIENT SELECT users
                  db.response.returned_rows = 2
              CLIENT SELECT users
                  db.response.returned_rows = 2
            ",
        );
    }

    async fn connections_and_transactions_run_them_with_and_without_a_dereference(scene) {
        let mut connection = scene.pool.acquire().await.unwrap();
        sqlx::query(CREATE).execute(&mut *connection).await.unwrap();
        scene
            .request(async {
                sqlx::query(INSERT).execute(&mut connection).await.unwrap();
                connection.fetch_all(SELECT).await.unwrap();
                let mut transaction = connection.begin().await.unwrap();
                sqlx::query("DELETE FROM users").execute(&mut *transaction).await.unwrap();
                sqlx::query(SELECT).fetch_optional(&mut transaction).await.unwrap();
                transaction.fetch_all(SELECT).await.unwrap();
                transaction.commit().await.unwrap();
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT INSERT users
                  db.response.returned_rows = 0
              CLIENT SELECT users
                  db.response.returned_rows = 2
              CLIENT BEGIN
              CLIENT DELETE users
                  db.response.returned_rows = 0
              CLIENT SELECT users
                  db.response.returned_rows = 0
              CLIENT SELECT users
                  db.response.returned_rows = 0
              CLIENT COMMIT
            ",
        );
    }

    async fn built_and_prepared_statements_are_seen(scene) {
        let pool = &scene.pool;
        sqlx::query(CREATE).execute(pool).await.unwrap();
        scene
            .request(async {
                let mut insert = QueryBuilder::new("INSERT INTO users (id, name) ");
                insert.push_values([(1, "Ada"), (2, "Bob")], |mut row, (id, name)| {
                    row.push_bind(id).push_bind(name);
                });
                insert.build().execute(pool).await.unwrap();
                let prepared = pool.prepare(sqlx::SqlStr::from_static(SELECT)).await.unwrap();
                assert_eq!(prepared.query_as::<User>().fetch_all(pool).await.unwrap().len(), 2);
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT INSERT users
                  db.response.returned_rows = 0
              CLIENT PREPARE SELECT users
              CLIENT SELECT users
                  db.response.returned_rows = 2
            ",
        );
    }

    async fn several_statements_in_one_text_are_a_batch(scene) {
        let pool = &scene.pool;
        sqlx::query(CREATE).execute(pool).await.unwrap();
        scene
            .request(async {
                let text = "INSERT INTO users VALUES (1, 'a;b'); INSERT INTO users VALUES (2, 'c');";
                sqlx::raw_sql(text).execute(pool).await.unwrap();
            })
            .await;
        let tree = scene.tree();
        assert!(tree.contains("CLIENT BATCH INSERT users"), "{tree}");
        assert!(tree.contains("db.operation.batch.size = 2"), "{tree}");
    }

    async fn a_statement_that_is_built_but_not_run_is_no_span(scene) {
        let pool = &scene.pool;
        sqlx::query(CREATE).execute(pool).await.unwrap();
        scene
            .request(async {
                drop(sqlx::query(INSERT).execute(pool));
                drop(sqlx::query(SELECT).fetch(pool));
            })
            .await;
        scene.assert_tree("INTERNAL request");
    }

    async fn code_that_takes_a_connection_takes_a_pools_and_a_transactions(scene) {
        use pilotlight_instrument::db::sqlx::{Connection, Database};

        async fn id<DB: Database>(connection: &mut Connection<'_, DB>) -> i32
        where
            usize: sqlx::ColumnIndex<DB::Row>,
            for<'r> i32: sqlx::Decode<'r, DB> + sqlx::Type<DB>,
        {
            connection.fetch_one("SELECT 7").await.unwrap().get(0)
        }

        let mut connection = scene.pool.acquire().await.unwrap();
        assert_eq!(id(&mut connection).await, 7);
        let mut transaction = connection.begin().await.unwrap();
        assert_eq!(id(&mut transaction).await, 7);
        let seven = transaction.transaction(|savepoint| Box::pin(async move { Ok::<_, sqlx::Error>(id(savepoint).await) }));
        assert_eq!(seven.await.unwrap(), 7);
    }
}
