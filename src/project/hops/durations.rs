//! Durations as configuration writes them: `60`, `60s`, `1m30s`, `500ms`, `00:05:00`.

use crate::catalog::hops::Setting;
use crate::fact::Limit;
use crate::units::{Millis, Unit};

/// What a text means to a setting; unknown when it is no duration, as a variable is none.
pub(super) fn limit(text: &str, setting: &Setting) -> Limit {
    match duration(text, setting.unit) {
        Some(Millis(0)) => setting.zero.limit(),
        Some(millis) => Limit::Within(millis),
        None => Limit::Unknown,
    }
}

/// A duration whose bare number counts in `bare`; `None` for anything else.
pub(super) fn duration(text: &str, bare: Unit) -> Option<Millis> {
    let text = text.trim();
    if let Some(millis) = clock(text) {
        return Some(millis);
    }
    let (mut sum, mut rest) = (Millis(0), text);
    while !rest.is_empty() {
        let end = rest.find(|it: char| !(it.is_ascii_digit() || it == '.'));
        let (count, after) = rest.split_at(end.unwrap_or(rest.len()));
        let count: f64 = count.parse().ok()?;
        let end = after.find(|it: char| !it.is_ascii_alphabetic() && it != 'µ');
        let (name, after) = after.split_at(end.unwrap_or(after.len()));
        let (unit, times) = match unit(name) {
            Some(unit) => unit,
            None if name.is_empty() && after.is_empty() && rest.len() == text.len() => (bare, 1.0),
            None => return None,
        };
        sum = sum.plus(Millis::of(count * times, unit)?);
        rest = after.trim_start();
    }
    (!text.is_empty()).then_some(sum)
}

/// A unit that the library of units knows, and how many of it.
fn unit(name: &str) -> Option<(Unit, f64)> {
    Some(match name {
        "us" | "µs" => (Unit::Milliseconds, 0.001),
        "ms" => (Unit::Milliseconds, 1.0),
        "s" => (Unit::Seconds, 1.0),
        "m" | "min" => (Unit::Minutes, 1.0),
        "h" => (Unit::Hours, 1.0),
        "d" => (Unit::Hours, 24.0),
        "w" => (Unit::Hours, 24.0 * 7.0),
        _ => return None,
    })
}

/// `hh:mm:ss`.
fn clock(text: &str) -> Option<Millis> {
    let parts: Option<Vec<f64>> = text.split(':').map(|it| it.parse().ok()).collect();
    let [hours, minutes, seconds] = parts?[..] else {
        return None;
    };
    let parts = [
        (hours, Unit::Hours),
        (minutes, Unit::Minutes),
        (seconds, Unit::Seconds),
    ];
    let mut sum = Millis(0);
    for (count, unit) in parts {
        sum = sum.plus(Millis::of(count, unit)?);
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_in_the_units_it_names() {
        let check = |text, expected: Option<u64>| {
            assert_eq!(
                duration(text, Unit::Seconds),
                expected.map(Millis),
                "{text}"
            );
        };
        check("60", Some(60_000));
        check("2.5", Some(2_500));
        check("60s", Some(60_000));
        check("1m30s", Some(90_000));
        check("1m 30s", Some(90_000));
        check("60000ms", Some(60_000));
        check("1h", Some(3_600_000));
        check("00:05:00", Some(300_000));
        check("${TIMEOUT}", None);
        check("60sec", None);
        check("1m30", None);
        check("-1", None);
        check("", None);
        check(".", None);
    }

    #[test]
    fn a_bare_number_counts_in_the_unit_of_its_setting() {
        assert_eq!(duration("29000", Unit::Milliseconds), Some(Millis(29_000)));
        assert_eq!(duration("4", Unit::Minutes), Some(Millis(240_000)));
    }
}
