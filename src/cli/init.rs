//! `unhang init`: what a project needs to begin with, written where nothing is yet.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::discover::rewrite;
use crate::{catalog, docs};

use super::check::unless_closed;
use super::streams::Streams;
use super::{Error, Exit};

/// Write a settings file in which every setting is explained.
///
/// What is there already stays as it is; what would have been written is then shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  unhang init
  unhang init --pre-commit --ci github")]
pub(super) struct Init {
    /// The folder of the project.
    #[arg(default_value = ".")]
    folder: PathBuf,

    /// Also write a hook for pre-commit and prek.
    #[arg(long)]
    pre_commit: bool,

    /// Also write a job for a CI service.
    #[arg(long, value_enum, value_name = "SERVICE")]
    ci: Option<Service>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Service {
    /// A workflow of GitHub Actions.
    Github,
    /// A job of GitLab CI.
    Gitlab,
    /// Steps of Azure Pipelines.
    Azure,
}

impl Init {
    /// Writes the files.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let settings = docs::starter(catalog::bundled());
        self.put("unhang.toml", &settings, streams)?;
        if self.pre_commit {
            let text = include_str!("../../docs/ci/pre-commit.yml");
            self.put(".pre-commit-config.yaml", text, streams)?;
        }
        if let Some(service) = self.ci {
            let (path, text) = service.file();
            self.put(path, text, streams)?;
        }
        Ok(Exit::Clean)
    }

    fn put(&self, path: &str, text: &str, streams: &mut Streams) -> Result<(), Error> {
        let file = self.folder.join(path);
        if file.exists() || self.has_settings(path) {
            let place = if file.exists() {
                path
            } else {
                "pyproject.toml"
            };
            streams.note(&format!(
                "`{place}` says something already; add what you need of this:"
            ));
            let mut out = streams.out();
            return unless_closed(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        }
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|it| Error::file(folder, it))?;
        rewrite::write(&file, text.as_bytes()).map_err(|it| Error::file(&file, it))?;
        streams.note(&format!("Wrote `{path}`"));
        Ok(())
    }

    /// Whether the settings are in `pyproject.toml`, so that a file of our own would replace them.
    fn has_settings(&self, path: &str) -> bool {
        let pyproject = fs::read_to_string(self.folder.join("pyproject.toml"));
        path == "unhang.toml" && pyproject.is_ok_and(|it| it.contains("[tool.unhang"))
    }
}

impl Service {
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Github => (
                ".github/workflows/unhang.yml",
                include_str!("../../docs/ci/github.yml"),
            ),
            Self::Gitlab => (".gitlab-ci.yml", include_str!("../../docs/ci/gitlab.yml")),
            Self::Azure => (
                "azure-pipelines.yml",
                include_str!("../../docs/ci/azure.yml"),
            ),
        }
    }
}
