//! Do `rules/`, `src/checks/` and `fixtures/checks/` speak of the same rules, and can every entry of
//! the catalogue be read and traced to its source?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pep440_rs::{VersionSpecifiers, release_specifiers_to_ranges};
use serde::de::DeserializeOwned;
use unhang::catalog;
use unhang::catalog::entry::{AgentFile, Client, ClientFile, Packages, Rule, Source, VerifiedFile};
use unhang::catalog::entry_points::EntryPointFile;
use unhang::catalog::hops::HopFile;
use unhang::catalog::models::ModelFile;
use unhang::catalog::prompts::Prompts;
use unhang::catalog::proxies::ProxyFile;
use unhang::catalog::retry::RetryFile;
use unhang::catalog::tools::ToolFile;
use unhang::catalog::untimed::Standing;

/// Rules about suppressions, which the engine finds and no check does.
const ENGINE_RULES: [&str; 3] = [
    "suppression-without-reason",
    "unknown-rule-in-suppression",
    "unused-suppression",
];

#[test]
fn every_file_of_the_catalogue_can_be_read() {
    let mut wrong = Vec::new();
    for path in files("rules", "toml") {
        let text = fs::read_to_string(&path).unwrap();
        let error = match folder(&path).as_str() {
            "checks" => error_of::<Rule>(&text),
            "clients" => error_of::<ClientFile>(&text),
            "retries" => error_of::<RetryFile>(&text),
            "agents" => error_of::<AgentFile>(&text),
            "prompts" => error_of::<Prompts>(&text),
            "tools" => error_of::<ToolFile>(&text),
            "models" => error_of::<ModelFile>(&text),
            "proxies" => error_of::<ProxyFile>(&text),
            "entry_points" => error_of::<EntryPointFile>(&text),
            "hops" => error_of::<HopFile>(&text),
            "rules" => error_of::<Packages>(&text),
            "verified" => error_of::<VerifiedFile>(&text),
            other => Some(format!("nothing reads a folder `{other}`")),
        };
        if let Some(error) = error {
            wrong.push(format!("{}: {error}", path.display()));
        }
    }
    none(&wrong);
}

#[test]
fn the_embedded_catalogue_has_every_rule() {
    let embedded: BTreeSet<String> = catalog::bundled().rules.keys().cloned().collect();
    assert_eq!(embedded, stems("rules/checks", "toml"));
}

#[test]
fn every_rule_has_an_entry_a_check_and_fixtures() {
    let entries = stems("rules/checks", "toml");
    let checks: BTreeSet<String> = stems("src/checks", "rs")
        .iter()
        .map(|it| it.replace('_', "-"))
        .chain(ENGINE_RULES.map(str::to_owned))
        .collect();
    let fixtures: BTreeSet<String> = fs::read_dir(root().join("fixtures/checks"))
        .unwrap()
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let places = [
        ("rules/checks/*.toml", &entries),
        ("src/checks/*.rs", &checks),
        ("fixtures/checks/*", &fixtures),
    ];
    let all: BTreeSet<&String> = places.iter().flat_map(|(_, names)| *names).collect();
    let mut wrong = Vec::new();
    for rule in all {
        for (place, names) in places {
            if !names.contains(rule) {
                wrong.push(format!("`{rule}` is missing in {place}"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_rule_has_examples_and_more_good_cases_than_bad_ones() {
    let mut wrong = Vec::new();
    for rule in stems("rules/checks", "toml") {
        let cases = |side: &str| {
            let folder = root().join("fixtures/checks").join(&rule).join(side);
            let all = fs::read_dir(&folder).map_err(|it| format!("`{rule}`: {side}/: {it}"))?;
            let all: Vec<PathBuf> = all.map(|it| it.unwrap().path()).collect();
            let is_example = |it: &&PathBuf| it.file_stem().unwrap() == "example";
            if all.iter().find(is_example).is_none() {
                return Err(format!("`{rule}` has no {side}/example.…"));
            }
            Ok(all.len())
        };
        match (cases("bad"), cases("good")) {
            (Ok(bad), Ok(good)) if good > bad => {}
            (Ok(bad), Ok(good)) => {
                wrong.push(format!(
                    "`{rule}` has {bad} bad cases and only {good} good ones"
                ));
            }
            (bad, good) => wrong.extend([bad.err(), good.err()].into_iter().flatten()),
        }
    }
    none(&wrong);
}

#[test]
fn every_entry_says_where_it_comes_from() {
    let mut wrong = Vec::new();
    for path in files("rules/checks", "toml") {
        let rule: Rule = parsed(&path);
        if rule.source.is_empty() {
            wrong.push(format!("{}: no [[source]]", path.display()));
        }
        for source in &rule.source {
            wrong.extend(fault(&path, source));
        }
    }
    for path in files("rules/proxies", "toml") {
        let file: ProxyFile = parsed(&path);
        wrong.extend(file.client.iter().filter_map(|it| fault(&path, &it.source)));
    }
    for path in files("rules/hops", "toml") {
        let file: HopFile = parsed(&path);
        let settings = file.settings_file.iter().map(|it| &it.source);
        let sources = file.hop.iter().map(|it| &it.source).chain(settings);
        wrong.extend(sources.filter_map(|it| fault(&path, it)));
    }
    for path in files("rules/entry_points", "toml") {
        let file: EntryPointFile = parsed(&path);
        let all = file.framework.iter();
        wrong.extend(all.filter_map(|it| fault(&path, &it.source)));
    }
    for path in files("rules/clients", "toml") {
        let file: ClientFile = parsed(&path);
        let earlier = file.client.iter().flat_map(|it| &it.earlier);
        let sources = (file.client.iter().map(|it| &it.source))
            .chain(earlier.map(|it| &it.source))
            .chain(file.factory.iter().map(|it| &it.source))
            .chain(file.http.iter().map(|it| &it.source))
            .chain(file.timeout_object.iter().map(|it| &it.source))
            .chain(file.untimed.iter().map(|it| &it.source));
        wrong.extend(sources.filter_map(|it| fault(&path, it)));
    }
    for path in files("rules/retries", "toml") {
        let file: RetryFile = parsed(&path);
        let sources =
            (file.retry.iter().map(|it| &it.source)).chain(file.raises.iter().map(|it| &it.source));
        wrong.extend(sources.filter_map(|it| fault(&path, it)));
    }
    for path in files("rules/agents", "toml") {
        let file: AgentFile = parsed(&path);
        wrong.extend(file.agent.iter().filter_map(|it| fault(&path, &it.source)));
        wrong.extend(file.graph.iter().filter_map(|it| fault(&path, &it.source)));
    }
    for path in files("rules/tools", "toml") {
        let file: ToolFile = parsed(&path);
        let sources =
            (file.tool.iter().map(|it| &it.source)).chain(file.process.iter().map(|it| &it.source));
        wrong.extend(sources.filter_map(|it| fault(&path, it)));
    }
    for path in files("rules/models", "toml") {
        let file: ModelFile = parsed(&path);
        wrong.extend(file.source.iter().filter_map(|it| fault(&path, it)));
    }
    for path in files("rules/prompts", "toml") {
        let file: Prompts = parsed(&path);
        wrong.extend(file.source.iter().filter_map(|it| fault(&path, it)));
    }
    none(&wrong);
}

#[test]
fn no_dotted_path_is_claimed_twice() {
    let mut claims: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files("rules/clients", "toml") {
        let file: ClientFile = parsed(&path);
        let mut claim = |dotted: &str, entry: &str, versions: &str| {
            let who = format!("{entry} {versions} in {}", path.display());
            claims.entry(dotted.to_owned()).or_default().push(who);
        };
        for client in file.client.into_iter().flat_map(Client::each) {
            for dotted in &client.paths {
                claim(dotted, &client.class, &client.versions);
            }
        }
        for factory in &file.factory {
            for dotted in &factory.paths {
                claim(dotted, &factory.name, &factory.versions);
            }
        }
        for http in &file.http {
            for dotted in http.functions.iter().chain(&http.classes) {
                claim(dotted, &http.name, &http.versions);
            }
        }
        // A class that needs no timeout has no entry that names one, and one reason.
        for (name, paths) in file.untimed.iter().flat_map(|it| &it.classes) {
            for dotted in paths {
                claim(dotted, name, "without a timeout");
            }
        }
    }
    let wrong: Vec<String> = claims
        .into_iter()
        .filter(|(_, who)| who.len() > 1)
        .map(|(dotted, who)| format!("`{dotted}`: {}", who.join(" and ")))
        .collect();
    none(&wrong);
}

#[test]
fn a_class_without_a_timeout_says_where_one_goes_or_why_it_needs_none() {
    let wrong: Vec<String> = catalog::bundled()
        .untimed
        .iter()
        .filter(|it| match it.standing {
            Standing::Given => it.argument.is_some() == it.because.is_some(),
            Standing::NoNetwork | Standing::Unknown => {
                it.argument.is_some() || it.because.is_none()
            }
        })
        .map(|it| format!("{:?}", it.classes.keys()))
        .collect();
    none(&wrong);
}

#[test]
fn no_class_without_a_timeout_is_a_client() {
    let catalog = catalog::bundled();
    let paths = catalog.untimed.iter().flat_map(|it| it.classes.values());
    let wrong: Vec<String> = paths
        .flatten()
        .filter(|it| catalog.client(it).is_some())
        .map(ToString::to_string)
        .collect();
    none(&wrong);
}

#[test]
fn a_class_that_is_like_another_is_known_by_its_own_name() {
    let catalog = catalog::bundled();
    let known = |path: &str| catalog.client(path).expect("the catalogue has it");
    let search = known("langchain_tavily.TavilySearch");
    let map = known("langchain_tavily.tavily_map.TavilyMap");
    assert_eq!((&*search.class, &*map.class), ("TavilySearch", "TavilyMap"));
    assert_eq!(map.timeout.absent, search.timeout.absent);
    assert_eq!(map.timeout.absent_async, search.timeout.absent_async);
    assert!(map.paths.iter().all(|it| it.ends_with(".TavilyMap")));
    assert!(map.alike.is_empty() && search.alike.is_empty());
}

#[test]
fn no_version_is_claimed_twice_or_misspelt() {
    let mut wrong = Vec::new();
    for client in catalog::bundled().clients() {
        let mut seen: Vec<&str> = Vec::new();
        for range in client.ranges() {
            let Ok(specifiers) = VersionSpecifiers::from_str(&range.versions) else {
                wrong.push(format!("{}: `{}`", client.class, range.versions));
                continue;
            };
            let ours = release_specifiers_to_ranges(specifiers);
            for other in &seen {
                let theirs = VersionSpecifiers::from_str(other).unwrap();
                let both = ours.intersection(&release_specifiers_to_ranges(theirs));
                if !both.is_empty() {
                    let versions = &range.versions;
                    wrong.push(format!("{}: `{versions}` and `{other}`", client.class));
                }
            }
            seen.push(&range.versions);
            let ignored = range.ignored.iter().filter_map(|it| it.versions.as_deref());
            for versions in ignored.filter(|it| VersionSpecifiers::from_str(it).is_err()) {
                wrong.push(format!("what {} ignores: `{versions}`", client.class));
            }
        }
    }
    none(&wrong);
}

#[test]
fn what_was_verified_is_still_in_the_catalogue() {
    let catalog = catalog::bundled();
    let untimed = catalog.untimed.iter().flat_map(|it| it.classes.values());
    let untimed: BTreeSet<_> = untimed.flatten().collect();
    let mut wrong = Vec::new();
    for it in &catalog.verified {
        let known = catalog.known(&it.path).is_some() || untimed.contains(&it.path);
        if !known && catalog.retry_method(&it.path).is_none() {
            wrong.push(format!("`{}` has no entry any more", it.path));
        }
        if it.introspection + it.wire + it.run == 0 {
            wrong.push(format!("`{}` has no fact", it.path));
        }
    }
    none(&wrong);
}

#[test]
fn every_rule_is_in_a_category_and_has_a_short_title() {
    let categories = [
        "bounds",
        "deployment",
        "housekeeping",
        "prompts",
        "proxies",
        "retries",
        "timeouts",
    ];
    let mut wrong = Vec::new();
    for path in files("rules/checks", "toml") {
        let rule: Rule = parsed(&path);
        if !categories.contains(&rule.category.as_str()) {
            wrong.push(format!("{}: category `{}`", path.display(), rule.category));
        }
        if rule.title.ends_with('.') || rule.title.contains('\n') || rule.title.len() > 60 {
            wrong.push(format!("{}: title `{}`", path.display(), rule.title));
        }
    }
    none(&wrong);
}

/// What is wrong with a source, if anything.
fn fault(path: &Path, source: &Source) -> Option<String> {
    let what = if source.what.trim().is_empty() {
        "it does not say what was read or run"
    } else if source.checked.date.is_none() {
        "`checked` is no date"
    } else {
        return None;
    };
    Some(format!(
        "{}: source `{}`: {what}",
        path.display(),
        source.what
    ))
}

fn error_of<T: DeserializeOwned>(text: &str) -> Option<String> {
    toml::from_str::<T>(text).err().map(|it| it.to_string())
}

fn parsed<T: DeserializeOwned>(path: &Path) -> T {
    match toml::from_str(&fs::read_to_string(path).expect("a listed file can be read")) {
        Ok(value) => value,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// Fails with one line for each fault.
fn none(wrong: &[String]) {
    let mut text = String::new();
    for line in wrong {
        let _ = write!(text, "\n{line}");
    }
    assert!(wrong.is_empty(), "{text}\n");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with an extension, relative to the crate, sorted.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    walkdir::WalkDir::new(root().join(folder))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|it| it.extension().is_some_and(|it| it == extension))
        .map(|it| {
            let inner = it.strip_prefix(root());
            inner.expect("the walk starts at the root").to_owned()
        })
        .collect()
}

/// The stems of the files that lie directly in a folder.
fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    files(folder, extension)
        .iter()
        .filter(|it| it.parent() == Some(Path::new(folder)))
        .filter_map(|it| Some(it.file_stem()?.to_str()?.to_owned()))
        .collect()
}

/// The name of the folder that a file lies in.
fn folder(path: &Path) -> String {
    path.parent()
        .and_then(Path::file_name)
        .map(|it| it.to_string_lossy().into_owned())
        .unwrap_or_default()
}
