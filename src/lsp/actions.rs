//! What an editor can do about a finding: apply a fix, suppress it with a reason, read its page.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs, io};

use gen_lsp_types::{CodeActionKind, CodeActionParams, ExecuteCommandParams};
use lsp_server::ErrorCode;
use serde_json::{Value, json};

use crate::catalog;
use crate::docs;
use crate::finding::Finding;
use crate::fix::{Edit, Fix, Trust};
use crate::project::Project;
use crate::source::Span;

use super::convert::range;
use super::folder::{Editor, Folder};
use super::session::{Refusal, Session};
use super::uri::uri_of;

/// The command that shows the page of a rule.
pub(super) const OPEN_PAGE: &str = "unhang.openRulePage";

/// The kind of the action that applies all safe fixes of a file.
pub(super) const FIX_ALL: &str = "source.fixAll.unhang";

/// The actions for the findings on the lines of a range, those of one finding together.
pub(super) fn actions(session: &Session, params: &CodeActionParams) -> Value {
    let Some(place) = session.place(&params.text_document.uri) else {
        return json!([]);
    };
    let folder = place.folder;
    let Some(file) = folder.file(&place.path) else {
        return json!([]);
    };
    let wants = |kind: &str| {
        let only = params.context.only.as_ref();
        only.is_none_or(|all| all.iter().any(|it| covers(it, kind)))
    };
    let desk = Desk {
        folder,
        editor: session.editor(),
    };
    let findings = folder.findings(file);
    let mut all = Vec::new();
    if wants("quickfix") {
        let source = folder.project.sources().get(file);
        let columns = session.client.columns;
        let is_meant = |it: &&Finding| {
            let own = range(source, it.primary.span, columns);
            folder.cell(it.primary.span) == place.cell
                && own.start.line <= params.range.end.line
                && params.range.start.line <= own.end.line
        };
        for finding in findings.iter().filter(is_meant) {
            all.extend(desk.about(finding));
        }
    }
    if wants(FIX_ALL) {
        all.extend(desk.fix_all(&findings));
    }
    Value::Array(all)
}

/// Whether a kind that the client asks for is another one, or one above it.
fn covers(wanted: &CodeActionKind, kind: &str) -> bool {
    let wanted = String::from(wanted.clone());
    let rest = kind.strip_prefix(wanted.as_str());
    wanted.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
}

/// A folder, and the editor in which its texts are changed.
struct Desk<'a> {
    folder: &'a Folder,
    editor: Editor<'a>,
}

impl Desk<'_> {
    /// The actions for one finding.
    fn about(&self, finding: &Finding) -> Vec<Value> {
        let diagnostics = self
            .folder
            .diagnostics(std::iter::once(finding), self.editor);
        let diagnostics: Vec<_> = diagnostics.into_values().flatten().collect();
        let action = |title: &str, more: Value| {
            let mut action = json!({
                "title": title, "kind": "quickfix", "diagnostics": diagnostics,
            });
            if let (Some(action), Value::Object(more)) = (action.as_object_mut(), more) {
                action.extend(more);
            }
            action
        };
        let mut all = Vec::new();
        for (at, fix) in finding.fixes.iter().enumerate() {
            let preferred = at == 0 && fix.trust == Trust::Safe;
            if let Some(edit) = self.edit(&fix.edits) {
                let more = json!({"edit": edit, "isPreferred": preferred});
                all.push(action(&sentence(&fix.title), more));
            }
        }
        let suppression = suppression(&self.folder.project, finding);
        if let Some(edit) = suppression.and_then(|it| self.edit(&[it])) {
            let title = format!("Suppress `{}` here, with a reason", finding.rule);
            all.push(action(&title, json!({"edit": edit})));
        }
        if self.editor.client.shows {
            let title = format!("Open the page of `{}`", finding.rule);
            let command =
                json!({"title": title, "command": OPEN_PAGE, "arguments": [finding.rule]});
            all.push(action(&title, json!({"command": command})));
        }
        all
    }

    /// One action for all safe fixes; nothing when there is none.
    fn fix_all(&self, findings: &[Finding]) -> Option<Value> {
        let safe = |it: &&Fix| it.trust == Trust::Safe;
        let mut edits: Vec<Edit> = Vec::new();
        for fix in findings.iter().filter_map(|it| it.fixes.iter().find(safe)) {
            // Where two collide, the second one is for the next time.
            let free = |edit: &Edit| edits.iter().all(|it| !meet(it.span, edit.span));
            if fix.edits.iter().all(free) {
                edits.extend(fix.edits.iter().cloned());
            }
        }
        if edits.is_empty() {
            return None;
        }
        Some(json!({
            "title": "Fix everything that unhang can fix safely",
            "kind": FIX_ALL,
            "edit": self.edit(&edits)?,
        }))
    }

    /// Edits as the client takes them: with the version of the text they were made for, if it can.
    ///
    /// `None` when it does not show one of the places.
    fn edit(&self, edits: &[Edit]) -> Option<Value> {
        let sources = self.folder.project.sources();
        let mut by_text: BTreeMap<String, (Option<i32>, Vec<Value>)> = BTreeMap::new();
        for edit in edits {
            let source = sources.get(edit.span.file);
            let range = range(source, edit.span, self.editor.client.columns);
            let face = self.folder.face(edit.span, self.editor)?;
            let (_, all) = by_text
                .entry(face.uri.0)
                .or_insert((face.version, Vec::new()));
            all.push(json!({"range": range, "newText": edit.text}));
        }
        if !self.editor.client.versions {
            let changes = by_text.into_iter().map(|(uri, (_, edits))| (uri, edits));
            return Some(json!({"changes": changes.collect::<BTreeMap<_, _>>()}));
        }
        let versioned = by_text.into_iter().map(|(uri, (version, edits))| {
            let document = json!({"uri": uri, "version": version});
            json!({"textDocument": document, "edits": edits})
        });
        Some(json!({"documentChanges": versioned.collect::<Vec<_>>()}))
    }
}

fn meet(a: Span, b: Span) -> bool {
    a.file == b.file && a.start <= b.end && b.start <= a.end
}

/// A fix's title as the name of an action.
fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The comment that suppresses a finding: behind its statement when that is one line without a
/// comment, else above it. `None` where neither would be heard.
fn suppression(project: &Project, finding: &Finding) -> Option<Edit> {
    let span = finding.primary.span;
    let source = project.sources().get(span.file);
    let module = project.module(span.file)?;
    let statement = module.ast.statement_at(span.start)?;
    let line = |at: u32| source.lines.line(at);
    let comment = format!("# unhang: ignore[{}] -- reason", finding.rule);
    let (first, last) = (line(statement.start), line(statement.end.max(1) - 1));
    let start = source.lines.start(first)?;
    let text = source.lines.text(&source.text, first);
    let end = start + u32::try_from(text.len()).ok()?;
    let commented = module
        .ast
        .comments
        .iter()
        .any(|it| (start..end).contains(&it.start));
    let at = |at| Span {
        file: span.file,
        start: at,
        end: at,
    };
    if first == last && !commented && !text.ends_with('\\') {
        let end = start + u32::try_from(text.trim_end().len()).ok()?;
        return Some(Edit {
            span: at(end),
            text: format!("  {comment}"),
        });
    }
    let indent = &text[..text.len() - text.trim_start().len()];
    let alone = start + u32::try_from(indent.len()).ok()? == statement.start;
    let end_of_line = if source.text.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    alone.then(|| Edit {
        span: at(start),
        text: format!("{indent}{comment}{end_of_line}"),
    })
}

/// Carries out a command of an action.
pub(super) fn execute(
    session: &mut Session,
    params: &ExecuteCommandParams,
) -> Result<Value, Refusal> {
    let invalid = |why: String| Refusal(ErrorCode::InvalidParams, why);
    if params.command != OPEN_PAGE {
        return Err(invalid(format!(
            "unhang has no command `{}`",
            params.command
        )));
    }
    let name = params.arguments.iter().flatten().next();
    let name = name.and_then(Value::as_str).unwrap_or_default();
    let Some((name, rule)) = catalog::bundled().rule(name) else {
        return Err(invalid(format!("there is no rule named `{name}`")));
    };
    let (uri, external) = if let Some(url) = docs::rule_url(name) {
        (url, true)
    } else {
        let page = docs::rule_page(name, rule, docs::examples());
        let written = written(name, &page).map_err(|it| {
            let why = format!("cannot write the page of `{name}`: {it}");
            Refusal(ErrorCode::RequestFailed, why)
        });
        (written?, false)
    };
    session.ask(
        "window/showDocument",
        json!({"uri": uri, "external": external}),
    );
    Ok(Value::Null)
}

/// Writes a page where editors can read it, and gives its URI.
fn written(name: &str, page: &str) -> io::Result<String> {
    let folder = env::temp_dir().join(concat!("unhang-", env!("CARGO_PKG_VERSION")));
    fs::create_dir_all(&folder)?;
    let path = folder.join(Path::new(name).with_extension("md"));
    fs::write(&path, page)?;
    Ok(uri_of(&path))
}
