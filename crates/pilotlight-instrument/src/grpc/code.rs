//! gRPC's status codes, by the names that the conventions give them.

use super::side::Side;
use opentelemetry::StringValue;

/// A status code, assigned or not.
///
/// The wire has two digits at most. Numbers that nobody has assigned keep themselves, as `CODE(17)` to `CODE(99)`,
/// so that a peer of the future can be told from one that talks nonsense; whatever else comes is `UNKNOWN`, as
/// gRPC asks. So there are at most a hundred values, whatever the peer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(u8);

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

impl Code {
    pub(super) const OK: Self = Self(0);
    pub(super) const CANCELLED: Self = Self(1);
    pub(super) const UNKNOWN: Self = Self(2);
    pub(super) const DEADLINE_EXCEEDED: Self = Self(4);
    pub(super) const PERMISSION_DENIED: Self = Self(7);
    pub(super) const RESOURCE_EXHAUSTED: Self = Self(8);
    pub(super) const UNIMPLEMENTED: Self = Self(12);
    pub(super) const INTERNAL: Self = Self(13);
    pub(super) const UNAVAILABLE: Self = Self(14);
    pub(super) const DATA_LOSS: Self = Self(15);
    pub(super) const UNAUTHENTICATED: Self = Self(16);

    /// The value of `grpc-status`.
    pub(super) fn parse(text: &[u8]) -> Self {
        match *text {
            [digit @ b'0'..=b'9'] => Self(digit - b'0'),
            [ten @ b'1'..=b'9', one @ b'0'..=b'9'] => Self((ten - b'0') * 10 + (one - b'0')),
            _ => Self::UNKNOWN,
        }
    }

    pub(super) fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// As in `rpc.status_code` and `error.type`; only codes that nobody has assigned cost an allocation.
    pub(super) fn name(self) -> StringValue {
        match NAMES.get(usize::from(self.0)) {
            Some(name) => (*name).into(),
            None => format!("CODE({})", self.0).into(),
        }
    }

    /// Whether the call failed, seen from there: for a client all that is not `OK`; for a server what is its own
    /// fault and not the caller's. Codes that nobody has assigned count as `UNKNOWN` there.
    pub(super) fn is_error(self, side: Side) -> bool {
        match side {
            Side::Client => self != Self::OK,
            Side::Server => {
                matches!(
                    self,
                    Self::UNKNOWN
                        | Self::DEADLINE_EXCEEDED
                        | Self::UNIMPLEMENTED
                        | Self::INTERNAL
                        | Self::UNAVAILABLE
                        | Self::DATA_LOSS
                ) || usize::from(self.0) >= NAMES.len()
            }
        }
    }
}

#[cfg(feature = "tonic")]
impl From<tonic::Code> for Code {
    fn from(code: tonic::Code) -> Self {
        u8::try_from(code as i32).map_or(Self::UNKNOWN, Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_assigned_code_has_its_name() {
        for (number, name) in NAMES.iter().enumerate() {
            let code = Code::parse(number.to_string().as_bytes());
            assert_eq!((code.number(), code.name().as_str()), (number as i64, *name));
        }
    }

    #[test]
    fn a_code_that_nobody_has_assigned_keeps_its_number() {
        let code = Code::parse(b"42");
        assert_eq!((code.number(), code.name().as_str()), (42, "CODE(42)"));
        assert!(code.is_error(Side::Server) && code.is_error(Side::Client));
    }

    #[test]
    fn servers_are_at_fault_for_six_codes_and_clients_see_all_but_ok() {
        let at_fault: Vec<i64> =
            (0..17).map(Code).filter(|code| code.is_error(Side::Server)).map(Code::number).collect();
        assert_eq!(at_fault, [2, 4, 12, 13, 14, 15]);
        assert!((0..17).map(Code).all(|code| code.is_error(Side::Client) == (code != Code::OK)));
    }

    proptest! {
        #[test]
        fn what_is_no_code_is_unknown(text: Vec<u8>) {
            let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<u8>().ok());
            let canonical = number.filter(|number| *number < 100 && number.to_string().as_bytes() == text);
            prop_assert_eq!(Code::parse(&text), canonical.map_or(Code::UNKNOWN, Code));
        }
    }
}
