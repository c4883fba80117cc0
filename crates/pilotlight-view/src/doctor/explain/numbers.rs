//! Numbers that are text: the first bytes of an answer in another protocol, read as a length.
//!
//! HTTP/2 takes three bytes for a frame's length, gRPC four for a message's. What a web server answers begins with "HTTP", and then
//! the error speaks of a frame of 4740180 or a message of 1213486160 bytes.

/// Words of which one is on the line when a number is a length.
const CONTEXT: [&str; 12] = [
    "frame", "length", "size", "larger", "large", "exceed", "message", "max", "limit", "preface", "prefix",
    "bytes",
];

/// The most numbers of one line that are looked at.
const NUMBERS_MAX: usize = 32;

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// An HTTP/1 server, or its page.
    Http,
    /// An HTTP/1 client.
    HttpClient,
    /// A server with TLS.
    TlsAlert,
    /// A client with TLS.
    TlsHello,
}

/// A number that is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) number: u32,
    pub(super) text: String,
    pub(super) speaker: Speaker,
}

/// The numbers on `line`, which is in lower case, that are text.
pub(super) fn on(line: &str) -> Vec<Decoded> {
    if !line.bytes().any(|byte| byte.is_ascii_digit()) || !CONTEXT.iter().any(|word| line.contains(word)) {
        return Vec::new();
    }
    let words = line
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    words.take(NUMBERS_MAX).filter_map(number).filter_map(decode).collect()
}

/// Numbers of the length that three or four bytes of text have, decimal or hexadecimal.
fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(digits) if (6..=8).contains(&digits.len()) => u32::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None if (7..=10).contains(&word.len()) => word.parse().ok(),
        None => None,
    }
}

fn decode(number: u32) -> Option<Decoded> {
    let bytes = number.to_be_bytes();
    let known = |speaker, text: &str| Some(Decoded { number, text: text.to_owned(), speaker });
    match bytes {
        [0x15, 0x03, 0..=4, _] => return known(Speaker::TlsAlert, "a TLS alert"),
        [0x16, 0x03, 0..=4, _] => return known(Speaker::TlsHello, "a TLS hello"),
        [0x00, 0x15, 0x03, 0..=4] => return known(Speaker::TlsAlert, "a TLS alert"),
        [0x00, 0x16, 0x03, 0..=4] => return known(Speaker::TlsHello, "a TLS hello"),
        _ => {}
    }
    let text = bytes.strip_prefix(&[0]).unwrap_or(&bytes);
    if !text.iter().all(|byte| (0x20..0x7f).contains(byte)) {
        return None;
    }
    let text = String::from_utf8_lossy(text).into_owned();
    // Many a number is some text: only the protocols' own words are said to be words.
    let speaker = match text.to_ascii_lowercase().as_str() {
        "http" | "htt" | "html" | "<htm" | "<ht" | "<!do" | "<!d" => Speaker::Http,
        "post" | "pos" | "get " | "get" | "put " | "put" | "head" | "hea" | "opti" | "opt" => {
            Speaker::HttpClient
        }
        _ => return None,
    };
    Some(Decoded { number, text: format!("the text {text:?}"), speaker })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(line: &str) -> Vec<(String, Speaker)> {
        on(line).into_iter().map(|decoded| (decoded.text, decoded.speaker)).collect()
    }

    #[test]
    fn the_known_magic_numbers_are_decoded() {
        for (number, text, speaker) in [
            (4_740_180_u32, "the text \"HTT\"", Speaker::Http),
            (1_213_486_160, "the text \"HTTP\"", Speaker::Http),
            (1_752_460_652, "the text \"html\"", Speaker::Http),
            (1_347_375_956, "the text \"POST\"", Speaker::HttpClient),
            (352_518_400, "a TLS alert", Speaker::TlsAlert),
            (352_518_912, "a TLS alert", Speaker::TlsAlert),
            (369_295_616, "a TLS hello", Speaker::TlsHello),
        ] {
            assert_eq!(
                decoded(&format!("frame of length {number}")),
                [(text.to_owned(), speaker)],
                "{number}"
            );
            assert_eq!(
                decoded(&format!("frame size 0x{number:08x},")),
                [(text.to_owned(), speaker)],
                "{number:#x}"
            );
        }
    }

    #[test]
    fn everyday_numbers_are_left_alone() {
        for line in [
            "message of 4194304 bytes",
            "at 1700000000 a message",
            "size 16777216",
            "took 1213486160 ns",
            "length 12345678901234567890",
            "max 5000000",
            // Seconds since 1970, of 2027: "kAea" and "look".
            "message ts=1799447905",
            "message ts=1819242347",
        ] {
            assert_eq!(decoded(line), [], "{line}");
        }
    }
}
