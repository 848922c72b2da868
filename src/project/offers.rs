//! Fixes that rules offer: what the catalogue says to type, put where it belongs.

use crate::catalog::entry::Timeout;
use crate::catalog::retry::Bound;
use crate::fix::{Edit, Fix, Trust};
use crate::model::python::{keyword, positional};
use crate::project::edits::{self, Writer};
use crate::project::prompts::stores::RetrieverLimit;
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Site, Value};
use crate::source::Span;
use crate::syntax::python::{ArgKind, ExprId};
use crate::units::{Millis, Unit};

impl Resolver<'_> {
    /// Gives a call the timeout that its class honours.
    ///
    /// `None` where no machine can tell in which words: behind a class of the project's own, where
    /// one of several classes is called, where the caller's `**kwargs` may hold it as well.
    #[must_use]
    pub fn give_timeout(&self, site: &Site, timeout: &Timeout, wait: Millis) -> Option<Fix> {
        let write = timeout.written(wait)?;
        if !self.is_of_a_library(site) {
            return None;
        }
        let (outer, inner) = match timeout.arguments.first()?.split_once('.') {
            Some((outer, inner)) => (outer, Some((inner, wait.as_code(timeout.unit)))),
            None => (timeout.arguments.first()?.as_str(), None),
        };
        let writer = self.project.writer(site.file)?;
        let given = keyword(writer.args(site.call)?, outer);
        let edits = match (given, inner) {
            (Some(given), Some((inner, count))) => {
                self.put_into(writer, given.value, inner, &count, &write)?
            }
            _ => self.put(writer, site, &write, timeout.import.as_deref())?,
        };
        Some(risky(format!("pass `{write}`"), edits))
    }

    /// Moves a timeout that does nothing to where the class of a call honours it.
    ///
    /// `None` for a value that need not be a number of seconds, and where something is there already.
    #[must_use]
    pub fn move_timeout(&self, site: &Site, passed: Span, timeout: &Timeout) -> Option<Fix> {
        let writer = self.project.writer(site.file)?;
        let args = writer.args(site.call)?;
        let arg = args
            .iter()
            .find(|it| passed.start == it.start && passed.end == it.end)?;
        let ArgKind::Keyword(old) = &arg.kind else {
            return None;
        };
        let is_number = self.value(site.file, arg.value).number().is_some();
        let is_plain = timeout.write.is_none() && timeout.unit == Unit::Seconds;
        if !is_number || !is_plain || !self.is_of_a_library(site) {
            return None;
        }
        let right = timeout.arguments.first()?;
        let value = writer.text(arg.value);
        let (outer, new) = match right.split_once('.') {
            Some((outer, inner)) => {
                let entry = writer.entry(site.call, inner, value);
                (outer, format!("{outer}={{{entry}}}"))
            }
            None => (right.as_str(), format!("{right}={value}")),
        };
        let edit = Edit {
            span: passed,
            text: new,
        };
        self.leaves_free(site, outer).then(|| Fix {
            title: format!("write `{}` instead of `{old}={value}`", edit.text),
            trust: Trust::Safe,
            edits: vec![edit],
        })
    }

    /// Moves a limit that a retriever drops to where its searches read it; `None` where something is
    /// there already.
    #[must_use]
    pub fn move_into(&self, limit: &RetrieverLimit<'_>) -> Option<Fix> {
        let writer = self.project.writer(limit.site.file)?;
        let mut args = writer.args(limit.site.call)?.iter();
        let arg = args.find(|it| it.start == limit.passed.start)?;
        let outer = &limit.store.limits;
        let value = writer.text(arg.value);
        let entry = writer.entry(limit.site.call, &limit.key, value);
        let edit = Edit {
            span: limit.passed,
            text: format!("{outer}={{{entry}}}"),
        };
        self.leaves_free(&limit.site, outer).then(|| Fix {
            title: format!("write `{}` instead of `{}={value}`", edit.text, limit.name),
            trust: Trust::Safe,
            edits: vec![edit],
        })
    }

    /// Puts another number in the place of one that is written out.
    #[must_use]
    pub fn replace_number(&self, written: Span, number: &str) -> Option<Fix> {
        let writer = self.project.writer(written.file)?;
        let expr = writer.expr_at(written)?;
        let old = writer.text(expr);
        old.starts_with(|it: char| it.is_ascii_digit())
            .then_some(())?;
        let title = format!("write `{number}` instead of `{old}`");
        Some(risky(title, writer.replace(expr, number)?))
    }

    /// Puts another text in the place of one that is written out, in its quotes.
    #[must_use]
    pub fn replace_text(&self, written: Span, text: &str, trust: Trust) -> Option<Fix> {
        let writer = self.project.writer(written.file)?;
        let expr = writer.expr_at(written)?;
        let old = writer.text(expr);
        let quote = old.chars().last().filter(|it| matches!(it, '"' | '\''))?;
        if !old.starts_with(quote) || text.contains(['"', '\'', '\\', '\n', '\r']) {
            return None;
        }
        let new = format!("{quote}{text}{quote}");
        Some(Fix {
            title: format!("write `{new}`"),
            trust,
            edits: writer.replace(expr, &new)?,
        })
    }

    /// Gives a retry what the catalogue says to type.
    #[must_use]
    pub fn give_bound(&self, at: Span, bound: &Bound) -> Option<Fix> {
        let writer = self.project.writer(at.file)?;
        let expr = writer.expr_at(at)?;
        let edits = if writer.args(expr).is_some() {
            let site = Site::of(at.file, expr);
            self.put(writer, &site, &bound.write, bound.import.as_deref())?
        } else {
            let (write, mut edits) = writer.named(expr, &bound.write, bound.import.as_deref())?;
            edits.push(Edit {
                span: Span {
                    start: at.end,
                    ..at
                },
                text: format!("({write})"),
            });
            edits
        };
        Some(risky(format!("add `{}`", bound.write), edits))
    }

    /// Gives a run of something its configuration: `config={"recursion_limit": 25}`.
    #[must_use]
    pub fn give_configuration(&self, run: Span, write: &str) -> Option<Fix> {
        let writer = self.project.writer(run.file)?;
        let call = writer.expr_at(run)?;
        let args = writer.args(call)?;
        let (name, value) = write.split_once('=')?;
        let (key, count) = value.trim_matches(['{', '}']).split_once(':')?;
        let (key, count) = (key.trim().trim_matches('"'), count.trim());
        let given = keyword(args, name).or_else(|| positional(args, 1));
        let edits = if let Some(given) = given {
            self.put_into(writer, given.value, key, count, write)?
        } else {
            let site = Site::of(run.file, call);
            self.leaves_free(&site, name).then_some(())?;
            let entry = writer.entry(call, key, count);
            writer.keyword(call, name, &format!("{{{entry}}}"))?
        };
        Some(risky(format!("pass `{write}`"), edits))
    }

    /// Puts a number in the place of a literal that means "no limit".
    #[must_use]
    pub fn replace_nothing(&self, written: Span, number: &str) -> Option<Fix> {
        let writer = self.project.writer(written.file)?;
        let expr = writer.expr_at(written)?;
        let nothing = writer.nothing_in(expr)?;
        let edits = writer.replace(nothing, number)?;
        let title = format!("write `{number}` instead of `{}`", writer.text(nothing));
        Some(risky(title, edits))
    }

    /// Writes `name=value, …` into a call, with what has to be imported for it.
    fn put(
        &self,
        writer: Writer<'_>,
        site: &Site,
        write: &str,
        import: Option<&str>,
    ) -> Option<Vec<Edit>> {
        let callee = writer.callee(site.call)?;
        let (write, mut changes) = writer.named(callee, write, import)?;
        let args = writer.args(site.call)?;
        let mut new = Vec::new();
        let write = write.replace('"', &writer.quote(site.call).to_string());
        for part in edits::keywords(&write)? {
            let (name, value) = part.split_once('=')?;
            match keyword(args, name) {
                Some(given) => changes.extend(writer.replace(given.value, value)?),
                None if self.leaves_free(site, name) => new.push(part),
                None => return None,
            }
        }
        if !new.is_empty() {
            changes.extend(writer.keywords(site.call, &new)?);
        }
        Some(changes)
    }

    /// Writes a key into the dict, or a keyword into the call, that an argument is given.
    fn put_into(
        &self,
        writer: Writer<'_>,
        value: ExprId,
        key: &str,
        count: &str,
        write: &str,
    ) -> Option<Vec<Edit>> {
        let seen = self.value(writer.file(), value);
        let target = match (writer.file() == seen.at.file).then(|| writer.expr_at(seen.at)) {
            Some(Some(target)) if matches!(seen.value, Value::Dict(_)) => target,
            _ => value,
        };
        let made = write.split_once('=')?.1.split('(').next()?;
        let is_made = |callee: ExprId| {
            let name = writer.text(callee).rsplit('.').next();
            name == made.rsplit('.').next()
        };
        if writer.callee(target).is_some_and(is_made) {
            return writer.keyword(target, key, count);
        }
        writer.key(target, key, count)
    }

    /// Whether a call certainly gets no argument of that name, not even out of a spread.
    fn leaves_free(&self, site: &Site, name: &str) -> bool {
        let keywords = self.keywords(site, None);
        matches!(keywords.get(name), Lookup::Missing)
    }

    /// Whether a call goes straight to one thing of a library, which takes what the catalogue says.
    fn is_of_a_library(&self, site: &Site) -> bool {
        let writer = self.project.writer(site.file);
        let callee = writer.and_then(|it| it.callee(site.call));
        let Some(callee) = callee else { return false };
        let target = self.eval(site.file, callee, site.frame.as_ref());
        match &target.value {
            Value::External(_) => true,
            Value::Member(of, _) => matches!(of.value, Value::Made(_) | Value::Instance(_)),
            Value::Partial(inner, _) => matches!(inner.value, Value::External(_)),
            _ => false,
        }
    }
}

impl Writer<'_> {
    /// What to write with the names by which this file knows them, and the import they need.
    fn named(self, near: ExprId, write: &str, import: Option<&str>) -> Option<(String, Vec<Edit>)> {
        let Some(path) = import else {
            // A name that nobody says where to import is one that only a person can use.
            return (!write.contains('(')).then(|| (write.to_owned(), Vec::new()));
        };
        let own = path.rsplit('.').next()?;
        let named = self.name(path, near)?;
        let write = write.replacen(&format!("={own}"), &format!("={}", named.name), 1);
        Some((write, named.edits))
    }

    /// The literal that means "no limit": a `None` or a zero, also as the only argument of a call.
    fn nothing_in(self, expr: ExprId) -> Option<ExprId> {
        let is_nothing = |it: ExprId| matches!(self.text(it), "None" | "0" | "0.0");
        if is_nothing(expr) {
            return Some(expr);
        }
        match self.args(expr)? {
            [only] if only.kind == ArgKind::Positional && is_nothing(only.value) => {
                Some(only.value)
            }
            _ => None,
        }
    }
}

fn risky(title: String, edits: Vec<Edit>) -> Fix {
    Fix {
        title,
        trust: Trust::Risky,
        edits,
    }
}
