//! The code cells of a notebook as one Python text, in which each cell is told by a line of its own.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::source::{CELL, COMMAND};

/// Cells that a magic of their first line hands to something else than Python go unread; of these
/// only the first line does.
const PYTHON_MAGICS: &[&str] = &[
    "%%time",
    "%%timeit",
    "%%capture",
    "%%prun",
    "%%memray_flamegraph",
];

/// Cells that are commands of a shell.
const SHELL_MAGICS: &[&str] = &["%%bash", "%%sh"];

#[derive(Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(default)]
    cell_type: String,
    #[serde(default)]
    source: Lines,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Several(Vec<String>),
}

impl Default for Lines {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// The code of a notebook, cell after cell; outputs are not looked at.
///
/// Magics and shell lines are blanked out, but for commands that install something: these stay as
/// comments, because they say which versions the code runs with.
///
/// # Errors
/// A clause for the user that says why it is no notebook.
pub fn code(text: &str) -> Result<String, String> {
    let notebook: Notebook =
        serde_json::from_str(text).map_err(|why| format!("is no notebook: {why}"))?;
    let mut code = String::new();
    for (cell, number) in notebook.cells.into_iter().zip(1..) {
        if cell.cell_type != "code" {
            continue;
        }
        let source = match cell.source {
            Lines::One(text) => text,
            Lines::Several(lines) => lines.concat(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(code, "{CELL}{number}");
        add_cell(&mut code, &source);
    }
    Ok(code)
}

fn add_cell(code: &mut String, source: &str) {
    let first = source.lines().find(|it| !it.trim().is_empty());
    let magic = first.unwrap_or_default().trim_start();
    let other = magic.starts_with("%%") && !PYTHON_MAGICS.iter().any(|it| magic.starts_with(it));
    let of_shell = SHELL_MAGICS.iter().any(|it| magic.starts_with(it));
    let (mut continued, mut installs) = (false, false);
    for line in source.lines() {
        let special = other || continued || is_special(line);
        installs = continued && installs || special && is_install(line, of_shell);
        if installs {
            keep(code, line, continued);
        } else if special {
            blank(code, line);
        }
        continued = special && line.ends_with('\\');
        if !special {
            // The line that begins a cell is ours alone.
            code.push_str(&line.replace('\u{1f}', " "));
        }
        code.push('\n');
    }
}

/// Whether a line, or its beginning, is a command that installs something.
fn is_install(line: &str, of_shell: bool) -> bool {
    let text = line.trim();
    (of_shell || text.starts_with(['!', '%'])) && text.contains("pip") && text.contains("install")
}

/// Keeps a command as a comment, behind a `pass` where it begins.
fn keep(code: &mut String, line: &str, continued: bool) {
    let text = line.trim_start();
    code.push_str(&line[..line.len() - text.len()]);
    if !continued {
        code.push_str("pass ");
    }
    code.push_str(COMMAND);
    let text = text.trim_start_matches(['!', '%']);
    // The sign of a comment that is ours is ours alone.
    code.push_str(&text.replace('\u{1f}', " "));
}

/// Whether a line is for the notebook or the shell: `%matplotlib inline`, `!pip install x`, `x?`,
/// `files = !ls`.
fn is_special(line: &str) -> bool {
    let text = line.trim();
    if text.starts_with(['%', '!', '?']) || text.ends_with('?') && !text.contains('#') {
        return true;
    }
    let assigned = text.split_once('=').map(|it| it.1.trim_start());
    assigned.is_some_and(|it| {
        it.starts_with('!') && !it.starts_with("!=") || it.starts_with('%') && !it.starts_with("%=")
    })
}

/// Puts `pass` in the place of a line, so that a block around it is not empty.
fn blank(code: &mut String, line: &str) {
    let indent = line.len() - line.trim_start().len();
    code.push_str(&line[..indent]);
    if line.len() - indent >= "pass".len() {
        code.push_str("pass");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::begun_cell;

    #[test]
    fn cells_follow_each_other_without_magics() {
        let text = r##"{"cells": [
            {"cell_type": "markdown", "source": ["# Title"]},
            {"cell_type": "code", "source": ["!pip install x \\\n", "    y\n", "import x"],
             "outputs": [{"data": {"image/png": "AAAA"}}]},
            {"cell_type": "code", "source": "%%bash\nls"},
            {"cell_type": "code", "source": "%%time\nif x:\n    %run y\nfiles = !ls\nx?"}
        ], "nbformat": 4}"##;
        let lines = code(text).expect("it is a notebook");
        let lines: Vec<&str> = lines.lines().collect();
        let expected = [
            "# \u{1f}2",
            "pass #\u{1f}pip install x \\",
            "    #\u{1f}y",
            "import x",
            "# \u{1f}3",
            "pass",
            "",
            "# \u{1f}4",
            "pass",
            "if x:",
            "    pass",
            "pass",
            "",
        ];
        assert_eq!(lines, expected);
        assert_eq!(begun_cell(lines[0]), Some(2));
        assert_eq!(begun_cell("# 2"), None);
    }

    #[test]
    fn other_texts_are_no_notebooks() {
        for text in ["", "{", "print(1)", "{\"cells\": 1}"] {
            assert!(code(text).is_err(), "{text}");
        }
        assert_eq!(code("{}"), Ok(String::new()));
    }
}
