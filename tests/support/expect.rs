//! The comments in fixtures that promise findings, and how findings are held against them.
//!
//! ```text
//! # expect[rule]: part of the message     a finding is here
//! # because[rule]: part of a label        a finding of that rule has a label here
//! # ok[rule]: why                         there is none, and that is right
//! # wrong[rule]: why                      there is one, and that is wrong
//! # wrong[rule]: missed, why              there is none, and that is wrong
//! # planned[rule]: why                    a rule that does not exist yet will speak here
//! ```
//!
//! At the end of a line such a comment speaks of that line; alone on its line, of the next line of
//! code. Every finding needs an `expect` or a `wrong`, and every `expect` and `wrong` a finding.
//! `#` opens a comment in every format that unhang reads but JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a comment promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// A finding starts on this line.
    Expect,
    /// A finding of this rule has a label that starts on this line.
    Because,
    /// No finding of this rule starts on this line.
    Ok,
    /// A finding starts on this line although it should not.
    FalseAlarm,
    /// No finding starts on this line although one should.
    Missed,
    /// A rule of the future.
    Planned,
}

/// One comment of a fixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expectation {
    /// What it promises.
    pub promise: Promise,
    /// Of which rule.
    pub rule: String,
    /// The line it speaks of, from 1.
    pub line: usize,
    /// The line it stands on, from 1.
    pub written: usize,
    /// Part of the message or of a label, or the reason; may be empty.
    pub text: String,
}

/// A file of a fixture with what its comments promise.
#[derive(Debug)]
pub(crate) struct Expected {
    /// The path as findings name it.
    pub path: String,
    /// The text, to quote from.
    pub text: String,
    /// The comments, in their order.
    pub promises: Vec<Expectation>,
}

/// A finding, reduced to what a comment can speak of.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The rule's name.
    pub rule: String,
    /// What it says.
    pub message: String,
    /// Where it starts.
    pub at: Place,
    /// Where its labels start, the primary one first, and what they say.
    pub labels: Vec<(Place, String)>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The path as findings name it.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}

/// Reads the comments of one file.
///
/// # Errors
///
/// A sentence for each comment that looks like a promise and is none.
pub(crate) fn read(path: &str, text: &str) -> Result<Expected, Vec<String>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut promises = Vec::new();
    let mut mistakes = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let marks = marks(line);
        for (mark, next) in marks.iter().zip(ends(&marks, line.len())) {
            let Some(promise) = promise(mark.word, &line[mark.text..next]) else {
                mistakes.push(format!(
                    "{path}:{}: `{}[{}]` is none of expect, because, ok, wrong and planned",
                    at + 1,
                    mark.word,
                    mark.rule
                ));
                continue;
            };
            let spoken = if line.trim_start().starts_with('#') && !is_code(line) {
                (at + 1..lines.len()).find(|&it| is_code(lines[it]))
            } else {
                Some(at)
            };
            let Some(spoken) = spoken else {
                mistakes.push(format!(
                    "{path}:{}: no line of code follows this comment",
                    at + 1
                ));
                continue;
            };
            promises.push(Expectation {
                promise,
                rule: mark.rule.to_owned(),
                line: spoken + 1,
                written: at + 1,
                text: reason(&line[mark.text..next]).to_owned(),
            });
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Expected {
        path: path.to_owned(),
        text: text.to_owned(),
        promises,
    })
}

/// `# word[rule]` in a line.
struct Mark<'t> {
    word: &'t str,
    rule: &'t str,
    /// The byte of the `#`.
    start: usize,
    /// The byte after the `]`.
    text: usize,
}

/// All marks of a line; a word in another comment, such as `# noqa`, is none.
fn marks(line: &str) -> Vec<Mark<'_>> {
    let mut found = Vec::new();
    for (start, _) in line.match_indices("# ") {
        let rest = &line[start + 2..];
        let word = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_lowercase())
                .len();
        let Some(inner) = rest[word..].strip_prefix('[') else {
            continue;
        };
        let Some(end) = inner.find(']') else { continue };
        let rule = &inner[..end];
        let is_name =
            rule.contains('-') && rule.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        if word == 0 || !is_name {
            continue;
        }
        found.push(Mark {
            word: &rest[..word],
            rule,
            start,
            text: start + 2 + word + 1 + end + 1,
        });
    }
    found
}

/// Where the text of each mark ends: at the next one, or with the line.
fn ends<'m>(marks: &'m [Mark<'_>], length: usize) -> impl Iterator<Item = usize> + 'm {
    marks
        .iter()
        .skip(1)
        .map(|it| it.start)
        .chain(std::iter::once(length))
}

fn promise(word: &str, text: &str) -> Option<Promise> {
    Some(match word {
        "expect" => Promise::Expect,
        "because" => Promise::Because,
        "ok" => Promise::Ok,
        "wrong" if reason(text).starts_with("missed") => Promise::Missed,
        "wrong" => Promise::FalseAlarm,
        "planned" => Promise::Planned,
        _ => return None,
    })
}

/// What follows the colon.
fn reason(text: &str) -> &str {
    text.trim().strip_prefix(':').unwrap_or_default().trim()
}

/// Whether a comment can speak of this line; a suppression is a comment with an effect.
fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && (!line.starts_with('#') || line.starts_with("# unhang:"))
}

/// Holds what was found against what was promised; `rules` are those that ran.
///
/// # Errors
///
/// A paragraph for every difference, each beginning with its place.
pub(crate) fn compare(
    files: &[Expected],
    found: &[Found],
    rules: &BTreeSet<String>,
) -> Result<(), String> {
    let mut open: Vec<&Found> = found.iter().collect();
    let mut wrong = Differences::default();
    for file in files {
        // Those that name a text choose first, so that the others get what is left.
        let mut promises: Vec<&Expectation> = file.promises.iter().collect();
        promises.sort_by_key(|it| std::cmp::Reverse(it.text.len()));
        for promise in promises {
            check(file, promise, found, &mut open, rules, &mut wrong);
        }
    }
    for found in open {
        let file = files.iter().find(|it| it.path == found.at.path);
        let mut text = format!(
            "found {}: {}\n    but nothing here expects it",
            found.rule, found.message
        );
        let why = file.and_then(|file| {
            file.promises.iter().find(|it| {
                it.promise == Promise::Ok && it.rule == found.rule && it.line == found.at.line
            })
        });
        if let Some(why) = why {
            let _ = write!(text, "; it says `ok`: {}", why.text);
        }
        wrong.add(file, &found.at, &text);
    }
    wrong.finish()
}

fn check(
    file: &Expected,
    promise: &Expectation,
    found: &[Found],
    open: &mut Vec<&Found>,
    rules: &BTreeSet<String>,
    wrong: &mut Differences,
) {
    let at = Place {
        path: file.path.clone(),
        line: promise.line,
    };
    let rule = &promise.rule;
    if promise.promise != Promise::Planned && !rules.contains(rule) {
        let text = format!("a comment names `{rule}`, which does not run in this fixture");
        wrong.add(Some(file), &at, &text);
        return;
    }
    match promise.promise {
        Promise::Expect => {
            let here = |it: &&Found| it.rule == *rule && it.at == at;
            if let Some(index) = open
                .iter()
                .position(|it| here(it) && it.message.contains(&promise.text))
            {
                open.remove(index);
            } else if let Some(index) = open.iter().position(here) {
                let other = open.remove(index);
                let text = format!(
                    "{rule} speaks here, in other words\n    expected: … {} …\n    found:    {}",
                    promise.text, other.message
                );
                wrong.add(Some(file), &at, &text);
            } else {
                let mut text = format!("expected {rule}");
                if !promise.text.is_empty() {
                    let _ = write!(text, ": … {} …", promise.text);
                }
                text.push_str("\n    but nothing was found");
                wrong.add(Some(file), &at, &text);
            }
        }
        Promise::Because => because(file, promise, &at, found, wrong),
        Promise::FalseAlarm => {
            if let Some(index) = open.iter().position(|it| it.rule == *rule && it.at == at) {
                open.remove(index);
            } else {
                let text = format!("{rule} is silent here now, so this `wrong` can become an `ok`");
                wrong.add(Some(file), &at, &text);
            }
        }
        Promise::Missed => {
            if let Some(index) = open.iter().position(|it| it.rule == *rule && it.at == at) {
                let other = open.remove(index);
                let text = format!(
                    "{rule} is found here now, so this `wrong` can become an `expect`: {}",
                    other.message
                );
                wrong.add(Some(file), &at, &text);
            }
        }
        // An `ok` is the reason that is quoted when something is found after all.
        Promise::Ok | Promise::Planned => {}
    }
}

fn because(
    file: &Expected,
    promise: &Expectation,
    at: &Place,
    found: &[Found],
    wrong: &mut Differences,
) {
    let rule = &promise.rule;
    let labels: Vec<&(Place, String)> = found
        .iter()
        .filter(|it| it.rule == *rule)
        .flat_map(|it| &it.labels)
        .collect();
    let here: Vec<&str> = labels
        .iter()
        .filter(|(place, _)| place == at)
        .map(|(_, text)| text.as_str())
        .collect();
    if here.iter().any(|text| text.contains(&promise.text)) {
        return;
    }
    let text = if here.is_empty() {
        let others: BTreeSet<String> = labels
            .iter()
            .map(|(place, text)| format!("\n      {}:{}: {text}", place.path, place.line))
            .collect();
        format!(
            "no finding of {rule} has a label here; its labels are{}",
            if others.is_empty() {
                " none".to_owned()
            } else {
                others.into_iter().collect()
            }
        )
    } else {
        format!(
            "the label of {rule} has other words\n    expected: … {} …\n    found:    {}",
            promise.text,
            here.join("\n              ")
        )
    };
    wrong.add(Some(file), at, &text);
}

/// What is not as promised, by place.
#[derive(Default)]
struct Differences(Vec<(Place, String)>);

impl Differences {
    fn add(&mut self, file: Option<&Expected>, at: &Place, text: &str) {
        let quoted = file
            .and_then(|it| it.text.lines().nth(at.line - 1))
            .map(|line| format!("\n    | {}", line.trim()))
            .unwrap_or_default();
        let text = format!("{}:{}: {text}{quoted}", at.path, at.line);
        self.0.push((at.clone(), text));
    }

    fn finish(mut self) -> Result<(), String> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort();
        let texts: Vec<String> = self.0.into_iter().map(|(_, text)| text).collect();
        Err(texts.join("\n\n"))
    }
}
