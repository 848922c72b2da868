//! `--fix`, `--unsafe-fixes` and `--diff`: fixes put into files, or only shown.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use clap::Args;

use crate::discover::rewrite;
use crate::engine::repair::{Repaired, applicable, repair};
use crate::finding::Report;
use crate::fix::Trust;
use crate::project::Project;
use crate::report;
use crate::settings::Settings;

use super::Error;
use super::check::unless_closed;

/// What is to become of fixes.
#[derive(Debug, Args)]
pub(super) struct Fixing {
    /// Apply the fixes that certainly mean what was meant, and report what is left.
    #[arg(long, conflicts_with = "stdin_filename", help_heading = "Fixes")]
    pub(super) fix: bool,

    /// With `--fix` or `--diff`, also take fixes that change what the program does, such as a timeout.
    #[arg(long, help_heading = "Fixes")]
    unsafe_fixes: bool,

    /// Show what `--fix` would do as a diff, and do nothing; exits with 1 when there is something.
    #[arg(long, conflicts_with = "fix", help_heading = "Fixes")]
    pub(super) diff: bool,
}

impl Fixing {
    /// Judges a project, after its fixes where they are wanted.
    ///
    /// # Errors
    /// Whatever `judge` fails with.
    pub(super) fn judge(
        &self,
        project: Project,
        settings: &Settings,
        judge: &mut impl FnMut(&Project) -> Result<Report, Error>,
    ) -> Result<Repaired, Error> {
        let most = if self.unsafe_fixes {
            Trust::Risky
        } else {
            Trust::Safe
        };
        let wanted = (self.fix || self.diff).then_some(most);
        repair(project, settings, wanted, judge)
    }

    /// Puts the new texts into their files.
    ///
    /// # Errors
    /// When one cannot be written; the others are.
    pub(super) fn write(repaired: &Repaired) -> Result<(), Error> {
        let mut failed = String::new();
        for (path, before, after) in repaired.texts() {
            if let Err(why) = rewrite::replace(Path::new(path), before, after) {
                // Writing to a string cannot fail.
                let _ = write!(failed, "\n{path}: {why}");
            }
        }
        if failed.is_empty() {
            Ok(())
        } else {
            Err(Error::Unfixed(failed))
        }
    }

    /// Shows what would be written.
    ///
    /// # Errors
    /// When nobody can be shown anything.
    pub(super) fn show(repaired: &Repaired, out: &mut dyn Write) -> Result<(), Error> {
        let mut written = Ok(());
        for (path, before, after) in repaired.texts() {
            written = written.and_then(|()| report::diff(path, before, after, out));
        }
        unless_closed(written.and_then(|()| out.flush()))
    }

    /// What was done, and what more could be; empty when there is nothing to say.
    pub(super) fn remark(&self, repaired: &Repaired) -> String {
        let mut text = String::new();
        if repaired.fixed > 0 {
            let verb = if self.diff { "Would fix" } else { "Fixed" };
            let findings = report::count(repaired.fixed, "finding");
            let files = report::count(repaired.before.len(), "file");
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{verb} {findings} in {files}");
        }
        let left = |most| applicable(&repaired.report, repaired.project.sources(), most).len();
        let (safe, all) = (left(Trust::Safe), left(Trust::Risky));
        let mut ways = Vec::new();
        if safe > 0 && !self.fix && !self.diff {
            ways.push(format!("{safe} with `--fix`"));
        }
        if all > safe && !self.unsafe_fixes {
            ways.push(format!("{} with `--fix --unsafe-fixes`", all - safe));
        }
        if !ways.is_empty() {
            let _ = writeln!(text, "Can be fixed: {}", ways.join(", "));
        }
        text
    }
}
