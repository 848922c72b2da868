//! What a description of something of the user's own must say, so that it has an effect.

use smol_str::SmolStr;
use toml::Spanned;

use crate::catalog::own::{OwnClient, OwnRetry, OwnTool};

use super::error::{Error, File};

/// The clients, each of which must have a dotted path to be recognized by.
pub(super) fn clients(
    file: &File<'_>,
    written: Vec<Spanned<OwnClient>>,
) -> Result<Vec<OwnClient>, Error> {
    let help = "write `factory = \"acme.llm.make_llm\"`: the module, then the name";
    all(file, written, help, |it| {
        dotted("client", it.all_paths(), false)
    })
}

/// The retries, each of which must have a dotted path or a method to be recognized by.
pub(super) fn retries(
    file: &File<'_>,
    written: Vec<Spanned<OwnRetry>>,
) -> Result<Vec<OwnRetry>, Error> {
    let help = "write `factory = \"acme.resilience.retrying\"`: the module, then the name";
    all(file, written, help, |it| {
        dotted("retry", it.all_paths(), !it.methods.is_empty())
    })
}

/// The makers of tools, each of which must have a dotted path, and what belongs to it.
pub(super) fn tools(
    file: &File<'_>,
    written: Vec<Spanned<OwnTool>>,
) -> Result<Vec<OwnTool>, Error> {
    let help = "write `decorators = [\"acme.agents.action\"]`, or `bases` with `methods`, `calls` with \
                `functions` or `lists`, `classes` with `decorator-methods`";
    all(file, written, help, |it| {
        let missing = it.missing();
        dotted("tool", it.all_paths(), false).or_else(|| {
            missing.map(|(key, other)| format!("`{key}` say nothing without `{other}`"))
        })
    })
}

/// All of them, unless one is of no use.
fn all<T>(
    file: &File<'_>,
    written: Vec<Spanned<T>>,
    help: &str,
    wrong: impl Fn(&T) -> Option<String>,
) -> Result<Vec<T>, Error> {
    let one = |it: Spanned<T>| match wrong(it.get_ref()) {
        Some(wrong) => Err(file.error(it.span(), wrong, Some(help.to_owned()))),
        None => Ok(it.into_inner()),
    };
    written.into_iter().map(one).collect()
}

/// Why something cannot be recognized by its paths, of which it needs none when something else tells.
fn dotted<'p>(
    what: &str,
    mut paths: impl Iterator<Item = &'p SmolStr>,
    told: bool,
) -> Option<String> {
    let mut seen = false;
    let bare = paths.find(|it| {
        seen = true;
        !it.contains('.')
    });
    match bare {
        Some(bare) => Some(format!("`{bare}` is no dotted path")),
        None if !seen && !told => Some(format!("this {what} has no path")),
        None => None,
    }
}
