//! Edits, how far they can be trusted, and what they make of texts.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{FileId, Source, Sources, Span};

/// A change that would end a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the change does, as an imperative.
    pub title: String,
    /// Whether a machine may apply it unasked.
    pub trust: Trust,
    /// The edits, all of which belong together.
    pub edits: Vec<Edit>,
}

/// How far a fix can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The program means the same afterwards, or certainly what was meant.
    Safe,
    /// The program behaves differently: a person should read it.
    Risky,
}

impl Trust {
    /// The word that every format prints.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Risky => "risky",
        }
    }
}

/// One replacement; an empty span inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes away.
    pub span: Span,
    /// What comes instead.
    pub text: String,
}

/// What fixes make of texts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The new texts.
    pub texts: BTreeMap<FileId, String>,
    /// Which fixes are in them, by their place among those that were given.
    pub taken: Vec<usize>,
    /// Which are not, because a text would be broken afterwards.
    pub refused: Vec<usize>,
}

/// Applies fixes to texts: each whole or not at all, and the earlier one of two that collide.
///
/// Edits that two fixes have in common, such as an import, are made once. A fix that was left out
/// for a collision is neither taken nor refused: it may fit after the next look at the new texts.
/// `is_whole` tells whether a text may be what becomes of a source.
#[must_use]
pub fn apply(
    sources: &Sources,
    fixes: &[&Fix],
    is_whole: &dyn Fn(&Source, &str) -> bool,
) -> Applied {
    let mut taken = compatible(sources, fixes);
    let mut refused = Vec::new();
    loop {
        let texts = texts(sources, fixes, &taken);
        let breaks = |(file, text): (&FileId, &String)| {
            (!is_whole(sources.get(*file), text)).then_some(*file)
        };
        let broken: BTreeSet<FileId> = texts.iter().filter_map(breaks).collect();
        if broken.is_empty() {
            refused.sort_unstable();
            return Applied {
                texts,
                taken,
                refused,
            };
        }
        let touches = |at: &usize| {
            let mut edits = fixes[*at].edits.iter();
            edits.any(|it| broken.contains(&it.span.file))
        };
        let is_bad = |at: &usize| touches(at) && breaks_alone(sources, fixes, *at, is_whole);
        let mut bad: Vec<usize> = taken.iter().copied().filter(is_bad).collect();
        if bad.is_empty() {
            // Only together do they break it, and nobody can tell whose fault that is.
            bad = taken.iter().copied().filter(touches).collect();
        }
        taken.retain(|it| !bad.contains(it));
        refused.extend(bad);
    }
}

fn breaks_alone(
    sources: &Sources,
    fixes: &[&Fix],
    at: usize,
    is_whole: &dyn Fn(&Source, &str) -> bool,
) -> bool {
    let texts = texts(sources, fixes, &[at]);
    let mut texts = texts.iter();
    texts.any(|(file, text)| !is_whole(sources.get(*file), text))
}

/// Those fixes, the earlier ones first, whose edits lie in their texts and do not collide.
fn compatible(sources: &Sources, fixes: &[&Fix]) -> Vec<usize> {
    let mut edits: BTreeMap<Span, &str> = BTreeMap::new();
    let mut taken = Vec::new();
    for (at, fix) in fixes.iter().enumerate() {
        let mut own = Vec::new();
        let all_fit = fix.edits.iter().all(|edit| {
            let text = &sources.get(edit.span.file).text;
            let fits = text.get(edit.span.range()).is_some() && fits(&edits, edit);
            if fits && edits.insert(edit.span, &edit.text).is_none() {
                own.push(edit.span);
            }
            fits
        });
        if all_fit && !fix.edits.is_empty() {
            taken.push(at);
        } else {
            for span in own {
                edits.remove(&span);
            }
        }
    }
    taken
}

/// Whether an edit is one of those that are there, or leaves all of them alone.
fn fits(edits: &BTreeMap<Span, &str>, edit: &Edit) -> bool {
    if let Some(text) = edits.get(&edit.span) {
        return *text == edit.text;
    }
    let before = edits.range(..edit.span).next_back();
    let after = edits.range(edit.span..).next();
    let collides = |it: Option<(&Span, &&str)>| it.is_some_and(|(at, _)| collide(*at, edit.span));
    !collides(before) && !collides(after)
}

/// Whether two edits cannot both be made; where two insertions meet, nobody knows which is first.
fn collide(a: Span, b: Span) -> bool {
    let inserts = a.start == a.end || b.start == b.end;
    a.file == b.file
        && if inserts {
            a.start <= b.end && b.start <= a.end
        } else {
            a.start < b.end && b.start < a.end
        }
}

/// The texts that some fixes change, with all their edits made.
fn texts(sources: &Sources, fixes: &[&Fix], taken: &[usize]) -> BTreeMap<FileId, String> {
    let edits: BTreeMap<Span, &str> = taken
        .iter()
        .flat_map(|&at| &fixes[at].edits)
        .map(|it| (it.span, it.text.as_str()))
        .collect();
    let mut texts: BTreeMap<FileId, String> = BTreeMap::new();
    let mut done = BTreeMap::new();
    for (span, new) in edits {
        let old = &sources.get(span.file).text;
        let done = done.entry(span.file).or_insert(0);
        let text = texts.entry(span.file).or_default();
        text.push_str(&old[*done..span.range().start]);
        text.push_str(new);
        *done = span.range().end;
    }
    for (file, text) in &mut texts {
        text.push_str(&sources.get(*file).text[done[file]..]);
    }
    texts.retain(|file, text| *text != sources.get(*file).text);
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Kind;

    /// A fix of the text `0123456789` with edits of these bytes.
    fn fix(edits: &[(u32, u32, &str)]) -> Fix {
        let edit = |&(start, end, text): &(u32, u32, &str)| Edit {
            span: Span {
                file: FileId(0),
                start,
                end,
            },
            text: text.to_owned(),
        };
        Fix {
            title: String::new(),
            trust: Trust::Safe,
            edits: edits.iter().map(edit).collect(),
        }
    }

    /// Texts with a `!` are broken.
    fn check(fixes: &[Fix], text: &str, taken: &[usize], refused: &[usize]) {
        let source = Source::new("a.py", Kind::Python, "0123456789");
        let sources = Sources::new(vec![source]);
        let fixes: Vec<&Fix> = fixes.iter().collect();
        let found = apply(&sources, &fixes, &|_, text| !text.contains('!'));
        let changed = found.texts.get(&FileId(0)).map(String::as_str);
        assert_eq!(changed.unwrap_or("0123456789"), text);
        assert_eq!((found.taken, found.refused), (taken.into(), refused.into()));
    }

    #[test]
    fn edits_do_not_move_each_other() {
        let fixes = [fix(&[(1, 3, "long text"), (8, 8, "x")]), fix(&[(5, 6, "")])];
        check(&fixes, "0long text3467x89", &[0, 1], &[]);
    }

    #[test]
    fn of_two_fixes_that_collide_the_later_waits() {
        check(
            &[fix(&[(1, 4, "a")]), fix(&[(3, 5, "b"), (8, 9, "c")])],
            "0a456789",
            &[0],
            &[],
        );
        let insertions = [fix(&[(3, 3, "a")]), fix(&[(3, 3, "b")])];
        check(&insertions, "012a3456789", &[0], &[]);
        check(
            &[fix(&[(1, 3, "a")]), fix(&[(3, 3, "b")])],
            "0a3456789",
            &[0],
            &[],
        );
        check(
            &[fix(&[(1, 3, "a")]), fix(&[(3, 4, "b")])],
            "0ab456789",
            &[0, 1],
            &[],
        );
    }

    #[test]
    fn what_two_fixes_have_in_common_is_done_once() {
        let fixes = [
            fix(&[(0, 0, "import"), (5, 5, "x")]),
            fix(&[(0, 0, "import"), (7, 7, "y")]),
        ];
        check(&fixes, "import01234x56y789", &[0, 1], &[]);
    }

    #[test]
    fn a_fix_that_breaks_a_text_is_refused_and_the_others_are_not() {
        let fixes = [
            fix(&[(1, 2, "a")]),
            fix(&[(4, 4, "!")]),
            fix(&[(8, 9, "b")]),
        ];
        check(&fixes, "0a234567b9", &[0, 2], &[1]);
    }

    #[test]
    fn an_edit_outside_its_text_is_left_out() {
        check(&[fix(&[(9, 12, "a")]), fix(&[])], "0123456789", &[], &[]);
        check(&[fix(&[(0, 1, "a"), (0, 1, "b")])], "0123456789", &[], &[]);
    }
}
