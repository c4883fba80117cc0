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

    async fn each_migration_is_a_span_where_the_pool_runs_them(scene) {
        let migrations = migrations();
        let migrated = async {
            scene.pool.migrate(&migrations).await.unwrap();
            scene.pool.migrate(&migrations).await.unwrap();
        };
        scene.request(migrated).await;
        let tree = scene.recorded.tree_of(&["db.operation.batch.size", "error.type"]);
        let steps: Vec<&str> = tree.lines().map(str::trim).collect();
        assert_eq!(
            steps,
            [
                "INTERNAL request",
                "CLIENT LOCK",
                "CLIENT CREATE TABLE _sqlx_migrations",
                "CLIENT SELECT _sqlx_migrations",
                "CLIENT SELECT _sqlx_migrations",
                "CLIENT CREATE TABLE users",
                "CLIENT BATCH CREATE TABLE orders; INSERT orders",
                "db.operation.batch.size = 2",
                "CLIENT UNLOCK",
                "CLIENT LOCK",
                "CLIENT CREATE TABLE _sqlx_migrations",
                "CLIENT SELECT _sqlx_migrations",
                "CLIENT SELECT _sqlx_migrations",
                "CLIENT UNLOCK",
            ]
        );
    }

    async fn a_migration_that_fails_says_why(scene) {
        let sql = AssertSqlSafe("SELECT id FROM nobody".to_owned()).into_sql_str();
        let broken = Migration::new(1, "broken".into(), MigrationType::Simple, sql, false);
        let migrator = Migrator { migrations: vec![broken].into(), ..Migrator::DEFAULT };
        scene.request(async { scene.pool.migrate(&migrator).await.unwrap_err() }).await;
        let tree = scene.recorded.tree_of(&["error.type"]);
        assert!(tree.contains("CLIENT SELECT nobody\n      !\n      error.type = "), "{tree}");
    }
}
