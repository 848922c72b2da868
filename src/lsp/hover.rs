//! What is known of the place under the cursor: the page of a rule, the facts of a client.

use std::fmt::Write as _;

use gen_lsp_types::HoverParams;
use serde_json::{Value, json};

use crate::catalog;
use crate::docs;
use crate::project::resolve::Resolver;
use crate::source::{FileId, Span};

use super::convert::{offset_in, range};
use super::folder::Folder;
use super::session::Session;

/// The pages of the findings and of the client at a place; nothing elsewhere.
pub(super) fn hover(session: &Session, params: &HoverParams) -> Value {
    let place = &params.text_document_position_params;
    let found = session.place(&place.text_document.uri).and_then(|it| {
        let (folder, columns) = (it.folder, session.client.columns);
        let file = folder.file(&it.path)?;
        let source = folder.project.sources().get(file);
        let at = offset_in(source, it.cell, place.position, columns)?;
        let found = findings(folder, file, at).or_else(|| client(folder, file, at));
        let (span, text) = found?;
        Some((range(source, span, columns), text))
    });
    match found {
        Some((range, text)) => json!({
            "contents": {"kind": "markdown", "value": text},
            "range": range,
        }),
        None => Value::Null,
    }
}

/// The pages of the rules that complain about a place.
fn findings(folder: &Folder, file: FileId, at: usize) -> Option<(Span, String)> {
    let found = folder.findings(file);
    let mut here = found.iter().filter(|it| holds(it.primary.span, at));
    let first = here.next()?;
    let (name, rule) = catalog::bundled().rule(first.rule)?;
    let page = docs::rule_page(name, rule, docs::examples());
    let mut text = format!("**{}**\n\n{page}", first.message);
    for other in here.filter(|it| it.rule != first.rule) {
        let _ = write!(text, "\n---\n\n**{}**: {}\n", other.rule, other.message);
    }
    Some((first.primary.span, text))
}

/// What is known of the client that is built at a place.
fn client(folder: &Folder, file: FileId, at: usize) -> Option<(Span, String)> {
    let resolver = Resolver::new(&folder.project);
    let clients = resolver.clients(file, &|site| folder.uses.of(site));
    let site = clients.sites.iter().find(|it| holds(it.callee, at))?;
    let catalog = catalog::bundled();
    Some((site.callee, docs::client_facts(catalog, site.client)))
}

fn holds(span: Span, at: usize) -> bool {
    (span.start as usize..=span.end as usize).contains(&at)
}
