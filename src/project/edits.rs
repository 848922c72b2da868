//! How a call, a dict or a file's imports are written with something more in them, in their style.

mod imports;
mod list;

use crate::fix::Edit;
use crate::model::python::{Module, keyword};
use crate::project::Project;
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ArgKind, ExprId, ExprKind};

use list::List;

/// One file, for somebody who wants to change it.
#[derive(Clone, Copy)]
pub struct Writer<'p> {
    file: FileId,
    module: &'p Module,
    text: &'p str,
}

impl Project {
    /// A file to be changed; `None` for one that is no module.
    #[must_use]
    pub fn writer(&self, file: FileId) -> Option<Writer<'_>> {
        let text = &self.sources().get(file).text;
        let module = self.module(file)?;
        Some(Writer { file, module, text })
    }
}

impl<'p> Writer<'p> {
    /// The file.
    #[must_use]
    pub fn file(self) -> FileId {
        self.file
    }

    /// The expression that fills a span; the outermost of several.
    #[must_use]
    pub fn expr_at(self, span: Span) -> Option<ExprId> {
        let exprs = &self.module.ast.exprs;
        let at = exprs
            .iter()
            .rposition(|it| it.start == span.start && it.end == span.end)?;
        Some(ExprId(u32::try_from(at).ok()?))
    }

    /// What is written there.
    #[must_use]
    pub fn text(self, expr: ExprId) -> &'p str {
        let expr = self.module.ast.expr(expr);
        &self.text[expr.start as usize..expr.end as usize]
    }

    /// The arguments of a call; `None` for anything else.
    #[must_use]
    pub fn args(self, call: ExprId) -> Option<&'p [Arg]> {
        match self.module.ast.kind(call) {
            ExprKind::Call { args, .. } => Some(args),
            _ => None,
        }
    }

    /// What a call calls.
    #[must_use]
    pub fn callee(self, call: ExprId) -> Option<ExprId> {
        match self.module.ast.kind(call) {
            ExprKind::Call { callee, .. } => Some(*callee),
            _ => None,
        }
    }

    /// A call with `name=value`, in the place of what stands there for it, or added.
    ///
    /// `None` where nobody can tell that the name is free: behind the caller's own `**kwargs`.
    #[must_use]
    pub fn keyword(self, call: ExprId, name: &str, value: &str) -> Option<Vec<Edit>> {
        let args = self.args(call)?;
        if let Some(arg) = keyword(args, name) {
            return self.replace(arg.value, value);
        }
        self.keywords(call, &[format!("{name}={value}")])
    }

    /// A call with more keywords, none of which is written there.
    #[must_use]
    pub fn keywords(self, call: ExprId, new: &[String]) -> Option<Vec<Edit>> {
        let args = self.args(call)?;
        if args.iter().any(|it| self.is_handed_through(it)) {
            return None;
        }
        let is_spread = |it: &&Arg| it.kind == ArgKind::DoubleStar;
        let list = List {
            items: args.iter().map(|it| range(it.start, it.end)).collect(),
            close: self.closing(call, ')')?,
            last: args.iter().rev().take_while(is_spread).count(),
            may_break: true,
        };
        self.insert(call, &list, new)
    }

    /// A dict with `key: value`, in the place of what stands there for it, or added; `None` for
    /// anything but a literal, or a call of `dict`.
    #[must_use]
    pub fn key(self, dict: ExprId, key: &str, value: &str) -> Option<Vec<Edit>> {
        let items = match self.module.ast.kind(dict) {
            ExprKind::Dict(items) => items,
            ExprKind::Call { callee, .. } if self.text(*callee) == "dict" => {
                return self.keyword(dict, key, value);
            }
            _ => return None,
        };
        let is_key =
            |it: ExprId| matches!(self.module.ast.kind(it), ExprKind::Str(own) if own == key);
        if let Some((_, old)) = items.iter().rev().find(|it| it.0.is_some_and(is_key)) {
            return self.replace(*old, value);
        }
        let list = List {
            items: items
                .iter()
                .map(|(key, value)| self.item(*key, *value))
                .collect::<Option<_>>()?,
            close: self.closing(dict, '}')?,
            last: items.iter().rev().take_while(|it| it.0.is_none()).count(),
            may_break: true,
        };
        self.insert(dict, &list, &[self.entry(dict, key, value)])
    }

    /// `"key": value` with the quotes that are usual near an expression.
    #[must_use]
    pub fn entry(self, near: ExprId, key: &str, value: &str) -> String {
        let quote = self.quote(near);
        format!("{quote}{key}{quote}: {value}")
    }

    /// Other text for an expression.
    #[must_use]
    pub fn replace(self, old: ExprId, new: &str) -> Option<Vec<Edit>> {
        let span = self.module.ast.expr(old);
        (!self.is_in_text(old, new)).then(|| vec![self.edit(span.start, span.end, new)])
    }

    fn insert(self, into: ExprId, list: &List, new: &[String]) -> Option<Vec<Edit>> {
        if new.iter().any(|it| self.is_in_text(into, it)) {
            return None;
        }
        let edits = list.with(self.text, new)?;
        let edits = edits.into_iter().map(|(at, text)| self.edit(at, at, &text));
        Some(edits.collect())
    }

    fn edit(self, start: u32, end: u32, text: &str) -> Edit {
        let file = self.file;
        Edit {
            span: Span { file, start, end },
            text: text.to_owned(),
        }
    }

    /// Where an expression's last bracket is.
    fn closing(self, expr: ExprId, bracket: char) -> Option<u32> {
        let end = self.module.ast.expr(expr).end;
        self.text(expr).ends_with(bracket).then(|| end - 1)
    }

    /// One entry of a dict; a spread begins with its stars.
    fn item(self, key: Option<ExprId>, value: ExprId) -> Option<std::ops::Range<u32>> {
        let expr = self.module.ast.expr(value);
        let start = match key {
            Some(key) => self.module.ast.expr(key).start,
            None => u32::try_from(self.text[..expr.start as usize].rfind("**")?).ok()?,
        };
        Some(range(start, expr.end))
    }

    /// Whether an argument is the `**kwargs` of the function around it, which may hold any name
    /// tomorrow.
    fn is_handed_through(self, arg: &Arg) -> bool {
        let ast = &self.module.ast;
        let ExprKind::Name(name) = ast.kind(arg.value) else {
            return false;
        };
        let function = ast.function_of(ast.expr(arg.value).scope);
        arg.kind == ArgKind::DoubleStar
            && function.is_some_and(|it| ast.function(it).params.iter().any(|it| it.name == *name))
    }

    /// Whether a text with quotes would stand inside a string, which Python before 3.12 cannot read.
    fn is_in_text(self, expr: ExprId, new: &str) -> bool {
        let ast = &self.module.ast;
        let mut around = std::iter::successors(Some(expr), |it| ast.expr(*it).parent);
        new.contains(['"', '\'']) && around.any(|it| matches!(ast.kind(it), ExprKind::Format(_)))
    }

    /// The quotes that are usual near an expression.
    #[must_use]
    pub fn quote(self, near: ExprId) -> char {
        let counts = |text: &str| (text.matches('"').count(), text.matches('\'').count());
        let (double, single) = match counts(self.text(near)) {
            (0, 0) => counts(self.text),
            near => near,
        };
        if single > double { '\'' } else { '"' }
    }
}

/// `["a=1", "b=f(2, 3)"]` of `a=1, b=f(2, 3)`; `None` when something in it has no name.
#[must_use]
pub fn keywords(text: &str) -> Option<Vec<String>> {
    let mut depth = 0_usize;
    let parts = text.split(|c| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts
        .map(|it| it.contains('=').then(|| it.trim().to_owned()))
        .collect()
}

fn range(start: u32, end: u32) -> std::ops::Range<u32> {
    start..end
}
