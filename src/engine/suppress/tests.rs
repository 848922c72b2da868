//! Suppressions in small texts, with statements told by a toy parser.

use std::sync::OnceLock;

use super::*;
use crate::finding::{Confidence, Label, Severity};
use crate::settings::{Place, Rules};

/// Three rules and those about suppressions; `trial` does not run by default.
fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let rule = |name: &str| {
            let lifecycle = if name == "trial" { "preview" } else { "stable" };
            let text = format!(
                "title = 't'\ncategory = 'x'\nseverity = 'warning'\nconfidence = 'high'\n\
                 lifecycle = {{ {lifecycle} = '0.1.0' }}\nwhy = 'w'\nremedy = 'r'\nsource = []\n"
            );
            let entry = toml::from_str(&text).expect("the entry has the shape of a rule");
            (name.to_owned(), entry)
        };
        [
            "slow-call",
            "endless-loop",
            "trial",
            "unused-suppression",
            "unknown-rule-in-suppression",
            "suppression-without-reason",
        ]
        .map(rule)
        .into()
    })
}

/// A finding wherever the code says `bad`, or `loop` for the other rule.
fn findings(text: &str) -> Vec<Finding> {
    let comments = &comments(text);
    let places = |word: &'static str, rule: &'static str| {
        let code = move |at: usize| !comments.iter().any(|it| it.contains(&offset(at)));
        let places = text.match_indices(word).filter(move |(at, _)| code(*at));
        places.map(move |(at, _)| Finding {
            rule,
            severity: Severity::Warning,
            confidence: Confidence::High,
            message: String::new(),
            primary: Label {
                span: Span {
                    file: FileId(0),
                    start: offset(at),
                    end: offset(at + word.len()),
                },
                text: String::new(),
            },
            because: Vec::new(),
            help: None,
            fixes: Vec::new(),
            cause: None,
        })
    };
    places("bad", "slow-call")
        .chain(places("loop", "endless-loop"))
        .collect()
}

/// A comment runs from a `#` to the end of its line; a quoted `#` is written `\#`.
fn comments(text: &str) -> Vec<Range<u32>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = line.find('#').filter(|&it| !line[..it].ends_with('\\'));
        if let Some(start) = start {
            found.push(offset(at + start)..offset(at + line.trim_end().len()));
        }
        at += line.len();
    }
    found
}

/// A statement ends with its line or at `;`, unless a bracket is open.
fn statements(text: &str) -> Vec<Range<u32>> {
    let comments = comments(text);
    let mut found = Vec::new();
    let (mut start, mut depth) = (None, 0);
    for (at, it) in text.char_indices() {
        if comments.iter().any(|comment| comment.contains(&offset(at))) {
            continue;
        }
        match it {
            '(' => depth += 1,
            ')' => depth -= 1,
            '\n' | ';' if depth == 0 => {
                found.extend(start.take().map(|start| start..offset(at)));
            }
            _ => {}
        }
        if !it.is_whitespace() && it != ';' {
            start.get_or_insert(offset(at));
        }
    }
    found
}

fn read(text: &str) -> Suppressions {
    let statements = statements(text);
    let statement = |at: u32| statements.iter().find(|it| it.contains(&at)).cloned();
    Suppressions::read(FileId(0), text, &comments(text), &statement)
}

/// Asserts how many findings of a text remain.
fn check(text: &str, remaining: usize) {
    let all = findings(text);
    let total = all.len();
    let (kept, suppressed) = read(text).apply(all);
    assert_eq!(kept.len(), remaining, "{text}");
    assert_eq!(suppressed.len(), total - remaining, "{text}");
}

/// Asserts what is said about the suppressions of a text, and the text after their fixes.
fn check_complaints(text: &str, expected: &[&str], fixed: &str) {
    let suppressions = read(text);
    let _ = suppressions.apply(findings(text));
    let settings = Settings::plain(rules(), Place::default());
    let complaints = suppressions.complaints("a.py", &settings);
    let said: Vec<String> = complaints
        .iter()
        .map(|it| format!("{} `{}`: {}", it.rule, &text[it.span.range()], it.message))
        .collect();
    assert_eq!(said, expected, "{text}");
    let mut result = text.to_owned();
    for fix in complaints.iter().rev().filter_map(|it| it.fix.as_ref()) {
        for edit in &fix.edits {
            result.replace_range(edit.span.range(), &edit.text);
        }
    }
    assert_eq!(result, fixed);
}

#[test]
fn a_comment_at_the_end_covers_its_statement() {
    check("bad()  # unhang: ignore[slow-call] -- x\nbad()\n", 1);
    check(
        "x = (\n  bad,\n  2,  # unhang: ignore[slow-call] -- x\n)\n",
        0,
    );
    check("x = (\n  bad,\n)  # unhang: ignore[slow-call] -- x\n", 0);
    check(
        "x = (  # unhang: ignore[slow-call] -- x\n  bad,\n)\nbad\n",
        1,
    );
    check("bad; y; bad  # unhang: ignore[slow-call] -- x\n", 0);
}

#[test]
fn a_comment_alone_covers_the_next_statement() {
    check("# unhang: ignore[slow-call] -- x\nbad()\nbad()\n", 1);
    check(
        "# unhang: ignore[slow-call] -- x\n\n# more\nf(\n  bad)\n",
        0,
    );
    check("bad()\n# unhang: ignore[slow-call] -- x\n", 1);
}

#[test]
fn a_comment_alone_between_brackets_covers_the_statement_around_it() {
    check("f(bad,\n  # unhang: ignore[slow-call] -- x\n  1)\nbad\n", 1);
}

#[test]
fn only_the_named_rules_are_suppressed() {
    check("bad(loop)  # unhang: ignore[endless-loop] -- x\n", 1);
    check(
        "bad(loop)  # unhang: ignore[endless-loop, slow-call] -- x\n",
        0,
    );
    check("bad()  # unhang: ignore[*] -- x\n", 1);
    check("bad()  # unhang: ignore\n", 1);
}

#[test]
fn a_file_is_covered_from_its_first_comments_only() {
    check(
        "#!/usr/bin/python\n# unhang: ignore-file[slow-call] -- x\nbad\nbad\n",
        0,
    );
    check("x = 1\n# unhang: ignore-file[slow-call] -- x\nbad\n", 1);
}

#[test]
fn a_sign_in_a_string_is_no_comment() {
    check("bad('\\# unhang: ignore[slow-call] -- x')\n", 1);
}

#[test]
fn a_suppression_that_does_its_work_is_fine() {
    let text = "bad()  # unhang: ignore[slow-call] -- nobody waits\n";
    check_complaints(text, &[], text);
}

#[test]
fn an_unused_suppression_is_removed_without_a_trace() {
    let said = "unused-suppression `# unhang: ignore[slow-call] -- x`: \
                nothing here is a finding of `slow-call`";
    check_complaints(
        "good()  # unhang: ignore[slow-call] -- x\ny\n",
        &[said],
        "good()\ny\n",
    );
    check_complaints(
        "a\n  # unhang: ignore[slow-call] -- x\r\ny\n",
        &[said],
        "a\ny\n",
    );
    check_complaints(
        "a  # unhang: ignore[slow-call] -- x  # noqa\n",
        &[said],
        "a    # noqa\n",
    );
}

#[test]
fn one_unused_name_of_several_is_removed_alone() {
    let said = "unused-suppression `endless-loop`: nothing here is a finding of `endless-loop`";
    check_complaints(
        "bad  # unhang: ignore[slow-call, endless-loop] -- x\n",
        &[said],
        "bad  # unhang: ignore[slow-call] -- x\n",
    );
    check_complaints(
        "bad  # unhang: ignore[endless-loop, slow-call] -- x\n",
        &[said],
        "bad  # unhang: ignore[slow-call] -- x\n",
    );
}

#[test]
fn a_rule_that_does_not_run_is_not_unused() {
    let text = "good  # unhang: ignore[trial] -- x\n";
    check_complaints(text, &[], text);
}

#[test]
fn a_misspelt_rule_is_named() {
    let text = "bad  # unhang: ignore[slow-cal] -- x\n";
    let said = "unknown-rule-in-suppression `slow-cal`: there is no rule named `slow-cal`";
    let fixed = "bad  # unhang: ignore[slow-call] -- x\n";
    check_complaints(text, &[said], fixed);
    let settings = Settings::plain(rules(), Place::default());
    let help = read(text).complaints("a.py", &settings).remove(0).help;
    assert_eq!(help.as_deref(), Some("did you mean `slow-call`?"));
}

#[test]
fn a_reason_is_asked_for_and_the_suppression_holds_all_the_same() {
    let text = "bad  # unhang: ignore[slow-call]\n";
    check(text, 0);
    let said = "suppression-without-reason `# unhang: ignore[slow-call]`: \
                this suppression gives no reason";
    check_complaints(text, &[said], text);
}

#[test]
fn a_suppression_of_everything_is_refused() {
    let text = "bad  # unhang: ignore -- x\n";
    let said =
        "unknown-rule-in-suppression `# unhang: ignore -- x`: this suppression names no rule";
    check_complaints(text, &[said], text);
}

#[test]
fn a_late_word_about_the_file_is_unused() {
    let text = "x = 1\n# unhang: ignore-file[slow-call] -- x\n";
    let said = "unused-suppression `# unhang: ignore-file[slow-call] -- x`: \
                `ignore-file` has no effect after the first line of code";
    check_complaints(text, &[said], text);
}

#[test]
fn a_finding_of_another_file_is_kept() {
    let text = "bad  # unhang: ignore[slow-call] -- x\n";
    let mut all = findings(text);
    all[0].primary.span.file = FileId(1);
    let (kept, _) = read(text).apply(all);
    assert_eq!(kept.len(), 1);
}
