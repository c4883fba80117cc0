//! A carrier for tests: header lines in order, several of one name allowed, names in any case, as in HTTP.

use opentelemetry::propagation::{Extractor, Injector};

#[derive(Debug, Default)]
pub(super) struct Headers(Vec<(String, String)>);

impl Headers {
    pub(super) fn of(lines: &[(&str, impl AsRef<str>)]) -> Self {
        Self(lines.iter().map(|(name, value)| ((*name).to_owned(), value.as_ref().to_owned())).collect())
    }

    pub(super) fn lines(&self) -> Vec<(&str, String)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
    }
}

impl Injector for Headers {
    fn set(&mut self, name: &str, value: String) {
        self.0.push((name.to_owned(), value));
    }
}

impl Extractor for Headers {
    fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name)?.into_iter().next()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn get_all(&self, name: &str) -> Option<Vec<&str>> {
        let found = self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let lines: Vec<&str> = found.map(|(_, value)| value.as_str()).collect();
        (!lines.is_empty()).then_some(lines)
    }
}
