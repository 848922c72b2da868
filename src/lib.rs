//! unhang finds the calls that can hang in applications built on LangChain and LangGraph.
//!
//! `src/README.md` is the map of this crate; `tests/layers.rs` holds it to its layers.

pub mod budget;
pub mod catalog;
pub mod checks;
pub mod cli;
pub mod discover;
pub mod docs;
pub mod engine;
pub mod fact;
pub mod finding;
pub mod fix;
pub mod line_index;
pub mod lsp;
pub mod model;
pub mod project;
pub mod report;
pub mod settings;
pub mod source;
pub mod syntax;
pub mod units;
