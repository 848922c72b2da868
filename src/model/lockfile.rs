//! What lock files and requirements say about versions: exact pins, and bounds where there is no pin.

use std::collections::BTreeMap;

use serde::Deserialize;

/// By the package's normalized name: a version, `1.0.5`, a PEP 440 specifier that bounds it from
/// above, `>=0.2,<0.3`, or [`ANY`].
pub type Versions = BTreeMap<String, String>;

/// What requirements say of a package that they name without bounding it from above: the newest
/// version will do, whatever another application further up pins.
pub const ANY: &str = "";

/// What a file says about versions, told by its name; `None` when it is no file of that kind.
///
/// A text that cannot be read says nothing.
#[must_use]
pub fn stated(file_name: &str, text: &str) -> Option<Versions> {
    match file_name {
        "uv.lock" | "poetry.lock" | "pdm.lock" | "pylock.toml" => Some(packages(text)),
        "Pipfile.lock" => Some(pipfile(text)),
        "pyproject.toml" => Some(pyproject(text)),
        "setup.cfg" => Some(setup_cfg(text)),
        _ if is_conda(file_name) => Some(conda(text)),
        _ if is_requirements(file_name) => Some(requirements(text)),
        _ => None,
    }
}

/// Whether a file of that name says something about versions.
#[must_use]
pub fn is_known(file_name: &str) -> bool {
    stated(file_name, "").is_some()
}

/// Adds what another file says; a version is worth more than a bound, and what is there already
/// more than another word of the same kind.
pub fn add(to: &mut Versions, other: Versions) {
    for (name, text) in other {
        let worth = |it: &str| u8::from(it != ANY) + u8::from(is_exact(it));
        if to.get(&name).is_none_or(|it| worth(it) < worth(&text)) {
            to.insert(name, text);
        }
    }
}

/// Whether a text is a version, not a bound.
#[must_use]
pub fn is_exact(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_digit())
}

/// A package's name as all tools compare it: lower case, with single hyphens.
#[must_use]
pub fn normalized(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|it| !it.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

fn is_requirements(file_name: &str) -> bool {
    let Some(stem) = file_name.strip_suffix(".txt") else {
        return false;
    };
    stem.contains("requirements") || stem == "constraints"
}

/// conda's own name for its file, and the names people give it.
fn is_conda(file_name: &str) -> bool {
    let stem = file_name.strip_suffix(".yml");
    let stem = stem.or_else(|| file_name.strip_suffix(".yaml"));
    stem.is_some_and(|it| it == "environment" || it == "conda" || it.starts_with("environment-"))
}

/// `[[package]]` tables, as uv, Poetry and PDM write them; `[[packages]]` in `pylock.toml`.
///
/// Line by line: programs write these files, one key a line, and a megabyte of hashes would take a
/// TOML parser longer than all else that a run does.
fn packages(text: &str) -> Versions {
    let mut found: Vec<(String, String)> = Vec::new();
    let (mut inside, mut name) = (false, None);
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = matches!(line, "[[package]]" | "[[packages]]");
            name = None;
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
            let value = value.trim().trim_matches(['"', '\'']).to_owned();
            match (key.trim(), &name) {
                ("name", _) => name = Some(value),
                ("version", Some(own)) => found.push((String::clone(own), value)),
                _ => {}
            }
        }
    }
    collected(found.into_iter())
}

#[derive(Deserialize)]
struct Pipfile {
    #[serde(default)]
    default: BTreeMap<String, Pin>,
    #[serde(default)]
    develop: BTreeMap<String, Pin>,
}

#[derive(Deserialize)]
struct Pin {
    #[serde(default)]
    version: Option<String>,
}

fn pipfile(text: &str) -> Versions {
    let Ok(lock) = serde_json::from_str::<Pipfile>(text) else {
        return Versions::new();
    };
    let all = lock.develop.into_iter().chain(lock.default);
    collected(all.filter_map(|(name, pin)| {
        let version = pin.version?.strip_prefix("==")?.to_owned();
        Some((name, version))
    }))
}

/// `[project]` and `[tool.poetry]`.
#[derive(Deserialize)]
struct Pyproject {
    #[serde(default)]
    project: Project,
    #[serde(default)]
    tool: Tool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Project {
    dependencies: Vec<String>,
    optional_dependencies: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tool {
    poetry: Poetry,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Poetry {
    dependencies: BTreeMap<String, toml::Value>,
}

fn pyproject(text: &str) -> Versions {
    let Ok(file) = toml::from_str::<Pyproject>(text) else {
        return Versions::new();
    };
    let optional = file.project.optional_dependencies.into_values().flatten();
    let all = file.project.dependencies.into_iter().chain(optional);
    let mut found: Versions = all.filter_map(|it| requirement(&it)).collect();
    for (name, value) in file.tool.poetry.dependencies {
        let text = match &value {
            toml::Value::Table(table) => table.get("version").and_then(toml::Value::as_str),
            other => other.as_str(),
        };
        if let Some(bound) = text.and_then(poetry_bound) {
            found.entry(normalized(&name)).or_insert(bound);
        }
    }
    found
}

/// What Poetry writes: `1.2.3`, `==1.2.3`, `^1.2`, `~1.2` or a PEP 440 specifier.
fn poetry_bound(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, version) = text.split_at(text.len().min(1));
    let numbers = || -> Option<Vec<u64>> { version.split('.').map(|it| it.parse().ok()).collect() };
    match sign {
        "^" => {
            let numbers = numbers()?;
            let kept = numbers.iter().position(|it| *it != 0);
            let kept = kept.unwrap_or(numbers.len().saturating_sub(1));
            Some(below_next(version, &numbers[..=kept]))
        }
        "~" if !version.starts_with('=') => {
            let numbers = numbers()?;
            Some(below_next(version, &numbers[..numbers.len().min(2)]))
        }
        _ => bound(text),
    }
}

/// `>=1.2.3,<1.3` for the leading numbers `1.2`.
fn below_next(version: &str, leading: &[u64]) -> String {
    let mut next = leading.to_vec();
    if let Some(last) = next.last_mut() {
        *last = last.saturating_add(1);
    }
    let next: Vec<String> = next.iter().map(u64::to_string).collect();
    format!(">={version},<{}", next.join("."))
}

fn requirements(text: &str) -> Versions {
    let lines = text.lines().map(|line| {
        let line = line.split(" #").next().unwrap_or_default();
        line.split(" --")
            .next()
            .unwrap_or_default()
            .trim_end_matches('\\')
    });
    let stated = lines.filter_map(|line| {
        let (name, rest) = named(line)?;
        let open = rest.is_empty() || rest.starts_with('>') && !rest.contains('<');
        let text = bound(rest).or_else(|| open.then(|| ANY.to_owned()))?;
        Some((name, text))
    });
    stated.collect()
}

/// The indented requirements of `install_requires` and of the extras.
fn setup_cfg(text: &str) -> Versions {
    let mut wanted = false;
    let mut found = Versions::new();
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default();
        if let Some(section) = line.strip_prefix('[') {
            wanted =
                section.starts_with("options]") || section.starts_with("options.extras_require]");
        } else if wanted {
            // The first requirement may stand behind its key.
            let own = match line.split_once('=') {
                Some((_, rest)) if !line.starts_with([' ', '\t']) => rest,
                _ => line,
            };
            found.extend(requirement(own));
        }
    }
    found
}

/// The dependencies of a conda environment, those of its pip included.
fn conda(text: &str) -> Versions {
    let below = text
        .lines()
        .skip_while(|it| !it.starts_with("dependencies:"));
    let items = below.filter_map(|it| it.trim().strip_prefix("- "));
    let found = items.filter_map(|item| {
        let item = item.split(" #").next().unwrap_or_default();
        let item = item.trim().trim_matches(['"', '\'']);
        match item.split_once('=') {
            // `name=1.2=build`: this version, or one that begins so.
            Some((name, version))
                if !version.starts_with('=') && !name.ends_with(['<', '>', '~', '!']) =>
            {
                let version = version.split('=').next().unwrap_or_default();
                let whole = version.matches('.').count() >= 2;
                let text = if whole {
                    version.to_owned()
                } else {
                    format!("=={version}.*")
                };
                is_exact(version).then(|| (normalized(name), text))
            }
            _ => requirement(item),
        }
    });
    found.collect()
}

/// A requirement as PEP 508 has it, where it bounds its package from above.
pub(super) fn requirement(text: &str) -> Option<(String, String)> {
    let (name, rest) = named(text)?;
    Some((name, bound(rest)?))
}

/// The package that a requirement names, and what it says of the version.
fn named(text: &str) -> Option<(String, &str)> {
    let text = text.split(';').next().unwrap_or_default().trim();
    let is_end = |it: char| !(it.is_ascii_alphanumeric() || "-_.".contains(it));
    let (name, rest) = text.split_at(text.find(is_end).unwrap_or(text.len()));
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1,
        None => rest,
    };
    let rest = rest.trim().trim_start_matches('(').trim_end_matches(')');
    let is_name = name.starts_with(|it: char| it.is_ascii_alphanumeric());
    is_name.then(|| (normalized(name), rest))
}

/// The version of `==1.2.3`, or a specifier as it is when it bounds the version from above.
fn bound(specifier: &str) -> Option<String> {
    let specifier: String = specifier.split_whitespace().collect();
    let exact = specifier.trim_start_matches('=');
    let plain = |it: char| it.is_ascii_alphanumeric() || "._+!-".contains(it);
    if is_exact(exact) && exact.chars().all(plain) {
        return Some(exact.to_owned());
    }
    let mut parts = specifier.split(',');
    let closed =
        parts.any(|it| it.starts_with('<') || it.starts_with("~=") || it.starts_with("=="));
    let known = |it: char| plain(it) || "<>=~!,*".contains(it);
    (closed && specifier.chars().all(known)).then_some(specifier)
}

/// One version for each package; the last of several, which lock files list in rising order.
fn collected(all: impl Iterator<Item = (String, String)>) -> Versions {
    all.map(|(name, version)| (normalized(&name), version))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{ANY, Versions, add, normalized, stated};

    fn check(file_name: &str, text: &str, expected: &[(&str, &str)]) {
        assert_eq!(
            stated(file_name, text),
            Some(versions(expected)),
            "{file_name}"
        );
    }

    fn versions(all: &[(&str, &str)]) -> Versions {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        all.iter().map(owned).collect()
    }

    #[test]
    fn tables_of_packages_pin_their_versions() {
        let text = r#"
            version = 1
            [[package]]
            name = "LangGraph"
            version = "1.0.5"
            dependencies = [{ name = "langchain-core" }]
            [[package]]
            name = "the-project-itself"
            source = { editable = "." }
        "#;
        check("uv.lock", text, &[("langgraph", "1.0.5")]);
        check("poetry.lock", text, &[("langgraph", "1.0.5")]);
    }

    #[test]
    fn a_pipfile_lock_pins_both_its_groups() {
        let text = r#"{
            "_meta": {"hash": {}},
            "default": {"langchain_openai": {"version": "==1.7.4", "extras": []}},
            "develop": {"pytest": {"version": "==9.0"}, "own": {"path": "."}}
        }"#;
        let expected = [("langchain-openai", "1.7.4"), ("pytest", "9.0")];
        check("Pipfile.lock", text, &expected);
    }

    #[test]
    fn requirements_pin_or_bound_versions() {
        let text = "\
# pinned by hand
langgraph==1.0.5  # the last with a sane default
langchain[openai] == 0.3.27 ; python_version >= '3.10'
openai===2.1.0 \\
    --hash=sha256:0123
langchain-core>=0.3
httpx~=0.28
anyio==4.*
numpy (>=1.26,<2)
-r base.txt
https://example.com/a==b.whl
broken==${VERSION}
plain
";
        let expected = [
            ("anyio", "==4.*"),
            ("httpx", "~=0.28"),
            ("langchain", "0.3.27"),
            ("langchain-core", ANY),
            ("langgraph", "1.0.5"),
            ("numpy", ">=1.26,<2"),
            ("openai", "2.1.0"),
            ("plain", ANY),
        ];
        check("requirements.txt", text, &expected);
        check("requirements-dev.txt", text, &expected);
    }

    #[test]
    fn a_pyproject_states_versions_in_two_dialects() {
        let text = r#"
            [project]
            dependencies = ["langgraph==0.5.3", "langchain>=0.3", "openai<2"]
            [project.optional-dependencies]
            all = ["deepagents~=0.2.5"]
            [tool.poetry.dependencies]
            python = "^3.11"
            langchain-core = "^0.3.1"
            langsmith = { version = "~0.1", extras = ["x"] }
            zero = "^0.0.3"
            anything = "*"
        "#;
        let expected = [
            ("deepagents", "~=0.2.5"),
            ("langchain-core", ">=0.3.1,<0.4"),
            ("langgraph", "0.5.3"),
            ("langsmith", ">=0.1,<0.2"),
            ("openai", "<2"),
            ("python", ">=3.11,<4"),
            ("zero", ">=0.0.3,<0.0.4"),
        ];
        check("pyproject.toml", text, &expected);
    }

    #[test]
    fn a_setup_cfg_lists_requirements_below_its_keys() {
        let text = "\
[metadata]
name = app
[options]
python_requires = >=3.10
install_requires =
    langgraph==1.0.5
    openai<2  # until the new client is tried
    httpx
[options.extras_require]
all = deepagents~=0.2.5
[flake8]
max-line-length = 100
    langchain==0.1
";
        let expected = [
            ("deepagents", "~=0.2.5"),
            ("langgraph", "1.0.5"),
            ("openai", "<2"),
        ];
        check("setup.cfg", text, &expected);
    }

    #[test]
    fn a_conda_environment_pins_in_its_own_way() {
        let text = "\
name: app
dependencies:
  - python=3.11
  - langgraph=1.0.5=pyhd8ed1ab_0
  - \"openai<2\"
  - requests
  - pip:
    - langchain==0.3.27
";
        let expected = [
            ("langchain", "0.3.27"),
            ("langgraph", "1.0.5"),
            ("openai", "<2"),
            ("python", "==3.11.*"),
        ];
        check("environment.yml", text, &expected);
        check("environment-dev.yaml", text, &expected);
        check("environment.yml", "services:\n  - langgraph=1.0.5\n", &[]);
    }

    #[test]
    fn a_version_is_worth_more_than_a_bound() {
        let mut all = versions(&[("a", "<2"), ("b", "1.0")]);
        add(
            &mut all,
            versions(&[("a", "1.5"), ("b", "<3"), ("c", "<4")]),
        );
        assert_eq!(all, versions(&[("a", "1.5"), ("b", "1.0"), ("c", "<4")]));
    }

    #[test]
    fn a_broken_file_says_nothing() {
        for name in ["uv.lock", "Pipfile.lock", "pyproject.toml"] {
            check(name, "[[package]\nname", &[]);
        }
    }

    #[test]
    fn other_files_say_nothing_about_versions() {
        for name in ["setup.py", "notes.txt", "requirements.in", "Pipfile"] {
            assert_eq!(stated(name, "langgraph==1.0.5"), None, "{name}");
        }
    }

    #[test]
    fn names_are_compared_as_installers_compare_them() {
        assert_eq!(normalized("LangChain_OpenAI"), "langchain-openai");
        assert_eq!(normalized("a.b__c"), "a-b-c");
    }
}
