//! Findings as diagnostics, spans as ranges.

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Location, Message, Position, Range, Uri,
};

use crate::catalog;
use crate::docs;
use crate::finding::{Finding, Label, Severity};
use crate::fix::Fix;
use crate::line_index::{Columns, LineColumn, LineIndex};
use crate::source::{Source, Span};

use super::client::Client;

/// The byte at a position; the edge of the line, or of the text, for one outside of it.
pub(super) fn offset(lines: &LineIndex, text: &str, at: Position, columns: Columns) -> usize {
    let place = LineColumn {
        line: at.line.saturating_add(1),
        column: at.character.saturating_add(1),
    };
    lines.offset(text, place, columns) as usize
}

/// The same in a file, or in a cell of a notebook; `None` for a cell that is not there.
pub(super) fn offset_in(
    source: &Source,
    cell: Option<u32>,
    at: Position,
    columns: Columns,
) -> Option<usize> {
    let above = match cell {
        Some(number) => source.before_cell(number)? + 1,
        None => 0,
    };
    let at = Position {
        line: at.line.saturating_add(above),
        ..at
    };
    Some(offset(&source.lines, &source.text, at, columns))
}

/// The range of a span in its text, or in the cell of a notebook where it starts.
pub(super) fn range(source: &Source, span: Span, columns: Columns) -> Range {
    let above = source.cell(span.start).map_or(0, |it| it.before + 1);
    let position = |at| {
        let place = source.lines.line_column(&source.text, at, columns);
        Position {
            line: (place.line - 1).saturating_sub(above),
            character: place.column - 1,
        }
    };
    Range {
        start: position(span.start),
        end: position(span.end),
    }
}

/// What it takes to speak of findings.
pub(super) struct Speaker<'a> {
    /// What the client understands.
    pub(super) client: &'a Client,
    /// Where the client shows a span; `None` when it does not.
    pub(super) locate: &'a dyn Fn(Span) -> Option<Location>,
}

impl Speaker<'_> {
    /// A finding for people who look at the code; `None` when the client does not show the place.
    pub(super) fn diagnostic(&self, finding: &Finding) -> Option<Diagnostic> {
        let message = match &finding.help {
            Some(help) => format!("{}\nhelp: {help}", finding.message),
            None => finding.message.clone(),
        };
        let because = finding.because.iter().filter(|_| self.client.relates);
        let related: Vec<_> = because.filter_map(|it| self.related(it)).collect();
        let tags = tags(finding).filter(|_| self.client.tags);
        Some(Diagnostic {
            range: (self.locate)(finding.primary.span)?.range,
            severity: Some(match finding.severity {
                Severity::Error => DiagnosticSeverity::Error,
                Severity::Warning => DiagnosticSeverity::Warning,
                Severity::Note => DiagnosticSeverity::Information,
            }),
            code: Some(Code::String(finding.rule.to_owned())),
            code_description: page(finding.rule).map(|href| CodeDescription { href }),
            source: Some("unhang".to_owned()),
            message: Message::String(message),
            tags,
            related_information: (!related.is_empty()).then_some(related),
            data: None,
        })
    }

    fn related(&self, label: &Label) -> Option<DiagnosticRelatedInformation> {
        Some(DiagnosticRelatedInformation {
            location: (self.locate)(label.span)?,
            message: label.text.clone(),
        })
    }
}

/// Where the page of a rule is published; `None` while it is not.
fn page(rule: &str) -> Option<Uri> {
    docs::rule_url(rule).map(Uri)
}

/// What is written for nothing is shown faded.
fn tags(finding: &Finding) -> Option<Vec<DiagnosticTag>> {
    let (_, entry) = catalog::bundled().rule(finding.rule)?;
    let idle = entry.category == "housekeeping" && finding.fixes.iter().any(removes);
    idle.then(|| vec![DiagnosticTag::Unnecessary])
}

fn removes(fix: &Fix) -> bool {
    fix.edits.iter().all(|it| it.text.is_empty())
}
