//! The five kinds of operations on messages.

/// `messaging.operation.type`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Create,
    Send,
    Receive,
    Process,
    Settle,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Process => "process",
            Self::Settle => "settle",
        }
    }

    /// The status description of one that failed. What went wrong is in `error.type`; messages of errors hold data.
    pub(super) fn failure(self) -> &'static str {
        match self {
            Self::Create => "the message was not created",
            Self::Send => "sending failed",
            Self::Receive => "receiving failed",
            Self::Process => "processing failed",
            Self::Settle => "settling failed",
        }
    }
}
