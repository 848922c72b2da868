//! What people see, and that no text can break it.

use proptest::prelude::*;

use super::super::Format;
use super::super::tests::{Case, PLAIN, finding, span};
use super::*;
use crate::source::FileId;

/// What is drawn for one finding whose labels are on the first such parts of the texts.
fn drawn(texts: &[(&str, &str)], labels: &[(&str, &str, &str)]) -> String {
    let mut case = Case::new(texts);
    let at = |index: usize| case.span(labels[index].0, labels[index].1);
    let mut found = finding(at(0), labels[0].2, "it waits for ever").help("give it `timeout=30`");
    for (index, label) in labels.iter().enumerate().skip(1) {
        found = found.because(at(index), label.2);
    }
    case.report.findings.push(found);
    case.written(Format::Full, PLAIN)
}

#[test]
fn a_finding_shows_its_line_with_the_lines_around_it() {
    insta::assert_snapshot!(drawn(
        &[("app/a.py", "import llm\nx = llm.Chat()\nx.run()\n")],
        &[("app/a.py", "llm.Chat()", "no deadline")],
    ), @"
    error[made-up-rule]

      × it waits for ever
       ╭─[app/a.py:2:5]
     1 │ import llm
     2 │ x = llm.Chat()
       ·     ─────┬────
       ·          ╰── no deadline
     3 │ x.run()
       ╰────
      help: give it `timeout=30`
    ");
}

#[test]
fn labels_in_other_files_are_drawn_in_the_same_finding() {
    insta::assert_snapshot!(drawn(
        &[
            ("app/chain.py", "llm = Chat(timeout=60, retries=2)\n"),
            ("deploy/nginx.conf", "location / {\n    proxy_read_timeout 30s;\n}\n"),
        ],
        &[
            ("deploy/nginx.conf", "proxy_read_timeout 30s", "gives up after 30 s"),
            ("app/chain.py", "timeout=60", "each attempt may take 60 s"),
            ("app/chain.py", "retries=2", "2 retries, so 3 attempts"),
        ],
    ), @"
    error[made-up-rule]

      × it waits for ever
       ╭─[deploy/nginx.conf:2:5]
     1 │ location / {
     2 │     proxy_read_timeout 30s;
       ·     ───────────┬──────────
       ·                ╰── gives up after 30 s
     3 │ }
       ╰────
       ╭─[app/chain.py:1:12]
     1 │ llm = Chat(timeout=60, retries=2)
       ·            ─────┬────  ────┬────
       ·                 │          ╰── 2 retries, so 3 attempts
       ·                 ╰── each attempt may take 60 s
       ╰────
      help: give it `timeout=30`
    ");
}

#[test]
fn distant_labels_of_one_file_are_drawn_apart_and_the_finding_comes_first() {
    let text = format!("T = None\n{}chat(timeout=T)\n", "pass\n".repeat(500));
    insta::assert_snapshot!(drawn(
        &[("a.py", &text)],
        &[
            ("a.py", "chat(timeout=T)", "no deadline"),
            ("a.py", "None", "switched off here"),
        ],
    ), @"
    error[made-up-rule]

      × it waits for ever
         ╭─[a.py:502:1]
     501 │ pass
     502 │ chat(timeout=T)
         · ───────┬───────
         ·        ╰── no deadline
         ╰────
       ╭─[a.py:1:5]
     1 │ T = None
       ·     ──┬─
       ·       ╰── switched off here
     2 │ pass
       ╰────
      help: give it `timeout=30`
    ");
}

#[test]
fn a_label_within_another_takes_its_end() {
    insta::assert_snapshot!(drawn(
        &[("a.py", "x = chat(model, timeout=None)\n")],
        &[
            ("a.py", "chat(model, timeout=None)", "no deadline"),
            ("a.py", "timeout=None", "switched off here"),
            ("a.py", "timeout=None", "for a nightly batch"),
        ],
    ), @"
    error[made-up-rule]

      × it waits for ever
       ╭─[a.py:1:5]
     1 │ x = chat(model, timeout=None)
       ·     ─────┬───── ──────┬─────
       ·          │            ╰─┤ switched off here
       ·          │              │ for a nightly batch
       ·          ╰── no deadline
       ╰────
      help: give it `timeout=30`
    ");
}

#[test]
fn a_call_on_several_lines_is_framed_and_a_very_long_one_shows_its_first_line() {
    insta::assert_snapshot!(drawn(
        &[("a.py", "x = chat(\n    model,\n)\ny = 1\n")],
        &[("a.py", "chat(\n    model,\n)", "no deadline")],
    ), @"
    error[made-up-rule]

      × it waits for ever
       ╭─[a.py:1:5]
     1 │ ╭─▶ x = chat(
     2 │ │       model,
     3 │ ├─▶ )
       · ╰──── no deadline
     4 │     y = 1
       ╰────
      help: give it `timeout=30`
    ");
    let long = format!("class A:\n{}x = 1\n", "    pass\n".repeat(500));
    insta::assert_snapshot!(drawn(
        &[("a.py", &long)],
        &[("a.py", long.trim_end_matches("x = 1\n"), "no deadline")],
    ), @"
    error[made-up-rule]

      × it waits for ever
       ╭─[a.py:1:1]
     1 │ class A:
       · ────┬───
       ·     ╰── no deadline
     2 │     pass
       ╰────
      help: give it `timeout=30`
    ");
}

#[test]
fn a_line_that_is_too_long_is_cut_around_its_label() {
    let text = format!(
        "{}wait(){}\n",
        "before ".repeat(1000),
        " after".repeat(1000)
    );
    insta::assert_snapshot!(
        drawn(&[("a.py", &text)], &[("a.py", "wait()", "no deadline")]),
        @"
    error[made-up-rule]

      × it waits for ever
       ╭─[a.py:1:7001]
     1 │ …re before before wait() after after after after after after after afte…
       ·                   ───┬──
       ·                      ╰── no deadline
       ╰────
      help: give it `timeout=30`
    "
    );
}

#[test]
fn tabs_wide_characters_and_line_ends_keep_the_label_below_its_code() {
    insta::assert_snapshot!(drawn(
        &[("a.py", "a\r\n\t宽 = '🦀'; wait()\rb\u{1b}[31m\0\u{202e}\r\n")],
        &[("a.py", "wait()", "no deadline")],
    ), @"
    error[made-up-rule]

      × it waits for ever
       ╭─[a.py:2:11]
     1 │ a
     2 │     宽 = '🦀'; wait()
       ·                ───┬──
       ·                   ╰── no deadline
     3 │ b␛[31m␀�
       ╰────
      help: give it `timeout=30`
    ");
}

#[test]
fn a_finding_about_nothing_is_drawn_all_the_same() {
    insta::assert_snapshot!(drawn(&[("a.py", "")], &[("a.py", "", "empty")]), @"
    error[made-up-rule]

      × it waits for ever
       ╭─[a.py:1:1]
     1 │ 
       · ▲
       · ╰── empty
       ╰────
      help: give it `timeout=30`
    ");
    let mut case = Case::new(&[("a.py", "x = 1")]);
    let past = span(FileId(0), 99, 99);
    case.report.findings.push(finding(past, "here", "it ends"));
    insta::assert_snapshot!(case.written(Format::Full, PLAIN), @"
    error[made-up-rule]

      × it ends
       ╭─[a.py:1:6]
     1 │ x = 1
       ·      ▲
       ·      ╰── here
       ╰────
    ");
}

#[test]
fn colours_are_there_only_when_asked_for() {
    let mut case = Case::new(&[("a.py", "wait()\n\u{1b}[31m")]);
    let at = case.span("a.py", "wait()");
    case.report
        .findings
        .push(finding(at, "no \u{1b}[31m", "it \u{1b}[31m waits"));
    assert!(!case.written(Format::Full, PLAIN).contains('\u{1b}'));
    let style = Style {
        color: true,
        ..PLAIN
    };
    assert!(
        case.written(Format::Full, style)
            .contains("\u{1b}[31merror[made-up-rule]")
    );
}

/// Prints how long each format takes for 5,000 findings in a text of about a megabyte.
fn measure(name: &str, line: &str, pitch: usize) {
    let mut case = Case::new(&[("a.py", &line.repeat(10_000))]);
    for start in (0..5_000).map(|at| at * pitch + 8) {
        let because = span(FileId(0), start + 11, start + 25);
        let found = finding(
            span(FileId(0), start, start + 41),
            "no deadline",
            "it waits",
        );
        case.report
            .findings
            .push(found.because(because, "the model"));
    }
    for (format_name, format) in Format::NAMES {
        let clock = std::time::Instant::now();
        let bytes = case.written(*format, PLAIN).len();
        let line = format!(
            "{name}, {format_name}: {:?} for {bytes} bytes",
            clock.elapsed()
        );
        writeln!(io::stderr(), "{line}").expect("stderr is open");
    }
}

#[test]
#[ignore = "prints times: cargo test --release five_thousand -- --ignored --nocapture"]
fn five_thousand_findings_in_one_megabyte() {
    let code = "model = ChatOpenAI(model='gpt-4o', temperature=0)  # ";
    let line = format!("{code}{}", "as comments do ".repeat(4));
    measure("10,000 lines", &format!("{line}\n"), 2 * (line.len() + 1));
    measure("one line", &line, 2 * line.len());
}

prop_compose! {
    fn nasty_text()(parts in prop::collection::vec(prop_oneof![
        "[a-z(=)' ]{0,12}",
        "\\PC{0,8}",
        ".{0,3}",
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\t".to_owned()),
        Just("\0".to_owned()),
        Just("宽字".to_owned()),
        Just("🦀\u{200d}🦀".to_owned()),
        Just("שלום\u{202e}".to_owned()),
        Just("e\u{301}".to_owned()),
        Just("\u{1b}[31m".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("\n".repeat(30)),
        Just("x".repeat(300)),
    ], 0..30)) -> String {
        parts.concat()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_text_and_no_span_makes_a_format_panic(
        texts in prop::collection::vec(nasty_text(), 2..3),
        labels in prop::collection::vec((0..2u32, 0..700usize, 0..700usize, nasty_text()), 1..7),
        message in nasty_text(),
        color: bool,
        width in 0..150usize,
    ) {
        let mut case = Case::new(&[("a.py", &texts[0]), ("b\u{1b}\n.py", &texts[1])]);
        let place = |at: usize| {
            let (file, start, length, _) = &labels[at];
            span(FileId(*file), *start, *start + *length)
        };
        let mut found = finding(place(0), &labels[0].3, &message).help(message.clone());
        for (at, label) in labels.iter().enumerate().skip(1) {
            found = found.because(place(at), label.3.clone());
        }
        case.report.findings.push(found);
        for (_, format) in Format::NAMES {
            let written = case.written(*format, Style { color, width });
            let obeyed = written.contains(['\u{1b}', '\0', '\r']);
            prop_assert!(color || !obeyed);
        }
    }
}
