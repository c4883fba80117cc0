//! Instrumentation scopes: who made a span, encoded once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::InstrumentationScope;

use crate::diagnostics;
use crate::encode::attribute::write_distinct;
use crate::encode::field;
use crate::encode::protobuf::{write_message, write_nonempty};

/// How many scopes a provider tells apart. Scopes are libraries and components; thousands mean that something puts request data
/// into a scope's name. Beyond the bound all spans share one scope named [`OVERFLOW`], and a warning says so once.
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
    /// Held while a tracer is made or a request encoded, never while a span is recorded.
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
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&id) = inner.by_scope.get(&scope) {
            return Arc::clone(&inner.scopes[id as usize]);
        }
        if inner.scopes.len() >= SCOPES_MAX {
            return inner.overflow();
        }
        inner.add(scope)
    }

    /// All entries so far, by id.
    pub(crate) fn all(&self) -> Vec<Arc<Scope>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).scopes.clone()
    }
}

impl Inner {
    fn add(&mut self, scope: InstrumentationScope) -> Arc<Scope> {
        let id = self.scopes.len() as ScopeId;
        let entry = Arc::new(Scope::new(id, scope.clone()));
        self.scopes.push(Arc::clone(&entry));
        self.by_scope.insert(scope, id);
        entry
    }

    #[cold]
    fn overflow(&mut self) -> Arc<Scope> {
        let overflow = InstrumentationScope::builder(OVERFLOW).build();
        if let Some(&id) = self.by_scope.get(&overflow) {
            return Arc::clone(&self.scopes[id as usize]);
        }
        diagnostics::warn(format_args!(
            "more than {SCOPES_MAX} instrumentation scopes; the spans of further ones are exported under \
             \"{OVERFLOW}\". Scope names should be those of libraries, without request data"
        ));
        self.add(overflow)
    }
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
