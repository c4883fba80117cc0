//! Names of the conventions that have been replaced.

/// Old names of attributes and metrics, and what they are called now. The same as in `spec/conventions/deprecated.csv`.
pub(crate) const DEPRECATED: [(&str, &str); 37] = [
    ("http.method", "http.request.method"),
    ("http.status_code", "http.response.status_code"),
    ("http.url", "url.full"),
    ("http.target", "url.path and url.query"),
    ("http.scheme", "url.scheme"),
    ("http.host", "server.address"),
    ("http.user_agent", "user_agent.original"),
    ("http.client_ip", "client.address"),
    ("http.flavor", "network.protocol.version"),
    ("net.peer.name", "server.address or client.address"),
    ("net.peer.port", "server.port or client.port"),
    ("net.host.name", "server.address"),
    ("net.host.port", "server.port"),
    ("net.protocol.version", "network.protocol.version"),
    ("peer.service", "server.service.name"),
    ("service.peer.name", "server.service.name"),
    ("db.system", "db.system.name"),
    ("db.operation", "db.operation.name"),
    ("db.statement", "db.query.text"),
    ("db.name", "db.namespace"),
    ("db.sql.table", "db.collection.name"),
    ("db.client.connection.max", "db.client.connection.limit"),
    ("rpc.system", "rpc.system.name"),
    ("rpc.service", "rpc.method"),
    ("rpc.grpc.status_code", "rpc.status_code"),
    ("rpc.response.status_code", "rpc.status_code"),
    ("rpc.server.duration", "rpc.server.call.duration"),
    ("rpc.client.duration", "rpc.client.call.duration"),
    ("messaging.system", "messaging.system.name"),
    ("deployment.environment", "deployment.environment.name"),
    ("exception.escaped", "nothing"),
    ("code.function", "code.function.name"),
    ("code.filepath", "code.file.path"),
    ("code.lineno", "code.line.number"),
    ("code.namespace", "code.function.name"),
    ("http.server.duration", "http.server.request.duration"),
    ("http.client.duration", "http.client.request.duration"),
];

/// What a name is called now, when it is an old one.
pub(crate) fn replacement(name: &str) -> Option<&'static str> {
    DEPRECATED.iter().find(|(old, _)| *old == name).map(|(_, new)| *new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_one_of_the_specification_s_folder() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/conventions/deprecated.csv");
        let csv = std::fs::read_to_string(path).unwrap();
        let listed: Vec<(&str, &str)> = csv.lines().skip(1).filter_map(|line| line.split_once(',')).collect();
        assert_eq!(listed, DEPRECATED);
    }
}
