//! Names that calls have in common, hosts for one, each as one string that all of those calls share.

use opentelemetry::StringValue;
use std::sync::{Arc, OnceLock};

/// Most services call a handful, and have fewer names themselves. Those seen later than this many get a string for each
/// request, so that a stranger who makes names up takes no more memory than this.
const NAMES_MAX: usize = 16;

/// The first hosts seen, for ever: requests for them allocate no name.
#[derive(Default)]
pub(crate) struct SharedNames([OnceLock<StringValue>; NAMES_MAX]);

impl SharedNames {
    pub(crate) fn shared(&self, host: &str) -> StringValue {
        let mut name = None;
        for place in &self.0 {
            // Another thread may take the place first, perhaps for the same host.
            let taken = place.get_or_init(|| name.get_or_insert_with(|| string(host)).clone());
            if taken.as_str() == host {
                return taken.clone();
            }
        }
        name.unwrap_or_else(|| string(host))
    }
}

fn string(host: &str) -> StringValue {
    Arc::<str>::from(host).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &StringValue, other: &StringValue) -> bool {
        one.as_str().as_ptr() == other.as_str().as_ptr()
    }

    #[test]
    fn a_host_seen_again_is_the_same_string() {
        let hosts = SharedNames::default();
        let (one, other) = (hosts.shared("one.example"), hosts.shared("other.example"));
        assert!(same(&one, &hosts.shared("one.example")) && same(&other, &hosts.shared("other.example")));
        assert_eq!((one.as_str(), other.as_str()), ("one.example", "other.example"));
    }

    #[test]
    fn hosts_beyond_the_bound_are_named_all_the_same() {
        let hosts = SharedNames::default();
        let names: Vec<String> = (0..2 * NAMES_MAX).map(|number| format!("{number}.example")).collect();
        for _ in 0..2 {
            for name in &names {
                assert_eq!(hosts.shared(name).as_str(), name);
            }
        }
        assert!(same(&hosts.shared(&names[0]), &hosts.shared(&names[0])));
        assert!(!same(&hosts.shared(&names[NAMES_MAX]), &hosts.shared(&names[NAMES_MAX])));
    }
}
