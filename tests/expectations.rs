//! Does the grammar of the fixtures' comments mean what `support/expect.rs` says?

#[path = "support/expect.rs"]
mod expect;

use std::collections::BTreeSet;

use expect::{Found, Place, Promise};

const RULE: &str = "client-without-timeout";

/// The promises of a text as (what, line, text).
fn promises(text: &str) -> Vec<(Promise, usize, String)> {
    expect::read("a.py", text)
        .expect("the text is well-formed")
        .promises
        .into_iter()
        .map(|it| (it.promise, it.line, it.text))
        .collect()
}

/// Findings of [`RULE`] as (line, message), each with a label in another line, against a text.
fn compare(text: &str, found: &[(usize, &str)]) -> Result<(), String> {
    let place = |line| Place {
        path: "a.py".to_owned(),
        line,
    };
    let found: Vec<Found> = found
        .iter()
        .map(|&(line, message)| Found {
            rule: RULE.to_owned(),
            message: message.to_owned(),
            at: place(line),
            labels: vec![
                (place(line), "no deadline".to_owned()),
                (place(1), "set to None here".to_owned()),
            ],
        })
        .collect();
    let files = [expect::read("a.py", text).expect("the text is well-formed")];
    expect::compare(&files, &found, &BTreeSet::from([RULE.to_owned()]))
}

#[test]
fn a_comment_at_the_end_of_a_line_speaks_of_that_line() {
    assert_eq!(
        promises("x = 1\ny = f()  # expect[client-without-timeout]: waits\n"),
        [(Promise::Expect, 2, "waits".to_owned())]
    );
}

#[test]
fn a_comment_alone_speaks_of_the_next_line_of_code() {
    let text = "# ok[client-without-timeout]: fine\n\n# a remark\ny = f()\n";
    assert_eq!(promises(text), [(Promise::Ok, 4, "fine".to_owned())]);
}

#[test]
fn several_comments_share_a_line() {
    let text =
        "y = f()  # expect[client-without-timeout]: waits  # because[timeout-disabled]: None\n";
    assert_eq!(
        promises(text),
        [
            (Promise::Expect, 1, "waits".to_owned()),
            (Promise::Because, 1, "None".to_owned())
        ]
    );
}

#[test]
fn a_suppression_counts_as_code() {
    let text =
        "# expect[unused-suppression]\n# unhang: ignore[client-without-timeout] -- why\nf()\n";
    assert_eq!(promises(text), [(Promise::Expect, 2, String::new())]);
}

#[test]
fn wrong_has_two_meanings() {
    let text = "f()  # wrong[client-without-timeout]: missed, too deep\ng()  # wrong[client-without-timeout]: a fake\n";
    let meanings: Vec<Promise> = promises(text).into_iter().map(|it| it.0).collect();
    assert_eq!(meanings, [Promise::Missed, Promise::FalseAlarm]);
}

#[test]
fn other_comments_are_no_promises() {
    assert!(promises("f()  # noqa  # type: ignore[arg-type]\n").is_empty());
}

#[test]
fn a_misspelt_promise_is_an_error() {
    let error = expect::read("a.py", "f()  # expct[client-without-timeout]\n");
    assert!(error.expect_err("`expct` is no word")[0].starts_with("a.py:1: `expct["));
}

#[test]
fn a_promise_at_the_end_of_a_file_is_an_error() {
    let error = expect::read("a.py", "f()\n# expect[client-without-timeout]\n");
    assert!(error.expect_err("nothing follows")[0].contains("no line of code"));
}

#[test]
fn what_was_promised_and_found_is_fine() {
    let text = "x = None  # because[client-without-timeout]: None here\nf()  # expect[client-without-timeout]: for ever\n";
    assert_eq!(compare(text, &[(2, "`f` waits for ever")]), Ok(()));
}

#[test]
fn a_missing_finding_is_quoted_with_its_place() {
    let error = compare("f()  # expect[client-without-timeout]: waits\n", &[]).unwrap_err();
    assert_eq!(
        error,
        "a.py:1: expected client-without-timeout: … waits …\n    but nothing was found\n    | f()  # expect[client-without-timeout]: waits"
    );
}

#[test]
fn an_unexpected_finding_is_quoted_with_the_reason_against_it() {
    let error = compare(
        "f()  # ok[client-without-timeout]: a fake\n",
        &[(1, "waits")],
    )
    .unwrap_err();
    assert!(error.starts_with("a.py:1: found client-without-timeout: waits"));
    assert!(error.contains("it says `ok`: a fake"));
}

#[test]
fn other_words_are_told_from_a_missing_finding() {
    let error = compare(
        "f()  # expect[client-without-timeout]: 600 s\n",
        &[(1, "waits")],
    )
    .unwrap_err();
    assert!(error.contains("in other words\n    expected: … 600 s …\n    found:    waits"));
}

#[test]
fn every_finding_needs_its_own_comment() {
    let text = "f(g())  # expect[client-without-timeout]\n";
    assert!(compare(text, &[(1, "one"), (1, "two")]).is_err());
    let text =
        "f(g())  # expect[client-without-timeout]: one  # expect[client-without-timeout]: two\n";
    assert_eq!(compare(text, &[(1, "two"), (1, "one")]), Ok(()));
}

#[test]
fn known_faults_are_asserted_until_they_are_repaired() {
    let alarm = "f()  # wrong[client-without-timeout]: a fake\n";
    assert_eq!(compare(alarm, &[(1, "waits")]), Ok(()));
    assert!(
        compare(alarm, &[])
            .unwrap_err()
            .contains("can become an `ok`")
    );
    let missed = "f()  # wrong[client-without-timeout]: missed, too deep\n";
    assert_eq!(compare(missed, &[]), Ok(()));
    assert!(
        compare(missed, &[(1, "waits")])
            .unwrap_err()
            .contains("can become an `expect`")
    );
}

#[test]
fn a_rule_that_does_not_run_cannot_be_promised_unless_it_is_planned() {
    assert!(compare("f()  # expect[timeout-lost]\n", &[]).is_err());
    assert_eq!(
        compare("f()  # planned[timeout-lost]: one day\n", &[]),
        Ok(())
    );
}

#[test]
fn a_label_in_the_wrong_place_lists_where_the_labels_are() {
    let text =
        "f()  # expect[client-without-timeout]\ng()  # because[client-without-timeout]: None\n";
    let error = compare(text, &[(1, "waits")]).unwrap_err();
    assert!(error.contains("a.py:1: set to None here"), "{error}");
}
