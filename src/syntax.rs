//! Text in, tree and complaints out; the only layer that knows a grammar.

pub mod dockerfile;
pub mod dotenv;
mod grammar;
pub mod hcl;
pub mod ini;
pub mod json;
pub mod lines;
mod masked;
pub mod nginx;
pub mod notebook;
mod outdent;
pub mod python;
pub mod shell;
pub mod toml;
pub mod tree;
pub mod yaml;

use std::ops::Range;

/// Texts are smaller than 4 GiB, so an offset always fits.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn offsets(range: &Range<usize>) -> Range<u32> {
    offset(range.start)..offset(range.end)
}
