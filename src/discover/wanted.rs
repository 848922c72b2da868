//! Which files belong to the application, as opposed to its tests and examples.

/// Folders whose files no user of the application ever runs.
const FOLDERS: &[&str] = &[
    "tests",
    "test",
    "examples",
    "example",
    "cookbook",
    "cookbooks",
];

/// Whether a file is a test or an example, judged by its path below what the user named.
///
/// `docs` counts only as the first folder: deeper down it may well be an application's own word.
pub(super) fn is_aside(below: &str) -> bool {
    let (folders, name) = below.rsplit_once('/').unwrap_or(("", below));
    let stem = name.split_once('.').map_or(name, |it| it.0);
    stem == "conftest"
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || folders == "docs"
        || folders.starts_with("docs/")
        || folders.split('/').any(|it| FOLDERS.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_examples_are_told_by_their_path() {
        for path in [
            "tests/a.py",
            "app/tests/unit/a.py",
            "app/test_chain.py",
            "app/chain_test.py",
            "conftest.py",
            "examples/a.py",
            "docs/conf.py",
            "docs/a/b.py",
        ] {
            assert!(is_aside(path), "{path}");
        }
    }

    #[test]
    fn the_application_is_not_aside() {
        for path in [
            "app/chain.py",
            "app/docs/router.py",
            "contest.py",
            "latest.py",
            "testing.py",
        ] {
            assert!(!is_aside(path), "{path}");
        }
    }
}
