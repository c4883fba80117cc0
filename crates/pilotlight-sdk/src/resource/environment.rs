//! What the environment says about the resource.

use opentelemetry::KeyValue;

use super::set::Resource;
use crate::config::chain::Chain;
use crate::config::warning::Problems;
use crate::config::{parse, percent};

/// The variables that name one attribute each; the last two come from the guide and are not the specification's.
const SINGLE: [(&str, &str); 3] = [
    ("OTEL_SERVICE_NAME", "service.name"),
    ("OTEL_SERVICE_VERSION", "service.version"),
    ("OTEL_ENVIRONMENT", "deployment.environment.name"),
];

/// The attributes of `OTEL_RESOURCE_ATTRIBUTES`, and over them those with a variable of their own.
pub(super) fn detect(chain: &mut Chain<'_>) -> Resource {
    let mut resource =
        chain.setting().variable("OTEL_RESOURCE_ATTRIBUTES", parse_attributes).or(Resource::empty());
    for (variable, key) in SINGLE {
        if let Some(value) = chain.setting().variable(variable, parse::string).optional() {
            resource.insert(KeyValue::new(key, value));
        }
    }
    resource
}

/// Reads `key=value,key2=value2`, keys and values percent-decoded.
///
/// One error discards the whole text, as the specification asks: a resource with holes in it misleads. Empty members,
/// such as a trailing comma leaves behind, are no error.
fn parse_attributes(text: &str, problems: &mut Problems) -> Option<Resource> {
    let members = text.split(',').enumerate().filter(|(_, member)| !member.trim().is_empty());
    let attributes = members.map(|(at, member)| {
        parse_member(member)
            .map_err(|problem| format!("is discarded, because its member number {} {problem}", at + 1))
    });
    match attributes.collect::<Result<Vec<_>, _>>() {
        Ok(attributes) => Some(Resource::builder().attributes(attributes).build()),
        Err(problem) => {
            problems.add(problem);
            None
        }
    }
}

fn parse_member(member: &str) -> Result<KeyValue, &'static str> {
    let (key, value) = member.split_once('=').ok_or("has no =")?;
    let key = percent::decode_utf8(key.trim())?;
    if key.is_empty() {
        return Err("has no key");
    }
    Ok(KeyValue::new(key, percent::decode_utf8(value.trim())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Variables;

    fn detected(variables: Variables) -> (Vec<(String, String)>, Vec<String>) {
        let mut chain = Chain::new(&variables);
        let resource = detect(&mut chain);
        let attributes = resource.attributes().iter();
        let attributes = attributes.map(|pair| (pair.key.to_string(), pair.value.to_string())).collect();
        (attributes, chain.into_warnings().iter().map(ToString::to_string).collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn attributes_are_trimmed_and_decoded_on_both_sides() {
        for (text, expected) in [
            ("", pairs(&[])),
            ("a=1", pairs(&[("a", "1")])),
            (" b = 2 , a=1, ", pairs(&[("a", "1"), ("b", "2")])),
            ("k%2C1=v%3D1%2c2", pairs(&[("k,1", "v=1,2")])),
            ("a=x=y", pairs(&[("a", "x=y")])),
            ("a=", pairs(&[("a", "")])),
            ("a=1,a=2", pairs(&[("a", "2")])),
            ("a=caf%C3%A9 ☕", pairs(&[("a", "café ☕")])),
        ] {
            let found = detected(Variables::from([("OTEL_RESOURCE_ATTRIBUTES", text)]));
            assert_eq!(found, (expected, vec![]), "{text:?}");
        }
    }

    #[test]
    fn any_error_discards_the_whole_variable() {
        for (text, problem) in [
            ("a=1,b", "number 2 has no ="),
            ("a=1,=2", "number 2 has no key"),
            ("a=1,b=%", "number 2 has a % that is not followed by two hexadecimal digits"),
            ("a=1,%zz=2", "number 2 has a %"),
            ("a=1,b=%FF", "number 2 is not valid UTF-8 once percent-decoded"),
        ] {
            let (attributes, warnings) = detected(Variables::from([("OTEL_RESOURCE_ATTRIBUTES", text)]));
            assert_eq!(attributes, [], "{text:?}");
            assert_eq!(warnings.len(), 1, "{text:?}");
            assert!(warnings[0].contains(problem), "{warnings:?}");
            assert!(warnings[0].ends_with("; using the default, no attributes"), "{warnings:?}");
        }
    }

    #[test]
    fn a_variable_of_its_own_beats_the_list() {
        let variables = Variables::from([
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,service.version=1,deployment.environment.name=x"),
            ("OTEL_SERVICE_NAME", "shop"),
            ("OTEL_SERVICE_VERSION", "2"),
            ("OTEL_ENVIRONMENT", "staging"),
        ]);
        let expected =
            [("deployment.environment.name", "staging"), ("service.name", "shop"), ("service.version", "2")];
        assert_eq!(detected(variables), (pairs(&expected), vec![]));
    }

    #[test]
    fn a_blank_variable_leaves_the_list_alone() {
        let variables =
            Variables::from([("OTEL_RESOURCE_ATTRIBUTES", "service.name=a"), ("OTEL_SERVICE_NAME", " ")]);
        assert_eq!(detected(variables), (pairs(&[("service.name", "a")]), vec![]));
    }
}
