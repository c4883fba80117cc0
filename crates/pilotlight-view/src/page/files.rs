//! The page's files, part of the program.

use crate::api::takes_gzip;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::io::Write;
use std::sync::LazyLock;

/// The files of the page, as `ui/vite.config.ts` names them.
const FILES: [(&str, &str, &[u8]); 3] = [
    ("index.html", "text/html; charset=utf-8", include_bytes!("../../ui/dist/index.html")),
    ("app.css", "text/css; charset=utf-8", include_bytes!("../../ui/dist/app.css")),
    ("app.js", "text/javascript; charset=utf-8", include_bytes!("../../ui/dist/app.js")),
];

/// The first words of the page's own paths. The page reads the rest of them itself.
const PAGES: [&str; 10] =
    ["", "traces", "map", "operations", "metrics", "logs", "exceptions", "resources", "findings", "viewer"];

/// A file that is ready to be sent.
struct File {
    name: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    gzip: Bytes,
    tag: String,
}

/// Compressed once, when the first page asks.
static READY: LazyLock<[File; FILES.len()]> = LazyLock::new(|| FILES.map(File::new));

/// Answers with a file, or with the page for the page's own paths. Others have it too, which then says that it has no such path.
pub(super) async fn file(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if let Some(file) = READY.iter().find(|file| file.name == path) {
        return file.answer(request.headers());
    }
    let mut page = READY[0].answer(request.headers());
    if !PAGES.contains(&path.split('/').next().unwrap_or_default()) {
        *page.status_mut() = StatusCode::NOT_FOUND;
    }
    page
}

impl File {
    fn new((name, content_type, plain): (&'static str, &'static str, &'static [u8])) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory does not fail; if it did, nobody would be sent this form.
        let gzip = encoder.write_all(plain).and_then(|()| encoder.finish()).unwrap_or_default();
        Self { name, content_type, plain, gzip: gzip.into(), tag: format!("\"{:016x}\"", hash(plain)) }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let mut response =
            if self.known(headers) { StatusCode::NOT_MODIFIED.into_response() } else { self.whole(headers) };
        let headers = response.headers_mut();
        // Kept by the browser, and asked for again each time: another version of the program is seen at once.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::try_from(&self.tag) {
            headers.insert(ETAG, tag);
        }
        response
    }

    fn whole(&self, headers: &HeaderMap) -> Response {
        let compress = takes_gzip(headers) && !self.gzip.is_empty();
        let content = if compress { self.gzip.clone() } else { Bytes::from_static(self.plain) };
        let mut response = Response::new(Body::from(content));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if compress {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    /// Whether the browser has it already. A proxy that compresses makes the tag a weak one.
    fn known(&self, headers: &HeaderMap) -> bool {
        let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        tags.flat_map(|value| value.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == self.tag)
    }
}

/// FNV-1a: the same for the same content wherever it was built, which is all that is asked of it.
fn hash(content: &[u8]) -> u64 {
    content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_file_of_the_built_page_is_in_the_program_and_the_page_is_first() {
        let mut built: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/ui/dist"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut held: Vec<String> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(held[0], "index.html");
        built.sort();
        held.sort();
        assert_eq!(built, held, "page/files.rs has to name the files that ui/vite.config.ts writes");
    }
}
