//! gzip, once a batch.

use bytes::Bytes;

use super::BuildError;
use crate::config::Compression;

#[cfg(feature = "gzip")]
pub(super) use gzip::{Compressor, decompress};
#[cfg(not(feature = "gzip"))]
pub(super) use plain::{Compressor, decompress};

/// What came of decompressing a response.
#[derive(Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "without the gzip feature a response is never compressed")]
pub(super) enum Decompressed {
    Whole(Bytes),
    /// It would be larger than the bound.
    TooLarge,
    /// It is not gzip.
    Malformed,
}

#[cfg(feature = "gzip")]
mod gzip {
    use std::io::{self, Read, Write};
    use std::sync::{Mutex, PoisonError};

    use flate2::Compression as Level;
    use flate2::read::GzDecoder;
    use flate2::write::GzEncoder;

    use super::{BuildError, Bytes, Compression, Decompressed};

    /// Compresses requests when the configuration asks for it.
    pub(in super::super) struct Compressor {
        enabled: bool,
        /// The batch of the last failed attempt: a retry brings the same bytes and finds them compressed.
        last: Mutex<Option<Compressed>>,
    }

    struct Compressed {
        /// Held, not only remembered, so that no other batch can appear at its address.
        request: Bytes,
        gzip: Bytes,
    }

    impl Compressor {
        pub(in super::super) fn new(compression: Compression) -> Result<Self, BuildError> {
            Ok(Self { enabled: compression == Compression::Gzip, last: Mutex::new(None) })
        }

        pub(in super::super) fn is_enabled(&self) -> bool {
            self.enabled
        }

        /// The bytes to send for `request`.
        pub(in super::super) fn apply(&self, request: &Bytes) -> io::Result<Bytes> {
            if !self.enabled {
                return Ok(request.clone());
            }
            let last = self.take();
            let gzip = match &last {
                Some(last) if is_same(&last.request, request) => last.gzip.clone(),
                _ => compress(request)?,
            };
            self.put(Compressed { request: request.clone(), gzip: gzip.clone() });
            Ok(gzip)
        }

        /// Gives the memory back: the batch is done with.
        pub(in super::super) fn forget(&self) {
            drop(self.take());
        }

        fn take(&self) -> Option<Compressed> {
            self.last.lock().unwrap_or_else(PoisonError::into_inner).take()
        }

        fn put(&self, compressed: Compressed) {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(compressed);
        }
    }

    fn is_same(one: &Bytes, other: &Bytes) -> bool {
        one.as_ptr() == other.as_ptr() && one.len() == other.len()
    }

    fn compress(request: &Bytes) -> io::Result<Bytes> {
        // Items repeat their keys and compress to between a fifth and a tenth; the rest is headroom.
        let mut encoder = GzEncoder::new(Vec::with_capacity(request.len() / 4), Level::fast());
        encoder.write_all(request)?;
        Ok(encoder.finish()?.into())
    }

    /// Never makes more than `bytes_max` bytes, whatever the response claims.
    pub(in super::super) fn decompress(response: &[u8], bytes_max: usize) -> Decompressed {
        let mut plain = Vec::new();
        match GzDecoder::new(response).take((bytes_max as u64).saturating_add(1)).read_to_end(&mut plain) {
            Ok(read) if read > bytes_max => Decompressed::TooLarge,
            Ok(_) => Decompressed::Whole(plain.into()),
            Err(_) => Decompressed::Malformed,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_retry_sends_the_bytes_that_the_first_attempt_compressed() {
            let compressor = Compressor::new(Compression::Gzip).unwrap();
            let request = Bytes::from(vec![7; 10_000]);
            let first = compressor.apply(&request).unwrap();
            let second = compressor.apply(&request.clone()).unwrap();
            assert_eq!(first.as_ptr(), second.as_ptr());
            assert_eq!(decompress(&first, 10_000), Decompressed::Whole(request));
        }

        #[test]
        fn another_batch_is_compressed_anew() {
            let compressor = Compressor::new(Compression::Gzip).unwrap();
            compressor.apply(&Bytes::from_static(b"one")).unwrap();
            let second = compressor.apply(&Bytes::from_static(b"two")).unwrap();
            assert_eq!(decompress(&second, 100), Decompressed::Whole(Bytes::from_static(b"two")));
        }

        #[test]
        fn a_response_that_grows_beyond_the_bound_is_cut_off() {
            let bomb = compress(&Bytes::from(vec![0; 1 << 20])).unwrap();
            assert_eq!(decompress(&bomb, 1000), Decompressed::TooLarge);
            assert_eq!(decompress(b"not gzip", 1000), Decompressed::Malformed);
        }

        #[test]
        fn a_bound_that_is_none_lets_a_response_through() {
            let response = Bytes::from_static(b"accepted");
            let gzip = compress(&response).unwrap();
            assert_eq!(decompress(&gzip, usize::MAX), Decompressed::Whole(response));
        }
    }
}

#[cfg(not(feature = "gzip"))]
mod plain {
    use std::io;

    use super::{BuildError, Bytes, Compression, Decompressed};

    /// Stands in for gzip where it is not compiled in.
    pub(in super::super) struct Compressor;

    impl Compressor {
        pub(in super::super) fn new(compression: Compression) -> Result<Self, BuildError> {
            match compression {
                Compression::None => Ok(Self),
                Compression::Gzip => Err(BuildError::feature("gzip compression", "gzip")),
            }
        }

        pub(in super::super) fn is_enabled(&self) -> bool {
            false
        }

        pub(in super::super) fn apply(&self, request: &Bytes) -> io::Result<Bytes> {
            Ok(request.clone())
        }

        pub(in super::super) fn forget(&self) {}
    }

    pub(in super::super) fn decompress(_response: &[u8], _bytes_max: usize) -> Decompressed {
        Decompressed::Malformed
    }
}
