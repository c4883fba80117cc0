//! Which generation of names to use: `OTEL_SEMCONV_STABILITY_OPT_IN`.

/// The generations of names that a layer writes; at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// Those of schema 1.45.
    pub(super) current: bool,
    /// Those from before calls had stable names (schema 1.37).
    pub(super) older: bool,
}

pub(super) const VARIABLE: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";

impl Names {
    pub(super) const CURRENT: Self = Self { current: true, older: false };
    pub(super) const OLDER: Self = Self { current: false, older: true };
    pub(super) const BOTH: Self = Self { current: true, older: true };

    /// From a comma-separated list, in which other conventions have their words too. `rpc/dup` beats `rpc`, which
    /// beats `rpc/old`, wherever they stand; all other words are not for us.
    pub(super) fn from_list(list: &str) -> Self {
        let has = |word| list.split(',').any(|given| given.trim() == word);
        match () {
            () if has("rpc/dup") => Self::BOTH,
            () if has("rpc") => Self::CURRENT,
            () if has("rpc/old") => Self::OLDER,
            () => Self::CURRENT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_names_are_the_default() {
        for list in ["", "rpc", "http", "http/dup,database", "rpc/new", "RPC/OLD", "rpc/old/er", " , ,"] {
            assert_eq!(Names::from_list(list), Names::CURRENT, "{list:?}");
        }
    }

    #[test]
    fn older_names_and_both_can_be_asked_for() {
        assert_eq!(Names::from_list("rpc/old"), Names::OLDER);
        assert_eq!(Names::from_list("http , rpc/old ,database/dup"), Names::OLDER);
        assert_eq!(Names::from_list("rpc/dup"), Names::BOTH);
        assert_eq!(Names::from_list(" rpc/dup\t,http"), Names::BOTH);
    }

    #[test]
    fn both_beat_the_current_names_which_beat_the_older_ones() {
        assert_eq!(Names::from_list("rpc,rpc/old,rpc/dup"), Names::BOTH);
        assert_eq!(Names::from_list("rpc/old,rpc"), Names::CURRENT);
    }
}
