//! Where messages end in a stream of bytes: each has a prefix of a flag and a length.

/// Finds the messages in the chunks of one direction of a call, wherever the chunks are cut.
#[derive(Debug, Default)]
pub(super) struct Frames {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Some bytes of the prefix are there.
    Prefix { bytes: [u8; PREFIX_BYTES], have: usize },
    /// So many bytes of the message are still to come.
    Message { bytes: u32, missing: u32 },
    /// This is not gRPC, or not to be understood any more: nothing is counted from here on.
    Lost,
}

impl Default for State {
    fn default() -> Self {
        Self::Prefix { bytes: [0; PREFIX_BYTES], have: 0 }
    }
}

/// A flag, and the length of the message as it is sent, in network order.
const PREFIX_BYTES: usize = 5;

impl Frames {
    /// Takes the next bytes, and calls `complete` with the size on the wire of each message that ends in them.
    pub(super) fn take(&mut self, mut data: &[u8], mut complete: impl FnMut(u32)) {
        while !data.is_empty() {
            data = match &mut self.state {
                State::Prefix { bytes, have } => {
                    let taken = data.len().min(PREFIX_BYTES - *have);
                    bytes[*have..*have + taken].copy_from_slice(&data[..taken]);
                    *have += taken;
                    if *have == PREFIX_BYTES {
                        self.state = after_prefix(*bytes);
                    }
                    &data[taken..]
                }
                State::Message { missing, .. } => {
                    let taken = u32::try_from(data.len()).unwrap_or(u32::MAX).min(*missing);
                    *missing -= taken;
                    &data[taken as usize..]
                }
                State::Lost => return,
            };
            if let State::Message { bytes, missing: 0 } = self.state {
                complete(bytes);
                self.state = State::default();
            }
        }
    }

    /// Says that some bytes could not be seen.
    pub(super) fn lose(&mut self) {
        self.state = State::Lost;
    }
}

/// A flag other than plain and compressed is not gRPC's: gRPC-Web's trailers have one, and so has any text.
fn after_prefix([flag, length @ ..]: [u8; PREFIX_BYTES]) -> State {
    let bytes = u32::from_be_bytes(length);
    if flag <= 1 { State::Message { bytes, missing: bytes } } else { State::Lost }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sizes(chunks: &[&[u8]]) -> Vec<u32> {
        let (mut frames, mut sizes) = (Frames::default(), Vec::new());
        for chunk in chunks {
            frames.take(chunk, |size| sizes.push(size));
        }
        sizes
    }

    #[test]
    fn a_message_of_no_bytes_is_one() {
        assert_eq!(sizes(&[&[0; 10]]), [0, 0]);
    }

    #[test]
    fn a_message_counts_when_its_last_byte_is_there() {
        assert!(sizes(&[&[0, 0, 0, 0, 2], &[7]]).is_empty());
        assert_eq!(sizes(&[&[0, 0, 0, 0, 2], &[7], &[7]]), [2]);
    }

    #[test]
    fn what_is_not_grpc_is_not_counted() {
        assert!(sizes(&[b"<html>", &[0; 5]]).is_empty());
    }

    proptest! {
        #[test]
        fn messages_are_found_however_their_bytes_are_cut(
            messages in prop::collection::vec((0u8..=1, prop::collection::vec(any::<u8>(), 0..40)), 0..10),
            cuts in prop::collection::vec(1usize..12, 1..20),
        ) {
            let mut wire = Vec::new();
            for (flag, message) in &messages {
                wire.push(*flag);
                wire.extend((message.len() as u32).to_be_bytes());
                wire.extend(message);
            }
            let mut chunks = Vec::new();
            let (mut rest, mut lengths) = (&wire[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at((*lengths.next().unwrap()).min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            let expected: Vec<u32> = messages.iter().map(|(_, message)| message.len() as u32).collect();
            prop_assert_eq!(sizes(&chunks), expected);
        }

        #[test]
        fn no_bytes_are_too_much(chunks: Vec<Vec<u8>>) {
            let mut frames = Frames::default();
            for chunk in &chunks {
                frames.take(chunk, |_| {});
            }
        }
    }
}
