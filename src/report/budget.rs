//! `unhang budget`: what each entry point waits for, and who gives up on it, for people and programs.

mod text;
mod view;

use std::io::{self, Write};

use crate::project::budgets::Budget;
use crate::source::Sources;

use super::Style;
pub use view::{Row, Waterfall};

/// How a budget is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetFormat {
    /// A waterfall for a terminal.
    Text,
    /// For a program.
    Json,
}

/// Writes budgets.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn write_budgets(
    budgets: &[Budget],
    sources: &Sources,
    format: BudgetFormat,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all: Vec<Waterfall> = budgets
        .iter()
        .map(|it| Waterfall::new(it, sources))
        .collect();
    match format {
        BudgetFormat::Text => text::write(&all, style, out),
        BudgetFormat::Json => {
            let whole = view::Document::new(&all);
            serde_json::to_writer_pretty(&mut *out, &whole)?;
            writeln!(out)
        }
    }
}
