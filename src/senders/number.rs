//! The ways senders read the digits of a `max_age`.

/// Which texts are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// 1 to 10 digits, as the grammar has it.
    Digits,
    /// Digits, with a `+` in front or not, below 2^64: Rust's `str::parse::<u64>`.
    RustU64,
    /// Digits, with a sign or not, from -2^63 to 2^63-1: Go's `strconv.Atoi`.
    GoInt,
    /// 1 to 10 digits, below 2^31: Go's `strconv.ParseInt` with 32 bits.
    GoInt32,
    /// Digits with a sign and single underscores between: Python's `int`, up to 4300 digits.
    Python,
    /// Whatever JavaScript's `Number` takes: nothing at all, fractions, exponents, other bases.
    Js,
}

/// A number read: a whole part that stops at the largest there is, and what stood around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) whole: u64,
    /// Whether anything but zero stands behind the point.
    pub(super) fraction: bool,
    pub(super) negative: bool,
}

impl Amount {
    /// Whether it is below zero.
    pub(super) const fn is_below_zero(self) -> bool {
        self.negative && (self.whole > 0 || self.fraction)
    }

    /// Whether it is above `limit`.
    pub(super) const fn exceeds(self, limit: u64) -> bool {
        !self.negative && (self.whole > limit || self.whole == limit && self.fraction)
    }
}

impl Number {
    /// The number `text` is to this reader, if it is one.
    pub(super) fn read(self, text: &str) -> Option<Amount> {
        let text = text.as_bytes();
        let (negative, number) = signed(text);
        let plain = |whole: u64| Amount { whole, ..Amount::default() };
        match self {
            Self::Digits | Self::GoInt32 => {
                let whole = digits(text, 10).filter(|_| text.len() <= 10)?;
                (self == Self::Digits || whole <= 0x7FFF_FFFF).then_some(plain(whole))
            }
            Self::RustU64 => {
                let whole = digits(number, 10).filter(|_| !negative)?;
                // `digits` stops at the largest, which a text that is no number below 2^64 may be, too.
                let zeros = number.iter().take_while(|b| **b == b'0').count();
                (whole < u64::MAX || number.get(zeros..) == Some(b"18446744073709551615"))
                    .then_some(plain(whole))
            }
            Self::GoInt => {
                let whole = digits(number, 10)?;
                let most = if negative { 1 << 63 } else { (1 << 63) - 1 };
                (whole <= most).then_some(Amount { negative, ..plain(whole) })
            }
            Self::Python => {
                let bare: Vec<u8> = number.iter().copied().filter(|b| *b != b'_').collect();
                // A `_` stands between two digits.
                let joined = number.split(|b| *b == b'_').any(<[u8]>::is_empty);
                let whole = digits(&bare, 10).filter(|_| !joined && bare.len() <= 4300)?;
                Some(Amount { negative, ..plain(whole) })
            }
            Self::Js => js(text),
        }
    }
}

fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// One digit or more of that base, and nothing else; the largest there is where it is more.
fn digits(text: &[u8], base: u8) -> Option<u64> {
    let mut whole = 0_u64;
    for byte in text {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            _ => (byte | 0x20).checked_sub(b'a')?.checked_add(10)?,
        };
        if digit >= base {
            return None;
        }
        whole = whole.saturating_mul(base.into()).saturating_add(digit.into());
    }
    (!text.is_empty()).then_some(whole)
}

/// `StringNumericLiteral` of ECMAScript, its white space already off.
fn js(text: &[u8]) -> Option<Amount> {
    if let [b'0', letter, rest @ ..] = text
        && let Some(base) = [(b'x', 16), (b'o', 8), (b'b', 2)].iter().find(|(b, _)| *b == letter | 0x20)
    {
        return Some(Amount { whole: digits(rest, base.1)?, ..Amount::default() });
    }
    let (negative, number) = signed(text);
    let mut amount = Amount { negative, ..Amount::default() };
    if number == b"Infinity" {
        amount.whole = u64::MAX;
        return Some(amount);
    }
    if text.is_empty() {
        return Some(amount);
    }
    let end = number.iter().position(|b| b | 0x20 == b'e').unwrap_or(number.len());
    let (mantissa, behind) = number.split_at(end);
    // How many of the digits stand in front of the point, once the exponent has moved it.
    let mut left = i64::try_from(mantissa.iter().position(|b| *b == b'.').unwrap_or(end)).ok()?;
    if let [_, exponent @ ..] = behind {
        let (down, size) = signed(exponent);
        // Far beyond every text's length, so that a larger one would change nothing.
        let size = i64::try_from(digits(size, 10)?.min(1 << 40)).ok()?;
        left += if down { -size } else { size };
    }
    let (mut any, mut points) = (false, 0);
    for byte in mantissa {
        if *byte == b'.' {
            points += 1;
            continue;
        }
        let digit = digits(&[*byte], 10)?;
        any = true;
        if left > 0 {
            amount.whole = amount.whole.saturating_mul(10).saturating_add(digit);
        } else {
            amount.fraction |= digit != 0;
        }
        left -= 1;
    }
    while left > 0 && amount.whole != 0 && amount.whole != u64::MAX {
        amount.whole = amount.whole.saturating_mul(10);
        left -= 1;
    }
    (any && points < 2).then_some(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reader_has_its_numbers() {
        let whole = |number: Number, text: &str| number.read(text).map(|amount| amount.whole);
        for (text, strict, rust, go, python, js) in [
            ("604800", Some(604_800), Some(604_800), Some(604_800), Some(604_800), Some(604_800)),
            ("+5", None, Some(5), Some(5), Some(5), Some(5)),
            ("-5", None, None, Some(5), Some(5), Some(5)),
            ("1_000", None, None, None, Some(1000), None),
            ("1__0", None, None, None, None, None),
            ("_1", None, None, None, None, None),
            ("", None, None, None, None, Some(0)),
            ("0x10", None, None, None, None, Some(16)),
            ("1e6", None, None, None, None, Some(1_000_000)),
            ("60.48e4", None, None, None, None, Some(604_800)),
            (".5", None, None, None, None, Some(0)),
            ("5.", None, None, None, None, Some(5)),
            (".", None, None, None, None, None),
            ("1e", None, None, None, None, None),
            ("604800s", None, None, None, None, None),
            ("00000000000604800", None, Some(604_800), Some(604_800), Some(604_800), Some(604_800)),
            ("18446744073709551615", None, Some(u64::MAX), None, Some(u64::MAX), Some(u64::MAX)),
            ("18446744073709551616", None, None, None, Some(u64::MAX), Some(u64::MAX)),
            ("99999999999999999999e-19", None, None, None, None, Some(9)),
        ] {
            assert_eq!(whole(Number::Digits, text), strict, "{text} strict");
            assert_eq!(whole(Number::RustU64, text), rust, "{text} Rust");
            assert_eq!(whole(Number::GoInt, text), go, "{text} Go");
            assert_eq!(whole(Number::Python, text), python, "{text} Python");
            assert_eq!(whole(Number::Js, text), js, "{text} JavaScript");
        }
        assert_eq!(whole(Number::GoInt32, "2147483647"), Some(2_147_483_647));
        assert_eq!(whole(Number::GoInt32, "2147483648"), None);
        assert!(Number::Js.read("-0.5").is_some_and(Amount::is_below_zero));
        assert!(!Number::Js.read("-0").is_some_and(Amount::is_below_zero));
        assert!(Number::Js.read("31557600.5").is_some_and(|amount| amount.exceeds(31_557_600)));
    }

    #[test]
    fn an_exponent_costs_no_time() {
        assert_eq!(Number::Js.read("0e999999999999999999").map(|amount| amount.whole), Some(0));
        assert_eq!(Number::Js.read("1e999999999999999999").map(|amount| amount.whole), Some(u64::MAX));
        assert!(Number::Js.read("1e-999999999999999999").is_some_and(|amount| amount.fraction));
    }
}
