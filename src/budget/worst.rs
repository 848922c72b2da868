//! How long something takes at worst, and whether that is known.

use std::fmt;

use crate::fact::Limit;
use crate::units::Millis;

/// How long something takes when everything it waits for stalls.
///
/// What cannot be told makes a sum unknown and never shorter: `least` is what is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worst {
    /// It takes at least this long.
    pub least: Millis,
    /// It takes no longer than this; `None` when nobody can tell, and when it never ends.
    pub most: Option<Millis>,
    /// Whether it certainly never ends.
    pub endless: bool,
}

impl Worst {
    /// Nothing to wait for.
    pub const NOTHING: Self = Self::exactly(Millis(0));
    /// Nobody can tell.
    pub const UNKNOWN: Self = Self {
        least: Millis(0),
        most: None,
        endless: false,
    };
    /// It never ends.
    pub const ENDLESS: Self = Self {
        least: Millis(0),
        most: None,
        endless: true,
    };

    /// As long as this, and no longer.
    #[must_use]
    pub const fn exactly(time: Millis) -> Self {
        Self {
            least: time,
            most: Some(time),
            endless: false,
        }
    }

    /// The same as one of three answers.
    #[must_use]
    pub fn limit(self) -> Limit {
        match self.most {
            _ if self.endless => Limit::Forever,
            Some(most) if most == self.least => Limit::Within(most),
            _ => Limit::Unknown,
        }
    }

    /// Whether it certainly can take longer than a limit.
    #[must_use]
    pub fn exceeds(self, limit: Millis) -> bool {
        self.endless || self.least > limit
    }

    /// Whether there is anything to wait for, as far as can be told.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::NOTHING
    }

    pub(super) fn then(self, next: Self) -> Self {
        Self {
            least: self.least.plus(next.least),
            most: self.most.zip(next.most).map(|(a, b)| a.plus(b)),
            endless: self.endless || next.endless,
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            least: self.least.max(other.least),
            most: self.most.zip(other.most).map(|(a, b)| a.max(b)),
            endless: self.endless || other.endless,
        }
    }

    pub(super) fn times(self, times: u32) -> Self {
        match times {
            0 => Self::NOTHING,
            _ => Self {
                least: self.least.times(times.into()),
                most: self.most.map(|it| it.times(times.into())),
                endless: self.endless,
            },
        }
    }

    /// No longer than this, unless a loop stands still for so long that nobody looks at the clock.
    pub(super) fn within(self, limit: Millis, blocked: Self) -> Self {
        let least = if self.endless { limit } else { self.least };
        if !blocked.is_nothing() {
            return Self {
                least: least.min(limit).max(blocked.least),
                endless: blocked.endless,
                ..self
            };
        }
        Self {
            least: least.min(limit),
            most: Some(self.most.map_or(limit, |it| it.min(limit))),
            endless: false,
        }
    }

    /// At least as long, and perhaps longer.
    pub(super) fn or_longer(self) -> Self {
        Self { most: None, ..self }
    }
}

impl fmt::Display for Worst {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.limit(), self.least, self.most) {
            (Limit::Forever, ..) => out.write_str("for ever"),
            (Limit::Within(time), ..) => time.fmt(out),
            (Limit::Unknown, Millis(0), None) => out.write_str("unknown"),
            (Limit::Unknown, Millis(0), Some(most)) => write!(out, "at most {most}"),
            (Limit::Unknown, least, None) => write!(out, "{least} or more"),
            (Limit::Unknown, least, Some(most)) => write!(out, "{least} to {most}"),
        }
    }
}
