//! The tables of `spec/conventions/`.

use std::collections::HashMap;

/// What the conventions say.
pub(super) struct Facts {
    /// By group (`span http.client`, `metric rpc.server.call.duration`, `resource`, …), name and requirement.
    attributes: HashMap<&'static str, Vec<(&'static str, &'static str)>>,
    /// Instrument and unit by metric.
    metrics: HashMap<&'static str, (&'static str, &'static str)>,
    /// What replaced a name.
    deprecated: HashMap<&'static str, &'static str>,
}

impl Facts {
    pub(super) fn read() -> Self {
        let mut attributes: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows(include_str!("../../../spec/conventions/attributes.csv")) {
            let [group, name, requirement] = row[..] else { panic!("{row:?} is not an attribute") };
            attributes.entry(group).or_default().push((name, requirement));
        }
        let metrics = rows(include_str!("../../../spec/conventions/metrics.csv"));
        let deprecated = rows(include_str!("../../../spec/conventions/deprecated.csv"));
        Self {
            attributes,
            metrics: metrics.map(|row| (row[0], (row[1], row[2]))).collect(),
            deprecated: deprecated.map(|row| (row[0], row[1])).collect(),
        }
    }

    /// Whether a group has an attribute; `<key>` at the end of a known name stands for anything.
    pub(super) fn knows(&self, group: &str, name: &str) -> bool {
        let of_group = self.attributes.get(group).into_iter().flatten();
        of_group.into_iter().any(|(known, _)| match known.strip_suffix("<key>") {
            Some(prefix) => name.strip_prefix(prefix).is_some_and(|key| !key.is_empty()),
            None => name == *known,
        })
    }

    pub(super) fn required(&self, group: &str) -> Vec<&'static str> {
        let of_group = self.attributes.get(group).into_iter().flatten();
        of_group.filter(|(_, requirement)| *requirement == "required").map(|(name, _)| *name).collect()
    }

    /// Instrument and unit.
    pub(super) fn metric(&self, name: &str) -> Option<(&'static str, &'static str)> {
        self.metrics.get(name).copied()
    }

    /// Why a name should not be there.
    pub(super) fn verdict(&self, name: &str) -> String {
        match self.deprecated.get(name) {
            Some(replacement) => format!("which is deprecated for {replacement}"),
            None => "which the conventions do not know there".to_owned(),
        }
    }
}

/// The rows below the head. No field of ours has a comma in it, so none is quoted.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split(',').collect())
}
