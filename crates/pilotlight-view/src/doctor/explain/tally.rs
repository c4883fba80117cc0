//! What was found, how often and where.

use super::messages::{MESSAGES, Message};
use super::numbers::{self, Decoded, Speaker};
use crate::doctor::report::Draft;
use crate::finding::Finding;

/// How many line numbers are named.
const PLACES_MAX: usize = 5;

/// How many different numbers are kept: real logs repeat one or two.
const NUMBERS_MAX: usize = 16;

/// Counts; its size does not depend on the log's.
#[derive(Debug)]
pub(super) struct Tally {
    lines: usize,
    messages: [Places; MESSAGES.len()],
    numbers: Vec<(Decoded, Places)>,
    /// Numbers that found no room.
    numbers_left_out: usize,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            lines: 0,
            messages: std::array::from_fn(|_| Places::default()),
            numbers: Vec::new(),
            numbers_left_out: 0,
        }
    }
}

/// Where something was seen: the first few lines, and how many there were.
#[derive(Debug, Clone, Default)]
struct Places {
    phrase: &'static str,
    /// Whether one of the lines is about telemetry.
    is_ours: bool,
    first: Vec<usize>,
    count: usize,
}

impl Places {
    fn add(&mut self, line: usize) {
        self.count += 1;
        if self.first.len() < PLACES_MAX {
            self.first.push(line);
        }
    }

    fn shown(&self) -> String {
        let numbers = self.first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let more = self.count - self.first.len();
        match (self.count, more) {
            (1, _) => format!("on line {numbers}"),
            (_, 0) => format!("on lines {numbers}"),
            (_, more) => format!("on lines {numbers} and {more} more"),
        }
    }
}

impl Tally {
    /// Reads one line, which is in lower case.
    pub(super) fn read(&mut self, line: &str) {
        self.lines += 1;
        for (message, places) in MESSAGES.iter().zip(&mut self.messages) {
            if let Some((phrase, is_ours)) = message.phrase_on(line) {
                places.phrase = phrase;
                places.is_ours |= is_ours;
                places.add(self.lines);
            }
        }
        for decoded in numbers::on(line) {
            self.count(decoded);
        }
    }

    fn count(&mut self, decoded: Decoded) {
        match self.numbers.iter().position(|(known, _)| *known == decoded) {
            Some(at) => self.numbers[at].1.add(self.lines),
            None if self.numbers.len() < NUMBERS_MAX => {
                let mut places = Places::default();
                places.add(self.lines);
                self.numbers.push((decoded, places));
            }
            None => self.numbers_left_out += 1,
        }
    }

    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// What it comes to, what was seen most often first.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let messages = MESSAGES.iter().zip(&self.messages).filter(|(_, places)| places.count > 0);
        let mut counted: Vec<(usize, Finding)> =
            messages.map(|(message, places)| (places.count, of_message(message, places))).collect();
        counted
            .extend(self.numbers.iter().map(|(decoded, places)| (places.count, of_number(decoded, places))));
        if self.numbers_left_out > 0 {
            counted.push((0, left_out(self.numbers_left_out)));
        }
        counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        counted.into_iter().map(|(_, finding)| finding).collect()
    }
}

fn of_message(message: &Message, places: &Places) -> Finding {
    let seen = format!("{:?} {}", places.phrase, places.shown());
    let draft = match (places.is_ours, message.is_error) {
        (true, true) => Draft::error(message.id, message.title),
        (true, false) => Draft::warning(message.id, message.title),
        (false, _) => {
            Draft::note(message.id, message.title).seen("nothing there says that it is about telemetry")
        }
    };
    draft.seen(seen).because(message.cause).next(message.next)
}

fn of_number(decoded: &Decoded, places: &Places) -> Finding {
    let Decoded { number, text, speaker } = decoded;
    let (id, cause, next) = match speaker {
        Speaker::Http => (
            "port-speaks-http",
            "An HTTP/1 server answered a gRPC client, which took the beginning of the answer for a length.",
            "Use the receiver's gRPC port (4317), or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.",
        ),
        Speaker::HttpClient => (
            "port-speaks-grpc",
            "An HTTP/1 client sent a request to a gRPC server, which took its beginning for a length.",
            "Use the receiver's HTTP port (4318), or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.",
        ),
        Speaker::TlsAlert => (
            "plaintext-to-tls",
            "A server with TLS answered plain text with an alert, which was taken for a length.",
            "Write the endpoint with https://.",
        ),
        Speaker::TlsHello => (
            "tls-to-plaintext",
            "A client with TLS greeted a server without, which took the hello for a length.",
            "Write the endpoint with http://.",
        ),
    };
    Draft::error(id, format!("{number} is no length: it is {text}"))
        .seen(format!("{number} {}", places.shown()))
        .because(cause)
        .next(next)
}

fn left_out(count: usize) -> Finding {
    Draft::note("numbers-left-out", "There are more such numbers")
        .seen(format!("{count} occurrences of further ones"))
        .because("Only the first few are kept apart.")
        .next("Explain a part of the log.")
}
