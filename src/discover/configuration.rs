//! The settings file that holds for the paths a user names.

use std::fs;
use std::path::{Path, PathBuf};

use crate::catalog;
use crate::settings::{Form, Overrides, Place, Settings};

use super::{Error, absolute, here, with_slashes};

/// Which settings file is to be read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Configuration {
    /// The nearest one at or above the first path.
    #[default]
    Nearest,
    /// This one.
    File(PathBuf),
    /// None at all.
    Isolated,
}

/// Settings, and where they come from.
#[derive(Debug)]
pub struct Found {
    /// What holds in this run.
    pub settings: Settings,
    /// The file they were read from, as reports print it; `None` without a file.
    pub file: Option<String>,
}

/// Finds and reads the settings that hold for `paths`, and lets flags win over them.
///
/// In each folder `unhang.toml` comes before a `pyproject.toml` with `[tool.unhang]`.
///
/// # Errors
/// When a settings file cannot be read or used, or a flag names a rule that does not exist.
pub fn settings(
    paths: &[PathBuf],
    configuration: &Configuration,
    flags: &Overrides,
) -> Result<Found, Error> {
    let place = here()?;
    let found = match configuration {
        Configuration::Isolated => None,
        Configuration::File(path) => Some(named(path, &place)?),
        Configuration::Nearest => nearest(paths, &place)?,
    };
    let found = found.unwrap_or_else(|| Found {
        settings: Settings::plain(&catalog::bundled().rules, place),
        file: None,
    });
    Ok(Found {
        settings: found.settings.with(flags)?,
        ..found
    })
}

/// The settings of the file that `--config` names.
fn named(path: &Path, place: &Place) -> Result<Found, Error> {
    let text = fs::read_to_string(path).map_err(|reason| match reason.kind() {
        std::io::ErrorKind::NotFound => Error::Missing(path.to_owned()),
        _ => Error::Unreadable {
            path: path.to_owned(),
            reason,
        },
    })?;
    let form = if path.file_name().is_some_and(|it| it == "pyproject.toml") {
        Form::Pyproject
    } else {
        Form::Own
    };
    let absolute = absolute(path);
    let found = understood(&absolute, &text, form, place)?;
    Ok(found.unwrap_or_else(|| Found {
        settings: Settings::plain(&catalog::bundled().rules, place.clone()),
        file: None,
    }))
}

/// The settings of the nearest file at or above the first path.
fn nearest(paths: &[PathBuf], place: &Place) -> Result<Option<Found>, Error> {
    let first = paths.first().map_or(Path::new("."), PathBuf::as_path);
    let start = absolute(first);
    for folder in start.ancestors() {
        for (name, form) in [
            ("unhang.toml", Form::Own),
            ("pyproject.toml", Form::Pyproject),
        ] {
            let path = folder.join(name);
            if !path.is_file() {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(|reason| Error::Unreadable {
                path: path.clone(),
                reason,
            })?;
            if let Some(found) = understood(&path, &text, form, place)? {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// What a file says; `None` when nothing in it is ours.
fn understood(path: &Path, text: &str, form: Form, place: &Place) -> Result<Option<Found>, Error> {
    let printed = place.printed(&with_slashes(path));
    let folder = path.parent().map(with_slashes).unwrap_or_default();
    let place = Place {
        here: place.here.clone(),
        folder,
    };
    // Windows editors like to begin a file with a byte order mark, which TOML does not know.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rules = &catalog::bundled().rules;
    let settings = Settings::read(&printed, text, form, place, rules)?;
    Ok(settings.map(|settings| Found {
        settings,
        file: Some(printed),
    }))
}
