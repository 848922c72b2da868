//! What a lock file pins: packages and their one version, and nothing that is only a bound.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Versions by the package's normalized name: `langchain-openai` → `1.7.4`.
pub type Versions = BTreeMap<String, String>;

/// The versions that a file pins, told by its name; `None` when it is no lock file.
///
/// A text that cannot be read pins nothing.
#[must_use]
pub fn pinned(file_name: &str, text: &str) -> Option<Versions> {
    match file_name {
        "uv.lock" | "poetry.lock" | "pdm.lock" | "pylock.toml" => Some(packages(text)),
        "Pipfile.lock" => Some(pipfile(text)),
        _ if is_requirements(file_name) => Some(requirements(text)),
        _ => None,
    }
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

/// `[[package]]` tables, as uv, Poetry and PDM write them; `[[packages]]` in `pylock.toml`.
#[derive(Deserialize)]
struct Packages {
    #[serde(default, alias = "packages")]
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    version: Option<String>,
}

fn packages(text: &str) -> Versions {
    let Ok(lock) = toml::from_str::<Packages>(text) else {
        return Versions::new();
    };
    let all = lock.package.into_iter();
    collected(all.filter_map(|it| Some((it.name, it.version?))))
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

/// The `name==1.2.3` lines; `>=1.2` says nothing about what is installed.
fn requirements(text: &str) -> Versions {
    collected(text.lines().filter_map(pin))
}

fn pin(line: &str) -> Option<(String, String)> {
    let line = line.split('#').next().unwrap_or_default();
    let line = line.split(';').next().unwrap_or_default();
    let (name, version) = line.split_once("==")?;
    let name = name.split('[').next().unwrap_or_default().trim();
    let version = version.trim_start_matches('=').split_whitespace().next()?;
    let version = version.trim_end_matches('\\');
    let named = name.starts_with(|it: char| it.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'));
    // `==1.2.*` and `==1.2,!=1.2.3` leave the choice open.
    let exact = version.starts_with(|it: char| it.is_ascii_digit())
        && !version.contains(['*', ',', '<', '>', '$', '{']);
    (named && exact).then(|| (name.to_owned(), version.to_owned()))
}

/// One version for each package; the last of several, which lock files list in rising order.
fn collected(all: impl Iterator<Item = (String, String)>) -> Versions {
    all.map(|(name, version)| (normalized(&name), version))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Versions, normalized, pinned};

    fn check(file_name: &str, text: &str, expected: &[(&str, &str)]) {
        let expected: Versions = expected
            .iter()
            .map(|(name, version)| ((*name).to_owned(), (*version).to_owned()))
            .collect();
        assert_eq!(pinned(file_name, text), Some(expected), "{file_name}");
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
    fn only_exact_requirements_are_versions() {
        let text = "\
# pinned by hand
langgraph==1.0.5  # the last with a sane default
langchain[openai] == 0.3.27 ; python_version >= '3.10'
openai===2.1.0 \\
    --hash=sha256:0123
langchain-core>=0.3
httpx~=0.28
anyio==4.*
numpy==1.26,!=1.26.1
-r base.txt
https://example.com/a==b.whl
broken==${VERSION}
";
        let expected = [
            ("langchain", "0.3.27"),
            ("langgraph", "1.0.5"),
            ("openai", "2.1.0"),
        ];
        check("requirements.txt", text, &expected);
        check("requirements-dev.txt", text, &expected);
    }

    #[test]
    fn a_broken_lock_file_pins_nothing() {
        check("uv.lock", "[[package]\nname", &[]);
        check("Pipfile.lock", "{", &[]);
    }

    #[test]
    fn other_files_are_no_lock_files() {
        for name in ["pyproject.toml", "notes.txt", "requirements.in", "Pipfile"] {
            assert_eq!(pinned(name, "langgraph==1.0.5"), None, "{name}");
        }
    }

    #[test]
    fn names_are_compared_as_installers_compare_them() {
        assert_eq!(normalized("LangChain_OpenAI"), "langchain-openai");
        assert_eq!(normalized("a.b__c"), "a-b-c");
    }
}
