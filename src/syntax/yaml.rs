//! A YAML text as a tree: anchors, tags, several documents, and templates that YAML comes out of.

use std::ops::Range;

use rustc_hash::FxHashMap as HashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use smol_str::SmolStr;

use super::masked::{self, Masked};
use super::tree::{Builder, NodeId, Scalar, TooDeep, Tree};
use super::{offset, outdent};

/// How often a text is read again with lines joined that stand too far to the left.
const MOST_REPAIRS: usize = 16;

/// Reads a text. What cannot be read is the tree's fault; what stands before it is kept.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let masked = masked::mask(text);
    let readable = masked.as_ref().map_or(text, |it| &it.text);
    let (mut builder, mut fault) = read(text, masked.as_ref(), readable);
    let mut joined: Option<String> = None;
    for _ in 0..MOST_REPAIRS {
        let Some((at, why)) = &fault else { break };
        joined = outdent::joined(joined.as_deref().unwrap_or(readable), *at, why);
        let Some(joined) = &joined else { break };
        (builder, fault) = read(text, masked.as_ref(), joined);
    }
    builder.find_comments(readable);
    builder.holes(masked.map(|it| it.holes).unwrap_or_default());
    builder.finish(fault)
}

/// Reads a text that is as long as the one it was made of, up to the first fault.
fn read(text: &str, masked: Option<&Masked>, readable: &str) -> (Builder, Option<(u32, String)>) {
    let mut reader = Reader {
        text,
        masked,
        places: Places::new(readable),
        builder: Builder::default(),
        anchors: HashMap::default(),
        open: Vec::new(),
    };
    for event in Parser::new_from_str(readable) {
        let failed = match event {
            Ok((event, span)) => {
                let start = reader.places.byte(span.start.index());
                let done = reader.take(event, span);
                done.err().map(|_| (start, "nested too deeply".to_owned()))
            }
            Err(error) => {
                let at = reader.places.byte(error.marker().index());
                Some((at, error.info().to_owned()))
            }
        };
        if failed.is_some() {
            return (reader.builder, failed);
        }
    }
    (reader.builder, None)
}

struct Reader<'t> {
    text: &'t str,
    masked: Option<&'t Masked>,
    places: Places,
    builder: Builder,
    anchors: HashMap<usize, NodeId>,
    /// Anchors of what is still open.
    open: Vec<(usize, NodeId)>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), TooDeep> {
        let bytes = self.places.byte(span.start.index())..self.places.byte(span.end.index());
        match event {
            Event::MappingStart(anchor, _) => {
                let node = self.builder.map(bytes.start)?;
                self.open.push((anchor, node));
            }
            Event::SequenceStart(anchor, _) => {
                let node = self.builder.list(bytes.start)?;
                self.open.push((anchor, node));
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.builder.end(bytes.end);
                // An anchor counts once its node is complete, so nothing can contain itself.
                if let Some((anchor, node)) = self.open.pop() {
                    self.name(anchor, node);
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(bytes, &value, style, tag.as_deref());
                self.name(anchor, node);
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => self.builder.alias(*node),
                None => {
                    self.builder.scalar(bytes, "", Scalar::Null);
                }
            },
            _ => {}
        }
        Ok(())
    }

    fn name(&mut self, anchor: usize, node: NodeId) {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
    }

    fn scalar(
        &mut self,
        bytes: Range<u32>,
        value: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
    ) -> NodeId {
        let text = &self.text[bytes.start as usize..bytes.end as usize];
        if let Some(masked) = self.masked {
            let next = masked.painted.partition_point(|it| it.end <= bytes.start);
            let painted = masked.painted.get(next);
            if painted.is_some_and(|it| it.start < bytes.end) {
                let quotes =
                    style == ScalarStyle::DoubleQuoted || style == ScalarStyle::SingleQuoted;
                let text = if quotes {
                    text.trim_matches(['"', '\''])
                } else {
                    text
                };
                return self.builder.scalar(bytes, text.trim(), Scalar::Template);
            }
        }
        let is_text = tag.is_some_and(|it| it.is_yaml_core_schema() && it.suffix == "str");
        let scalar = match style {
            ScalarStyle::Plain if !is_text => plain(value),
            _ => Scalar::Text,
        };
        self.builder.scalar(bytes, value, scalar)
    }
}

/// What a scalar without quotes means to the readers of these files.
///
/// Source: YAML 1.2.2, section 10.3.2, with the booleans of YAML 1.1, which `PyYAML` reads.
fn plain(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        _ => {}
    }
    if !text.starts_with(|it: char| it.is_ascii_digit() || "+-.".contains(it)) {
        return Scalar::Text;
    }
    let digits: SmolStr = text.chars().filter(|it| *it != '_').collect();
    let whole = match digits.get(..2) {
        Some("0x") => i64::from_str_radix(&digits[2..], 16).ok(),
        Some("0o") => i64::from_str_radix(&digits[2..], 8).ok(),
        _ => digits.parse().ok(),
    };
    match whole {
        Some(whole) => Scalar::Int(whole),
        None => match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Scalar::Float(number),
            _ => Scalar::Text,
        },
    }
}

/// The parser counts characters, and we count bytes.
struct Places {
    /// The byte of each character; empty when all have one.
    bytes: Vec<u32>,
    end: u32,
}

impl Places {
    fn new(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|it| offset(it.0)).collect()
        };
        Self {
            bytes,
            end: offset(text.len()),
        }
    }

    fn byte(&self, character: usize) -> u32 {
        if self.bytes.is_empty() {
            return offset(character).min(self.end);
        }
        self.bytes.get(character).copied().unwrap_or(self.end)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::tree::View;
    use super::*;

    fn written(text: &str, keys: &[&str]) -> Option<String> {
        let tree = parse(text);
        let bytes = tree.root()?.at(keys)?.bytes();
        Some(text[bytes.start as usize..bytes.end as usize].to_owned())
    }

    #[test]
    fn values_keep_the_place_they_were_written_at() {
        let text = "llm:\r\n  # größer\r\n  name: 'ä'\r\n  timeout: 30s # why\r\n";
        assert_eq!(written(text, &["llm", "timeout"]).as_deref(), Some("30s"));
        assert_eq!(written(text, &["llm", "name"]).as_deref(), Some("'ä'"));
        let comments = parse(text).comments;
        let shown: Vec<&str> = comments
            .iter()
            .map(|it| &text[it.start as usize..it.end as usize])
            .collect();
        assert_eq!(shown, ["# größer", "# why"]);
    }

    #[test]
    fn an_alias_is_the_node_it_means_and_a_merge_does_not_win() {
        let text = "base: &b {A: 1, B: 2}\nown:\n  <<: *b\n  B: 3\n";
        let tree = parse(text);
        let own = tree.root().and_then(|it| it.get("own")).expect("a map");
        assert_eq!(own.get("A").and_then(View::text), Some("1"));
        assert_eq!(own.get("B").and_then(View::text), Some("3"));
        assert_eq!(own.entries().len(), 2);
    }

    #[test]
    fn an_anchor_bomb_costs_nothing() {
        let mut text = "a0: &a0 [x, x]\n".to_owned();
        for at in 1..60 {
            let last = at - 1;
            let _ = writeln!(text, "a{at}: &a{at} [*a{last}, *a{last}, *a{last}]");
        }
        let tree = parse(&text);
        assert!(tree.fault.is_none());
        assert_eq!(tree.root().map(|it| it.entries().len()), Some(60));
        let merged = "m: &m {<<: *m, a: 1}\nn: {<<: [*m, *m]}\n";
        assert!(parse(merged).root().is_some());
    }

    #[test]
    fn between_brackets_the_column_says_nothing() {
        let check = |text: &str, items: &[&str]| {
            let tree = parse(text);
            assert_eq!(tree.fault, None, "{text}");
            let list = tree.root().and_then(|it| it.get("k")).expect("a list");
            let texts = list.items().filter_map(View::text);
            assert_eq!(texts.collect::<Vec<_>>(), items, "{text}");
            let first = list.items().next().expect("an item").bytes();
            assert!(text[first.start as usize..].starts_with(items[0]), "{text}");
            let after = tree.root().and_then(|it| it.get("m"));
            assert_eq!(after.and_then(View::text), Some("1"), "{text}");
        };
        check("k: [\nä, # ö\n# ü\n\"y\"\n]\nm: 1\n", &["ä", "y"]);
        check("k: [ # ö\nx,\n'y']\nm: 1\n", &["x", "y"]);
        check("k: [x, [\n\"u\"\n], {\n}, y\n]\nm: 1\n", &["x", "y"]);
        check("k: [x, \"y\nz\"]\nm: 1\n", &["x", "y z"]);
        let comments = parse("k: [\nx, # a\n# b\n\"y\"\n]\n").comments;
        assert_eq!(comments.len(), 2);
        assert!(parse("k: [\n\"x\",\n").fault.is_some());
        assert!(parse("k: [\n\"x\"\n}\n").fault.is_some());
    }

    #[test]
    fn documents_before_a_fault_are_kept() {
        let tree = parse("a: 1\n---\nb: [1\n---\nc: {");
        assert!(tree.fault.is_some());
        assert_eq!(
            tree.documents().next().and_then(|it| it.get("a")?.text()),
            Some("1")
        );
        assert!(parse(&"[".repeat(5_000)).fault.is_some());
    }

    #[test]
    fn a_template_keeps_what_it_does_not_fill_in() {
        let text = "spec:\n  {{- if .Values.x }}\n  replicas: {{ .Values.n }}\n  {{- end }}\n  name: api\n  resources:\n    {{- toYaml .Values.r | nindent 4 }}\n";
        let tree = parse(text);
        let spec = tree.root().and_then(|it| it.get("spec")).expect("a map");
        let replicas = spec.get("replicas").expect("a template");
        assert_eq!(replicas.text(), None);
        assert_eq!(replicas.template(), Some("{{ .Values.n }}"));
        assert_eq!(spec.get("name").and_then(View::text), Some("api"));
        assert!(spec.get("resources").is_some_and(View::is_open));
        assert!(!spec.get("name").is_some_and(View::is_open));
    }
}
