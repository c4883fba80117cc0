//! OTLP's JSON, read into the same messages as its protobuf.
//!
//! It is protobuf's JSON with the exceptions of the specification (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>):
//! ids are hexadecimal, unknown fields are ignored. The reader is ours because it has to hold a bound of memory while it reads, and
//! because `opentelemetry-proto`'s own does not take everything that may come: unknown fields in a value, null for what is not set,
//! `"NaN"` in a data point.

mod messages;
mod scalars;

use super::journal::printable;
use super::{Data, Signal, Undecodable};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

/// Reads an `Export…ServiceRequest` of this signal.
pub(super) fn decode(signal: Signal, body: &[u8], memory_bytes_max: usize) -> Result<Data, Undecodable> {
    Ok(match signal {
        Signal::Traces => {
            Data::Traces(read::<ExportTraceServiceRequest>(body, memory_bytes_max)?.resource_spans)
        }
        Signal::Metrics => {
            Data::Metrics(read::<ExportMetricsServiceRequest>(body, memory_bytes_max)?.resource_metrics)
        }
        Signal::Logs => Data::Logs(read::<ExportLogsServiceRequest>(body, memory_bytes_max)?.resource_logs),
    })
}

fn read<T: FromJson>(body: &[u8], memory_bytes_max: usize) -> Result<T, Undecodable> {
    let budget = Budget { left: Cell::new(memory_bytes_max), exceeded: Cell::new(false) };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let message = Seed::<T>::new(&budget).deserialize(&mut deserializer);
    let whole = message.and_then(|message| deserializer.end().map(|()| message));
    whole.map_err(|error| match budget.exceeded.get() {
        true => Undecodable::TooLarge(memory_bytes_max),
        // The reader quotes what it did not expect, however long that is.
        false => Undecodable::Malformed(printable(&error.to_string())),
    })
}

/// Bytes of memory that lists may still take: `{}` is two bytes, and up to 300 as a message.
struct Budget {
    left: Cell<usize>,
    exceeded: Cell<bool>,
}

impl Budget {
    fn charge<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.exceeded.set(true);
                Err(E::custom("too many elements"))
            }
        }
    }
}

/// What can be read from JSON within a budget.
trait FromJson: Sized {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, budget: &Budget) -> Result<Self, D::Error>;
}

/// Passes the budget on to where a value is read.
struct Seed<'b, T> {
    budget: &'b Budget,
    value: PhantomData<T>,
}

impl<'b, T> Seed<'b, T> {
    fn new(budget: &'b Budget) -> Self {
        Self { budget, value: PhantomData }
    }
}

impl<'de, T: FromJson> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::from_json(deserializer, self.budget)
    }
}

/// Null is what is not set.
impl<T: FromJson> FromJson for Option<T> {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, budget: &Budget) -> Result<Self, D::Error> {
        struct Set<'b, T>(Seed<'b, T>);

        impl<'de, T: FromJson> Visitor<'de> for Set<'_, T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                self.0.deserialize(deserializer).map(Some)
            }
        }

        deserializer.deserialize_option(Set(Seed::new(budget)))
    }
}

/// Each element is charged with what it takes in the list.
impl<T: FromJson> FromJson for Vec<T> {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, budget: &Budget) -> Result<Self, D::Error> {
        struct List<'b, T>(&'b Budget, PhantomData<T>);

        impl<'de, T: FromJson> Visitor<'de> for List<'_, T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element_seed(Seed::<T>::new(self.0))? {
                    self.0.charge(size_of::<T>())?;
                    elements.push(element);
                }
                Ok(elements)
            }
        }

        deserializer.deserialize_seq(List(budget, PhantomData))
    }
}
