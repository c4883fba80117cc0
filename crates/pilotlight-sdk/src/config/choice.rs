//! Settings with a fixed set of names.

use super::warning::{Problems, quoted};

/// A type whose values have names in the environment.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    /// Every name. A value's first name is the one it is shown with.
    const NAMES: &'static [(&'static str, Self)];
}

/// The name of `choice`.
pub(crate) fn name<T: Choice>(choice: T) -> &'static str {
    T::NAMES.iter().find(|(_, value)| *value == choice).map_or("?", |(name, _)| *name)
}

/// Reads one name, whatever its case. Unknown names are refused.
pub(crate) fn one<T: Choice>(text: &str, problems: &mut Problems) -> Option<T> {
    let found = find(text);
    if found.is_none() {
        problems.add(format!("is not one of the supported values ({})", supported::<T>()));
    }
    found
}

/// Reads names between commas, whatever their case; repeated ones count once, unknown ones are left out, and `none`
/// makes the list empty. Refused when nothing remains.
pub(crate) fn list<T: Choice>(text: &str, problems: &mut Problems) -> Option<Vec<T>> {
    let names = || text.split(',').map(str::trim).filter(|name| !name.is_empty());
    if names().any(is_none) {
        if !names().all(is_none) {
            problems.add("contains `none`, which overrules the others");
        }
        return Some(Vec::new());
    }
    let mut choices = Vec::new();
    for name in names() {
        match find(name) {
            Some(choice) if choices.contains(&choice) => {}
            Some(choice) => choices.push(choice),
            None => problems.add(format!(
                "names {}, which is not supported (supported: {}, none)",
                quoted(name),
                supported::<T>()
            )),
        }
    }
    if names().next().is_none() {
        problems.add("names nothing");
    }
    (!choices.is_empty()).then_some(choices)
}

fn find<T: Choice>(text: &str) -> Option<T> {
    T::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
}

fn is_none(name: &str) -> bool {
    name.eq_ignore_ascii_case("none")
}

fn supported<T: Choice>() -> String {
    T::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fruit {
        Apple,
        Pear,
    }

    impl Choice for Fruit {
        const NAMES: &'static [(&'static str, Self)] =
            &[("apple", Self::Apple), ("pear", Self::Pear), ("boskoop", Self::Apple)];
    }

    fn read_list(text: &str) -> (Option<Vec<Fruit>>, Vec<String>) {
        let mut problems = Problems::default();
        (list(text, &mut problems), problems.into_vec())
    }

    #[test]
    fn names_are_found_whatever_their_case() {
        for text in ["apple", "APPLE", "Boskoop"] {
            let mut problems = Problems::default();
            assert_eq!(one(text, &mut problems), Some(Fruit::Apple));
            assert!(problems.into_vec().is_empty());
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_list_of_known_ones() {
        let mut problems = Problems::default();
        assert_eq!(one::<Fruit>("plum", &mut problems), None);
        assert_eq!(problems.into_vec(), ["is not one of the supported values (apple, pear, boskoop)"]);
    }

    #[test]
    fn a_list_drops_what_is_repeated_and_what_is_unknown() {
        assert_eq!(read_list("pear, Apple ,pear,,").0, Some(vec![Fruit::Pear, Fruit::Apple]));
        let (fruits, problems) = read_list("plum,apple");
        assert_eq!(fruits, Some(vec![Fruit::Apple]));
        assert_eq!(
            problems,
            [r#"names "plum", which is not supported (supported: apple, pear, boskoop, none)"#]
        );
    }

    #[test]
    fn a_list_with_nothing_usable_is_refused() {
        assert_eq!(read_list("plum").0, None);
        assert_eq!(read_list(" , "), (None, vec!["names nothing".to_owned()]));
    }

    #[test]
    fn none_empties_a_list() {
        assert_eq!(read_list("None"), (Some(vec![]), vec![]));
        let (fruits, problems) = read_list("apple,none");
        assert_eq!(fruits, Some(vec![]));
        assert_eq!(problems, ["contains `none`, which overrules the others"]);
    }
}
