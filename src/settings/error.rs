//! What can be wrong with settings, shown at the place where it is written.

use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};

use super::nearest::nearest;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// A file says something we do not understand.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(Box<BadSettings>),
    /// A flag names what does not exist.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Flag(#[from] UnknownRule),
}

/// A settings file that we cannot use.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{path} is not a valid configuration")]
#[diagnostic(code(settings::file))]
pub struct BadSettings {
    path: String,
    #[source_code]
    text: NamedSource<String>,
    #[label("{reason}")]
    at: SourceSpan,
    reason: String,
    #[help]
    help: Option<String>,
}

/// A flag that names a rule or category which does not exist.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("`{flag}` names `{name}`, which is neither a rule nor a category")]
#[diagnostic(code(settings::rule))]
pub struct UnknownRule {
    flag: &'static str,
    name: String,
    #[help]
    help: String,
}

impl UnknownRule {
    pub(super) fn new(flag: &'static str, name: &str, meant: Option<&str>) -> Self {
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`unhang rule` lists all rules and their categories".to_owned(),
        };
        Self {
            flag,
            name: name.to_owned(),
            help,
        }
    }
}

/// The text of a settings file and its name in messages.
pub(super) struct File<'t> {
    pub(super) path: &'t str,
    pub(super) text: &'t str,
}

impl File<'_> {
    /// Points at a place of the file.
    pub(super) fn error(
        &self,
        at: Range<usize>,
        reason: impl Into<String>,
        help: Option<String>,
    ) -> Error {
        // A label past the end makes the renderer give up, and then the reader sees nothing.
        let start = at.start.min(self.text.len());
        let end = at.end.clamp(start, self.text.len());
        Error::File(Box::new(BadSettings {
            path: self.path.to_owned(),
            text: NamedSource::new(self.path, self.text.to_owned()).with_language("toml"),
            at: (start..end).into(),
            reason: reason.into(),
            help,
        }))
    }

    /// Points at what the TOML reader complained about.
    pub(super) fn toml(&self, error: &toml::de::Error) -> Error {
        let message = error.message();
        let message = message.lines().next().unwrap_or(message);
        let at = error.span().unwrap_or(0..0);
        match message.split_once(", expected ") {
            // The list of all that is allowed would drown the place, so it goes below.
            Some((reason, allowed)) if reason.starts_with("unknown") => {
                let help = meant(message).unwrap_or_else(|| format!("expected {allowed}"));
                self.error(at, reason, Some(help))
            }
            _ => self.error(at, message, None),
        }
    }
}

/// "Did you mean" for a message that quotes what is wrong first, then what is allowed.
fn meant(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next()?;
    let meant = nearest(wrong, quoted)?;
    Some(format!("did you mean `{meant}`?"))
}
