//! The measurements of one operation, recorded at its end.

use super::destination::PARTITION;
use super::instruments::Instruments;
use super::kind::Kind;
use super::options::Options;
use super::start::Start;
use crate::telemetry::Attributes;
use opentelemetry::StringValue;
use std::time::Instant;

/// What an operation's measurements say of it.
pub(super) struct Measurement {
    began: Instant,
    kind: Kind,
    attributes: Attributes<ATTRIBUTES_MAX>,
    /// How many messages it sends, or brings to the application.
    messages: u64,
    partitioned: bool,
}

impl Measurement {
    pub(super) fn new(options: &Options, start: &Start<'_>) -> Self {
        let mut attributes = Attributes::new();
        attributes.push("messaging.operation.name", start.name);
        attributes.push("messaging.system.name", options.system.clone());
        let mut partitioned = false;
        for (key, value) in start.destination.few_values() {
            partitioned |= key == PARTITION;
            attributes.push(key, value.clone());
        }
        if let Some((address, port)) = &options.server {
            attributes.push("server.address", address.clone());
            if let Some(port) = port {
                attributes.push("server.port", i64::from(*port));
            }
        }
        let began = start.began.map_or_else(Instant::now, |(_, began)| began);
        Self { began, kind: start.kind, attributes, messages: messages(start), partitioned }
    }

    /// The partition, which some clients know only afterwards.
    pub(super) fn partition(&mut self, id: &StringValue) {
        if !self.partitioned {
            self.attributes.push(PARTITION, id.clone());
            self.partitioned = true;
        }
    }

    pub(super) fn end(&mut self, instruments: &Instruments, error_type: Option<StringValue>) {
        let seconds = self.began.elapsed().as_secs_f64();
        if let Some(error_type) = error_type {
            self.attributes.push("error.type", error_type);
        }
        self.count(instruments);
        match self.kind {
            // Nothing was asked of a broker.
            Kind::Create => {}
            Kind::Process => instruments.process.record(seconds, self.attributes.as_slice()),
            Kind::Send | Kind::Receive | Kind::Settle => {
                // The other metrics do not have it.
                self.attributes.push("messaging.operation.type", self.kind.as_str());
                instruments.operation.record(seconds, self.attributes.as_slice());
            }
        }
    }

    fn count(&self, instruments: &Instruments) {
        let counter = match self.kind {
            Kind::Send => &instruments.sent,
            Kind::Receive | Kind::Process => &instruments.consumed,
            Kind::Create | Kind::Settle => return,
        };
        if self.messages > 0 {
            counter.add(self.messages, self.attributes.as_slice());
        }
    }
}

/// A message is counted once, when it is received or else when it is processed.
fn messages(start: &Start<'_>) -> u64 {
    if start.message.received { 0 } else { start.batch.unwrap_or(1) }
}

/// Operation's name and type, system, destination, partition, subscription, group, server's address and port, error.
const ATTRIBUTES_MAX: usize = 10;
