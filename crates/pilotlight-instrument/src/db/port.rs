//! The ports that database systems listen on unless told otherwise.

/// The port of a `db.system.name`. The conventions want `server.port` only where it is another one.
pub(super) fn default_port(system: &str) -> Option<u16> {
    Some(match system {
        "postgresql" => 5432,
        "aws.redshift" => 5439,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_postgresqls_protocol_need_not_listen_where_postgresql_does() {
        let ports = ["postgresql", "aws.redshift", "cockroachdb"].map(default_port);

        assert_eq!(ports, [Some(5432), Some(5439), Some(26257)]);
    }

    #[test]
    fn of_what_has_no_usual_port_every_port_is_said() {
        assert_eq!(["sqlite", "other_sql", ""].map(default_port), [None; 3]);
    }
}
