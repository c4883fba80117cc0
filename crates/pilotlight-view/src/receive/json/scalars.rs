//! Numbers, text, ids and enumerations, in every form in which protobuf's JSON allows them.

use super::{Budget, FromJson};
use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use opentelemetry_proto::tonic::logs::v1::SeverityNumber;
use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;
use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use serde::de::{Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Text; borrowed from the body where it has no escapes.
pub(super) struct Text<'de>(pub(super) Cow<'de, str>);

impl<'de> Text<'de> {
    pub(super) fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

impl FromJson for String {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, _: &Budget) -> Result<Self, D::Error> {
        Ok(Text::read(deserializer)?.0.into_owned())
    }
}

impl FromJson for bool {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, _: &Budget) -> Result<Self, D::Error> {
        serde::Deserialize::deserialize(deserializer)
    }
}

/// Bytes of an id: hexadecimal digits of either case.
pub(super) struct Hex(Vec<u8>);

impl From<Hex> for Vec<u8> {
    fn from(hex: Hex) -> Self {
        hex.0
    }
}

impl FromJson for Hex {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, _: &Budget) -> Result<Self, D::Error> {
        let text = Text::read(deserializer)?;
        let digits = text.0.as_bytes().chunks(2);
        let bytes = digits.map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        });
        bytes.collect::<Option<_>>().map(Hex).ok_or_else(|| {
            D::Error::custom(
                "an id is not hexadecimal; OTLP's JSON has ids as hexadecimal digits, not as base64",
            )
        })
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

/// Bytes of a value: base64 of either alphabet, with or without padding.
pub(super) struct Base64(Vec<u8>);

impl From<Base64> for Vec<u8> {
    fn from(base64: Base64) -> Self {
        base64.0
    }
}

const PADDED_OR_NOT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDED_OR_NOT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDED_OR_NOT);

impl FromJson for Base64 {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, _: &Budget) -> Result<Self, D::Error> {
        let text = Text::read(deserializer)?;
        let bytes = STANDARD.decode(text.0.as_bytes()).or_else(|_| URL_SAFE.decode(text.0.as_bytes()));
        bytes.map(Base64).map_err(|error| D::Error::custom(format!("bytes are not base64: {error}")))
    }
}

/// A number as JSON has it, or as text.
trait Number: Sized {
    const WHAT: &'static str;
    fn from_signed(number: i64) -> Option<Self>;
    fn from_unsigned(number: u64) -> Option<Self>;
    fn from_fraction(number: f64) -> Option<Self>;
    fn from_text(text: &str) -> Option<Self>;
}

struct NumberReader<T>(PhantomData<T>);

impl<T: Number> Visitor<'_> for NumberReader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::from_signed(number).ok_or_else(|| out_of_range::<T, E>(&number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::from_unsigned(number).ok_or_else(|| out_of_range::<T, E>(&number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::from_fraction(number).ok_or_else(|| out_of_range::<T, E>(&number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).ok_or_else(|| {
            let beginning: String = text.chars().take(40).collect();
            out_of_range::<T, E>(&format_args!("{beginning:?}"))
        })
    }
}

fn out_of_range<T: Number, E: Error>(number: &dyn fmt::Display) -> E {
    E::custom(format_args!("{number} is not {}", T::WHAT))
}

/// Whole numbers; `1.0` is one as well.
macro_rules! whole_numbers {
    ($($number:ty: $what:literal)*) => {$(
        impl Number for $number {
            const WHAT: &'static str = $what;

            fn from_signed(number: i64) -> Option<Self> {
                Self::try_from(number).ok()
            }

            fn from_unsigned(number: u64) -> Option<Self> {
                Self::try_from(number).ok()
            }

            fn from_fraction(number: f64) -> Option<Self> {
                // 2^53: where doubles stop being exact.
                let whole = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
                #[allow(clippy::cast_possible_truncation)] // Compared right above.
                whole.then_some(number as i64).and_then(Self::from_signed)
            }

            fn from_text(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
        }

        impl FromJson for $number {
            fn from_json<'de, D: Deserializer<'de>>(deserializer: D, _: &Budget) -> Result<Self, D::Error> {
                deserializer.deserialize_any(NumberReader(PhantomData))
            }
        }
    )*};
}

whole_numbers! {
    i32: "a whole number of 32 bits"
    u32: "a whole number of 32 bits that is not negative"
    i64: "a whole number of 64 bits, or text of one"
    u64: "a whole number of 64 bits that is not negative, or text of one"
}

impl Number for f64 {
    const WHAT: &'static str = "a number, \"NaN\", \"Infinity\" or \"-Infinity\"";

    #[allow(clippy::cast_precision_loss)] // What a double cannot hold exactly was no double.
    fn from_signed(number: i64) -> Option<Self> {
        Some(number as Self)
    }

    #[allow(clippy::cast_precision_loss)]
    fn from_unsigned(number: u64) -> Option<Self> {
        Some(number as Self)
    }

    fn from_fraction(number: f64) -> Option<Self> {
        Some(number)
    }

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "NaN" => Some(Self::NAN),
            "Infinity" => Some(Self::INFINITY),
            "-Infinity" => Some(Self::NEG_INFINITY),
            _ => text.trim().parse().ok(),
        }
    }
}

impl FromJson for f64 {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, _: &Budget) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberReader(PhantomData))
    }
}

/// An enumeration: OTLP has its number, protobuf's JSON its name.
pub(super) struct Enumeration<T>(i32, PhantomData<T>);

impl<T> From<Enumeration<T>> for i32 {
    fn from(enumeration: Enumeration<T>) -> Self {
        enumeration.0
    }
}

/// What has names as well as numbers.
trait Named {
    const WHAT: &'static str;
    fn number(name: &str) -> Option<i32>;
}

macro_rules! named {
    ($($enumeration:ty: $what:literal)*) => {$(
        impl Named for $enumeration {
            const WHAT: &'static str = $what;

            fn number(name: &str) -> Option<i32> {
                Self::from_str_name(name).map(|value| value as i32)
            }
        }
    )*};
}

named! {
    SpanKind: "a kind of span, such as 2 for a server's"
    StatusCode: "a status: 0, 1 or 2"
    SeverityNumber: "a severity from 1 to 24"
    AggregationTemporality: "a temporality: 1 for delta, 2 for cumulative"
}

impl<T: Named> Number for Enumeration<T> {
    const WHAT: &'static str = T::WHAT;

    fn from_signed(number: i64) -> Option<Self> {
        i32::from_signed(number).map(|number| Self(number, PhantomData))
    }

    fn from_unsigned(number: u64) -> Option<Self> {
        i32::from_unsigned(number).map(|number| Self(number, PhantomData))
    }

    fn from_fraction(number: f64) -> Option<Self> {
        i32::from_fraction(number).map(|number| Self(number, PhantomData))
    }

    fn from_text(text: &str) -> Option<Self> {
        T::number(text).or_else(|| i32::from_text(text)).map(|number| Self(number, PhantomData))
    }
}

impl<T: Named> FromJson for Enumeration<T> {
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D, _: &Budget) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberReader(PhantomData))
    }
}
