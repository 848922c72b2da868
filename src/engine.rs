//! Stub, to be replaced by the real thing: only `pub mod suppress;` is meant to stay.

pub mod suppress;

use crate::finding::Report;
use crate::project::Project;
use crate::settings::Settings;

/// Stub.
#[must_use]
pub fn analyze(_project: &Project, _settings: &Settings) -> Report {
    Report::default()
}
