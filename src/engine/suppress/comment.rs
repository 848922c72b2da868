//! The grammar of one suppression comment.

use std::ops::Range;

use super::offset;

/// A suppression as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    /// From its `#` to its end, which another tool's `#` may set.
    pub(super) bytes: Range<u32>,
    /// Whether it speaks of a statement or of the file.
    pub(super) reach: Reach,
    /// The rules it names.
    pub(super) names: Vec<Name>,
    /// Why; `None` when nobody said.
    pub(super) reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Statement,
    File,
}

/// A rule's name at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) bytes: Range<u32>,
}

impl Comment {
    /// Reads a comment; `None` when it is no suppression.
    ///
    /// Other tools' comments may stand before it and after it: `# noqa  # unhang: ignore[x] -- y`.
    pub(super) fn read(text: &str, token: Range<u32>) -> Option<Self> {
        let whole = text.get(token.start as usize..token.end as usize)?;
        let (start, rest) = whole.match_indices('#').find_map(|(at, _)| {
            let rest = whole[at..].trim_start_matches('#').trim_start();
            Some((at, rest.strip_prefix("unhang:")?.trim_start()))
        })?;
        let rest = rest.strip_prefix("ignore")?;
        let (reach, rest) = match rest.strip_prefix("-file") {
            Some(rest) => (Reach::File, rest),
            None => (Reach::Statement, rest),
        };
        // `# unhang: ignored since …` is prose.
        if rest.starts_with(|it: char| it.is_alphanumeric() || it == '-' || it == '_') {
            return None;
        }
        let rest = rest[..end(rest)].trim_end();
        let at =
            |part: &str| token.start + offset(part.as_ptr() as usize - whole.as_ptr() as usize);
        let (names, after) = list(rest);
        Some(Self {
            bytes: token.start + offset(start)..at(rest) + offset(rest.len()),
            reach,
            names: names
                .map(|it| Name {
                    text: it.to_owned(),
                    bytes: at(it)..at(it) + offset(it.len()),
                })
                .collect(),
            reason: reason(after),
        })
    }
}

/// Where another tool's comment begins; `#12` is the number of an issue and part of a reason.
fn end(rest: &str) -> usize {
    rest.match_indices(" #")
        .map(|(at, _)| at)
        .find(|at| !rest[at + 2..].starts_with(|it: char| it.is_ascii_digit()))
        .unwrap_or(rest.len())
}

/// The names between brackets, and what follows them.
fn list(rest: &str) -> (impl Iterator<Item = &str>, &str) {
    let inner = rest.trim_start().strip_prefix('[');
    let (names, after) = match inner.map(|it| it.split_once(']').unwrap_or((it, ""))) {
        Some((names, after)) => (names, after),
        None => (&rest[..0], rest),
    };
    (
        names.split(',').map(str::trim).filter(|it| !it.is_empty()),
        after,
    )
}

fn reason(after: &str) -> Option<String> {
    let reason = after.trim_start().strip_prefix("--")?.trim();
    (!reason.is_empty()).then(|| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reach, names and reason of a comment.
    fn check(text: &str, reach: Reach, names: &[&str], reason: Option<&str>) {
        let comment = Comment::read(text, 0..offset(text.len())).expect("it is a suppression");
        assert_eq!(comment.reach, reach, "{text}");
        let found: Vec<&str> = comment.names.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(found, names, "{text}");
        for name in &comment.names {
            let bytes = name.bytes.start as usize..name.bytes.end as usize;
            assert_eq!(&text[bytes], name.text);
        }
        assert_eq!(comment.reason.as_deref(), reason, "{text}");
    }

    #[test]
    fn names_and_reason_are_read() {
        check(
            "# unhang: ignore[a] -- why not",
            Reach::Statement,
            &["a"],
            Some("why not"),
        );
        check(
            "#unhang:ignore[ a , b ]--x",
            Reach::Statement,
            &["a", "b"],
            Some("x"),
        );
        check(
            "# unhang: ignore-file[a] -- see #12",
            Reach::File,
            &["a"],
            Some("see #12"),
        );
    }

    #[test]
    fn what_is_missing_is_missing() {
        check("# unhang: ignore[a]", Reach::Statement, &["a"], None);
        check("# unhang: ignore[a] --  ", Reach::Statement, &["a"], None);
        check(
            "# unhang: ignore[a] because",
            Reach::Statement,
            &["a"],
            None,
        );
        check("# unhang: ignore", Reach::Statement, &[], None);
        check(
            "# unhang: ignore -- all of it",
            Reach::Statement,
            &[],
            Some("all of it"),
        );
        check("# unhang: ignore[a, b", Reach::Statement, &["a", "b"], None);
    }

    #[test]
    fn other_tools_may_share_the_comment() {
        let text = "# noqa  # unhang: ignore[a] -- b  # type: ignore";
        check(text, Reach::Statement, &["a"], Some("b"));
        let comment = Comment::read(text, 0..offset(text.len())).expect("it is a suppression");
        let bytes = comment.bytes.start as usize..comment.bytes.end as usize;
        assert_eq!(&text[bytes], "# unhang: ignore[a] -- b");
    }

    #[test]
    fn prose_is_no_suppression() {
        for text in [
            "# unhang is great",
            "# unhang: ignored since May",
            "# ignore[a]",
            "#",
        ] {
            assert_eq!(Comment::read(text, 0..offset(text.len())), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_comment_is_too_strange(text in "#( |#|unhang:|ignore|-file|\\[|\\]|,|--|\\PC)*") {
            let _ = Comment::read(&text, 0..offset(text.len()));
        }
    }
}
