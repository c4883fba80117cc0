//! The page's questions and their answers: the types that the API, its description and the page share.
//!
//! A question is a method of [`Store`](crate::store::Store), synchronous and possibly milliseconds long: call it where blocking is fine.
//! A file a subject: question and answer on top, how it is answered in the files below it.

mod axis;
mod completion;
mod exceptions;
pub(crate) mod filter;
mod findings;
pub(crate) mod ids;
mod logs;
pub(crate) mod losses;
mod map;
mod metrics;
mod operations;
mod question;
mod resources;
mod sketch;
mod state;
mod trace;
mod traces;
mod unix_nano;
mod value;

pub use completion::{Completion, CompletionItem, KeysQuestion, ValuesQuestion};
pub use exceptions::{ExceptionExample, ExceptionGroup, ExceptionList, ExceptionSource};
pub use findings::FindingList;
pub use logs::{LogBucket, LogDetail, LogList, LogRow, LogsQuestion, TailQuestion};
pub use losses::{Loss, LossList};
pub use map::{Edge, MapNode, NodeKind, ServiceMap};
pub use metrics::{
    Exemplar, Heatmap, Line, MetricData, MetricKind, MetricList, MetricQuestion, MetricSummary, Quantiles,
    Temporality,
};
pub use operations::{Operation, OperationList, OperationQuestion, OperationSeries};
pub use question::{QuestionError, SpanQuestion};
pub use resources::{Resource, ResourceList};
pub use state::{Bounds, Dropped, Held, Listening, SignalCounts, State};
pub use trace::{
    BackLink, CriticalStretch, EventMark, FaultKind, FindQuestion, FoundSpans, Link, Placement, SpanDetail,
    SpanEvent, SpanKind, SpanRow, SpanStatus, Trace, TraceFault, TraceLog,
};
pub use traces::{
    DurationPoint, ServiceShare, TraceDurations, TraceList, TraceSort, TraceSummary, TracesQuestion,
};
pub use unix_nano::UnixNano;
pub(crate) use value::text;
pub use value::{Attribute, ResourceRef, ScopeRef, ValueKind};
