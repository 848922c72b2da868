//! Fixes of variables in the environment, in whatever file they are set.

use crate::fix::{Edit, Fix, Trust};
use crate::project::resolve::Resolver;
use crate::source::Span;

impl Resolver<'_> {
    /// Puts another value in the place of one that is written there as it is.
    #[must_use]
    pub fn rewrite_variable(&self, at: Span, old: &str, new: &str, trust: Trust) -> Option<Fix> {
        if self.project.module(at.file).is_some() {
            return self.replace_text(at, new, trust);
        }
        let text = self.written_at(at)?;
        let is_plain = !old.is_empty() && !new.contains(['"', '\'', '\n', '\r', '\\', '#']);
        let (before, _) = text.split_once(old).filter(|_| is_plain)?;
        if text.matches(old).count() > 1 {
            return None;
        }
        let start = at.start + u32::try_from(before.len()).ok()?;
        let span = Span {
            start,
            end: start + u32::try_from(old.len()).ok()?,
            ..at
        };
        Some(Fix {
            title: format!("write `{new}`"),
            trust,
            edits: vec![Edit {
                span,
                text: new.to_owned(),
            }],
        })
    }

    /// Sets another variable on a line of its own, written as the one that is set at a place.
    ///
    /// `None` where that line does more than to set the variable.
    #[must_use]
    pub fn set_beside(&self, at: Span, known: (&str, &str), new: (&str, &str)) -> Option<Fix> {
        let source = self.project.sources().get(at.file);
        let text = source.text.as_str();
        let start = text[..at.range().start].rfind('\n').map_or(0, |it| it + 1);
        let length = text[at.range().end..].find('\n');
        let end = length.map_or(text.len(), |it| at.range().end + it);
        let (line, rest) = (&text[start..end], &text[at.range().end..end]);
        let rest = rest.split(" #").next().unwrap_or(rest).trim_end();
        if source.is_notebook() || !matches!(rest, "" | ",") || new.1.contains(['"', '\'', '\\']) {
            return None;
        }
        let line = &line[..line.len() - (text[at.range().end..end].len() - rest.len())];
        let once = |of: &str| line.matches(of).count() == 1;
        // What stands before the name is what begins every line of its kind.
        let head = line.split(known.0).next()?;
        let begins = head.trim_start().trim_start_matches(['-', '"', '\'', ' ']);
        let is_own = matches!(
            begins,
            "" | "ENV " | "export " | "os.environ[" | "os.environ[\"" | "os.environ['"
        );
        if !once(known.0) || !once(known.1) || !is_own || known.1.is_empty() {
            return None;
        }
        let own = line.replacen(known.1, new.1, 1).replacen(known.0, new.0, 1);
        let begin = u32::try_from(start).ok()?;
        Some(Fix {
            title: format!("set `{}` as well", new.0),
            trust: Trust::Risky,
            edits: vec![Edit {
                span: Span {
                    file: at.file,
                    start: begin,
                    end: begin,
                },
                text: format!("{own}\n"),
            }],
        })
    }

    fn written_at(&self, at: Span) -> Option<&str> {
        self.project.sources().get(at.file).text.get(at.range())
    }
}
