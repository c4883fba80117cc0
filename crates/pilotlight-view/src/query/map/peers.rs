//! What a client span talks to that tells nothing itself.

use super::NodeKind;
use crate::store::window::segment::Segment;
use crate::store::window::symbols::Symbol;

/// What an attribute says about the other side. In the order in which they are listed, earlier names win over later ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Database,
    DatabaseName,
    Broker,
    Destination,
    Service,
    Address,
    Port,
}

/// How many things can be said.
const SAYINGS: usize = Says::Port as usize + 1;

/// Attributes that say it, today's names first.
const KEYS: [(&str, Says); 21] = [
    ("db.system.name", Says::Database),
    ("db.system", Says::Database),
    ("db.namespace", Says::DatabaseName),
    ("db.name", Says::DatabaseName),
    ("messaging.system.name", Says::Broker),
    ("messaging.system", Says::Broker),
    ("messaging.destination.template", Says::Destination),
    ("messaging.destination.name", Says::Destination),
    ("messaging.destination", Says::Destination),
    ("server.service.name", Says::Service),
    ("service.peer.name", Says::Service),
    ("peer.service", Says::Service),
    ("server.address", Says::Address),
    ("net.peer.name", Says::Address),
    ("http.host", Says::Address),
    ("network.peer.address", Says::Address),
    ("net.sock.peer.addr", Says::Address),
    ("server.port", Says::Port),
    ("net.peer.port", Says::Port),
    ("network.peer.port", Says::Port),
    ("net.sock.peer.port", Says::Port),
];

/// The keys as symbols of a segment.
pub(super) struct Keys {
    /// By symbol: the position in [`KEYS`] and one, or 0.
    positions: Vec<u8>,
}

/// The other side, as symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Peer {
    pub(super) kind: NodeKind,
    name: Symbol,
    detail: Option<Symbol>,
}

impl Keys {
    pub(super) fn of(segment: &Segment) -> Self {
        let mut positions = vec![0; segment.symbols.len()];
        for (position, (key, _)) in (1..).zip(KEYS) {
            if let Some(entry) = segment.symbols.find(key).and_then(|key| positions.get_mut(key.index())) {
                *entry = position;
            }
        }
        Self { positions }
    }

    /// Whom a span talks to; none when it does not say.
    pub(super) fn peer(&self, attributes: &[(Symbol, Symbol)]) -> Option<Peer> {
        // For each thing that can be said, the name that is listed first.
        let mut said: [Option<(u8, Symbol)>; SAYINGS] = [None; SAYINGS];
        for (key, value) in attributes {
            let position = self.positions.get(key.index()).copied().unwrap_or_default();
            let Some((_, says)) = usize::from(position).checked_sub(1).and_then(|at| KEYS.get(at)) else {
                continue;
            };
            let best = &mut said[*says as usize];
            if best.is_none_or(|(known, _)| position < known) {
                *best = Some((position, *value));
            }
        }
        let find = |what: Says| said[what as usize].map(|(_, value)| value);
        let peer = |kind, name, detail| Peer { kind, name, detail };
        if let Some(system) = find(Says::Database) {
            return Some(peer(NodeKind::Database, system, find(Says::DatabaseName)));
        }
        if let Some(system) = find(Says::Broker) {
            return Some(peer(NodeKind::Messaging, system, find(Says::Destination)));
        }
        if let Some(service) = find(Says::Service) {
            return Some(peer(NodeKind::External, service, None));
        }
        Some(peer(NodeKind::External, find(Says::Address)?, find(Says::Port)))
    }
}

impl Peer {
    /// `postgresql shop`, `nats orders`, `api.example:443`.
    pub(super) fn name(self, segment: &Segment) -> String {
        let name = segment.text(self.name);
        match (self.kind, self.detail.map(|detail| segment.text(detail)).filter(|detail| !detail.is_empty()))
        {
            (_, None) => name.to_owned(),
            (NodeKind::External, Some(port)) => format!("{name}:{port}"),
            (_, Some(detail)) => format!("{name} {detail}"),
        }
    }
}
