//! Which lines differ from those of a commit, as git tells.
//!
//! git runs without a shell, and without the programs that a repository's settings may name.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use miette::Diagnostic;

use super::with_slashes;

/// What changed in a work tree.
#[derive(Debug, Default)]
pub struct Changes {
    /// The top folder of the work tree, without links.
    top: PathBuf,
    /// By path below it, with `/`.
    files: BTreeMap<String, Lines>,
}

/// The lines of a file that changed, from 1.
#[derive(Debug, PartialEq, Eq)]
enum Lines {
    All,
    Some(Vec<RangeInclusive<u32>>),
}

/// Why nobody knows what changed.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// There is no git.
    #[error("cannot run git: {0}")]
    #[diagnostic(code(discover::git), help("`--changed` asks git what changed"))]
    Missing(io::Error),
    /// git says no.
    #[error("git cannot tell what changed: {0}")]
    #[diagnostic(
        code(discover::git),
        help("`--changed` wants a work tree of git, and a commit in it")
    )]
    Refused(String),
}

impl Changes {
    /// What differs in the work tree around `folder` from the commit where it parted from `since`,
    /// or from the last commit. A file that git does not know yet is new.
    ///
    /// # Errors
    /// When there is no git, no work tree or no such commit.
    pub fn since(folder: &Path, since: Option<&str>) -> Result<Self, Error> {
        let git = |arguments: &[&str]| run(folder, arguments);
        let top = git(&["rev-parse", "--show-toplevel"])?;
        let top = PathBuf::from(top.trim_end_matches(['\r', '\n']));
        let top = fs::canonicalize(&top).unwrap_or(top);
        let mut changes = Self {
            files: BTreeMap::new(),
            top,
        };
        let run = |arguments: &[&str]| run(&changes.top, arguments);
        let new = run(&["ls-files", "-z", "--others", "--exclude-standard"])?;
        let mut all_new = vec![new];
        match base(&run, since)? {
            Some(base) => {
                let diff = run(&[
                    "-c",
                    "core.quotePath=false",
                    "diff",
                    "--unified=0",
                    "--no-color",
                    "--no-ext-diff",
                    "--no-textconv",
                    "--no-renames",
                    "--src-prefix=a/",
                    "--dst-prefix=b/",
                    &base,
                    "--",
                ])?;
                changes.files = parse(&diff);
            }
            // Before the first commit all is new.
            None => all_new.push(run(&["ls-files", "-z"])?),
        }
        for path in all_new.iter().flat_map(|it| it.split_terminator('\0')) {
            changes.files.insert(path.to_owned(), Lines::All);
        }
        Ok(changes)
    }

    /// Whether one of some lines of a file changed; also when the line before or after them went
    /// away.
    #[must_use]
    pub fn touch(&self, path: &Path, lines: &RangeInclusive<u32>) -> bool {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let Ok(below) = path.strip_prefix(&self.top) else {
            return false;
        };
        match self.files.get(&with_slashes(below)) {
            None => false,
            Some(Lines::All) => true,
            Some(Lines::Some(all)) => all
                .iter()
                .any(|it| it.start() <= lines.end() && lines.start() <= it.end()),
        }
    }
}

/// The commit to compare with; `None` when there is none yet and nobody named one.
fn base(
    run: &dyn Fn(&[&str]) -> Result<String, Error>,
    since: Option<&str>,
) -> Result<Option<String>, Error> {
    let commit = |name: &str| {
        let name = format!("{name}^{{commit}}");
        let found = run(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ]);
        found.map(|it| it.trim_end().to_owned())
    };
    let Some(since) = since else {
        return Ok(commit("HEAD").ok());
    };
    let since = match commit(since) {
        Err(Error::Refused(_)) => Err(Error::Refused(format!("there is no commit `{since}`"))),
        found => found,
    }?;
    // What happened on the other branch meanwhile is no change of this one.
    let parted = run(&["merge-base", &since, "HEAD"]);
    Ok(Some(parted.map_or(since, |it| it.trim_end().to_owned())))
}

fn run(folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    let output = Command::new("git")
        // A monitor is a program of the repository's choice.
        .args(["-c", "core.fsmonitor=false"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(Error::Missing)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("it gives no reason");
    let first = first.trim_start_matches("fatal: ");
    Err(Error::Refused(first.to_owned()))
}

/// Reads a diff without context lines.
fn parse(diff: &str) -> BTreeMap<String, Lines> {
    let mut files: BTreeMap<String, Lines> = BTreeMap::new();
    let mut path = None;
    // Lines of a hunk may look like headers, so they are counted.
    let mut hunk = 0;
    for line in diff.split('\n') {
        if hunk > 0 && line.starts_with(['+', '-']) {
            hunk -= 1;
        } else if let Some(name) = line.strip_prefix("+++ ") {
            path = below_b(name);
        } else if let (Some(path), Some(at)) = (&path, line.strip_prefix("@@ ")) {
            let Some((old, new)) = header(at) else {
                continue;
            };
            hunk = old.1.saturating_add(new.1);
            let lines = files.entry(path.clone()).or_insert(Lines::Some(Vec::new()));
            if let Lines::Some(all) = lines {
                all.push(touched(new));
            }
        }
    }
    files
}

/// The lines of the new text that a hunk changes; both neighbours of lines that went away.
fn touched((start, count): (u32, u32)) -> RangeInclusive<u32> {
    match count {
        0 => start..=start.saturating_add(1),
        _ => start..=start.saturating_add(count - 1),
    }
}

/// First line and count of both sides of `-1,2 +3,4 @@ …`.
fn header(text: &str) -> Option<((u32, u32), (u32, u32))> {
    let mut sides = text.split(' ');
    let mut side = |sign: char| {
        let side = sides.next()?.strip_prefix(sign)?;
        let (start, count) = side.split_once(',').unwrap_or((side, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    Some((side('-')?, side('+')?))
}

/// The path in `b/path`; `None` for a file that went away.
fn below_b(name: &str) -> Option<String> {
    // git marks the end of a name with blanks in it.
    let name = name.trim_end_matches(['\t', '\r']);
    let quoted = name.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let name = quoted.map_or_else(|| name.to_owned(), unquoted);
    name.strip_prefix("b/").map(str::to_owned)
}

/// A name without the escapes of a C string.
fn unquoted(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b'a') => bytes.push(7),
            Some(b'b') => bytes.push(8),
            Some(b'v') => bytes.push(11),
            Some(b'f') => bytes.push(12),
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                while let Some(digit) = rest.next_if(|it| matches!(it, b'0'..=b'7')) {
                    value = value * 8 + u32::from(digit - b'0');
                    if value >= 64 {
                        break;
                    }
                }
                bytes.push(u8::try_from(value & 255).unwrap_or_default());
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The folder in which git is to be asked about a path.
#[must_use]
pub fn folder_of(path: Option<&Path>) -> PathBuf {
    let path = path.unwrap_or(Path::new("."));
    if path.is_dir() {
        return path.to_owned();
    }
    let parent = path.parent().filter(|it| *it != Path::new(""));
    parent.map_or_else(|| PathBuf::from(OsStr::new(".")), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(diff: &str, expected: &[(&str, &[RangeInclusive<u32>])]) {
        let expected = expected
            .iter()
            .map(|(path, lines)| ((*path).to_owned(), Lines::Some(lines.to_vec())))
            .collect();
        assert_eq!(parse(diff), expected, "{diff}");
    }

    #[test]
    fn hunks_are_read_by_file() {
        check(
            "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -3 +3,2 @@ def f():\n-x\n+y\n+z\n\
             @@ -9,2 +10,0 @@\n-p\n-q\n--- a/b c.py\n+++ b/b c.py\t\n@@ -0,0 +1 @@\n+x\n\
             \\ No newline at end of file\n",
            &[("a.py", &[3..=4, 10..=11]), ("b c.py", &[1..=1])],
        );
    }

    #[test]
    fn a_line_that_looks_like_a_header_is_none() {
        check(
            "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n--- a/x.py\n+++ b/x.py\n@@ -5 +5 @@\n-a\n+b\n",
            &[("a.py", &[1..=1, 5..=5])],
        );
    }

    #[test]
    fn a_file_that_went_away_has_no_lines() {
        check("--- a/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", &[]);
    }

    #[test]
    fn a_quoted_name_is_read() {
        let name = below_b("\"b/\\303\\251\\t\\\"\\\\.py\"");
        assert_eq!(name.as_deref(), Some("é\t\"\\.py"));
    }

    proptest::proptest! {
        #[test]
        fn no_diff_is_too_strange(diff in "(\\+\\+\\+ |b/|\"|\\\\|[0-7]{0,4}|@@ |-[0-9]{1,12}|\\+[0-9]+,0| |\n|\\PC)*") {
            parse(&diff);
        }
    }
}
