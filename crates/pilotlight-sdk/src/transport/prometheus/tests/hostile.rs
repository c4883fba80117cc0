//! Pages of metrics that nobody should have made, read by a strict parser.

use std::collections::HashSet;

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric,
    NumberDataPoint,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::config;
use super::metrics::{encode, exemplar, exponential, float, gauge, histogram, metric, scope, sum, texts};
use crate::transport::prometheus::PrometheusCounts;
use crate::transport::prometheus::negotiate::Format;
use crate::transport::prometheus::page::PageWriter;

/// Names that collide easily, and any text at all.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab._]{0,3}(total|count|sum|bucket|created|info)?",
        Just("target".to_owned()),
        Just("le".to_owned()),
        any::<String>(),
    ]
}

fn unit() -> impl Strategy<Value = String> {
    prop_oneof![Just("s".to_owned()), Just("1".to_owned()), Just("By/s".to_owned()), any::<String>()]
}

fn attributes() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((name(), any::<String>()), 0..4)
}

fn pairs(attributes: &[(String, String)]) -> Vec<(&str, &str)> {
    attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

fn exemplars() -> impl Strategy<Value = Vec<Exemplar>> {
    vec((prop::num::f64::ANY, 0..9_u64, attributes()), 0..3)
        .prop_map(|all| all.iter().map(|(value, at, labels)| exemplar(*value, *at, &pairs(labels))).collect())
}

fn number() -> impl Strategy<Value = NumberDataPoint> {
    (attributes(), prop::num::f64::ANY, exemplars())
        .prop_map(|(labels, value, exemplars)| NumberDataPoint { exemplars, ..float(&pairs(&labels), value) })
}

fn spread() -> impl Strategy<Value = HistogramDataPoint> {
    let shape = (vec(prop::num::f64::ANY, 0..5), vec(0..9_u64, 0..6));
    (attributes(), shape, prop::option::of(prop::num::f64::ANY), exemplars()).prop_map(
        |(labels, (explicit_bounds, bucket_counts), sum, exemplars)| HistogramDataPoint {
            attributes: texts(&pairs(&labels)),
            explicit_bounds,
            bucket_counts,
            sum,
            exemplars,
            ..Default::default()
        },
    )
}

fn exponential_spread() -> impl Strategy<Value = ExponentialHistogramDataPoint> {
    let buckets = || (any::<i32>(), vec(0..9_u64, 0..50));
    (attributes(), any::<i32>(), prop::num::f64::ANY, buckets(), buckets()).prop_map(
        |(labels, scale, zero_threshold, negative, positive)| ExponentialHistogramDataPoint {
            attributes: texts(&pairs(&labels)),
            scale: scale % 24,
            zero_threshold,
            negative: Some(Buckets { offset: negative.0 % 2000, bucket_counts: negative.1 }),
            positive: Some(Buckets { offset: positive.0, bucket_counts: positive.1 }),
            ..Default::default()
        },
    )
}

fn any_metric() -> impl Strategy<Value = Metric> {
    let cumulative = AggregationTemporality::Cumulative;
    let data = prop_oneof![
        vec(number(), 0..3).prop_map(|points| gauge("", "", points).data.unwrap()),
        (vec(number(), 0..3), any::<bool>())
            .prop_map(move |(points, monotonic)| sum(points, cumulative, monotonic)),
        vec(spread(), 0..3).prop_map(histogram),
        vec(exponential_spread(), 0..3).prop_map(exponential),
    ];
    (name(), unit(), any::<String>(), data)
        .prop_map(|(name, unit, help, data)| metric(&name, &unit, &help, data))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_metric_whatever_makes_a_page_invalid(
        resource in attributes(),
        library in name(),
        of_scope in attributes(),
        metrics in vec(any_metric(), 0..5),
    ) {
        let scopes = vec![scope(&library, "", &pairs(&of_scope), metrics)];
        let requests = [encode(texts(&pairs(&resource)), scopes)];
        let mut writer = PageWriter::new(config(), PrometheusCounts::default());
        for format in [Format::Text004, Format::OpenMetrics100] {
            let page = writer.write(&requests, format);
            if let Err(why) = check(&page, format.is_openmetrics()) {
                return Err(TestCaseError::fail(format!("{why}\n{page}")));
            }
        }
    }
}

#[test]
fn the_parser_finds_what_is_wrong() {
    for page in [
        "a 1",
        "a{b=\"1\",b=\"2\"} 1\n",
        "a 1\na 2\n",
        "a{b=\"1\"2\"} 1\n",
        "1a 1\n",
        "a one\n",
        "# TYPE a gauge\n# TYPE a gauge\na 1\n",
        "# TYPE a gauge\na 1\n# TYPE b gauge\na{k=\"v\"} 1\n",
    ] {
        assert!(check(page, false).is_err(), "{page}");
    }
    assert!(check("# TYPE a gauge\na{k=\"v\\n\"} +Inf\n", false).is_ok());
}

/// Whether `page` is valid, and if not, why.
fn check(page: &str, openmetrics: bool) -> Result<(), String> {
    let body = if openmetrics { page.strip_suffix("# EOF\n").ok_or("no end")? } else { page };
    if !body.is_empty() && !body.ends_with('\n') {
        return Err("the last line does not end".into());
    }
    let mut seen = Seen { openmetrics, ..Default::default() };
    for line in body.split_terminator('\n') {
        seen.line(line).map_err(|why| format!("{why}: {line}"))?;
    }
    Ok(())
}

#[derive(Default)]
struct Seen {
    openmetrics: bool,
    /// The family whose samples come, and its type.
    family: (String, String),
    /// What was said of families, and the samples there were.
    once: HashSet<String>,
    /// The bucket before: everything but its bound, its bound and its count.
    bucket: Option<(String, f64, u64)>,
}

impl Seen {
    fn line(&mut self, line: &str) -> Result<(), String> {
        match line.strip_prefix("# ") {
            Some(comment) => self.comment(comment),
            None => self.sample(line),
        }
    }

    fn comment(&mut self, comment: &str) -> Result<(), String> {
        let (keyword, rest) = comment.split_once(' ').ok_or("no keyword")?;
        let (name, text) = rest.split_once(' ').ok_or("no text")?;
        check_name(name, true)?;
        if !self.once.insert(format!("# {keyword} {name}")) {
            return Err("said twice".into());
        }
        match keyword {
            "TYPE" => self.family = (name.to_owned(), text.to_owned()),
            "HELP" => check_escapes(text, self.openmetrics)?,
            "UNIT" if self.openmetrics && name.ends_with(&format!("_{text}")) => {}
            _ => return Err("a strange comment".into()),
        }
        Ok(())
    }

    fn sample(&mut self, line: &str) -> Result<(), String> {
        let end = line.find(['{', ' ']).ok_or("no value")?;
        let (name, rest) = line.split_at(end);
        check_name(name, true)?;
        let suffix = name.strip_prefix(self.family.0.as_str()).ok_or("not of this family")?;
        if !self.suffixes().contains(&suffix) {
            return Err(format!("a strange suffix {suffix}"));
        }
        let (labels, rest) = check_labels(rest)?;
        let mut sorted = labels.clone();
        sorted.sort();
        if !self.once.insert(format!("{name}{sorted:?}")) {
            return Err("a sample twice".into());
        }
        let (value, exemplar) = match rest.split_once(" # ") {
            Some((value, exemplar)) if self.openmetrics => (value, Some(exemplar)),
            _ => (rest, None),
        };
        let value = check_number(value.strip_prefix(' ').ok_or("no value")?)?;
        if self.family.1 == "counter" && (value.is_nan() || value < 0.0) {
            return Err("no counter's value".into());
        }
        if suffix == "_bucket" {
            self.check_bucket(&labels, value)?;
        }
        exemplar.map_or(Ok(()), check_exemplar)
    }

    fn suffixes(&self) -> &[&str] {
        match (self.family.1.as_str(), self.openmetrics) {
            ("gauge", _) | ("counter", false) => &[""],
            ("counter", true) => &["_total", "_created"],
            ("info", true) => &["_info"],
            ("histogram", false) => &["_bucket", "_sum", "_count"],
            ("histogram", true) => &["_bucket", "_sum", "_count", "_created"],
            _ => &[],
        }
    }

    fn check_bucket(&mut self, labels: &[(String, String)], count: f64) -> Result<(), String> {
        let (le, rest) = labels.split_last().ok_or("no bound")?;
        let bound = check_number(&le.1)?;
        let series = format!("{} {rest:?}", self.family.0);
        if let Some((last, low, below)) = &self.bucket
            && *last == series
            && !(bound > *low && count as u64 >= *below)
        {
            return Err("a bucket that does not follow".into());
        }
        self.bucket = Some((series, bound, count as u64));
        if le.0 == "le" { Ok(()) } else { Err("no bound at the end".into()) }
    }
}

fn check_exemplar(exemplar: &str) -> Result<(), String> {
    let (labels, rest) = check_labels(exemplar)?;
    let characters: usize = labels.iter().map(|(name, value)| name.len() + value.chars().count()).sum();
    if characters > 128 {
        return Err(format!("an exemplar with {characters} characters"));
    }
    rest.split(' ').skip(1).try_for_each(|number| check_number(number).map(drop))
}

/// Names and values, in the page's order.
type Labels = Vec<(String, String)>;

/// The labels that `text` begins with, their values unescaped, and what follows them.
fn check_labels(text: &str) -> Result<(Labels, &str), String> {
    let Some(mut rest) = text.strip_prefix('{') else { return Ok((Vec::new(), text)) };
    let mut labels = Labels::new();
    if let Some(rest) = rest.strip_prefix('}') {
        return Ok((labels, rest));
    }
    loop {
        let (name, after) = rest.split_once("=\"").ok_or("no label")?;
        check_name(name, false)?;
        let (value, after) = unescaped(after)?;
        if labels.iter().any(|(other, _)| other == name) || value.is_empty() {
            return Err(format!("the label {name} twice, or empty"));
        }
        labels.push((name.to_owned(), value));
        match after.split_at_checked(1) {
            Some((",", after)) => rest = after,
            Some(("}", after)) => return Ok((labels, after)),
            _ => return Err("labels that do not end".into()),
        }
    }
}

/// A label's value up to its closing quote, and what follows that.
fn unescaped(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, c @ ('\\' | '"'))) => value.push(c),
                _ => return Err("a strange escape".into()),
            },
            c => value.push(c),
        }
    }
    Err("a value that does not end".into())
}

fn check_escapes(help: &str, quotes: bool) -> Result<(), String> {
    let mut characters = help.chars();
    while let Some(c) = characters.next() {
        let is_valid = match c {
            '\\' => matches!(characters.next(), Some('\\' | 'n')) || quotes && help.contains("\\\""),
            '"' => !quotes,
            _ => true,
        };
        if !is_valid {
            return Err("a help text that is not escaped".into());
        }
    }
    Ok(())
}

fn check_name(name: &str, colons: bool) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || colons && c == ':';
    let is_valid = !name.is_empty()
        && name.chars().all(allowed)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && (colons || !name.starts_with("__"));
    if is_valid { Ok(()) } else { Err(format!("the name {name:?}")) }
}

fn check_number(number: &str) -> Result<f64, String> {
    match number {
        "NaN" => Ok(f64::NAN),
        "+Inf" => Ok(f64::INFINITY),
        "-Inf" => Ok(f64::NEG_INFINITY),
        number if number.bytes().all(|b| b.is_ascii_digit() || b"+-.e".contains(&b)) => {
            number.parse().map_err(|_| format!("the number {number:?}"))
        }
        number => Err(format!("the number {number:?}")),
    }
}
