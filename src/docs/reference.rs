//! The reference of the settings for people: what their schema says, as a page.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schema::schema;
use crate::catalog::Catalog;

const OPENING: &str = "\
# Settings

The nearest `unhang.toml` at or above the first path holds, or the nearest `pyproject.toml` with a table `[tool.unhang]`; `--config FILE` names another one, `--isolated` none.
Flags win over both.
All keys may be left out; `unhang init` writes a file that explains them.
A misspelt key or name stops the run, shows its line and offers the nearest one.
Editors complete and check the file with its [schema](../src/docs/settings.schema.json).
";

const EXAMPLE: &str = "\
## What packages of your own do

A package that is installed beside the project may wrap a client, call again after a failure or make tools.
Functions of the project itself are read; a description wins over what is read there, as of a decorator that counts its attempts in a loop.
What stands in front of the application may be set up elsewhere.
Each is described in the form in which `rules/` describes all others, with less to say.

```toml
[[client]]
factory = \"acme.llm.make_llm\"
timeout = { argument = \"deadline\", unit = \"s\", absent = \"20s\" }
retries = { argument = \"tries\", requests = 3, counts = \"attempts\" }

[[client.ignored]]
argument = \"timeout\"
effect = \"is handed to the logger only\"

[[retry]]                               # @retrying(tries=5), or tries at position 0
factory = \"acme.resilience.retrying\"
attempts = { arguments = [\"tries\", \"0\"], counts = \"attempts\", absent = 3 }
catches = { arguments = [\"on\"], every = true }

[retry.pauses]                          # 1 s, 2 s, 4 s, … up to 20 s
first = { arguments = [\"delay\"], absent = 1 }
factor = { absent = 2 }
cap = { absent = 20 }

[[tool]]
decorators = [\"acme.agents.action\"]   # @action
bases = [\"acme.agents.Action\"]        # class Search(Action) with a method run
methods = [\"run\"]

[[hop]]
name = \"the gateway\"
limit = \"60s\"
then = \"answers 504\"
in-front-of = \"app.main\"              # the module with the application; all routes without it
```
";

/// A table of the settings.
struct Section<'s> {
    /// As it is written: `[python]`.
    name: String,
    schema: &'s Value,
}

/// The page in Markdown: a table of the settings, and one for each table below it.
#[must_use]
pub fn settings_reference(catalog: &Catalog) -> String {
    let schema = schema(catalog);
    let mut page = OPENING.to_owned();
    let mut left = vec![Section {
        name: String::new(),
        schema: &schema,
    }];
    while let Some(section) = left.pop() {
        heading(&mut page, &section, catalog);
        let properties = section.schema["properties"].as_object();
        let mut rows = Vec::new();
        let mut tables = Vec::new();
        for (key, value) in properties.into_iter().flatten() {
            match below(&section.name, key, value) {
                Some(table) => tables.push(table),
                None => rows.push(row(key, value)),
            }
        }
        left.extend(tables.into_iter().rev());
        if !rows.is_empty() {
            page.push_str("\n| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
            page.push_str(&rows.concat());
        }
    }
    page.push('\n');
    page.push_str(EXAMPLE);
    page
}

fn heading(page: &mut String, section: &Section, catalog: &Catalog) {
    if section.name.is_empty() {
        return;
    }
    let about = section.schema["description"].as_str().unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## `{}`\n\n{}", section.name, sentence(about));
    let rule = section.name.trim_matches(['[', ']']).strip_prefix("rules.");
    if let Some(rule) = rule.filter(|it| catalog.rules.contains_key(*it)) {
        let _ = write!(page, " [More](rules/{rule}.md)");
    }
    page.push('\n');
}

/// What a key holds, if that is a table with keys of its own.
fn below<'s>(above: &str, key: &str, value: &'s Value) -> Option<Section<'s>> {
    let many = value["type"] == "array";
    let table = if many { &value["items"] } else { value };
    let properties = table["properties"].as_object();
    properties.filter(|it| !it.is_empty())?;
    let above = above.trim_matches(['[', ']']);
    let path = if above.is_empty() {
        key.to_owned()
    } else {
        format!("{above}.{key}")
    };
    Some(Section {
        name: if many {
            format!("[[{path}]]")
        } else {
            format!("[{path}]")
        },
        schema: table,
    })
}

fn row(key: &str, value: &Value) -> String {
    let about = value["description"].as_str().unwrap_or_default();
    let default = match &value["default"] {
        Value::Null => String::new(),
        default => format!("`{default}`"),
    };
    let cells = [format!("`{key}`"), kind(value), default, about.to_owned()];
    let cells = cells.map(|it| it.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

/// What may be written, in words.
fn kind(value: &Value) -> String {
    if let Some(words) = value["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|it| format!("`{it}`")).collect();
        return words.join(", ");
    }
    let word = match value["$ref"].as_str() {
        Some("#/definitions/names") => "rules and categories",
        Some("#/definitions/globs") => "patterns",
        _ => match value["type"].as_str() {
            Some("boolean") => "`true`, `false`",
            Some("integer" | "number") => "number",
            Some("string") if value["pattern"] == super::schema::DURATION => "duration",
            Some("string") => "text",
            Some("array") => return format!("list of {}s", kind(&value["items"])),
            Some("object") => return table(value),
            _ => "text, or list of texts",
        },
    };
    word.to_owned()
}

/// A table whose keys the user chooses.
fn table(value: &Value) -> String {
    match value["additionalProperties"].as_object() {
        None => "table".to_owned(),
        Some(each) => format!("table of {}", kind(&Value::Object(Map::clone(each)))),
    }
}

fn sentence(text: &str) -> String {
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{text}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::settings::{Form, Place, Settings};

    #[test]
    fn every_setting_is_on_the_page() {
        let page = settings_reference(catalog::bundled());
        for part in [
            "| `preview` | `true`, `false` | `false` | Also rules that are on trial. |",
            "| `select` | rules and categories |  | Only these rules or categories. |",
            "| `per-file-ignores` | table of rules and categories |",
            "| `root` | list of texts |",
            "\n## `[rules.client-without-timeout]`\n\nClient without a timeout. [More](rules/",
            "| `timeout` | duration | `\"30s\"` |",
            "\n## `[[client.ignored]]`\n",
            "| `argument` | text, or list of texts |",
        ] {
            assert!(page.contains(part), "{part} is missing: {page}");
        }
    }

    #[test]
    fn the_example_is_accepted() {
        let (_, rest) = EXAMPLE.split_once("```toml\n").expect("it has a block");
        let (text, _) = rest.split_once("```").expect("the block ends");
        let rules = &catalog::bundled().rules;
        let read = Settings::read("unhang.toml", text, Form::Own, Place::default(), rules);
        assert!(read.is_ok_and(|it| it.is_some()));
    }
}
