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
mod tests;
