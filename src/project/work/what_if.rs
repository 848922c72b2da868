//! "What if": numbers that somebody tries out without writing them into a file.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use smol_str::{SmolStr, format_smolstr};

use crate::units::Millis;

/// Numbers that stand in for those of the files.
#[derive(Debug, Default)]
pub struct WhatIf {
    set: Vec<Setting>,
    /// The names that were asked for, so that a setting that nothing asks for is noticed.
    asked: Mutex<BTreeSet<SmolStr>>,
}

/// One of them: `ChatOpenAI.timeout=20`.
#[derive(Debug, Clone, PartialEq)]
struct Setting {
    /// Which number of which class, function or server.
    name: SmolStr,
    /// The number, in seconds for a time.
    number: f64,
}

/// Why a setting cannot be tried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no setting such as `ChatOpenAI.timeout=20` or `gunicorn.timeout=120`")]
pub struct BadSetting(String);

impl WhatIf {
    /// Reads `ChatOpenAI.timeout=20`: seconds, or a duration with its unit.
    ///
    /// # Errors
    ///
    /// When the text has no name, no setting or no number.
    pub fn add(&mut self, text: &str) -> Result<(), BadSetting> {
        let bad = || BadSetting(text.to_owned());
        let (name, value) = text.split_once('=').ok_or_else(bad)?;
        let (of, what) = name.trim().rsplit_once('.').ok_or_else(bad)?;
        let value = value.trim();
        let number = match value.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => number,
            _ => {
                let parsed = Millis::parse(value).ok_or_else(bad)?;
                parsed.count(crate::units::Unit::Seconds)
            }
        };
        if of.is_empty() || what.is_empty() {
            return Err(bad());
        }
        self.set(of, what, number);
        Ok(())
    }

    /// Tries out one number: seconds for a time.
    pub fn set(&mut self, of: &str, what: &str, number: f64) {
        let name = name(of, what);
        self.set.push(Setting { name, number });
    }

    /// The settings that nothing has asked for so far.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = self
            .set
            .iter()
            .filter(|set| !asked.iter().any(|it| set.means(it)));
        unused.map(|it| it.name.to_string()).collect()
    }

    /// The settings that would have been used so far.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().map(ToString::to_string).collect()
    }

    /// The wait of something.
    #[must_use]
    pub fn timeout(&self, of: &str) -> Option<Millis> {
        self.time(|| name(of, "timeout"))
    }

    /// How many requests a client sends for one call, told by its number of retries.
    #[must_use]
    pub fn requests(&self, of: &str) -> Option<u32> {
        let retries = self.number(|| name(of, "max_retries"))?;
        // A count far below what a float holds exactly.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let retries = retries.min(f64::from(u32::MAX - 1)) as u32;
        Some(retries + 1)
    }

    /// The limit of a hop, by its name in the catalogue or the beginning of it:
    /// `gunicorn.timeout` for `gunicorn.timeout.sync`, `heroku.timeout` for `heroku`.
    #[must_use]
    pub fn limit(&self, id: &str) -> Option<Millis> {
        self.time(|| {
            if id.contains('.') {
                id.into()
            } else {
                name(id, "timeout")
            }
        })
    }

    fn time(&self, name: impl FnOnce() -> SmolStr) -> Option<Millis> {
        Millis::of(self.number(name)?, crate::units::Unit::Seconds)
    }

    /// One number, the last that was said.
    fn number(&self, name: impl FnOnce() -> SmolStr) -> Option<f64> {
        if self.set.is_empty() {
            return None;
        }
        let name = name();
        let found = self.set.iter().rev().find(|it| it.means(&name));
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(name);
        found.map(|it| it.number)
    }
}

impl Setting {
    /// Whether this is the number with that name, or one of several with longer names.
    fn means(&self, name: &str) -> bool {
        let Some((beginning, rest)) = name.split_at_checked(self.name.len()) else {
            return false;
        };
        let whole = rest.is_empty() || rest.starts_with('.');
        whole && beginning.eq_ignore_ascii_case(&self.name)
    }
}

/// A setting as somebody types it.
fn name(of: &str, what: &str) -> SmolStr {
    format_smolstr!("{of}.{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts() {
        let mut what_if = WhatIf::default();
        what_if.add("ChatOpenAI.timeout=20").expect("a setting");
        what_if
            .add("ChatOpenAI.timeout = 1500 ms")
            .expect("a setting");
        what_if.add("openai.max_retries=0").expect("a setting");
        assert_eq!(what_if.timeout("ChatOpenAI"), Some(Millis(1500)));
        assert_eq!(what_if.requests("openai"), Some(1));
        assert_eq!(what_if.timeout("ChatOllama"), None);
    }

    #[test]
    fn a_setting_that_nobody_asks_for_is_unused() {
        let mut what_if = WhatIf::default();
        what_if.add("chatopenai.timeout=20").expect("a setting");
        what_if.add("gunicron.timeout=9").expect("a setting");
        assert_eq!(what_if.timeout("ChatOpenAI"), Some(Millis(20_000)));
        assert_eq!(what_if.limit("gunicorn.timeout.sync"), None);
        assert_eq!(what_if.unused(), ["gunicron.timeout"]);
        let asked = ["ChatOpenAI.timeout", "gunicorn.timeout.sync"];
        assert_eq!(what_if.asked(), asked);
    }

    #[test]
    fn a_hop_is_meant_by_the_beginning_of_its_name() {
        let mut what_if = WhatIf::default();
        for text in ["gunicorn.timeout=9", "heroku.timeout=8"] {
            what_if.add(text).expect("a setting");
        }
        assert_eq!(what_if.limit("gunicorn.timeout.sync"), Some(Millis(9000)));
        assert_eq!(what_if.limit("gunicorn.timeouts"), None);
        assert_eq!(what_if.unused(), ["heroku.timeout"]);
        assert_eq!(what_if.limit("heroku"), Some(Millis(8000)));
        assert_eq!(what_if.unused(), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for text in [
            "",
            "timeout=3",
            ".timeout=3",
            "ChatOpenAI.timeout",
            "a.b=-1",
            "a.b=soon",
        ] {
            assert!(WhatIf::default().add(text).is_err(), "{text}");
        }
    }
}
