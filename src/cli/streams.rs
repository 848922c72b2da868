//! Where words go: findings to the standard output, everything else to the standard error.

use std::io::{self, IsTerminal, Write};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

use crate::report::Style;

use super::options::Color;

/// Wider lines are hard to read, whatever the terminal allows.
const WIDEST: usize = 120;
/// How wide lines are where nobody can tell, as in a file.
const USUAL: usize = 100;
/// Narrower than this no layout works.
const NARROWEST: usize = 40;

/// The two streams of a process.
#[derive(Debug)]
pub(super) struct Streams {
    out: io::Stdout,
    err: io::Stderr,
}

impl Streams {
    pub(super) fn standard() -> Self {
        Self {
            out: io::stdout(),
            err: io::stderr(),
        }
    }

    /// The standard output, for results only.
    pub(super) fn out(&mut self) -> impl Write + Send + '_ {
        io::BufWriter::new(&mut self.out)
    }

    /// Says something beside the results; nothing when there is nothing to say.
    pub(super) fn note(&mut self, text: &str) {
        let text = text.trim_end();
        if !text.is_empty() {
            // Nobody is left to hear that the standard error is closed.
            let _ = writeln!(self.err, "{text}");
        }
    }

    /// Says why the work could not be done.
    pub(super) fn complain(&mut self, error: &dyn Diagnostic) {
        let terminal = self.err.is_terminal();
        let color = anstream::AutoStream::choice(&self.err) != anstream::ColorChoice::Never;
        let theme = GraphicalTheme {
            characters: ThemeCharacters::unicode(),
            styles: if color {
                ThemeStyles::ansi()
            } else {
                ThemeStyles::none()
            },
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(width(terminal));
        let mut text = String::new();
        if handler.render_report(&mut text, error).is_err() {
            text = error.to_string();
        }
        self.note(&text);
    }

    /// How results are to look on the standard output, or in a file.
    pub(super) fn style(&self, color: Color, to_file: bool) -> Style {
        let terminal = !to_file && self.out.is_terminal();
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            // Knows `NO_COLOR`, `CLICOLOR_FORCE` and dumb terminals.
            Color::Auto => {
                !to_file && anstream::AutoStream::choice(&self.out) != anstream::ColorChoice::Never
            }
        };
        Style {
            color,
            width: width(terminal),
        }
    }
}

fn width(terminal: bool) -> usize {
    let size = terminal.then(terminal_size::terminal_size).flatten();
    size.map_or(USUAL, |(columns, _)| usize::from(columns.0))
        .clamp(NARROWEST, WIDEST)
}
