//! One log record in full, out of the request that it came with.

use super::row::LogId;
use super::{LogDetail, LogRow};
use crate::query::{Attribute, ResourceRef, ScopeRef, UnixNano};
use crate::receive::Data;
use crate::store::Store;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};

pub(super) fn answer(store: &Store, id: LogId) -> Option<LogDetail> {
    let chunk = store.disk().chunk(id.chunk)?;
    let Data::Logs(all) = &chunk.data else { return None };
    let (of_resource, of_scope, record) = record(all, id.ordinal)?;
    let resource = ResourceRef::of(of_resource.resource.as_ref(), &of_resource.schema_url);
    Some(LogDetail {
        row: LogRow::of_record(id, record, &resource.service, chunk.received),
        body: Attribute::new("", record.body.as_ref()),
        observed: UnixNano(record.observed_time_unix_nano),
        attributes: record.attributes.iter().map(Attribute::of).collect(),
        dropped_attributes: record.dropped_attributes_count,
        flags: record.flags,
        resource,
        scope: ScopeRef::of(of_scope.scope.as_ref(), &of_scope.schema_url),
        arrival: store.arrival_of(id.chunk),
    })
}

fn record(all: &[ResourceLogs], ordinal: u32) -> Option<(&ResourceLogs, &ScopeLogs, &LogRecord)> {
    let mut left = ordinal as usize;
    for of_resource in all {
        for of_scope in &of_resource.scope_logs {
            match of_scope.log_records.get(left) {
                Some(record) => return Some((of_resource, of_scope, record)),
                None => left -= of_scope.log_records.len(),
            }
        }
    }
    None
}
