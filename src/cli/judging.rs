//! What every command that judges a project is told: which files, which rules, which settings.

use std::path::PathBuf;

use clap::Args;

use crate::discover::{self, Configuration, Found, Input, Shadow};
use crate::finding::Confidence;
use crate::settings::{FailOn, Overrides};

use super::{Error, options};

/// Which files and rules.
#[derive(Debug, Args)]
pub(super) struct Judging {
    /// Files and folders to check; without any, the current folder.
    ///
    /// Of files, the whole project is read, but only they are reported, as a pre-commit hook wants it.
    paths: Vec<PathBuf>,

    /// Run only these rules or categories; can be repeated or separated by commas.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    select: Vec<String>,

    /// Do not run these rules or categories.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    ignore: Vec<String>,

    /// Also run rules that are still on trial.
    #[arg(long, help_heading = "Rules")]
    preview: bool,

    /// Show findings that are at least this sure [default: medium].
    #[arg(long, value_name = "LEVEL", value_parser = options::confidence(), help_heading = "Rules")]
    confidence: Option<Confidence>,

    /// Also report findings in tests and examples.
    #[arg(long, help_heading = "Input")]
    include_tests: bool,

    /// Read the settings from this file, not from the nearest unhang.toml or pyproject.toml.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "isolated",
        help_heading = "Input"
    )]
    config: Option<PathBuf>,

    /// Read no settings file and no baseline.
    #[arg(long, help_heading = "Input")]
    pub(super) isolated: bool,

    /// How many threads to use; 0 for one per core.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Input")]
    pub(super) threads: usize,
}

impl Judging {
    /// What is to be looked at, with texts that shadow files.
    pub(super) fn input(&self, shadows: Vec<Shadow>) -> Input {
        Input {
            paths: self.paths.clone(),
            shadows,
            threads: self.threads,
        }
    }

    /// What holds for some places, with flags.
    ///
    /// # Errors
    /// When settings cannot be read or used.
    pub(super) fn settings(
        &self,
        places: &[PathBuf],
        fail_on: Option<FailOn>,
    ) -> Result<Found, Error> {
        let flags = self.overrides(fail_on);
        Ok(discover::settings(places, &self.configuration(), &flags)?)
    }

    fn configuration(&self) -> Configuration {
        match &self.config {
            Some(path) => Configuration::File(path.clone()),
            None if self.isolated => Configuration::Isolated,
            None => Configuration::Nearest,
        }
    }

    fn overrides(&self, fail_on: Option<FailOn>) -> Overrides {
        Overrides {
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            preview: self.preview,
            fail_on,
            confidence: self.confidence,
            include_tests: self.include_tests,
        }
    }
}
