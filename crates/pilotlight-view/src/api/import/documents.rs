//! A file, taken apart into documents of JSON.

use crate::receive::{Compression, Signal};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::Read;

/// One document of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    /// The line that it begins in, from 1.
    pub line: u64,
    /// Its text, which is a part of the file and no copy.
    pub text: Bytes,
}

/// Why a file cannot be decompressed.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It is broken; the decoder's words.
    Broken(std::io::Error),
    /// It has more bytes than it may.
    TooLarge,
}

/// The file as it was before it was compressed, if it was.
///
/// # Errors
/// When it cannot be decompressed, or has more than `bytes_max` bytes then.
pub(super) fn unzipped(file: Bytes, bytes_max: usize) -> Result<(Compression, Bytes), Unreadable> {
    if !file.starts_with(&[0x1f, 0x8b]) {
        return Ok((Compression::None, file));
    }
    let mut plain = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(file.as_ref()).take(limit).read_to_end(&mut plain).map_err(Unreadable::Broken)?;
    if plain.len() > bytes_max { Err(Unreadable::TooLarge) } else { Ok((Compression::Gzip, plain.into())) }
}

/// The documents of a file: its lines, or the whole of it when its first line is not one by itself.
pub(super) fn documents(file: &Bytes) -> impl Iterator<Item = Document> + use<> {
    let whole = is_one_document(file).then(|| Document { line: 1, text: file.clone() });
    let lines = if whole.is_some() { Bytes::new() } else { file.clone() };
    whole.into_iter().chain(split(lines))
}

fn is_one_document(file: &[u8]) -> bool {
    let mut lines = file.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    lines.next().is_some_and(|first| !first.ends_with(b"}"))
}

fn split(mut rest: Bytes) -> impl Iterator<Item = Document> {
    let mut line = 0;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            let text = rest.split_to(end);
            line += 1;
            if !text.trim_ascii().is_empty() {
                return Some(Document { line, text });
            }
        }
        None
    })
}

/// Which signals a document has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    resource_spans: Option<IgnoredAny>,
    resource_metrics: Option<IgnoredAny>,
    resource_logs: Option<IgnoredAny>,
}

/// The signals that a document has.
///
/// # Errors
/// When it is no document of JSON.
pub(super) fn signals(text: &[u8]) -> Result<Vec<Signal>, serde_json::Error> {
    let outline: Outline = serde_json::from_slice(text)?;
    let found = [
        outline.resource_spans.map(|_| Signal::Traces),
        outline.resource_metrics.map(|_| Signal::Metrics),
        outline.resource_logs.map(|_| Signal::Logs),
    ];
    Ok(found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn lines(file: &'static str) -> Vec<(u64, String)> {
        let texts = documents(&Bytes::from_static(file.as_bytes()));
        texts
            .map(|document| {
                (document.line, String::from_utf8(document.text.to_vec()).unwrap().trim().to_owned())
            })
            .collect()
    }

    #[test]
    fn a_line_is_a_document_and_empty_ones_are_none() {
        let documents = lines("\n{\"a\":1}\r\n\n{\"b\":2}\n{\"c\":3}");
        assert_eq!(
            documents,
            [(2, "{\"a\":1}".to_owned()), (4, "{\"b\":2}".to_owned()), (5, "{\"c\":3}".to_owned())]
        );
    }

    #[test]
    fn a_document_may_have_many_lines() {
        let text = "{\n  \"resourceSpans\": []\n}";
        assert_eq!(lines(text), [(1, text.to_owned())]);
    }

    #[test]
    fn a_document_tells_its_signals() {
        assert_eq!(signals(b"{\"resourceSpans\":[{}]}").unwrap(), [Signal::Traces]);
        assert_eq!(
            signals(b"{\"resourceLogs\":[],\"resourceMetrics\":[]}").unwrap(),
            [Signal::Metrics, Signal::Logs]
        );
        assert_eq!(signals(b"{\"x\":1}").unwrap(), []);
        assert!(signals(b"[1]").is_err());
        assert!(signals(&b"[".repeat(100_000)).is_err());
    }

    #[test]
    fn a_compressed_file_is_not_decompressed_beyond_the_limit() {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
        let bomb = Bytes::from(encoder.finish().unwrap());
        assert!(matches!(unzipped(bomb.clone(), 1000), Err(Unreadable::TooLarge)));
        assert_eq!(unzipped(bomb, 1 << 20).unwrap().1.len(), 1 << 20);
        let broken = Bytes::from_static(b"\x1f\x8bnonsense");
        assert!(matches!(unzipped(broken, 1000), Err(Unreadable::Broken(_))));
    }
}
