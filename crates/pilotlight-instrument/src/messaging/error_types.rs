//! What failures are called.

use crate::telemetry::outcome::type_name;
use opentelemetry::StringValue;
use std::any::Any;

type OfAny = Box<dyn Fn(&dyn Any) -> Option<StringValue> + Send + Sync>;

/// What users said of their errors' types, in the order they said it.
#[derive(Default)]
pub(super) struct ErrorTypes(Vec<OfAny>);

impl ErrorTypes {
    pub(super) fn add<E: 'static>(&mut self, name: impl Fn(&E) -> StringValue + Send + Sync + 'static) {
        self.0.push(Box::new(move |error| error.downcast_ref().map(&name)));
    }

    /// The last word that was given for errors of this type, or else the type's name.
    pub(super) fn name<E: 'static>(&self, error: &E) -> StringValue {
        self.0.iter().rev().find_map(|name| name(error)).unwrap_or_else(type_name::<E>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[test]
    fn an_error_is_called_what_its_type_was_given_or_else_by_its_type() {
        let mut types = ErrorTypes::default();
        types.add(|code: &u16| code.to_string().into());
        assert_eq!(types.name(&404_u16).as_str(), "404");
        assert_eq!(types.name(&fmt::Error).as_str(), "core::fmt::Error");
    }

    #[test]
    fn the_last_word_counts() {
        let mut types = ErrorTypes::default();
        types.add(|_: &u16| "first".into());
        types.add(|_: &u16| "last".into());
        assert_eq!(types.name(&404_u16).as_str(), "last");
    }
}
