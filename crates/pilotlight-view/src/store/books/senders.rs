//! What is observed of each service.

use super::clock::Clock;
use super::example::Seen;
use super::names::Names;
use crate::query::text::{cut, text};
use crate::receive::Signal;
use crate::store::metrics::distinct::Distinct;
use foldhash::quality::RandomState;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, ResourceMetrics, metric::Data};
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasher;

/// Services by name, each with what is observed of it.
#[derive(Debug, Default)]
pub(crate) struct Senders {
    by_service: HashMap<String, Sender>,
    /// Services for which there was no room.
    left_out: Distinct,
    hasher: RandomState,
}

/// What is observed of a service.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    /// When something of it last came, nanoseconds since 1970.
    last: u64,
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
    /// Old names of attributes and metrics.
    pub(crate) deprecated: BTreeMap<&'static str, Deprecated>,
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
    /// Sums and histograms that come as deltas, by name. At most [`DELTAS_MAX`].
    pub(crate) deltas: BTreeSet<String>,
    /// How its clock goes.
    pub(crate) clock: Clock,
}

/// An old name of an attribute or a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deprecated {
    /// With what it first came.
    pub(crate) signal: Signal,
    /// How often it came.
    pub(crate) count: u64,
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

/// More services than a viewer on one machine has. For another one the one goes that has been silent for longest.
pub(crate) const SENDERS_MAX: usize = 200;
/// How long it has to have been silent, nanoseconds: services that send send metrics in this time, and would otherwise push out each other.
const SILENT: u64 = 60_000_000_000;
/// Processes of one service that are looked at.
const INSTANCES_MAX: usize = 20;
/// Processes with one instance id that are looked at.
const PROCESSES_MAX: usize = 4;
/// Metrics that come as deltas and are told apart.
pub(crate) const DELTAS_MAX: usize = 100;
/// Of a name, in bytes.
const NAME_BYTES: usize = 200;

impl Senders {
    /// The sender with a resource, of which something came at `now`; none when there is no room for it. What was read from a file
    /// (`live` is false) was sent at another time: in the order in which it is read back, processes that came after each other seem to
    /// tell it in turns.
    pub(super) fn of(&mut self, resource: Option<&Resource>, now: u64, live: bool) -> Option<&mut Sender> {
        let name = attribute(resource, "service.name");
        if !self.by_service.contains_key(&name) && !self.make_room(now) {
            self.left_out.add(self.hasher.hash_one(&name));
            return None;
        }
        let sender = self.by_service.entry(name).or_default();
        sender.last = sender.last.max(now);
        sender.note_resource(resource);
        if live {
            sender.note_instance(resource);
        }
        Some(sender)
    }

    /// Whether there is room for another one.
    fn make_room(&mut self, now: u64) -> bool {
        if self.by_service.len() < SENDERS_MAX {
            return true;
        }
        let silent = self.by_service.iter().min_by_key(|(_, sender)| sender.last);
        let silent = silent.filter(|(_, sender)| sender.last.saturating_add(SILENT) <= now);
        let Some(name) = silent.map(|(name, _)| name.clone()) else {
            return false;
        };
        self.by_service.remove(&name);
        true
    }

    /// About how many services were not looked at.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.count()
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

    pub(super) fn note_deprecated(&mut self, name: &'static str, signal: Signal) {
        self.deprecated.entry(name).or_insert(Deprecated { signal, count: 0 }).count += 1;
    }

    pub(super) fn note_metrics(&mut self, metrics: &ResourceMetrics) {
        for metric in metrics.scope_metrics.iter().flat_map(|of_scope| &of_scope.metrics) {
            if let Some(name) = super::spans::old_name(&metric.name) {
                self.note_deprecated(name, Signal::Metrics);
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
                self.note_delta(cut(&metric.name, NAME_BYTES));
            }
        }
    }

    fn note_delta(&mut self, name: &str) {
        if self.deltas.len() < DELTAS_MAX && !self.deltas.contains(name) {
            self.deltas.insert(name.to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::metrics::testing::resource;

    /// As many services as there is room for, which came a nanosecond after each other.
    fn full() -> Senders {
        let mut senders = Senders::default();
        for i in 0..SENDERS_MAX {
            senders.of(Some(&resource(&format!("old-{i}"))), i as u64, true);
        }
        senders
    }

    fn names(senders: &Senders) -> Vec<&str> {
        senders.all().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_new_service_is_looked_at_instead_of_the_one_that_has_been_silent_for_longest() {
        let mut senders = full();
        assert!(senders.of(Some(&resource("old-0")), SILENT + 1, true).is_some());
        assert!(senders.of(Some(&resource("new")), SILENT + 1, true).is_some());
        let names = names(&senders);
        assert_eq!((names.len(), senders.left_out()), (SENDERS_MAX, 0));
        assert!(names.contains(&"new") && names.contains(&"old-0") && !names.contains(&"old-1"));
    }

    #[test]
    fn services_that_send_at_the_same_time_do_not_push_out_each_other() {
        let mut senders = full();
        for now in [1_000, 2_000, 3_000] {
            assert!(senders.of(Some(&resource("new")), now, true).is_none());
        }
        assert_eq!(senders.left_out(), 1);
        assert!(!names(&senders).contains(&"new"));
    }
}
