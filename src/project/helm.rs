//! The values of a Helm chart, put into its templates where the reference is plain.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::model::configuration::Configuration;
use crate::source::{FileId, Sources};
use crate::syntax::tree::View;

/// The folder of a chart's templates.
const TEMPLATES: &str = "templates/";

/// Functions that leave a value as it is, as far as we are concerned.
const PASSING: &[&str] = &["int", "int64", "quote", "squote", "toString", "trim"];

/// Puts the values in that a chart has beside its templates, as somebody gets it who sets none.
pub(super) fn fill(sources: &Sources, all: &mut BTreeMap<FileId, Arc<Configuration>>) {
    let mut filled = Vec::new();
    for (file, read) in all.iter() {
        let path = &sources.get(*file).path;
        let is_template = |at: &usize| *at == 0 || path[..*at].ends_with('/');
        let Some(at) = path.rfind(TEMPLATES).filter(is_template) else {
            continue;
        };
        let values = sources.find(&format!("{}values.yaml", &path[..at]));
        let values = values.and_then(|it| all.get(&it)?.tree()?.root());
        let (Some(values), Some(tree)) = (values, read.tree()) else {
            continue;
        };
        let tree = tree.filled(&|text| filled_in(text, values));
        filled.extend(tree.map(|it| (*file, Arc::new(Configuration::Tree(it)))));
    }
    all.extend(filled);
}

/// A text with all of its placeholders filled in; `None` when one of them says more than a value.
fn filled_in(text: &str, values: View<'_>) -> Option<SmolStr> {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once("{{") {
        let (action, after) = inner.split_once("}}")?;
        result.push_str(before);
        result.push_str(value(action, values)?);
        rest = after;
    }
    result.push_str(rest);
    Some(result.into())
}

/// `.Values.a.b`, also `.Values.a.b | default 30 | quote`.
fn value<'v>(action: &'v str, values: View<'v>) -> Option<&'v str> {
    let mut parts = action.trim_matches('-').split('|').map(str::trim);
    let path = parts.next()?.strip_prefix(".Values.")?;
    let keys: Vec<&str> = path.split('.').collect();
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    if !keys
        .iter()
        .all(|it| !it.is_empty() && it.chars().all(is_name))
    {
        return None;
    }
    let mut found = values
        .at(&keys)
        .and_then(View::text)
        .filter(|it| !it.is_empty());
    for function in parts {
        match function.split_once(' ') {
            None if PASSING.contains(&function) => {}
            Some(("default", otherwise)) => {
                let otherwise = otherwise.trim();
                let literal = otherwise.trim_matches('"');
                let is_literal = literal.len() + 2 == otherwise.len()
                    || otherwise.bytes().all(|it| it.is_ascii_digit());
                found = found.or(Some(literal).filter(|_| is_literal));
            }
            _ => return None,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml;

    #[test]
    fn a_plain_reference_is_filled_in() {
        let values =
            yaml::parse("proxy: {timeout: 300}\nimage: {name: api, tag: \"\"}\nlist: [1]\n");
        let root = values.root().expect("a map");
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(filled_in(text, root).as_deref(), expected, "{text}");
        };
        check("{{ .Values.proxy.timeout }}", Some("300"));
        check("{{- .Values.proxy.timeout | quote -}}", Some("300"));
        check("{{ .Values.proxy.timeout }}s", Some("300s"));
        check("{{ .Values.proxy.wait | default 60 }}", Some("60"));
        check("{{ .Values.image.tag | default \"1\" }}", Some("1"));
        check("{{ .Values.image.tag | default .Chart.AppVersion }}", None);
        check("{{ include \"x\" . }}", None);
        check("{{ .Values.list }}", None);
        check("{{ .Values.missing }}", None);
        check("{{ .Values.proxy", None);
    }
}
