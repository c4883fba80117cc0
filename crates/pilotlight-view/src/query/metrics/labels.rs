//! What a series is called.

use super::choice::Member;
use crate::query::filter::{Fields, Filter};
use crate::query::text::{SEARCHED_BYTES, cut, text};
use crate::store::metrics::{Series, SeriesKey, canonical};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A series' attributes as text, of each as much as is searched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// `service.name`.
    pub(crate) service: String,
    /// Of its points.
    pub(crate) points: Vec<(String, String)>,
    /// Of its resource.
    pub(crate) resource: Vec<(String, String)>,
    /// The scope's name.
    pub(crate) scope: String,
    /// Of its scope.
    pub(crate) scope_attributes: Vec<(String, String)>,
}

/// How much of a key and of a value is shown, in bytes.
const SHOWN_BYTES: usize = 200;
/// How long a label may be, in bytes.
const LABEL_BYTES: usize = 400;

impl Texts {
    pub(super) fn of(key: &SeriesKey, series: &Series) -> Self {
        let origin = &series.origin;
        Self {
            service: cut(&origin.service, SEARCHED_BYTES).to_owned(),
            points: pairs(&key.attributes),
            resource: pairs(&origin.resource),
            scope: cut(&origin.scope, SEARCHED_BYTES).to_owned(),
            scope_attributes: pairs(&origin.scope_attributes),
        }
    }

    /// The value of a key: of the points, of the resource, of the scope.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        match key {
            "service" => return Some(&self.service),
            "scope.name" => return Some(&self.scope),
            _ => {}
        }
        [&self.points, &self.resource, &self.scope_attributes]
            .into_iter()
            .find_map(|pairs| pairs.iter().find(|(known, _)| known == key))
            .map(|(_, value)| value.as_str())
    }
}

/// Whether a filter means the series.
pub(crate) fn is_meant(filter: &Filter, texts: &Texts) -> bool {
    if filter.is_empty() {
        return true;
    }
    filter.holds(&Fields {
        service: &texts.service,
        scope: &texts.scope,
        attributes: &borrowed(&texts.points),
        scope_attributes: &borrowed(&texts.scope_attributes),
        resource_attributes: &borrowed(&texts.resource),
    })
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    let mut scratch = String::new();
    let pair = |attribute: KeyValue| {
        let (value, _) = text(attribute.value.as_ref(), SEARCHED_BYTES, &mut scratch);
        (cut(&attribute.key, SEARCHED_BYTES).to_owned(), value.to_owned())
    };
    canonical::read(bytes).into_iter().map(pair).collect()
}

/// Series that become one line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Group {
    pub(super) label: String,
    /// The service that all of them are of.
    pub(super) service: Option<String>,
    /// Positions of the series.
    pub(super) members: Vec<usize>,
}

/// A line for each series.
pub(super) fn each_alone(members: &[Member<'_>]) -> Vec<Group> {
    let service = |member: &Member<'_>| Some(member.texts.service.clone()).filter(|name| !name.is_empty());
    let alone = |(i, member)| Group { label: String::new(), service: service(member), members: vec![i] };
    members.iter().enumerate().map(alone).collect()
}

/// A line for each value of these keys.
pub(super) fn by_keys(members: &[Member<'_>], keys: &str) -> Vec<Group> {
    let keys: Vec<&str> = keys.split(',').map(str::trim).filter(|key| !key.is_empty()).take(8).collect();
    let mut groups: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
    for (i, member) in members.iter().enumerate() {
        let values = keys.iter().map(|key| member.texts.value(key).unwrap_or_default()).collect();
        groups.entry(values).or_default().push(i);
    }
    let group = |(values, of_group): (Vec<&str>, Vec<usize>)| {
        let pairs = keys.iter().zip(values).map(|(key, value)| part(key, value)).collect();
        Group { label: label(pairs), service: one_service(members, &of_group), members: of_group }
    };
    groups.into_iter().map(group).collect()
}

fn one_service(members: &[Member<'_>], group: &[usize]) -> Option<String> {
    let services: HashSet<&str> = group.iter().map(|i| members[*i].texts.service.as_str()).collect();
    let service = services.iter().next().filter(|service| services.len() == 1 && !service.is_empty())?;
    Some((*service).to_owned())
}

/// Names series by what tells them from each other: their own attributes, then the service, then its process, its scope and its unit.
pub(super) fn name(groups: &mut [Group], members: &[Member<'_>], metric: &str) {
    if let [only] = groups {
        metric.clone_into(&mut only.label);
        return;
    }
    let alike = alike(groups, members);
    for tier in 0..TIERS {
        for group in groups.iter_mut() {
            group.label = label(parts(&members[group.members[0]], &alike, tier));
        }
        let labels: HashSet<&str> = groups.iter().map(|group| group.label.as_str()).collect();
        if labels.len() == groups.len() {
            return;
        }
    }
}

const TIERS: usize = 4;

/// Attributes that all of the series have: they tell none from another.
fn alike(groups: &[Group], members: &[Member<'_>]) -> HashSet<(String, String)> {
    let mut many: HashMap<&(String, String), usize> = HashMap::new();
    for pair in groups.iter().flat_map(|group| &members[group.members[0]].texts.points) {
        *many.entry(pair).or_default() += 1;
    }
    many.into_iter().filter(|(_, many)| *many == groups.len()).map(|(pair, _)| pair.clone()).collect()
}

fn parts(member: &Member<'_>, alike: &HashSet<(String, String)>, tier: usize) -> Vec<String> {
    let texts = &member.texts;
    let own = texts.points.iter().filter(|pair| !alike.contains(*pair));
    let mut parts: Vec<String> = own.map(|(key, value)| part(key, value)).collect();
    let mut add = |from: usize, key: &str, value: &str| {
        if tier >= from && !value.is_empty() {
            parts.push(part(key, value));
        }
    };
    add(1, "service", &texts.service);
    for key in ["service.instance.id", "host.name", "process.pid"] {
        add(2, key, texts.value(key).unwrap_or_default());
    }
    add(3, "scope.name", &texts.scope);
    add(3, "origin", &member.key.origin.to_string());
    add(3, "stream", &member.key.stream.to_string());
    parts
}

fn label(parts: Vec<String>) -> String {
    let label = parts.join(", ");
    if label.is_empty() { "no attributes".to_owned() } else { cut(&label, LABEL_BYTES).to_owned() }
}

fn part(key: &str, value: &str) -> String {
    let value = if value.is_empty() { "(none)" } else { value };
    format!("{}={}", cut(key, SHOWN_BYTES), cut(value, SHOWN_BYTES))
}
