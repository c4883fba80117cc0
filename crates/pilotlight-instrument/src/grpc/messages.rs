//! An event for each message that passes.

use super::frames::Frames;
use bytes::Buf;
use opentelemetry::trace::{SpanRef, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use std::io::IoSlice;

/// The messages of one direction of a call.
#[derive(Debug)]
pub(super) struct Messages {
    context: Context,
    /// `SENT` or `RECEIVED`, as seen from where the layer is.
    kind: &'static str,
    frames: Frames,
    seen: i64,
}

/// SDKs keep 128 events a span. Beyond half of that in one direction there is nothing more to learn, and the other
/// direction, and an exception, still find room.
const EVENTS_MAX: i64 = 60;

/// More pieces than a chunk of a body ever comes in.
const PIECES_MAX: usize = 16;

impl Messages {
    pub(super) fn new(context: &Context, kind: &'static str) -> Self {
        Self { context: context.clone(), kind, frames: Frames::default(), seen: 0 }
    }

    /// Looks at a chunk, and takes nothing from it.
    pub(super) fn pass<D: Buf>(&mut self, data: &D) {
        if self.seen >= EVENTS_MAX {
            return;
        }
        let Self { context, kind, frames, seen } = self;
        let span = context.span();
        let mut complete = |bytes| {
            *seen += 1;
            if *seen <= EVENTS_MAX {
                add(&span, kind, *seen, bytes);
            }
        };
        if data.chunk().len() == data.remaining() {
            frames.take(data.chunk(), complete);
            return;
        }
        let mut pieces = [IoSlice::new(&[]); PIECES_MAX];
        let filled = data.chunks_vectored(&mut pieces);
        let pieces = &pieces[..filled];
        if pieces.iter().map(|piece| piece.len()).sum::<usize>() == data.remaining() {
            pieces.iter().for_each(|piece| frames.take(piece, &mut complete));
        } else {
            frames.lose();
        }
    }
}

fn add(span: &SpanRef<'_>, kind: &'static str, id: i64, bytes: u32) {
    let attributes = vec![
        KeyValue::new("rpc.message.type", kind),
        KeyValue::new("rpc.message.id", id),
        KeyValue::new("rpc.message.compressed_size", i64::from(bytes)),
    ];
    span.add_event("rpc.message", attributes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{Tracer, TracerProvider};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

    fn events(pass: impl FnOnce(&mut Messages)) -> usize {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let context = Context::new().with_span(provider.tracer("").start("call"));
        let mut messages = Messages::new(&context, "SENT");
        pass(&mut messages);
        context.span().end();
        exporter.get_finished_spans().unwrap()[0].events.len()
    }

    #[test]
    fn a_chunk_in_pieces_is_read_whole() {
        let pieces = Buf::chain(&[0, 0, 0][..], &[0, 1, 7, 0, 0, 0, 0, 0][..]);
        assert_eq!(events(|messages| messages.pass(&pieces)), 2);
    }

    #[test]
    fn a_long_stream_has_a_bounded_number_of_events() {
        let flood = vec![0; 5 * 1000];
        assert_eq!(events(|messages| messages.pass(&&flood[..])), EVENTS_MAX as usize);
    }
}
