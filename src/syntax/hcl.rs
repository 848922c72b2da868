//! A Terraform text as a tree: each block is a map below its type and its labels.

use std::sync::OnceLock;

use tree_sitter::{Language, Node, Parser};

use super::tree::{Builder, Scalar, TooDeep, Tree};
use super::{grammar, offset, offsets};

/// What is still to be written, the next one last.
enum Task<'t> {
    Node(Node<'t>),
    End(usize),
}

/// Reads a text. What the grammar cannot place is the tree's fault, and left out.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let mut builder = Builder::default();
    let Some(parsed) = parsed(text) else {
        return builder.finish(Some((0, "too far from Terraform".to_owned())));
    };
    let fault = grammar::first_error(&parsed).map(|it| (it, "no Terraform".to_owned()));
    let mut tasks = vec![Task::Node(parsed.root_node())];
    while let Some(task) = tasks.pop() {
        match task {
            Task::End(at) => builder.end(offset(at)),
            Task::Node(node) => {
                if write(&mut builder, text, node, &mut tasks).is_err() {
                    let at = offset(node.start_byte());
                    return builder.finish(Some((at, "nested too deeply".to_owned())));
                }
            }
        }
    }
    builder.find_comments(text);
    builder.finish(fault)
}

fn parsed(text: &str) -> Option<tree_sitter::Tree> {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    let language = LANGUAGE.get_or_init(|| Language::new(tree_sitter_hcl::LANGUAGE));
    let mut parser = Parser::new();
    parser.set_language(language).ok()?;
    grammar::tree(&mut parser, text)
}

fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    let children = node.named_children(&mut cursor);
    children.filter(|it| it.kind() != "comment").collect()
}

fn write<'t>(
    builder: &mut Builder,
    text: &str,
    node: Node<'t>,
    tasks: &mut Vec<Task<'t>>,
) -> Result<(), TooDeep> {
    let own = text.get(node.byte_range()).unwrap_or_default();
    let later = |tasks: &mut Vec<Task<'t>>, nodes: Vec<Node<'t>>| {
        tasks.extend(nodes.into_iter().rev().map(Task::Node));
    };
    match node.kind() {
        "config_file" => {
            builder.map(0)?;
            tasks.push(Task::End(node.end_byte()));
            later(tasks, named(node));
        }
        "block" => block(builder, text, node, tasks)?,
        "object" => {
            builder.map(offset(node.start_byte()))?;
            tasks.push(Task::End(node.end_byte()));
            later(tasks, named(node));
        }
        "tuple" => {
            builder.list(offset(node.start_byte()))?;
            tasks.push(Task::End(node.end_byte()));
            later(tasks, named(node));
        }
        "attribute" | "object_elem" => {
            let mut parts = named(node).into_iter();
            if let (Some(key), Some(value)) = (parts.next(), parts.next()) {
                let name = text.get(key.byte_range()).unwrap_or_default();
                builder.scalar(
                    offsets(&key.byte_range()),
                    name.trim_matches('"'),
                    Scalar::Text,
                );
                tasks.push(Task::Node(value));
            }
        }
        "body" => later(tasks, named(node)),
        "expression" => {
            if let Some(inner) = collection(node, text) {
                tasks.push(Task::Node(inner));
            } else {
                let (value, scalar) = scalar(own);
                builder.scalar(offsets(&node.byte_range()), value, scalar);
            }
        }
        _ => {}
    }
    Ok(())
}

/// The object or tuple that an expression is, also as the JSON that `jsonencode` makes of it.
fn collection<'t>(expression: Node<'t>, text: &str) -> Option<Node<'t>> {
    let mut value = expression.named_child(0)?;
    if value.kind() == "function_call" {
        let name = value.named_child(0)?;
        let encodes = text.get(name.byte_range()) == Some("jsonencode");
        let arguments = value.named_child(1).filter(|_| encodes);
        let only = arguments?.named_child(0)?;
        value = only.named_child(0)?;
    }
    let inner = value.named_child(0);
    inner.filter(|it| value.kind() == "collection_value" && matches!(it.kind(), "object" | "tuple"))
}

/// `resource "aws_lambda_function" "api" { … }` is a map in a map in a map.
fn block<'t>(
    builder: &mut Builder,
    text: &str,
    node: Node<'t>,
    tasks: &mut Vec<Task<'t>>,
) -> Result<(), TooDeep> {
    let parts = named(node);
    let labels = parts
        .iter()
        .filter(|it| matches!(it.kind(), "identifier" | "string_lit"));
    for (at, label) in labels.enumerate() {
        if at > 0 {
            builder.map(offset(label.start_byte()))?;
            tasks.push(Task::End(node.end_byte()));
        }
        let name = text.get(label.byte_range()).unwrap_or_default();
        builder.scalar(
            offsets(&label.byte_range()),
            name.trim_matches('"'),
            Scalar::Text,
        );
    }
    builder.map(offset(node.start_byte()))?;
    tasks.push(Task::End(node.end_byte()));
    let body = parts.into_iter().filter(|it| it.kind() == "body");
    tasks.extend(body.map(Task::Node));
    Ok(())
}

/// A literal, or an expression that only Terraform can work out.
fn scalar(text: &str) -> (&str, Scalar) {
    let inner = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    match (inner, text) {
        (Some(inner), _) if inner.contains("${") || inner.contains('"') => (text, Scalar::Template),
        (Some(inner), _) => (inner, Scalar::Text),
        (None, "true" | "false") => (text, Scalar::Bool(text == "true")),
        (None, "null") => (text, Scalar::Null),
        (None, _) => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => (text, Scalar::Int(whole)),
            (_, Ok(number)) if number.is_finite() => (text, Scalar::Float(number)),
            _ => (text, Scalar::Template),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::View;
    use super::*;

    #[test]
    fn a_block_is_a_map_below_its_labels() {
        let text = "# all\nresource \"aws_lambda_function\" \"api\" {\n  timeout = 30 # s\n  handler = \"app.main\"\n  role    = aws_iam_role.x.arn\n  environment {\n    variables = { A = \"1\", \"B\" = var.b }\n  }\n}\nvariable \"b\" { default = [1, 2] }\n";
        let tree = parse(text);
        assert_eq!(tree.fault, None);
        let root = tree.root().expect("a file");
        let function = root.at(&["resource", "aws_lambda_function", "api"]);
        let function = function.expect("a function");
        let timeout = function.get("timeout").expect("a timeout");
        assert_eq!(timeout.scalar(), Some(Scalar::Int(30)));
        let bytes = timeout.bytes();
        assert_eq!(&text[bytes.start as usize..bytes.end as usize], "30");
        assert_eq!(
            function.get("handler").and_then(View::text),
            Some("app.main")
        );
        let role = function.get("role").and_then(View::template);
        assert_eq!(role, Some("aws_iam_role.x.arn"));
        let variables = function.at(&["environment", "variables"]).expect("a map");
        assert_eq!(variables.entries().len(), 2);
        let default = root.at(&["variable", "b", "default"]).expect("a list");
        assert_eq!(default.items().count(), 2);
        assert_eq!(tree.comments.len(), 2);
    }

    #[test]
    fn json_that_is_encoded_is_what_it_is_made_of() {
        let tree = parse("a = jsonencode([{ name = \"api\" }])\nb = tostring([1])\n");
        let root = tree.root().expect("a file");
        let first = root.get("a").and_then(|it| it.items().next());
        let name = first.and_then(|it| it.get("name"));
        assert_eq!(name.and_then(View::text), Some("api"));
        let other = root.get("b").and_then(View::template);
        assert_eq!(other, Some("tostring([1])"));
    }

    #[test]
    fn what_cannot_be_read_is_a_fault() {
        assert!(parse("resource \"a\" {").fault.is_some());
        assert!(parse(&"a {".repeat(5_000)).fault.is_some());
        assert!(parse("").fault.is_none());
    }
}
