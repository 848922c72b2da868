//! A TOML text as a tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{Builder, Scalar, TooDeep, Tree};
use super::{offset, offsets};

/// What is still to be written, the next one last.
enum Task<'v, 't> {
    Value(&'v Spanned<DeValue<'t>>),
    Key(&'v Spanned<std::borrow::Cow<'t, str>>),
    End(u32),
}

/// Reads a text. What cannot be read is the tree's fault.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let mut builder = Builder::default();
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let at = error.span().map_or(0, |it| offset(it.start));
            return builder.finish(Some((at, error.message().to_owned())));
        }
    };
    let begun = builder.map(0);
    let mut tasks = vec![Task::End(offset(text.len()))];
    push_entries(table.get_ref(), &mut tasks);
    let mut fault = begun.err().map(|_| 0);
    while let Some(task) = tasks.pop().filter(|_| fault.is_none()) {
        match task {
            Task::End(at) => builder.end(at),
            Task::Key(key) => {
                builder.scalar(offsets(&key.span()), key.get_ref(), Scalar::Text);
            }
            Task::Value(value) => {
                if open(&mut builder, value, &mut tasks).is_err() {
                    fault = Some(offset(value.span().start));
                }
            }
        }
    }
    builder.find_comments(text);
    builder.finish(fault.map(|at| (at, "nested too deeply".to_owned())))
}

fn push_entries<'v, 't>(table: &'v DeTable<'t>, tasks: &mut Vec<Task<'v, 't>>) {
    let first = tasks.len();
    for (key, value) in table {
        tasks.push(Task::Key(key));
        tasks.push(Task::Value(value));
    }
    tasks[first..].reverse();
}

/// Writes a scalar, or begins what holds others.
fn open<'v, 't>(
    builder: &mut Builder,
    value: &'v Spanned<DeValue<'t>>,
    tasks: &mut Vec<Task<'v, 't>>,
) -> Result<(), TooDeep> {
    let bytes = offsets(&value.span());
    let (text, scalar) = match value.get_ref() {
        DeValue::Table(table) => {
            builder.map(bytes.start)?;
            tasks.push(Task::End(bytes.end));
            push_entries(table, tasks);
            return Ok(());
        }
        DeValue::Array(array) => {
            builder.list(bytes.start)?;
            tasks.push(Task::End(bytes.end));
            let first = tasks.len();
            tasks.extend(array.iter().map(Task::Value));
            tasks[first..].reverse();
            return Ok(());
        }
        DeValue::String(text) => (text.to_string(), Scalar::Text),
        DeValue::Integer(it) => {
            let number = i64::from_str_radix(it.as_str(), it.radix());
            (
                it.as_str().to_owned(),
                number.map_or(Scalar::Text, Scalar::Int),
            )
        }
        DeValue::Float(it) => {
            let number = it.as_str().parse();
            (
                it.as_str().to_owned(),
                number.map_or(Scalar::Text, Scalar::Float),
            )
        }
        DeValue::Boolean(it) => (it.to_string(), Scalar::Bool(*it)),
        DeValue::Datetime(it) => (it.to_string(), Scalar::Text),
    };
    builder.scalar(bytes, &text, scalar);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_dotted_keys_are_maps() {
        let text = "[http_service]\ninternal_port = 8_080\n[http_service.http_options]\nidle_timeout = 600 # long\n";
        let tree = parse(text);
        let root = tree.root().expect("a table");
        let port = root.at(&["http_service", "internal_port"]).expect("a port");
        assert_eq!(port.scalar(), Some(Scalar::Int(8080)));
        let idle = root.at(&["http_service", "http_options", "idle_timeout"]);
        let bytes = idle.expect("a timeout").bytes();
        assert_eq!(&text[bytes.start as usize..bytes.end as usize], "600");
        assert_eq!(tree.comments.len(), 1);
    }

    #[test]
    fn what_is_no_toml_is_a_fault() {
        assert!(parse("a = ").fault.is_some());
        assert!(
            parse(&format!("a = {}", "[".repeat(100_000)))
                .fault
                .is_some()
        );
    }
}
