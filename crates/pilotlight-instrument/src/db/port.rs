//! The ports that database systems listen on unless told otherwise.

/// The port of a `db.system.name`. The conventions want `server.port` only where it is another one.
pub(super) fn default_port(system: &str) -> Option<u16> {
    Some(match system {
        "postgresql" | "aws.redshift" => 5432,
        "mysql" | "mariadb" => 3306,
        "redis" => 6379,
        "mongodb" => 27017,
        "microsoft.sql_server" => 1433,
        "oracle.db" => 1521,
        "cassandra" => 9042,
        "cockroachdb" => 26257,
        "clickhouse" => 9000,
        "elasticsearch" | "opensearch" => 9200,
        "memcached" => 11211,
        "couchdb" => 5984,
        "neo4j" => 7687,
        "influxdb" => 8086,
        _ => return None,
    })
}
