//! Something that was seen, how often, and one of them.

use crate::query::text::cut;

/// How often something was seen, with the first ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// How often.
    pub(crate) count: u64,
    /// The first ones, each once.
    pub(crate) examples: Vec<Example>,
}

/// One of them, in words.
pub(crate) type Example = String;

/// As many as anybody reads.
const EXAMPLES_MAX: usize = 3;
/// Of one, in bytes.
const EXAMPLE_BYTES: usize = 160;

impl Seen {
    /// Counts one. `example` is only asked while there are few.
    pub(crate) fn note(&mut self, example: impl FnOnce() -> Example) {
        self.count += 1;
        // Where the first thousand are all alike, so will the others be.
        if self.examples.len() < EXAMPLES_MAX && self.count < 1_000 {
            let example = example();
            let example = cut(&example, EXAMPLE_BYTES);
            if !self.examples.iter().any(|known| known == example) {
                self.examples.push(example.to_owned());
            }
        }
    }

    /// Whether it was seen at all.
    pub(crate) fn any(&self) -> bool {
        self.count > 0
    }
}
