//! What is observed of each service.

use super::clock::Clock;
use super::example::Seen;
use super::names::Names;
use crate::query::text::{cut, text};
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, ResourceMetrics, metric::Data};
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::collections::{BTreeMap, HashMap};

/// Services by name, each with what is observed of it.
#[derive(Debug, Default)]
pub(crate) struct Senders {
    by_service: HashMap<String, Sender>,
    /// What is observed of all services beyond [`SENDERS_MAX`] together.
    others: Sender,
}

/// What is observed of a service.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    /// How many spans came.
    pub(crate) spans: u64,
    /// How many log records came.
    pub(crate) logs: u64,
    /// How many points came.
    pub(crate) points: u64,
    /// Its processes by `service.instance.id`: what else tells processes apart, and when each was told. At most [`INSTANCES_MAX`].
    pub(crate) instances: HashMap<String, Vec<Process>>,
    /// What its SDK calls itself.
    pub(crate) sdk: String,
    /// Old names of attributes and metrics, and how often each came.
    pub(crate) deprecated: BTreeMap<&'static str, u64>,
    /// Server spans of HTTP that found a route or should have.
    pub(crate) http_servers: u64,
    /// Those of them without `http.route`.
    pub(crate) routeless: Seen,
    /// Names of its spans that answer or are roots.
    pub(crate) names: Names,
    /// Calls of an OTLP receiver.
    pub(crate) exports: Seen,
    /// Log records of the libraries that send telemetry.
    pub(crate) transport_logs: Seen,
    /// Spans that begin before 2000 or end far in the future.
    pub(crate) impossible: Seen,
    /// Spans that end before they begin.
    pub(crate) backwards: Seen,
    /// Log records that name a trace, and how many of these say that it is not sampled.
    pub(crate) logs_in_traces: (u64, u64),
    /// Requests in which as many spans came as a batch has by default.
    pub(crate) full_batches: u64,
    /// Sums and histograms that come as deltas.
    pub(crate) deltas: Seen,
    /// How its clock goes.
    pub(crate) clock: Clock,
}

/// What tells processes with one instance id from each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    /// `process.pid` and `host.name`, in words.
    pub(crate) who: String,
    /// How many requests.
    pub(crate) requests: u64,
    /// It told something before another one did and after it: both were there at the same time.
    pub(crate) in_turns: u64,
}

/// More services than a viewer on one machine has. Others are observed together, without a name.
const SENDERS_MAX: usize = 200;
/// Processes of one service that are looked at.
const INSTANCES_MAX: usize = 20;
/// Processes with one instance id that are looked at.
const PROCESSES_MAX: usize = 4;
/// Of a name, in bytes.
const NAME_BYTES: usize = 200;

impl Senders {
    /// The sender with a resource. What was read from a file (`live` is false) was sent at another time: in the order in which it is
    /// read back, processes that came after each other seem to tell it in turns.
    pub(super) fn of(&mut self, resource: Option<&Resource>, live: bool) -> &mut Sender {
        let name = attribute(resource, "service.name");
        if !self.by_service.contains_key(&name) && self.by_service.len() >= SENDERS_MAX {
            return &mut self.others;
        }
        let sender = self.by_service.entry(name).or_default();
        sender.note_resource(resource);
        if live {
            sender.note_instance(resource);
        }
        sender
    }

    /// How many full batches came, of the services of which any did.
    pub(crate) fn full_batches(&self) -> HashMap<String, u64> {
        let full = self.by_service.iter().filter(|(_, sender)| sender.full_batches > 0);
        full.map(|(name, sender)| (name.clone(), sender.full_batches)).collect()
    }

    /// By name.
    pub(crate) fn all(&self) -> Vec<(&str, &Sender)> {
        let mut all: Vec<(&str, &Sender)> =
            self.by_service.iter().map(|(name, sender)| (name.as_str(), sender)).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all
    }
}

impl Sender {
    fn note_resource(&mut self, resource: Option<&Resource>) {
        if self.sdk.is_empty() {
            self.sdk = attribute(resource, "telemetry.sdk.language");
        }
    }

    fn note_instance(&mut self, resource: Option<&Resource>) {
        let instance = attribute(resource, "service.instance.id");
        if instance.is_empty()
            || (self.instances.len() == INSTANCES_MAX && !self.instances.contains_key(&instance))
        {
            return;
        }
        let (pid, host) = (attribute(resource, "process.pid"), attribute(resource, "host.name"));
        note_process(self.instances.entry(instance).or_default(), format!("process {pid} on {host:?}"));
    }

    pub(super) fn note_deprecated(&mut self, name: &'static str) {
        *self.deprecated.entry(name).or_default() += 1;
    }

    pub(super) fn note_metrics(&mut self, metrics: &ResourceMetrics) {
        for metric in metrics.scope_metrics.iter().flat_map(|of_scope| &of_scope.metrics) {
            if let Some(name) = super::spans::old_name(&metric.name) {
                self.note_deprecated(name);
            }
            let (points, temporality) = match &metric.data {
                Some(Data::Sum(data)) if data.is_monotonic => {
                    (data.data_points.len(), data.aggregation_temporality)
                }
                Some(Data::Histogram(data)) => (data.data_points.len(), data.aggregation_temporality),
                Some(Data::ExponentialHistogram(data)) => {
                    (data.data_points.len(), data.aggregation_temporality)
                }
                Some(Data::Sum(data)) => (data.data_points.len(), 0),
                Some(Data::Gauge(data)) => (data.data_points.len(), 0),
                Some(Data::Summary(data)) => (data.data_points.len(), 0),
                None => (0, 0),
            };
            self.points += points as u64;
            if points > 0 && temporality == AggregationTemporality::Delta as i32 {
                self.deltas.note(|| metric.name.clone());
            }
        }
    }
}

/// The newest process is the last one.
fn note_process(processes: &mut Vec<Process>, who: String) {
    match processes.iter().position(|known| known.who == who) {
        Some(position) => {
            let mut process = processes.remove(position);
            process.requests += 1;
            process.in_turns += u64::from(position < processes.len());
            processes.push(process);
        }
        None => {
            if processes.len() == PROCESSES_MAX {
                processes.remove(0);
            }
            processes.push(Process { who, requests: 1, in_turns: 0 });
        }
    }
}

/// As text; empty when there is none.
fn attribute(resource: Option<&Resource>, key: &str) -> String {
    let found =
        resource.and_then(|resource| resource.attributes.iter().find(|attribute| attribute.key == key));
    let mut scratch = String::new();
    let (value, _) = text(found.and_then(|attribute| attribute.value.as_ref()), NAME_BYTES, &mut scratch);
    cut(value, NAME_BYTES).to_owned()
}
