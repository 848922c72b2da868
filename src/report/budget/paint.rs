//! Characters with a meaning, and the colours that show it in a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Effects, Style as Paint};

use crate::report::Style;

/// One character of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) sign: char,
    pub(super) look: Look,
}

/// What a character stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Text.
    Plain,
    /// What matters most in a text.
    Strong,
    /// Work that somebody waits for.
    Work,
    /// Work that goes on after the first hop gave up.
    Wasted,
    /// Repetitions, and what is not certain.
    Faint,
    /// The first hop to give up.
    First,
    /// Another limit.
    Limit,
}

impl Cell {
    pub(super) const BLANK: Self = Self {
        sign: ' ',
        look: Look::Plain,
    };
}

impl Look {
    /// The text in its colours, if any are welcome.
    pub(super) fn text(self, text: &str, style: Style) -> String {
        let paint = self.paint(style);
        format!("{paint}{text}{paint:#}")
    }

    fn paint(self, style: Style) -> Paint {
        if !style.color {
            return Paint::new();
        }
        match self {
            Self::Plain => Paint::new(),
            Self::Strong => Paint::new().effects(Effects::BOLD),
            Self::Work => AnsiColor::Cyan.on_default(),
            Self::Wasted => AnsiColor::Red.on_default(),
            Self::Faint => Paint::new().effects(Effects::DIMMED),
            Self::First => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Self::Limit => AnsiColor::Yellow.on_default(),
        }
    }
}

/// A line of cells without the blanks at its end.
pub(super) fn line(cells: &[Cell], style: Style) -> String {
    let blank = cells.iter().rev().take_while(|it| it.sign == ' ').count();
    let cells = &cells[..cells.len() - blank];
    let mut text = String::new();
    for run in cells.chunk_by(|a, b| a.look == b.look) {
        let signs: String = run.iter().map(|it| it.sign).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "{}", run[0].look.text(&signs, style));
    }
    text
}
