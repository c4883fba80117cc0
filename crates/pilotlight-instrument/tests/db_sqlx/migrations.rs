//! sqlx's migrations.

use crate::scene::on_each_database;
use sqlx::Executor;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

fn migrations() -> Migrator {
    let statements = [
        (1, "users", "CREATE TABLE users (id INT PRIMARY KEY)"),
        (2, "orders", "CREATE TABLE orders (id INT PRIMARY KEY); INSERT INTO orders VALUES (7)"),
    ];
    let migrations = statements.map(|(version, name, sql)| {
        let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    Migrator { migrations: migrations.to_vec().into(), ..Migrator::DEFAULT }
}

on_each_database! {
    async fn a_migrator_runs_on_the_pool(scene) {
        migrations().run(&scene.pool).await.unwrap();
        migrations().run(&mut *scene.pool.acquire().await.unwrap()).await.unwrap();
        assert_eq!(scene.pool.fetch_all("SELECT id FROM orders").await.unwrap().len(), 1);
    }
}
