//! The three number types of instruments, in cells of eight bytes.

/// A measured value: `u64`, `i64` or `f64`.
pub(crate) trait Number: Copy + Send + Sync + 'static {
    /// How cells and points hold it.
    const TYPE: NumberType;

    /// As it stands in a cell of its type.
    fn to_bits(self) -> u64;

    /// As histograms see it.
    fn to_f64(self) -> f64;
}

/// How the eight bytes of a cell are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum NumberType {
    /// `u64`. Points hold signed numbers, so what exceeds `i64::MAX` is reported as that.
    Unsigned,
    /// `i64`.
    Signed,
    /// `f64`.
    Float,
}

impl NumberType {
    /// Adds two values as they stand in cells. Whole numbers wrap around, as two's complement does.
    #[inline]
    pub(crate) fn add(self, a: u64, b: u64) -> u64 {
        match self {
            Self::Unsigned | Self::Signed => a.wrapping_add(b),
            Self::Float => (f64::from_bits(a) + f64::from_bits(b)).to_bits(),
        }
    }

    /// Compares two values as they stand in cells.
    pub(crate) fn is_less(self, a: u64, b: u64) -> bool {
        match self {
            Self::Unsigned => a < b,
            Self::Signed => (a as i64) < (b as i64),
            Self::Float => f64::from_bits(a) < f64::from_bits(b),
        }
    }

    /// For people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned integers",
            Self::Signed => "integers",
            Self::Float => "floats",
        }
    }

    /// What was added to get from `b` to `a`.
    pub(crate) fn subtract(self, a: u64, b: u64) -> u64 {
        match self {
            Self::Unsigned | Self::Signed => a.wrapping_sub(b),
            Self::Float => (f64::from_bits(a) - f64::from_bits(b)).to_bits(),
        }
    }
}

/// A number as data points hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PointNumber {
    Int(i64),
    Float(f64),
}

impl PointNumber {
    /// Reads the bits of a cell.
    #[inline]
    pub(crate) fn new(number: NumberType, bits: u64) -> Self {
        match number {
            NumberType::Unsigned => Self::Int(i64::try_from(bits).unwrap_or(i64::MAX)),
            NumberType::Signed => Self::Int(bits as i64),
            NumberType::Float => Self::Float(f64::from_bits(bits)),
        }
    }

    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

impl Number for u64 {
    const TYPE: NumberType = NumberType::Unsigned;

    #[inline]
    fn to_bits(self) -> u64 {
        self
    }

    #[inline]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Number for i64 {
    const TYPE: NumberType = NumberType::Signed;

    #[inline]
    fn to_bits(self) -> u64 {
        self as u64
    }

    #[inline]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Number for f64 {
    const TYPE: NumberType = NumberType::Float;

    #[inline]
    fn to_bits(self) -> u64 {
        f64::to_bits(self)
    }

    #[inline]
    fn to_f64(self) -> f64 {
        self
    }
}
