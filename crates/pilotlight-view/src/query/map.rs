//! Who calls whom.

mod graph;
mod links;
mod peers;
mod scan;

use super::QuestionError;
use super::SpanQuestion;
use super::axis::Axis;
use super::filter::Filter;
use super::operations::some_starts;
use crate::receive::Signal;
use crate::store::Store;
use crate::store::window::TimeRange;
use serde::Serialize;
use utoipa::ToSchema;

/// Services, what they call, and how that goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ServiceMap {
    /// Services, and what they use without being told by it: databases, brokers, other hosts. At most 500; the rest is one, `host:others`,
    /// whose name says how many they are.
    pub nodes: Vec<MapNode>,
    /// Calls and messages from one to another: the first 5,000 that were seen.
    pub edges: Vec<Edge>,
    /// About how many edges are not here, because there are more.
    pub edges_left_out: u64,
    /// The range that it is of, milliseconds since 1970.
    pub from_ms: f64,
    /// Its end.
    pub to_ms: f64,
    /// Whether everything in the range was looked at; what was seen and is not here is in `edges_left_out`.
    pub complete: bool,
}

/// Something that calls or is called.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct MapNode {
    /// What edges call it: `service:gateway`, `database:postgresql shop`, `messaging:nats`, `host:api.example:443`.
    pub id: String,
    /// What the page calls it.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// What it does itself: spans that answer, or for a service without those, its roots.
    pub count: u64,
    /// How many a second.
    pub rate: f64,
    /// How many errors.
    pub errors: u64,
    /// 95 of 100 took at most so many milliseconds.
    pub p95_ms: f64,
}

/// Kinds of nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// Has told something itself.
    #[default]
    Service,
    /// Seen from its clients only: a database.
    Database,
    /// Seen from its clients only: a broker.
    Messaging,
    /// Seen from its clients only: another host.
    External,
}

/// Calls or messages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Edge {
    /// The node that calls or sends.
    pub from: String,
    /// The node that is called or takes.
    pub to: String,
    /// How many.
    pub count: u64,
    /// How many a second.
    pub rate: f64,
    /// How many errors, on either side.
    pub errors: u64,
    /// Half of them took at most so many milliseconds, as the caller saw it.
    pub p50_ms: f64,
    /// 95 of 100.
    pub p95_ms: f64,
    /// It is a message: who takes it does not keep the sender waiting.
    pub messages: bool,
}

impl Store {
    /// Who calls whom. A call is meant when the span on either side of it is.
    ///
    /// # Errors
    /// When the filter cannot be read, or the range ends before it begins.
    pub fn map(&self, question: &SpanQuestion) -> Result<ServiceMap, QuestionError> {
        let filter = Filter::parse(&question.filter)?;
        let range = TimeRange::of(question.from_ms, question.to_ms)?;
        let asked = question.from_ms.is_some() || question.to_ms.is_some();
        let looked = self.look(range, asked, Signal::Traces);
        let axis = Axis::of(&mut some_starts(&looked.segments, range), range, 1);
        let (graph, all) = scan::scan(&looked.segments, &filter, range);
        Ok(graph.into_map((axis.edge_ms(0), axis.edge_ms(1)), looked.complete && all))
    }
}
