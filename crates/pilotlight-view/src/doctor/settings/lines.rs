//! What is in force, as the report shows it.

use super::{Destination, Origin, Protocol, Settings, Signal, SignalSettings, Sourced};
use crate::doctor::report::{SettingLine, SignalLines};

impl Settings {
    /// Signal by signal, without secrets.
    pub fn lines(&self) -> Vec<SignalLines> {
        self.signals
            .iter()
            .map(|signal| SignalLines { signal: signal.signal.to_string(), settings: self.lines_of(signal) })
            .collect()
    }

    fn lines_of(&self, signal: &SignalSettings) -> Vec<SettingLine> {
        let mut lines = vec![line("exporter", &signal.exporters, |names| names.join(", "))];
        if self.disabled.value {
            lines.push(line("disabled", &self.disabled, bool::to_string));
        }
        if signal.sends_otlp() && !self.disabled.value {
            lines.extend(of_otlp(signal));
        }
        match signal.signal {
            Signal::Traces => lines.push(line("sampler", &self.sampler, ToString::to_string)),
            Signal::Metrics => {
                lines.push(line("interval", &self.interval, |interval| {
                    format!("{} ms", interval.as_millis())
                }));
                lines.push(line("temporality", &self.temporality, ToString::to_string));
            }
            Signal::Logs => {}
        }
        lines
    }
}

fn of_otlp(signal: &SignalSettings) -> Vec<SettingLine> {
    let mut lines = vec![url(signal)];
    lines.push(line("protocol", &signal.protocol, ToString::to_string));
    lines.push(line("headers", &signal.headers, ToString::to_string));
    lines.push(line("compression", &signal.compression, ToString::to_string));
    lines.push(line("timeout", &signal.timeout, |timeout| match timeout {
        Some(timeout) => format!("{} ms", timeout.as_millis()),
        None => "no limit".to_owned(),
    }));
    lines.extend(
        signal
            .certificate
            .as_ref()
            .map(|certificate| line("certificate", certificate, |path| path.display().to_string())),
    );
    lines
}

fn url(signal: &SignalSettings) -> SettingLine {
    let (value, from) = match &signal.destination {
        Destination::Known(url) if signal.protocol.value == Protocol::Grpc => {
            (format!("{}{}", url.value, signal.signal.method()), url.from.to_string())
        }
        Destination::Known(url) => (url.value.to_string(), url.from.to_string()),
        Destination::Computed(place) => {
            ("computed by the program".to_owned(), Origin::Code(place.clone()).to_string())
        }
        Destination::Unusable => ("none that can be used".to_owned(), "see the findings".to_owned()),
    };
    SettingLine { name: "url".to_owned(), value, from }
}

fn line<T>(name: &str, setting: &Sourced<T>, show: impl Fn(&T) -> String) -> SettingLine {
    SettingLine { name: name.to_owned(), value: show(&setting.value), from: setting.from.to_string() }
}
