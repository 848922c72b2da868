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

/// The range of a span in its text.
pub(super) fn range(source: &Source, span: Span, columns: Columns) -> Range {
    let position = |at| {
        let place = source.lines.line_column(&source.text, at, columns);
        Position {
            line: place.line - 1,
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
    /// The text behind a span.
    pub(super) source: &'a dyn Fn(Span) -> &'a Source,
    /// How the client knows that text.
    pub(super) uri: &'a dyn Fn(Span) -> Uri,
}

impl Speaker<'_> {
    /// A finding for people who look at the code.
    pub(super) fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        let message = match &finding.help {
            Some(help) => format!("{}\nhelp: {help}", finding.message),
            None => finding.message.clone(),
        };
        let because = finding.because.iter().filter(|_| self.client.relates);
        let because = because.filter(|it| !(self.source)(it.span).is_notebook());
        let related: Vec<_> = because.map(|it| self.related(it)).collect();
        let tags = tags(finding).filter(|_| self.client.tags);
        Diagnostic {
            range: self.range(finding.primary.span),
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
        }
    }

    /// The range of a span.
    pub(super) fn range(&self, span: Span) -> Range {
        range((self.source)(span), span, self.client.columns)
    }

    fn related(&self, label: &Label) -> DiagnosticRelatedInformation {
        DiagnosticRelatedInformation {
            location: Location {
                uri: (self.uri)(label.span),
                range: self.range(label.span),
            },
            message: label.text.clone(),
        }
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
