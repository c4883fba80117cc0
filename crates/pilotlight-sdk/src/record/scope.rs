//! Instrumentation scopes: who made a span or log record, encoded once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::InstrumentationScope;

use crate::diagnostics;
use crate::encode::attribute::write_distinct;
use crate::encode::field;
use crate::encode::protobuf::{write_message, write_nonempty};

/// How many scopes a provider tells apart. Scopes are libraries and components; thousands mean that something puts request data
/// into a scope's name. Further ones share one scope named [`OVERFLOW`], and a warning says so once.
const SCOPES_MAX: usize = 4096;

/// The name of the scope that stands in for those beyond the bound.
const OVERFLOW: &str = "pilotlight.scope.overflow";

/// Where a scope stands in its table.
pub(crate) type ScopeId = u32;

/// A scope and its encoded form.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) id: ScopeId,
    pub(crate) scope: InstrumentationScope,
    /// `ScopeSpans.scope`, key and length included.
    pub(crate) encoded: Vec<u8>,
    /// `ScopeSpans.schema_url`, key and length included.
    pub(crate) encoded_schema_url: Vec<u8>,
}

impl Scope {
    fn new(id: ScopeId, scope: InstrumentationScope) -> Self {
        let mut encoded = Vec::new();
        write_message(&mut encoded, field::scope_spans::SCOPE, |buf| {
            write_nonempty(buf, field::scope::NAME, scope.name());
            write_nonempty(buf, field::scope::VERSION, scope.version().unwrap_or_default());
            write_distinct(buf, field::scope::ATTRIBUTES, scope.attributes());
        });
        let mut encoded_schema_url = Vec::new();
        let schema_url = scope.schema_url().unwrap_or_default();
        write_nonempty(&mut encoded_schema_url, field::scope_spans::SCHEMA_URL, schema_url);
        Self { id, scope, encoded, encoded_schema_url }
    }
}

/// All scopes of one provider. Equal scopes are one entry.
#[derive(Debug, Default)]
pub(crate) struct ScopeTable {
    /// Held while a scope is looked up or added, and to list them; never while a span or log record is written, nor for a warning,
    /// whose log record may need a scope itself.
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    by_scope: HashMap<InstrumentationScope, ScopeId>,
    scopes: Vec<Arc<Scope>>,
}

impl ScopeTable {
    /// The entry for `scope`, made at its first use.
    pub(crate) fn intern(&self, scope: InstrumentationScope) -> Arc<Scope> {
        let mut inner = self.lock();
        if let Some(known) = inner.find(&scope) {
            return known;
        }
        if inner.scopes.len() < SCOPES_MAX {
            return inner.add(scope);
        }
        let (overflow, is_first) = inner.overflow();
        drop(inner);
        if is_first {
            warn_of_overflow();
        }
        overflow
    }

    /// All entries so far, by id.
    pub(crate) fn all(&self) -> Vec<Arc<Scope>> {
        self.lock().scopes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn find(&self, scope: &InstrumentationScope) -> Option<Arc<Scope>> {
        self.by_scope.get(scope).map(|&id| Arc::clone(&self.scopes[id as usize]))
    }

    fn add(&mut self, scope: InstrumentationScope) -> Arc<Scope> {
        let id = self.scopes.len() as ScopeId;
        let entry = Arc::new(Scope::new(id, scope.clone()));
        self.scopes.push(Arc::clone(&entry));
        self.by_scope.insert(scope, id);
        entry
    }

    /// The scope for those beyond the bound, and whether this is the first of them.
    #[cold]
    fn overflow(&mut self) -> (Arc<Scope>, bool) {
        let overflow = InstrumentationScope::builder(OVERFLOW).build();
        match self.find(&overflow) {
            Some(known) => (known, false),
            None => (self.add(overflow), true),
        }
    }
}

#[cold]
fn warn_of_overflow() {
    diagnostics::warn(format_args!(
        "more than {SCOPES_MAX} instrumentation scopes; what further ones make is exported under \"{OVERFLOW}\". Names of scopes \
         should be those of libraries, and targets those of modules, without request data"
    ));
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;

    use super::*;

    #[test]
    fn equal_scopes_share_one_entry_whatever_the_order_of_their_attributes() {
        let scope = |attributes: [KeyValue; 2]| {
            InstrumentationScope::builder("lib").with_version("1").with_attributes(attributes).build()
        };
        let (a, b) = (KeyValue::new("a", 1), KeyValue::new("b", 2));
        let table = ScopeTable::default();
        let first = table.intern(scope([a.clone(), b.clone()]));
        let second = table.intern(scope([b, a]));
        assert_eq!(first.id, second.id);
        assert_ne!(first.id, table.intern(InstrumentationScope::builder("lib").build()).id);
    }

    #[test]
    fn beyond_the_bound_scopes_share_the_overflow_scope() {
        let table = ScopeTable::default();
        for i in 0..SCOPES_MAX {
            table.intern(InstrumentationScope::builder(format!("scope-{i}")).build());
        }
        let overflow = table.intern(InstrumentationScope::builder("one too many").build());
        assert_eq!(overflow.scope.name(), OVERFLOW);
        assert_eq!(table.intern(InstrumentationScope::builder("another").build()).id, overflow.id);
        let known = table.intern(InstrumentationScope::builder("scope-7").build());
        assert_eq!(known.scope.name(), "scope-7");
    }
}
