//! Patterns of paths, as they are written in the settings.

use globset::{Error, Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// Patterns, any of which may match.
///
/// A pattern without `/` names a file or folder anywhere; with `/` it counts from the settings'
/// folder. A pattern that matches a folder matches all that lies in it.
#[derive(Debug, Default)]
pub(super) struct Globs(GlobSet);

impl Globs {
    pub(super) fn new(patterns: impl IntoIterator<Item = Glob>) -> Result<Self, Error> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let text = pattern.glob();
            set.add(glob(&format!("{text}/**"))?);
            set.add(pattern);
        }
        Ok(Self(set.build()?))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// One pattern as written.
pub(super) fn pattern(written: &str) -> Result<Glob, Error> {
    let text = written.trim_end_matches('/');
    let text = text.strip_prefix("./").unwrap_or(text);
    if text.trim_start_matches('/').contains('/') || text.starts_with('/') {
        glob(text.trim_start_matches('/'))
    } else {
        glob(&format!("**/{text}"))
    }
}

fn glob(text: &str) -> Result<Glob, Error> {
    GlobBuilder::new(text).literal_separator(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, path: &str) -> bool {
        let pattern = pattern(written).expect("the pattern is valid");
        Globs::new([pattern])
            .expect("the set is valid")
            .matches(path)
    }

    #[test]
    fn a_bare_name_matches_at_any_depth() {
        assert!(check("migrations", "migrations/a.py"));
        assert!(check("migrations/", "app/migrations/old/a.py"));
        assert!(check("*_pb2.py", "app/x_pb2.py"));
        assert!(!check("migrations", "app/migrations2/a.py"));
    }

    #[test]
    fn a_path_counts_from_the_settings_folder() {
        assert!(check("app/legacy", "app/legacy/a.py"));
        assert!(check("./app/*.py", "app/a.py"));
        assert!(check("/setup.py", "setup.py"));
        assert!(!check("/setup.py", "sub/setup.py"));
        assert!(!check("app/*.py", "app/sub/a.py"));
        assert!(!check("app/legacy", "other/app/legacy/a.py"));
        assert!(check("**/legacy/*.py", "x/y/legacy/a.py"));
    }
}
