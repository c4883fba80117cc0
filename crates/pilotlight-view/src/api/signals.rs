//! Signals as a parameter names them.

use super::refusal::Refusal;
use crate::receive::Signal;

/// Reads `traces,logs`; nothing at all when it is not given.
pub(super) fn signals(parameter: Option<&str>) -> Result<Vec<Signal>, Refusal> {
    parameter
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(signal)
        .collect()
}

fn signal(name: &str) -> Result<Signal, Refusal> {
    match name {
        "traces" => Ok(Signal::Traces),
        "metrics" => Ok(Signal::Metrics),
        "logs" => Ok(Signal::Logs),
        other => {
            let other: String = other.chars().take(100).collect();
            Err(Refusal::question(format!(
                "signals: `{other}` is none; there are `traces`, `metrics` and `logs`"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn signals_are_separated_by_commas_and_none_is_all() {
        assert_eq!(signals(Some("traces, logs")).unwrap(), [Signal::Traces, Signal::Logs]);
        assert_eq!(signals(Some("")).unwrap(), []);
        assert_eq!(signals(None).unwrap(), []);
        assert!(format!("{:?}", signals(Some("spans")).unwrap_err()).contains("`spans`"));
    }
}
