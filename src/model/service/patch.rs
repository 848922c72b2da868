//! What a JSON patch changes of the containers of a manifest.
//!
//! Source: RFC 6902 for the operations, RFC 6901 for the escapes in their paths.

use std::collections::BTreeMap;
use std::ops::Range;

use smol_str::SmolStr;

use super::{Runtime, Service, Variable, commands, kubernetes};
use crate::syntax::shell::Word;
use crate::syntax::tree::View;

/// The containers that operations change, by their numbers in the manifest: each says only what
/// is new.
#[must_use]
pub fn changes(operations: View<'_>, containers: &[&Service]) -> BTreeMap<usize, Service> {
    let mut found = BTreeMap::new();
    for operation in operations.items() {
        let text = |key: &str| operation.get(key).and_then(View::text);
        let sets = matches!(text("op"), Some("add" | "replace"));
        let path = text("path").filter(|_| sets);
        let way = path.and_then(|it| it.split_once("/containers/"));
        let (Some((_, way)), Some(value)) = (way, operation.get("value")) else {
            continue;
        };
        let (number, way) = way.split_once('/').unwrap_or((way, ""));
        let number = number.parse().ok();
        let Some((number, base)) = number.and_then(|it: usize| Some((it, *containers.get(it)?)))
        else {
            continue;
        };
        let service = found.entry(number).or_insert_with(|| Service {
            name: base.name.clone(),
            at: operation.bytes(),
            runtime: Runtime::Kubernetes,
            ..Service::default()
        });
        change(service, base, way, value);
    }
    found
}

/// What one operation sets below a container.
fn change(service: &mut Service, base: &Service, way: &str, value: View<'_>) {
    let (key, inner) = way.split_once('/').unwrap_or((way, ""));
    let list = || kubernetes::of_shell(commands(value));
    match (key, inner) {
        ("command", "") => service.entrypoint = list(),
        ("args", "") => service.command = list(),
        ("args", number) => {
            let all = if service.command.is_empty() {
                &base.command
            } else {
                &service.command
            };
            let [words] = all.as_slice() else { return };
            let words = with_word(words, number, value);
            service.command = words.into_iter().collect();
        }
        ("env", "") => {
            let variables = value.items().filter_map(kubernetes::variable);
            service.environment.extend(variables);
        }
        ("env", way) => match way.strip_suffix("/value") {
            Some(number) => {
                let old = number
                    .parse()
                    .ok()
                    .and_then(|it: usize| base.environment.get(it));
                service.environment.extend(old.map(|old| Variable {
                    name: old.name.clone(),
                    value: value.text().map(SmolStr::from),
                    at: value.bytes(),
                }));
            }
            None => service.environment.extend(kubernetes::variable(value)),
        },
        ("resources", _) => service.resources.is_open = true,
        _ => {}
    }
}

/// Words with one put in, all of them at its place: the others stand in another file.
fn with_word(words: &[Word], number: &str, value: View<'_>) -> Option<Vec<Word>> {
    let text = value.text()?.to_owned();
    let at: Range<u32> = value.bytes();
    let mut texts: Vec<String> = words.iter().map(|it| it.text.clone()).collect();
    match number {
        "-" => texts.push(text),
        _ => *texts.get_mut(number.parse::<usize>().ok()?)? = text,
    }
    let words = texts.into_iter().map(|text| Word {
        text,
        bytes: at.clone(),
    });
    Some(words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml;

    #[test]
    fn operations_change_what_their_paths_name() {
        let base = yaml::parse(
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: api\n      args: [--timeout, \"30\"]\n      env: [{name: A, value: x}]\n",
        );
        let base = kubernetes::services(base.root().expect("a map"));
        let patch = yaml::parse(
            "- {op: replace, path: /spec/containers/0/args/1, value: \"99\"}\n- {op: add, path: /spec/containers/0/args/-, value: x:y}\n- {op: replace, path: /spec/containers/0/env/0/value, value: z}\n- {op: add, path: /spec/containers/0/env/-, value: {name: B, value: b}}\n- {op: remove, path: /spec/containers/0/env/0}\n- {op: add, path: /spec/containers/7/args/-, value: q}\n",
        );
        let changed = changes(patch.root().expect("a list"), &[&base[0]]);
        let [(0, changed)] = &changed.iter().map(|it| (*it.0, it.1)).collect::<Vec<_>>()[..] else {
            panic!("one container is changed");
        };
        let words: Vec<&str> = changed.command[0]
            .iter()
            .map(|it| it.text.as_str())
            .collect();
        assert_eq!(words, ["--timeout", "99", "x:y"]);
        let variables: Vec<(&str, Option<&str>)> = changed
            .environment
            .iter()
            .map(|it| (it.name.as_str(), it.value.as_deref()))
            .collect();
        assert_eq!(variables, [("A", Some("z")), ("B", Some("b"))]);
    }
}
