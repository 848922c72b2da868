//! The findings that a team knows already, as a file beside its settings, so that only news is
//! reported.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::fingerprint::fingerprints_by;
use crate::finding::{Confidence, Report};
use crate::settings::{Place, Settings};
use crate::source::Sources;

/// Raised when a reader of today could not understand the file.
const VERSION: u32 = 1;

/// Findings by name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Sorted by path, rule and fingerprint, so that a change of one is a change of one line.
    entries: BTreeSet<Entry>,
}

/// One finding. Only its fingerprint counts; the rest is for people who read the file, and tells
/// whether a run could have found it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Seen from the folder of the file, with `/`.
    pub path: String,
    /// The rule's name.
    pub rule: String,
    /// As [`super::fingerprints`] has it, for that path.
    pub fingerprint: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What it says.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    findings: Vec<Entry>,
}

/// What a run makes of a baseline.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// What was found again.
    pub kept: Baseline,
    /// What could have been found and was not.
    pub gone: Baseline,
}

/// The files that a run looked at.
pub trait Looked {
    /// Whether findings in a file, as reports print it, were wanted; or it is not there any more.
    fn at(&self, path: &str) -> bool;
}

impl Baseline {
    /// What a report says, seen from the folder of `place`.
    #[must_use]
    pub fn of(report: &Report, sources: &Sources, place: &Place) -> Self {
        let names = fingerprints_by(report, sources, |it| place.within(it));
        let findings = report.findings.iter().zip(names);
        let entries = findings.map(|(finding, fingerprint)| Entry {
            path: place.within(&sources.get(finding.primary.span.file).path),
            rule: finding.rule.to_owned(),
            fingerprint,
            confidence: finding.confidence,
            message: finding.message.clone(),
        });
        Self {
            entries: entries.collect(),
        }
    }

    /// Reads what [`Baseline::text`] wrote.
    ///
    /// # Errors
    /// A clause for the user that says why the text is no baseline.
    pub fn read(text: &str) -> Result<Self, String> {
        let written: Written = serde_json::from_str(text).map_err(|it| it.to_string())?;
        if written.version != VERSION {
            let version = written.version;
            return Err(format!("version {version} is unknown to this unhang"));
        }
        Ok(Self {
            entries: written.findings.into_iter().collect(),
        })
    }

    /// The file: the same findings give the same bytes, one finding a line.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [");
        for (at, entry) in self.entries.iter().enumerate() {
            let line = serde_json::to_string(entry).expect("an entry has string keys only");
            let comma = if at == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(text, "{comma}\n    {line}");
        }
        let end = if self.is_empty() { "" } else { "\n  " };
        text.push_str(end);
        text.push_str("]\n}\n");
        text
    }

    /// Moves what is known from the findings of a report to [`Report::known`].
    ///
    /// `place` has the folder of the baseline's file. What is gone is told only of findings that
    /// this run could have found: in a file it looked at, of a rule that ran, and sure enough.
    pub fn apply(
        &self,
        report: &mut Report,
        sources: &Sources,
        settings: &Settings,
        place: &Place,
        looked: &dyn Looked,
    ) -> Compared {
        let names = fingerprints_by(report, sources, |it| place.within(it));
        let known: BTreeSet<&str> = self.entries.iter().map(|it| &*it.fingerprint).collect();
        let found: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let findings = std::mem::take(&mut report.findings);
        for (finding, name) in findings.into_iter().zip(&names) {
            if known.contains(name.as_str()) {
                report.known.push(finding);
            } else {
                report.findings.push(finding);
            }
        }
        let could_be_found = |it: &Entry| {
            settings.enabled(&it.rule)
                && it.confidence >= settings.min_confidence
                && looked.at(&place.printed(&it.path))
        };
        let mut compared = Compared::default();
        for entry in &self.entries {
            if found.contains(&*entry.fingerprint) {
                compared.kept.entries.insert(entry.clone());
            } else if could_be_found(entry) || !settings.is_rule(&entry.rule) {
                compared.gone.entries.insert(entry.clone());
            }
        }
        compared
    }

    /// Without the findings of another one.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self {
            entries: self.entries.difference(&other.entries).cloned().collect(),
        }
    }

    /// With the findings of another one.
    #[must_use]
    pub fn with(&self, other: Self) -> Self {
        let mut entries = other.entries;
        entries.extend(self.entries.iter().cloned());
        Self { entries }
    }

    /// How many findings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The findings, by path, rule and fingerprint.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, finding, span};
    use super::*;
    use crate::source::FileId;

    struct Everything;

    impl Looked for Everything {
        fn at(&self, _path: &str) -> bool {
            true
        }
    }

    struct Nothing;

    impl Looked for Nothing {
        fn at(&self, _path: &str) -> bool {
            false
        }
    }

    /// A report with a finding of a real rule on every `wait()` of a text.
    fn waits(text: &str) -> Case {
        let mut case = Case::new(&[("app/a.py", text)]);
        for (start, word) in text.match_indices("wait()") {
            let mut found = finding(
                span(FileId(0), start, start + word.len()),
                "",
                "it \"waits\"",
            );
            found.rule = "timeout-disabled";
            case.report.findings.push(found);
        }
        case
    }

    fn baseline(case: &Case) -> Baseline {
        Baseline::of(&case.report, &case.sources, &Place::default())
    }

    fn apply(baseline: &Baseline, case: &mut Case, looked: &dyn Looked) -> Compared {
        let settings = Settings::default();
        let place = Place::default();
        baseline.apply(&mut case.report, &case.sources, &settings, &place, looked)
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written() {
        for text in ["wait(); wait()", "pass"] {
            let written = baseline(&waits(text));
            assert_eq!(Baseline::read(&written.text()), Ok(written));
        }
    }

    #[test]
    fn one_finding_is_one_line() {
        insta::assert_snapshot!(baseline(&waits("wait()")).text(), @r#"
        {
          "version": 1,
          "findings": [
            {"path":"app/a.py","rule":"timeout-disabled","fingerprint":"92d4e536bd328aed","confidence":"high","message":"it \"waits\""}
          ]
        }
        "#);
        assert_eq!(
            Baseline::default().text(),
            "{\n  \"version\": 1,\n  \"findings\": []\n}\n"
        );
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let later = r#"{"version": 2, "findings": []}"#;
        let said = Baseline::read(later).expect_err("it is of a later version");
        assert_eq!(said, "version 2 is unknown to this unhang");
        assert!(Baseline::read("[]").is_err());
        assert!(Baseline::read("").is_err());
    }

    #[test]
    fn only_what_is_new_stays_a_finding() {
        let known = baseline(&waits("wait()"));
        let mut case = waits("\n\nwait()\nwait()");
        let compared = apply(&known, &mut case, &Everything);
        assert_eq!(
            (case.report.findings.len(), case.report.known.len()),
            (1, 1)
        );
        assert_eq!(compared.kept, known);
        assert!(compared.gone.is_empty());
    }

    #[test]
    fn what_is_known_does_not_rename_what_is_new() {
        let mut case = waits("wait()\nwait()");
        let names = super::super::fingerprints(&case.report, &case.sources);
        let known = baseline(&waits("wait()"));
        apply(&known, &mut case, &Everything);
        let left = super::super::fingerprints(&case.report, &case.sources);
        assert_eq!(left, names[1..]);
    }

    #[test]
    fn what_is_gone_is_told_when_the_run_could_have_found_it() {
        let known = baseline(&waits("wait()"));
        let gone = apply(&known, &mut waits("pass"), &Everything).gone;
        assert_eq!(gone, known);
        assert!(apply(&known, &mut waits("pass"), &Nothing).gone.is_empty());
        let mut unsure = known.clone();
        unsure.entries = (known.iter().cloned())
            .map(|it| Entry {
                confidence: Confidence::Low,
                ..it
            })
            .collect();
        assert!(
            apply(&unsure, &mut waits("pass"), &Everything)
                .gone
                .is_empty()
        );
        assert!(known.without(&gone).is_empty());
    }

    #[test]
    fn a_baseline_is_the_same_from_every_folder() {
        let place = |here: &str| Place {
            here: here.to_owned(),
            folder: "/p".to_owned(),
        };
        let from_top = waits("wait()");
        let top = Baseline::of(&from_top.report, &from_top.sources, &place("/p"));
        let mut from_app = Case::new(&[("a.py", "wait()")]);
        from_app.report = from_top.report;
        let app = Baseline::of(&from_app.report, &from_app.sources, &place("/p/app"));
        assert_eq!(app, top);
    }
}
