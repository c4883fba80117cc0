//! Why one of the shop's programs could not do its work.

use std::error::Error;
use std::fmt;

/// What failed and what to try; the cause is linked as its source.
#[derive(Debug)]
pub struct Failure {
    message: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: None }
    }

    pub(crate) fn because(
        message: impl Into<String>,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { message: message.into(), cause: Some(cause.into()) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// An error with all its causes, on one line. A cause that its effect has told already is not told again.
#[must_use]
pub fn whole_story(error: &(dyn Error + 'static)) -> String {
    let mut story = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let told = error.to_string();
        if !story.contains(&told) {
            story = format!("{story}: {told}");
        }
        cause = error.source();
    }
    story
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_goes_down_to_its_first_cause_and_does_not_repeat_itself() {
        let refused = Failure::new("connection refused");
        let wrapped = Failure::because("cannot connect: connection refused", refused);
        let error = Failure::because("the payments do not answer", wrapped);

        assert_eq!(whole_story(&error), "the payments do not answer: cannot connect: connection refused");
    }
}
