//! `unhang budget`: what each entry point waits for, and who gives up on it, for people and programs.

mod bars;
mod chart;
mod fit;
mod html;
mod markup;
mod paint;
mod svg;
mod text;
mod view;

use std::io::{self, Write};

use crate::project::budgets::Budget;
use crate::source::Sources;

use super::{Style, count};
pub use markup::Links;
pub use view::{HopRow, Place, Reason, Row, Time, Waterfall};

/// How budgets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetFormat {
    /// Waterfalls for a terminal.
    Text,
    /// For a program: version 1 of `budget/json.schema.json`.
    Json,
    /// One page for a browser that needs nothing else.
    Html,
    /// A picture.
    Svg,
}

/// What is to be seen of some budgets.
#[derive(Debug, Clone)]
pub struct BudgetView {
    /// In which form.
    pub format: BudgetFormat,
    /// Whether people are to see every waterfall, also where they are many.
    pub all_details: bool,
    /// How it looks in a terminal.
    pub style: Style,
    /// Where the links of a page lead to.
    pub links: Links,
}

/// Writes budgets.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn write_budgets(
    budgets: &[Budget],
    sources: &Sources,
    view: &BudgetView,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all = budgets.iter().map(|it| Waterfall::new(it, sources));
    let all: Vec<Waterfall> = all.collect();
    match view.format {
        BudgetFormat::Text => text::write(&all, view.all_details, view.style, out),
        BudgetFormat::Json => {
            let whole = view::Document::new(&all);
            serde_json::to_writer_pretty(&mut *out, &whole)?;
            writeln!(out)
        }
        BudgetFormat::Html => html::write(&all, &view.links, out),
        BudgetFormat::Svg => svg::write(&all, out),
    }
}

/// What the entry points come to, in a few sentences.
fn summary(all: &[Waterfall]) -> String {
    let mut sentences = vec![format!("{}.", count(all.len(), "entry point"))];
    let endless = all.iter().filter(|it| it.worst.endless).count();
    let longest = all.iter().max_by_key(|it| it.worst.weight());
    match longest {
        Some(_) if endless > 0 => sentences.push(format!("{endless} can take for ever.")),
        Some(longest) if all.len() > 1 => {
            let time = &longest.worst.text;
            sentences.push(format!("The longest can take {time}."));
        }
        _ => {}
    }
    let cut = all.iter().filter(|it| it.gives_up_first.is_some()).count();
    if cut > 0 {
        let sentence = format!("On {cut}, somebody gives up before the work ends.");
        sentences.push(sentence);
    }
    sentences.join(" ")
}

/// How long an entry point can take, and who gives up first: one or two sentences.
fn verdict(of: &Waterfall) -> String {
    let whole = &of.worst.sentence();
    match of.first() {
        Some(hop) => format!(
            "At worst, {whole}. {} gives up first, after {}.",
            hop.name, hop.text
        ),
        None => format!("At worst, {whole}."),
    }
}

#[cfg(test)]
mod tests;
