//! Which packages of interest a text imports, told without parsing it.

use aho_corasick::{AhoCorasick, MatchKind};
use smol_str::SmolStr;

use crate::catalog::entry::Packages;

/// Which groups of `rules/packages.toml` a text names.
// Four answers that do not depend on each other.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    /// Packages that make a project an application of ours.
    pub(super) anchor: bool,
    /// Model SDKs.
    pub(super) sdk: bool,
    /// Libraries that wait for a network.
    pub(super) network: bool,
    /// Other libraries that rules speak of.
    pub(super) other: bool,
}

impl Named {
    /// Whether a text is worth the memory before it is known to be worth parsing; every third one
    /// of a large tree names a library of the network.
    pub(super) fn is_near(self) -> bool {
        self.anchor || self.sdk
    }
}

/// The groups, in the order in which the patterns are joined.
#[derive(Debug, Clone, Copy)]
enum Group {
    Anchor,
    Sdk,
    Network,
    Other,
}

/// The names to look for, compiled.
pub(super) struct Needles {
    search: AhoCorasick,
    groups: Vec<Group>,
}

impl Needles {
    /// Anchors, SDKs and the network; the other libraries only on demand, since nearly every file
    /// imports one.
    pub(super) fn new(packages: &Packages, with_others: bool) -> Self {
        let others: &[SmolStr] = if with_others { &packages.others } else { &[] };
        let (patterns, groups): (Vec<&str>, Vec<Group>) = [
            (packages.anchors.as_slice(), Group::Anchor),
            (packages.sdks.as_slice(), Group::Sdk),
            (packages.network.as_slice(), Group::Network),
            (others, Group::Other),
        ]
        .into_iter()
        .flat_map(|(names, group)| names.iter().map(move |it| (it.as_str(), group)))
        .unzip();
        let search = AhoCorasick::builder()
            // `urllib3` is not `urllib`.
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns)
            .expect("the catalogue's names are few and short");
        Self { search, groups }
    }

    /// Looks for imports of packages of interest.
    pub(super) fn named(&self, text: &str) -> Named {
        let bytes = text.as_bytes();
        let mut named = Named::default();
        for hit in self.search.find_iter(text) {
            let group = self.groups[hit.pattern().as_usize()];
            let found = match group {
                Group::Anchor => &mut named.anchor,
                Group::Sdk => &mut named.sdk,
                Group::Network => &mut named.network,
                Group::Other => &mut named.other,
            };
            if *found {
                continue;
            }
            let (before, after) = (&bytes[..hit.start()], &bytes[hit.end()..]);
            *found = match group {
                // `langchain` also begins `langchain_openai`, so what follows does not matter.
                Group::Anchor => is_imported(before) || is_quoted(before, after),
                Group::Sdk | Group::Network | Group::Other => {
                    !goes_on(after) && is_imported(before)
                }
            };
        }
        named
    }
}

/// Whether what comes before a name makes it an import.
fn is_imported(before: &[u8]) -> bool {
    let line = before.iter().rposition(|&it| matches!(it, b'\n' | b'\r'));
    let line = &before[line.map_or(0, |it| it + 1)..];
    if [
        &b"import_module(\""[..],
        b"import_module('",
        b"__import__(\"",
        b"__import__('",
    ]
    .iter()
    .any(|it| line.ends_with(it))
    {
        return true;
    }
    let words = line.trim_ascii_end();
    if words.len() < line.len()
        && let Some(rest) = words
            .strip_suffix(b"import")
            .or_else(|| words.strip_suffix(b"from"))
    {
        // `else: import x` and `a = 1; import x` count, `from . import x` is a module of their own.
        let rest = rest.trim_ascii_end();
        return rest.is_empty() || rest.ends_with(b":") || rest.ends_with(b";");
    }
    words.ends_with(b",") && words.trim_ascii_start().starts_with(b"import ")
}

/// Whether a name begins a dotted path between quotes, as in a table of classes to load.
fn is_quoted(before: &[u8], after: &[u8]) -> bool {
    let Some(quote @ (b'"' | b'\'')) = before.last() else {
        return false;
    };
    let end = after
        .iter()
        .position(|&it| !(is_word(it) || it == b'.' || it == b':'));
    end.is_some_and(|it| after[it] == *quote)
}

fn goes_on(after: &[u8]) -> bool {
    after.first().is_some_and(|&it| is_word(it))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::bundled;

    fn named(text: &str) -> Named {
        Needles::new(&bundled().packages, true).named(text)
    }

    fn anchor(text: &str) -> bool {
        named(text).anchor
    }

    #[test]
    fn an_import_counts_wherever_it_stands() {
        assert!(anchor("from langchain_openai import ChatOpenAI\n"));
        assert!(anchor("import os\n    import langgraph.graph as g\n"));
        assert!(anchor("import os, langchain\n"));
        assert!(anchor("try: from langchain import hub\n"));
        assert!(anchor(
            "m = importlib.import_module(\"langchain_openai\")\n"
        ));
        assert!(anchor("x = 1\rimport langchain"));
    }

    #[test]
    fn a_path_in_quotes_counts() {
        assert!(anchor(
            "REGISTRY = {'openai': \"langchain_openai.ChatOpenAI\"}"
        ));
        assert!(anchor("x = 'langchain_openai:ChatOpenAI'"));
        assert!(!anchor("install_requires=['langchain>=0.1']"));
        assert!(!anchor("'langchain is great'"));
    }

    #[test]
    fn a_mention_does_not_count() {
        assert!(!anchor("# works like langchain\n"));
        assert!(!anchor("x.langchain()\n"));
        assert!(!anchor("from . import langchain_helpers\n"));
        assert!(!anchor("from mylangchain import x\n"));
    }

    #[test]
    fn an_sdk_must_be_named_in_full() {
        assert!(named("import openai").sdk);
        assert!(named("from openai.types import x").sdk);
        assert!(named("from google.genai import Client").sdk);
        assert!(!named("import openai_tools").sdk);
        assert!(!named("client = 'openai'").sdk);
    }

    #[test]
    fn other_libraries_are_told_apart() {
        let found = named("import httpx\n");
        assert!(found.network && !found.anchor && !found.sdk && !found.other);
        assert!(named("import tenacity\n").other);
        assert_eq!(named("import json\n"), Named::default());
        assert!(
            Needles::new(&bundled().packages, false)
                .named("import httpx\n")
                .network
        );
        assert_eq!(
            Needles::new(&bundled().packages, false).named("import tenacity\n"),
            Named::default()
        );
    }
}
