//! For people: the code with its labels drawn below it.

use std::fmt;
use std::io::{self, Write};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::excerpt::{Excerpt, calm};
use super::{Input, Style};
use crate::finding::{Finding, Severity};

/// How many columns the line numbers and the frame take from the code.
const FRAME: usize = 10;

/// The narrowest view of code that still shows something.
const NARROW: usize = 30;

pub(super) fn write(input: &Input, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let renderer = renderer(style);
    let room = style.width.saturating_sub(FRAME).max(NARROW);
    for (at, finding) in input.report.findings.iter().enumerate() {
        let shown = Shown {
            code: format!("{}[{}]", finding.severity, finding.rule),
            message: calm(&finding.message),
            help: finding.help.as_deref().map(calm),
            finding,
            excerpt: Excerpt::new(finding, input.sources, room),
        };
        let mut text = String::new();
        if at > 0 {
            text.push('\n');
        }
        renderer
            .render_report(&mut text, &shown)
            .expect("a string takes all text, and every label lies in a part of its excerpt");
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn renderer(style: Style) -> GraphicalReportHandler {
    let theme = if style.color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(false)
        .without_syntax_highlighting()
}

/// A finding as the renderer takes it.
#[derive(Debug)]
struct Shown<'a> {
    code: String,
    message: String,
    help: Option<String>,
    finding: &'a Finding,
    excerpt: Excerpt,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.labels()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::tests::{Case, PLAIN, finding, span};
    use super::*;
    use crate::source::FileId;

    /// What is drawn for one finding whose labels are on the first such parts of the texts.
    fn drawn(texts: &[(&str, &str)], labels: &[(&str, &str, &str)]) -> String {
        let mut case = Case::new(texts);
        let at = |index: usize| case.span(labels[index].0, labels[index].1);
        let mut found =
            finding(at(0), labels[0].2, "it waits for ever").help("give it `timeout=30`");
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

    #[test]
    #[ignore = "prints a time: cargo test --release five_thousand -- --ignored --nocapture"]
    fn five_thousand_findings_in_one_megabyte() {
        let line = "model = ChatOpenAI(model='gpt-4o', temperature=0)  # a comment that makes the line longer, as comments do\n";
        let mut case = Case::new(&[("a.py", &line.repeat(10_000))]);
        for at in 0..5_000 {
            let start = at * 2 * line.len() + 8;
            let found = finding(
                span(FileId(0), start, start + 41),
                "no deadline",
                "it waits",
            );
            let because = span(FileId(0), start + 11, start + 25);
            case.report
                .findings
                .push(found.because(because, "the model"));
        }
        for (name, format) in Format::NAMES {
            let clock = std::time::Instant::now();
            let bytes = case.written(*format, PLAIN).len();
            let mut err = io::stderr();
            writeln!(err, "{name}: {:?} for {bytes} bytes", clock.elapsed())
                .expect("stderr is open");
        }
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
}
