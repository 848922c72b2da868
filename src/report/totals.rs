//! What a run says about itself, apart from its findings: for stderr.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Input, escaped};
use crate::finding::{Finding, Report, Severity};

/// One line that says how the run ended, without a line break.
#[must_use]
pub fn summary(input: &Input) -> String {
    let report = input.report;
    let files = count(report.files, "file");
    let mut text = match report.findings.len() {
        0 if report.files == 0 => return "Nothing to check: no file found".to_owned(),
        0 => format!("All good: {files}, no finding"),
        all => {
            let all = count(all, "finding");
            format!("Found {all} ({}) in {files}", by_severity(report))
        }
    };
    for (left_out, why) in [
        (&report.suppressed, "suppressed"),
        (&report.known, "in the baseline"),
        (&report.unchanged, "where nothing changed"),
    ] {
        if !left_out.is_empty() {
            let _ = write!(text, ", {} {why}", left_out.len());
        }
    }
    text
}

/// One line for each text, or part of a text, that could not be read.
#[must_use]
pub fn problems(report: &Report) -> String {
    let mut text = String::new();
    for problem in &report.problems {
        let (path, message) = (escaped(&problem.path), escaped(&problem.message));
        let _ = writeln!(text, "warning: {path}: {message}");
    }
    text
}

/// A table of the rules that found something, the busiest first, and how far the run could see.
#[must_use]
pub fn statistics(report: &Report) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(finding.rule).or_default() += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|&(rule, count)| (Reverse(count), rule));
    let width = rows.first().map_or(0, |(_, count)| count.to_string().len());
    let mut text = String::new();
    for (rule, count) in rows {
        let _ = writeln!(text, "{count:>width$}  {rule}");
    }
    for (kind, seen) in [
        ("model client", &report.sites.models),
        ("data store", &report.sites.stores),
        ("tool client", &report.sites.tools),
    ] {
        let unknown = seen.unknown.len();
        let found = count(seen.resolved + unknown, kind);
        let _ = writeln!(
            text,
            "{found}: {} resolved, {unknown} unknown",
            seen.resolved
        );
    }
    text
}

/// "2 errors, 1 warning", the worst first, without those that are not there.
fn by_severity(report: &Report) -> String {
    let parts: Vec<_> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let of = |it: &&Finding| it.severity == severity;
            match report.findings.iter().filter(of).count() {
                0 => None,
                found => Some(count(found, severity.word())),
            }
        })
        .collect();
    parts.join(", ")
}

/// "1 file", "2 files".
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{end}")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, finding, span};
    use super::*;
    use crate::finding::{Label, Problem};
    use crate::source::FileId;

    fn case(severities: &[Severity], files: usize, suppressed: usize) -> Case {
        let mut case = Case::default();
        let plain = finding(span(FileId(0), 0, 1), "", "it waits");
        case.report.files = files;
        case.report.suppressed = vec![plain.clone(); suppressed];
        for severity in severities {
            let finding = plain.clone().severity(*severity);
            case.report.findings.push(finding);
        }
        case
    }

    fn check(case: &Case, expected: &str) {
        assert_eq!(summary(&case.input()), expected);
    }

    #[test]
    fn a_summary_counts_in_proper_english() {
        use Severity::{Error, Note, Warning};
        check(
            &case(&[Error, Warning, Error], 12, 1),
            "Found 3 findings (2 errors, 1 warning) in 12 files, 1 suppressed",
        );
        check(&case(&[Note], 1, 0), "Found 1 finding (1 note) in 1 file");
    }

    #[test]
    fn a_clean_run_says_so() {
        check(&case(&[], 12, 0), "All good: 12 files, no finding");
        check(
            &case(&[], 1, 2),
            "All good: 1 file, no finding, 2 suppressed",
        );
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut case = case(&[], 1, 3);
        case.report.known = case.report.suppressed.split_off(2);
        case.report.unchanged = case.report.suppressed.split_off(1);
        check(
            &case,
            "All good: 1 file, no finding, 1 suppressed, 1 in the baseline, 1 where nothing changed",
        );
    }

    #[test]
    fn a_run_without_files_does_not_claim_that_all_is_good() {
        check(&case(&[], 0, 0), "Nothing to check: no file found");
    }

    #[test]
    fn a_problem_is_one_line() {
        let mut case = case(&[], 1, 0);
        case.report.problems.push(Problem {
            path: "a.py".to_owned(),
            message: "not UTF-8\nat byte 3".to_owned(),
        });
        assert_eq!(
            problems(&case.report),
            "warning: a.py: not UTF-8\\nat byte 3\n"
        );
    }

    #[test]
    fn statistics_begin_with_the_busiest_rule() {
        let mut case = case(&[Severity::Error; 11], 1, 0);
        for (at, rule) in ["b-rule", "a-rule"].into_iter().enumerate() {
            case.report.findings[at].rule = rule;
        }
        case.report.sites.models.resolved = 4;
        case.report.sites.models.unknown.push(Label {
            span: span(FileId(0), 0, 1),
            text: "too deep".to_owned(),
        });
        insta::assert_snapshot!(statistics(&case.report), @"
        9  made-up-rule
        1  a-rule
        1  b-rule
        5 model clients: 4 resolved, 1 unknown
        0 data stores: 0 resolved, 0 unknown
        0 tool clients: 0 resolved, 0 unknown
        ");
    }
}
