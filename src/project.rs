//! Stub, to be replaced by the real thing.

pub mod modules;

use crate::catalog::Catalog;
use crate::settings::Settings;
use crate::source::Sources;

/// Stub.
#[derive(Debug)]
pub struct Project {
    sources: Sources,
}

impl Project {
    /// Stub.
    #[must_use]
    pub fn build(sources: Sources, _settings: &Settings, _catalog: &'static Catalog) -> Self {
        Self { sources }
    }

    /// Stub.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }
}
