//! What is known of an operation before it runs: the span's name and its attributes, ready to be copied.

use super::command::Command;
use super::interned::{interned, interned_name};
use super::options::Options;
use super::sql;
use crate::telemetry::text::bounded;
use opentelemetry::trace::SpanBuilder;
use opentelemetry::{KeyValue, StringValue};
use std::borrow::Cow;
use std::sync::Arc;

pub(super) struct Statement {
    name: Cow<'static, str>,
    /// Those of the span: those of the measurements, and after them what takes too many values for these.
    attributes: Box<[KeyValue]>,
    /// So many of them are the measurements'.
    measured: usize,
}

impl Statement {
    /// Reads a statement in SQL. What it says is copied for each of its spans, so its strings are cheap to copy.
    pub(super) fn of_sql(options: &Options, text: &str) -> Self {
        Self::of_description(options, &describe(options, text))
    }

    /// The same for a text that may be several statements, which are a batch if it is certain how many they are.
    #[cfg(feature = "sqlx")]
    pub(super) fn of_script(options: &Options, text: &str) -> Self {
        let described = describe(options, text);
        let statement = Self::of_description(options, &described);
        match described.statements {
            Some(size @ 2..) => statement.batch(size),
            _ => statement,
        }
    }

    fn of_description(options: &Options, described: &sql::Description) -> Self {
        let mut attributes = options.common(None);
        let summary = Some(described.summary.as_str()).filter(|summary| !summary.is_empty());
        let parts = [
            ("db.query.summary", summary),
            ("db.operation.name", described.operation.as_deref()),
            ("db.collection.name", described.collection.as_deref()),
            ("db.stored_procedure.name", described.stored_procedure.as_deref()),
        ];
        for (key, part) in parts {
            attributes.extend(part.map(|part| KeyValue::new(key, interned(part))));
        }
        let text = described.text.as_deref().map(interned);
        let name = or_system(interned_name(&described.summary), options);
        Self::new(name, attributes, options, text)
    }

    /// `size` executions of the statement in one: summary and operation begin with `BATCH`.
    pub(super) fn batch(&self, size: u64) -> Self {
        self.prefixed("BATCH").sized(size)
    }

    /// The same for what is done with the statement, but for running it once: name, summary and operation begin with this word.
    pub(super) fn prefixed(&self, word: &str) -> Self {
        let prefixed = |attribute: &KeyValue| match attribute.key.as_str() {
            "db.query.summary" | "db.operation.name" => {
                KeyValue::new(attribute.key.clone(), interned(&format!("{word} {}", attribute.value)))
            }
            _ => attribute.clone(),
        };
        Self {
            name: interned_name(&format!("{word} {}", self.name)),
            attributes: self.attributes.iter().map(prefixed).collect(),
            measured: self.measured,
        }
    }

    fn sized(self, size: u64) -> Self {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let mut attributes = self.attributes.into_vec();
        attributes.push(KeyValue::new("db.operation.batch.size", size));
        Self { attributes: attributes.into(), ..self }
    }

    /// Takes over what whoever calls has said.
    pub(super) fn of_command(options: &Options, command: Command) -> Self {
        let mut attributes = options.common(command.namespace.clone());
        attributes.push(KeyValue::new("db.operation.name", command.operation()));
        let name = or_system(command.name(), options);
        let parts = [
            ("db.collection.name", command.collection),
            ("db.stored_procedure.name", command.stored_procedure),
        ];
        for (key, part) in parts {
            attributes.extend(part.map(|part| KeyValue::new(key, part)));
        }
        let remembered = command.remembered;
        let text = command.text.map(|text| match text.as_str().len() <= options.text_bytes_max {
            // Copied for each span.
            true if remembered => Arc::<str>::from(text.as_str()).into(),
            true => text,
            false => bounded(text.as_str(), options.text_bytes_max),
        });
        let statement = Self::new(name, attributes, options, text);
        match command.batch_size {
            Some(size) => statement.sized(size),
            None => statement,
        }
    }

    fn new(
        name: Cow<'static, str>,
        mut attributes: Vec<KeyValue>,
        options: &Options,
        text: Option<StringValue>,
    ) -> Self {
        let measured = attributes.len();
        let text = text.filter(|_| options.query_text);
        attributes.extend(text.map(|text| KeyValue::new("db.query.text", text)));
        attributes.extend(options.attributes.iter().cloned());
        Self { name, attributes: attributes.into(), measured }
    }

    pub(super) fn span(&self) -> SpanBuilder {
        SpanBuilder::from_name(self.name.clone()).with_attributes(self.attributes.iter().cloned())
    }

    pub(super) fn measured(&self) -> &[KeyValue] {
        &self.attributes[..self.measured]
    }
}

fn describe(options: &Options, text: &str) -> sql::Description {
    let text_bytes_max = if options.query_text { options.text_bytes_max } else { 0 };
    sql::describe(options.dialect, text, text_bytes_max)
}

/// A text that says nothing, as an empty one, is named by the database.
fn or_system(name: Cow<'static, str>, options: &Options) -> Cow<'static, str> {
    if name.is_empty() { interned_name(options.system.as_str()) } else { name }
}
