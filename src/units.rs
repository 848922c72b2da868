//! Quantities that know their unit and cannot overflow in silence.

use std::fmt;

/// A duration in milliseconds; arithmetic stops at the largest value instead of wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// `count` of `unit`, rounded to the nearest millisecond; `None` when negative or not finite.
    #[must_use]
    pub fn of(count: f64, unit: Unit) -> Option<Self> {
        let millis = count * unit.millis();
        if !millis.is_finite() || millis < 0.0 {
            return None;
        }
        // A float-to-integer cast saturates, which is what an absurdly long wait should do.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(Self(millis.round() as u64))
    }

    /// Reads what a catalogue or a setting writes: `"600 s"`, `"120s"`, `"1.5 min"`, `"250 ms"`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let count: f64 = text[..end].parse().ok()?;
        Self::of(count, Unit::parse(text[end..].trim())?)
    }

    /// Both waits, one after the other.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// How many of `unit` it is.
    #[must_use]
    pub fn count(self, unit: Unit) -> f64 {
        // Beyond 2^53 milliseconds, 285,000 years, nobody counts in full.
        #[allow(clippy::cast_precision_loss)]
        let millis = self.0 as f64;
        millis / unit.millis()
    }

    /// The same as Python code writes a number: `30`, `2.5`, `30_000`.
    #[must_use]
    pub fn as_code(self, unit: Unit) -> String {
        let text = self.count(unit).to_string();
        match text.len().checked_sub(3) {
            Some(at @ 2..) if !text.contains('.') => format!("{}_{}", &text[..at], &text[at..]),
            _ => text,
        }
    }

    /// The wait `times` over.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl<'de> serde::Deserialize<'de> for Millis {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no duration such as \"600 s\""))
        })
    }
}

impl fmt::Display for Millis {
    /// Seconds up to two hours, because that is the unit in which people write timeouts.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0;
        if millis < 1000 && millis > 0 {
            write!(out, "{millis} ms")
        } else if millis > 2 * 3_600_000 {
            write!(out, "{} h", millis / 3_600_000)
        } else if millis.is_multiple_of(1000) {
            write!(out, "{} s", millis / 1000)
        } else {
            let text = format!("{}.{:03}", millis / 1000, millis % 1000);
            write!(out, "{} s", text.trim_end_matches('0'))
        }
    }
}

/// The unit in which a parameter counts its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Unit {
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Minutes.
    #[serde(rename = "min")]
    Minutes,
    /// Hours.
    #[serde(rename = "h")]
    Hours,
}

impl fmt::Display for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
        })
    }
}

impl Unit {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "ms" => Self::Milliseconds,
            "s" | "sec" | "seconds" => Self::Seconds,
            "min" | "m" | "minutes" => Self::Minutes,
            "h" | "hours" => Self::Hours,
            _ => return None,
        })
    }

    fn millis(self) -> f64 {
        match self {
            Self::Milliseconds => 1.0,
            Self::Seconds => 1000.0,
            Self::Minutes => 60_000.0,
            Self::Hours => 3_600_000.0,
        }
    }
}

/// `9999` as "9,999".
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_duration_is_read_in_its_own_unit() {
        assert_eq!(Millis::parse("600 s"), Some(Millis(600_000)));
        assert_eq!(Millis::parse("120s"), Some(Millis(120_000)));
        assert_eq!(Millis::parse("1.5 min"), Some(Millis(90_000)));
        assert_eq!(Millis::parse("250 ms"), Some(Millis(250)));
        assert_eq!(Millis::parse("soon"), None);
        assert_eq!(Millis::parse("60"), None);
    }

    #[test]
    fn a_wait_is_counted_as_code_writes_it() {
        assert_eq!(Millis(30_000).as_code(Unit::Seconds), "30");
        assert_eq!(Millis(2_500).as_code(Unit::Seconds), "2.5");
        assert_eq!(Millis(30_000).as_code(Unit::Milliseconds), "30_000");
        assert_eq!(Millis(2_500).as_code(Unit::Milliseconds), "2500");
    }

    #[test]
    fn a_wait_is_printed_as_people_write_it() {
        assert_eq!(Millis(600_000).to_string(), "600 s");
        assert_eq!(Millis(2_500).to_string(), "2.5 s");
        assert_eq!(Millis(30).to_string(), "30 ms");
        assert_eq!(Millis(0).to_string(), "0 s");
        assert_eq!(Millis(86_400_000).to_string(), "24 h");
    }

    #[test]
    fn a_wait_never_wraps() {
        assert_eq!(Millis(u64::MAX).times(3), Millis(u64::MAX));
        assert_eq!(Millis::of(f64::NAN, Unit::Seconds), None);
        assert_eq!(Millis::of(-1.0, Unit::Seconds), None);
    }

    #[test]
    fn digits_are_grouped_by_three() {
        assert_eq!(thousands(25), "25");
        assert_eq!(thousands(9999), "9,999");
        assert_eq!(thousands(10007), "10,007");
        assert_eq!(thousands(1_000_000), "1,000,000");
    }
}
