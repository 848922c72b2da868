//! Names for findings that stay when lines move: for baselines and other programs' memories.

use std::collections::HashMap;

use super::within;
use crate::finding::{Finding, Report};
use crate::source::{Source, Sources};

/// How many hexadecimal digits a fingerprint has: 64 bits, enough for millions of findings.
const DIGITS: usize = 16;

/// The fingerprint of each finding of the report, in its order.
///
/// It is a hash of the rule, the path, the primary span's text without white space and an ordinal
/// that counts repeats of the three. Findings that are left out count too, so that answering the
/// first of two equal findings does not rename the second.
#[must_use]
pub fn fingerprints(report: &Report, sources: &Sources) -> Vec<String> {
    fingerprints_by(report, sources, str::to_owned)
}

/// The same with paths that are seen from elsewhere than the folder unhang runs in.
pub(super) fn fingerprints_by(
    report: &Report,
    sources: &Sources,
    path: impl Fn(&str) -> String,
) -> Vec<String> {
    let mut all: Vec<(usize, &Finding)> = report
        .findings
        .iter()
        .chain(&report.suppressed)
        .chain(&report.known)
        .chain(&report.unchanged)
        .enumerate()
        .collect();
    // A stable sort: findings of one place keep the report's order.
    all.sort_by_key(|(_, finding)| finding.primary.span);
    let mut seen: HashMap<blake3::Hash, u32> = HashMap::new();
    let mut out = vec![String::new(); all.len()];
    for (at, finding) in all {
        let source = sources.get(finding.primary.span.file);
        let content = content(finding, source, &path(&source.path));
        let ordinal = seen.entry(content).or_default();
        let mut hasher = blake3::Hasher::new();
        hasher.update(content.as_bytes());
        hasher.update(&ordinal.to_le_bytes());
        *ordinal += 1;
        out[at] = name(hasher.finalize());
    }
    out.truncate(report.findings.len());
    out
}

/// The fingerprint of something that is known by some texts without a NUL.
pub(super) fn of(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    add(&mut hasher, parts);
    name(hasher.finalize())
}

fn name(hash: blake3::Hash) -> String {
    let mut text = hash.to_hex().to_string();
    text.truncate(DIGITS);
    text
}

fn add(hasher: &mut blake3::Hasher, parts: &[&str]) {
    for part in parts {
        hasher.update(part.as_bytes());
        // No path and no rule has a NUL, so no two lists are spelled alike.
        hasher.update(&[0]);
    }
}

/// A hash of all but the ordinal.
fn content(finding: &Finding, source: &Source, path: &str) -> blake3::Hash {
    let range = within(source, finding.primary.span);
    // An empty span has nothing to be known by but its line.
    let text = if range.is_empty() {
        let line = source.lines.line(finding.primary.span.start);
        source.lines.text(&source.text, line)
    } else {
        &source.text[range]
    };
    let mut hasher = blake3::Hasher::new();
    add(&mut hasher, &[finding.rule, path]);
    for word in text.split_whitespace() {
        hasher.update(word.as_bytes());
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, finding, span};
    use super::*;
    use crate::source::FileId;

    /// A report with a finding on every `wait(…)` of a text.
    fn waits(path: &str, text: &str) -> Case {
        let mut case = Case::new(&[(path, text)]);
        for (start, _) in text.match_indices("wait(") {
            let end = start + text[start..].find(')').expect("it is closed") + 1;
            let at = span(FileId(0), start, end);
            case.report.findings.push(finding(at, "", "it waits"));
        }
        case
    }

    fn names(case: &Case) -> Vec<String> {
        fingerprints(&case.report, &case.sources)
    }

    #[test]
    fn lines_and_white_space_are_no_part_of_it() {
        let before = names(&waits("a.py", "wait(a, b)\n"));
        assert_eq!(names(&waits("a.py", "\n\nx = wait(a,\n    b)")), before);
        assert_eq!(before[0].len(), DIGITS);
    }

    #[test]
    fn another_path_rule_or_text_is_another_finding() {
        let before = names(&waits("a.py", "wait(a)"));
        assert_ne!(names(&waits("b.py", "wait(a)")), before);
        assert_ne!(names(&waits("a.py", "wait(b)")), before);
        let mut other = waits("a.py", "wait(a)");
        other.report.findings[0].rule = "another-rule";
        assert_ne!(names(&other), before);
    }

    #[test]
    fn repeats_are_counted() {
        let case = waits("a.py", "wait(a); wait(b); wait(a)");
        let all = names(&case);
        assert_ne!(all[0], all[2]);
        assert_eq!(names(&waits("a.py", "wait(a)"))[0], all[0]);
    }

    #[test]
    fn a_suppression_above_does_not_rename_what_is_below() {
        let mut case = waits("a.py", "wait(a)\nwait(a)\n");
        let before = names(&case);
        let first = case.report.findings.remove(0);
        case.report.suppressed.push(first);
        assert_eq!(names(&case), before[1..]);
    }

    #[test]
    fn an_empty_span_is_known_by_its_line() {
        let at = |text: &str, start| {
            let mut case = Case::new(&[("a.py", text)]);
            let place = span(FileId(0), start, start);
            case.report.findings.push(finding(place, "", "it waits"));
            names(&case)
        };
        assert_eq!(at("wait()", 3), at("\nwait()", 1));
        assert_ne!(at("wait()", 3), at("sleep()", 3));
    }
}
