//! A JSON text as a tree, with the comments and trailing commas that its readers allow.

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::tree::{Builder, Scalar, TooDeep, Tree};
use super::{offset, offsets};

/// What is still to be written, the next one last.
enum Task<'v, 't> {
    Value(&'v Value<'t>),
    Prop(&'v ObjectProp<'t>),
    End(u32),
}

/// Reads a text. What cannot be read is the tree's fault.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let builder = Builder::default();
    let options = ParseOptions {
        allow_missing_commas: false,
        ..ParseOptions::default()
    };
    match parse_to_ast(text, &CollectOptions::default(), &options) {
        Ok(parsed) => match &parsed.value {
            Some(value) => write(builder, value),
            None => builder.finish(None),
        },
        Err(error) => {
            let at = offset(error.range().start);
            builder.finish(Some((at, error.kind().to_string())))
        }
    }
}

fn write(mut builder: Builder, value: &Value<'_>) -> Tree {
    let mut tasks = vec![Task::Value(value)];
    while let Some(task) = tasks.pop() {
        let begun = match task {
            Task::End(at) => {
                builder.end(at);
                Ok(())
            }
            Task::Prop(prop) => {
                let bytes = offsets(&(prop.name.range().start..prop.name.range().end));
                builder.scalar(bytes, prop.name.as_str(), Scalar::Text);
                tasks.push(Task::Value(&prop.value));
                Ok(())
            }
            Task::Value(value) => open(&mut builder, value, &mut tasks),
        };
        if begun.is_err() {
            let at = offset(value.range().start);
            return builder.finish(Some((at, "nested too deeply".to_owned())));
        }
    }
    builder.finish(None)
}

/// Writes a scalar, or begins what holds others.
fn open<'v, 't>(
    builder: &mut Builder,
    value: &'v Value<'t>,
    tasks: &mut Vec<Task<'v, 't>>,
) -> Result<(), TooDeep> {
    let bytes = offsets(&(value.range().start..value.range().end));
    match value {
        Value::Object(object) => {
            builder.map(bytes.start)?;
            tasks.push(Task::End(bytes.end));
            tasks.extend(object.properties.iter().rev().map(Task::Prop));
        }
        Value::Array(array) => {
            builder.list(bytes.start)?;
            tasks.push(Task::End(bytes.end));
            tasks.extend(array.elements.iter().rev().map(Task::Value));
        }
        Value::StringLit(it) => {
            builder.scalar(bytes, &it.value, Scalar::Text);
        }
        Value::NumberLit(it) => {
            builder.scalar(bytes, it.value, number(it.value));
        }
        Value::BooleanLit(it) => {
            let text = if it.value { "true" } else { "false" };
            builder.scalar(bytes, text, Scalar::Bool(it.value));
        }
        Value::NullKeyword(_) => {
            builder.scalar(bytes, "", Scalar::Null);
        }
    }
    Ok(())
}

fn number(text: &str) -> Scalar {
    match (text.parse(), text.parse()) {
        (Ok(whole), _) => Scalar::Int(whole),
        (_, Ok(number)) => Scalar::Float(number),
        _ => Scalar::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_the_place_they_were_written_at() {
        let text = "{\n  // how long\n  \"functions\": {\"api/*.py\": {\"maxDuration\": 60,}}\n}";
        let tree = parse(text);
        let root = tree.root().expect("there is a value");
        let value = root.at(&["functions", "api/*.py", "maxDuration"]);
        let value = value.expect("the key is there");
        assert_eq!(value.scalar(), Some(Scalar::Int(60)));
        let bytes = value.bytes();
        assert_eq!(&text[bytes.start as usize..bytes.end as usize], "60");
    }

    #[test]
    fn what_is_no_json_is_a_fault() {
        assert!(parse("{\"a\": }").fault.is_some());
        assert!(parse(&"[".repeat(100_000)).fault.is_some());
        assert!(parse("").fault.is_none());
    }
}
