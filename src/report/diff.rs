//! What becomes of a text, as the unified diff that `patch -p1` and `git apply` read.

use std::io::{self, Write};

use similar::TextDiff;

/// Writes what changed in one file.
///
/// # Errors
/// Only when `out` cannot be written.
pub fn diff(path: &str, before: &str, after: &str, out: &mut dyn Write) -> io::Result<()> {
    let (old, new) = if path.starts_with('/') {
        // An absolute path has no place for the prefixes.
        (path.to_owned(), path.to_owned())
    } else {
        (format!("a/{path}"), format!("b/{path}"))
    };
    let diff = TextDiff::from_lines(before, after);
    write!(out, "{}", diff.unified_diff().header(&old, &new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str, expected: &str) {
        let mut out = Vec::new();
        diff("app/a.py", before, after, &mut out).expect("a vector takes all bytes");
        let found = String::from_utf8(out).expect("texts are UTF-8");
        assert_eq!(found, expected);
    }

    #[test]
    fn a_diff_shows_what_changed_and_three_lines_around() {
        check(
            "1\n2\n3\n4\n5\n6\n",
            "1\n2\n3\n4\nfive\n6\n",
            "--- a/app/a.py\n+++ b/app/a.py\n@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+five\n 6\n",
        );
    }

    #[test]
    fn a_missing_line_end_is_told() {
        let expected = "--- a/app/a.py\n+++ b/app/a.py\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n\
             +2\n\\ No newline at end of file\n";
        check("1", "2", expected);
    }

    #[test]
    fn what_is_equal_makes_no_diff() {
        check("1\n", "1\n", "");
    }
}
