//! How a library's name is written at a place, and which import it needs.

use std::ops::Range;

use crate::fix::Edit;
use crate::model::python::{Binding, Bound};
use crate::syntax::python::{ExprId, ExprKind, ScopeId, ScopeKind, Stmt, StmtId, StmtKind};

use super::Writer;
use super::list::{List, indentation, line_end, offset, rest_of_line};

/// A name as it is written in a file.
#[derive(Debug)]
pub struct Named {
    /// The name: `stop_after_attempt`, or `tenacity.stop_after_attempt`.
    pub name: String,
    /// The import it needs, unless it is there.
    pub edits: Vec<Edit>,
}

impl<'p> Writer<'p> {
    /// How `tenacity.stop_after_attempt` is written next to something else of that library.
    ///
    /// `None` when the name stands for something else there, or when nobody can tell where the
    /// imports are.
    #[must_use]
    pub fn name(self, path: &str, near: ExprId) -> Option<Named> {
        let there = |name: &str| Named {
            name: name.to_owned(),
            edits: Vec::new(),
        };
        let Some((module, name)) = path.rsplit_once('.') else {
            let bound = self.binding(near, path);
            return match bound.map(|it| &it.what) {
                Some(Bound::Module(own)) if own == path => Some(there(path)),
                Some(_) => None,
                None => self.import(near, &format!("import {path}"), path, path),
            };
        };
        if let Some(own) = self.imported_as(near, module, name) {
            return Some(there(own));
        }
        if let Some(prefix) = self.prefix(near, module) {
            return Some(there(&format!("{prefix}.{name}")));
        }
        if self.binding(near, name).is_some() {
            return None;
        }
        if let Some(edits) = self.joined(near, module, name) {
            let name = name.to_owned();
            return Some(Named { name, edits });
        }
        let bound = self.binding(near, module).map(|it| &it.what);
        if matches!(bound, Some(Bound::Module(own)) if own == module) {
            return Some(there(&format!("{module}.{name}")));
        }
        let statement = format!("from {module} import {name}");
        self.import(near, &statement, module, name)
    }

    /// Under which name something is imported already.
    fn imported_as(self, near: ExprId, module: &str, name: &str) -> Option<&'p str> {
        let scopes = self.scopes(near);
        let mut stmts = self.module.ast.stmts.iter();
        stmts.find_map(|stmt| match &stmt.kind {
            // What a package offers in several of its modules is the same thing.
            StmtKind::ImportFrom {
                level: 0,
                module: own,
                names,
            } if package(own) == package(module)
                && scopes.contains(&stmt.scope)
                && !self.is_for_types(stmt) =>
            {
                let own = names.iter().find(|it| it.name == name)?;
                Some(own.alias.as_ref().unwrap_or(&own.name).as_str())
            }
            _ => None,
        })
    }

    /// `tenacity` where the neighbour is written `tenacity.retry`.
    fn prefix(self, near: ExprId, module: &str) -> Option<String> {
        if let ExprKind::Attribute { value, .. } = self.module.ast.kind(near)
            && let Some(prefix) = self.module.ast.dotted(*value)
            && let Some(root) = prefix.split('.').next()
            && let Some(binding) = self.binding(near, root)
        {
            let dotted = prefix.strip_prefix(root).unwrap_or_default();
            let meant = match &binding.what {
                Bound::Module(own) => format!("{own}{dotted}"),
                Bound::Imported {
                    level: 0,
                    module,
                    name,
                } => format!("{module}.{name}{dotted}"),
                _ => String::new(),
            };
            if meant == module {
                return Some(prefix);
            }
        }
        None
    }

    /// An import that is there for the same module, with one more name.
    fn joined(self, near: ExprId, module: &str, name: &str) -> Option<Vec<Edit>> {
        let ast = &self.module.ast;
        let scopes = self.scopes(near);
        let (stmt, names) = ast.stmts.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::ImportFrom {
                level: 0,
                module: own,
                names,
            } if own == module && scopes.contains(&stmt.scope) => {
                let is_plain = stmt.parent.is_none() && names.iter().all(|it| it.name != "*");
                is_plain.then_some((stmt, names))
            }
            _ => None,
        })?;
        let (items, close, in_brackets) = self.imported(stmt.start..stmt.end)?;
        let own: Vec<&str> = names.iter().map(|it| it.name.as_str()).collect();
        let is_sorted = own.is_sorted_by_key(|it| rank(it));
        let is_later = |it: &&&str| is_sorted && rank(it) > rank(name);
        let behind = own.iter().filter(is_later).count();
        if items.len() != names.len() {
            return None;
        }
        let list = List {
            items,
            close,
            last: behind,
            may_break: in_brackets,
        };
        let edits = list.with(self.text, &[name.to_owned()])?;
        let edits = edits.into_iter().map(|(at, text)| self.edit(at, at, &text));
        Some(edits.collect())
    }

    /// The names of a from-import, where they end, and whether they stand in brackets.
    fn imported(self, stmt: Range<u32>) -> Option<(Vec<Range<u32>>, u32, bool)> {
        let text = &self.text[stmt.start as usize..stmt.end as usize];
        let start = text.find("import ").or_else(|| text.find("import("))? + "import".len();
        let before = &text[..start - "import".len()];
        if !before.ends_with([' ', '\t']) {
            return None;
        }
        let rest = &text[start..];
        let open = rest.trim_start().starts_with('(');
        let names = if open {
            rest.trim_end().strip_suffix(')')?
        } else {
            rest
        };
        let first = if open { rest.find('(')? + 1 } else { 0 };
        let mut items = Vec::new();
        let mut word: Option<Range<usize>> = None;
        let mut chars = names.char_indices().skip_while(|it| it.0 < first);
        while let Some((at, c)) = chars.next() {
            match c {
                ',' => items.extend(word.take()),
                '#' => drop(chars.by_ref().find(|it| matches!(it.1, '\n' | '\r'))),
                '\\' => {}
                c if c.is_whitespace() => {}
                c => {
                    let end = at + c.len_utf8();
                    word = Some(word.map_or(at, |it| it.start)..end);
                }
            }
        }
        items.extend(word.take());
        let base = stmt.start + offset(start);
        let items = items
            .into_iter()
            .map(|it| base + offset(it.start)..base + offset(it.end));
        Some((items.collect(), base + offset(names.len()), open))
    }

    /// A new import, beside the one that brings the neighbour.
    fn import(self, near: ExprId, statement: &str, module: &str, name: &str) -> Option<Named> {
        let ast = &self.module.ast;
        let anchor = self.anchor(near)?;
        let block = self.block(anchor);
        let sort = |it: &StmtId| match &ast.stmt(*it).kind {
            StmtKind::ImportFrom { level, module, .. } => Some((*level, module.to_lowercase())),
            _ => None,
        };
        let own: Vec<_> = block.iter().filter_map(sort).collect();
        let later = |it: &&StmtId| {
            sort(it).is_some_and(|it| it > (0, module.to_lowercase())) && own.is_sorted()
        };
        let line = line_end(self.text);
        let first_later = block
            .iter()
            .find(later)
            .filter(|_| statement.starts_with("from"));
        let edit = if let Some(next) = first_later {
            let at = ast.stmt(*next).start;
            let indentation = indentation(self.text, at)?;
            self.edit(at, at, &format!("{statement}{line}{indentation}"))
        } else {
            let sorted = own.is_sorted() && statement.starts_with("from");
            let last = block.last().filter(|_| sorted).unwrap_or(&anchor);
            let last = ast.stmt(*last);
            let indentation = indentation(self.text, last.start)?;
            let at = rest_of_line(self.text, last.end)?;
            self.edit(at, at, &format!("{line}{indentation}{statement}"))
        };
        let (name, edits) = (name.to_owned(), vec![edit]);
        Some(Named { name, edits })
    }

    /// The statement that imports the neighbour.
    fn anchor(self, near: ExprId) -> Option<StmtId> {
        let ast = &self.module.ast;
        let mut at = near;
        while let ExprKind::Attribute { value, .. } | ExprKind::Call { callee: value, .. } =
            ast.kind(at)
        {
            at = *value;
        }
        let ExprKind::Name(root) = ast.kind(at) else {
            return None;
        };
        match self.binding(near, root) {
            Some(bound) => match bound.what {
                Bound::Imported { .. } | Bound::Module(_) => Some(bound.stmt),
                _ => None,
            },
            None => None,
        }
    }

    /// The imports around one that follow each other line by line.
    fn block(self, anchor: StmtId) -> Vec<StmtId> {
        let ast = &self.module.ast;
        let own = ast.stmt(anchor);
        let mut block: Vec<StmtId> = Vec::new();
        for (stmt, at) in ast.stmts.iter().zip(0..) {
            let is_import = matches!(stmt.kind, StmtKind::Import(_) | StmtKind::ImportFrom { .. });
            if !is_import || stmt.scope != own.scope || stmt.parent != own.parent {
                continue;
            }
            let gap = |last: &StmtId| &self.text[ast.stmt(*last).end as usize..stmt.start as usize];
            let follows = block.last().is_some_and(|it| {
                let gap = gap(it);
                gap.trim().is_empty() && gap.matches('\n').count() <= 1
            });
            if !follows {
                if block.contains(&anchor) {
                    break;
                }
                block.clear();
            }
            block.push(StmtId(at));
        }
        block
    }

    /// The scopes in which a name at a place is looked up, from the inside out.
    fn scopes(self, near: ExprId) -> Vec<ScopeId> {
        let ast = &self.module.ast;
        let own = ast.expr(near).scope;
        let all = std::iter::successors(Some(own), |it| ast.scope(*it).parent);
        // The names of a class are not seen from its methods.
        all.filter(|it| *it == own || !matches!(ast.scope(*it).kind, ScopeKind::Class(_)))
            .collect()
    }

    /// What binds a name at a place: the first of several, as far as it is there when the program
    /// runs.
    fn binding(self, near: ExprId, name: &str) -> Option<&'p Binding> {
        let scope = self.module.ast.expr(near).scope;
        let scope = self.module.scope_binding(scope, name)?;
        let mut all = self.module.bindings(scope, name).iter();
        all.find(|it| !self.is_for_types(self.module.ast.stmt(it.stmt)))
    }

    /// Whether a statement stands under `if TYPE_CHECKING:`, which no program ever runs.
    fn is_for_types(self, stmt: &Stmt) -> bool {
        let parent = stmt.parent.map(|it| &self.module.ast.stmt(it).kind);
        let Some(StmtKind::If(branches)) = parent else {
            return false;
        };
        let mut tests = branches.iter().filter_map(|it| it.0);
        tests.any(|it| self.text(it).ends_with("TYPE_CHECKING"))
    }
}

/// `tenacity` of `tenacity.stop`.
fn package(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// Where a name stands among sorted ones: constants, then classes, then functions.
///
/// Source: isort, option `order_by_type`, <https://pycqa.github.io/isort/docs/configuration/options.html>,
/// read 2026-11-22.
fn rank(name: &str) -> (u8, &str) {
    let kind = if name.chars().all(|it| !it.is_lowercase()) {
        0
    } else if name.starts_with(char::is_uppercase) {
        1
    } else {
        2
    };
    (kind, name)
}
