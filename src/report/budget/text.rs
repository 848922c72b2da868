//! A waterfall for a terminal: one bar per piece of work, hop limits as marks across it.

use std::io::{self, Write};

use super::super::Style;
use super::view::Waterfall;

/// Writes the waterfalls one below the other.
pub(super) fn write(all: &[Waterfall], _style: Style, out: &mut dyn Write) -> io::Result<()> {
    for it in all {
        writeln!(
            out,
            "{}  {}  ({}:{})",
            it.name, it.worst.text, it.place.path, it.place.line
        )?;
        for step in &it.steps {
            let indent = "  ".repeat(step.depth + 1);
            writeln!(out, "{indent}{}  {}", step.title, step.worst.text)?;
        }
        for hop in &it.hops {
            let mark = if hop.gives_up { "gives up" } else { "waits" };
            writeln!(
                out,
                "  {} {} {mark} after {} ({})",
                hop.owner.text, hop.name, hop.text, hop.owner.place.path
            )?;
        }
    }
    Ok(())
}
