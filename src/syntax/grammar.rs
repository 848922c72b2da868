//! The parser behind the formats that have a grammar: bounded in its steps, honest about errors.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser, Tree};

use super::offset;

/// How many steps the parser may take for a text: about a hundred times what sound code needs.
const STEPS_PER_BYTE: usize = 8;
const STEPS: usize = 200_000;

/// The tree of a text; `None` when it is too far from the grammar.
pub(super) fn tree(parser: &mut Parser, text: &str) -> Option<Tree> {
    let bytes = text.as_bytes();
    let mut steps = 0usize;
    let allowed = STEPS + bytes.len().saturating_mul(STEPS_PER_BYTE);
    let mut progress = |_: &tree_sitter::ParseState| {
        steps += 1;
        if steps > allowed {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    // A parser that was stopped would go on with the old text.
    parser.reset();
    tree
}

/// The first byte that the grammar could not place.
pub(super) fn first_error(tree: &Tree) -> Option<u32> {
    if !tree.root_node().has_error() {
        return None;
    }
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            return Some(offset(node.start_byte()));
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}
