//! Log records as lines on standard output.

use super::builder::SettingsBuilder;
use super::chain::{Chain, Chosen, Origin};
use super::choice::{self, Choice};
use super::logs::LogsExporterKind;
use super::show::Show;
use super::warning::Warning;

const VARIABLE: &str = "PILOTLIGHT_LOG_LINES";

/// Whether log records become lines on standard output, and which (`PILOTLIGHT_LOG_LINES`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogLines {
    /// What suits whoever reads: `auto`, the default. See [`LogLineFormat::Auto`].
    #[default]
    Auto,
    /// A JSON object a line: `json`.
    Json,
    /// For people: `text`.
    Text,
    /// No lines: `off`.
    Off,
}

impl Choice for LogLines {
    const NAMES: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("json", Self::Json), ("text", Self::Text), ("off", Self::Off)];
}

/// Log records as lines on standard output, resolved.
///
/// Its default is what nothing set amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLinesSettings {
    /// What a line looks like; `None` writes no lines.
    pub format: Option<LogLineFormat>,
    /// Whether a line tells the file and line of the source that it comes from.
    pub source_location: bool,
}

impl Default for LogLinesSettings {
    fn default() -> Self {
        Self { format: Some(LogLineFormat::Auto), source_location: false }
    }
}

/// What a log line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogLineFormat {
    /// [`Text`](Self::Text) where standard output is a terminal, [`Json`](Self::Json) elsewhere.
    Auto,
    /// A JSON object a line, for machines.
    Json,
    /// Short and readable, for people.
    Text,
}

impl LogLines {
    fn format(self) -> Option<LogLineFormat> {
        match self {
            Self::Auto => Some(LogLineFormat::Auto),
            Self::Json => Some(LogLineFormat::Json),
            Self::Text => Some(LogLineFormat::Text),
            Self::Off => None,
        }
    }
}

/// What code says about lines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LogLinesCode {
    lines: Option<LogLines>,
    source_location: bool,
}

impl SettingsBuilder {
    /// Whether log records become lines on standard output, and which.
    ///
    /// Default [`LogLines::Auto`]: readable, coloured lines on a terminal, JSON elsewhere. `PILOTLIGHT_LOG_LINES`:
    /// `auto`, `json`, `text` or `off`, whatever the case; anything else is warned about and counts as unset.
    ///
    /// They are there wherever log records go besides, and even when the SDK is [disabled](Self::disabled): a service
    /// without telemetry still has a log. [`LogLines::Off`] leaves them out, unless somebody named `console` among the
    /// [exporters of logs](Self::logs_exporters): then it counts as [`LogLines::Auto`], and is warned about. It does leave
    /// them out where the console [stands in](Self::console_without_endpoint) for an endpoint that nobody named.
    ///
    /// ```
    /// use pilotlight_sdk::config::{LogLineFormat, SettingsBuilder, Variables};
    ///
    /// let variables = Variables::from([("PILOTLIGHT_LOG_LINES", "json"), ("OTEL_LOGS_EXPORTER", "none")]);
    /// let logs = SettingsBuilder::new().resolve(&variables).settings.logs;
    /// assert!(logs.exporters.is_empty());
    /// assert_eq!(logs.lines.format, Some(LogLineFormat::Json));
    /// ```
    pub fn log_lines(mut self, lines: LogLines) -> Self {
        self.logs.lines.lines = Some(lines);
        self
    }

    /// Whether a line on standard output tells the file and line of the source that it comes from. What goes to the
    /// exporters tells them in any case; both have only what
    /// [`tracing_source_location`](Self::tracing_source_location) lets through.
    ///
    /// Default false. No variable.
    pub fn log_lines_source_location(mut self, source_location: bool) -> Self {
        self.logs.lines.source_location = source_location;
        self
    }
}

impl LogLinesCode {
    pub(super) fn resolve(
        self,
        chain: &mut Chain<'_>,
        exporters: &Chosen<Vec<LogsExporterKind>>,
    ) -> LogLinesSettings {
        let lines =
            chain.setting().code(self.lines).variable(VARIABLE, choice::one).or_chosen(LogLines::Auto);
        LogLinesSettings {
            format: resolve_format(chain, &lines, exporters),
            source_location: self.source_location,
        }
    }
}

/// No lines and the console exclude each other. Where somebody asked for both, the console wins: too much of a log is a lesser
/// surprise than none. Where the console is a default alone, what somebody said beats it.
fn resolve_format(
    chain: &mut Chain<'_>,
    lines: &Chosen<LogLines>,
    exporters: &Chosen<Vec<LogsExporterKind>>,
) -> Option<LogLineFormat> {
    if lines.value != LogLines::Off || !exporters.value.contains(&LogsExporterKind::Console) {
        return lines.value.format();
    }
    let asked_by = place(&exporters.origin, "logs_exporters")?;
    let setting = place(&lines.origin, "log_lines").unwrap_or(VARIABLE);
    let problem = format!("leaves out the very lines that `console` in {asked_by} asks for");
    let instead = format!("using {}", LogLines::Auto.show());
    chain.warn(Warning::new(setting, Some(lines.value.show()), problem, instead));
    LogLines::Auto.format()
}

/// Who said it, if anybody did.
fn place<'a>(origin: &'a Origin, setter: &'a str) -> Option<&'a str> {
    match origin {
        Origin::Code => Some(setter),
        Origin::Variable(name) => Some(name),
        Origin::Default => None,
    }
}
