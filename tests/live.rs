//! A project that follows somebody who types says what a new one would say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use unhang::catalog;
use unhang::engine;
use unhang::finding::{Finding, Problem};
use unhang::project::Project;
use unhang::project::resolve::Resolver;
use unhang::project::uses::Uses;
use unhang::settings::{Form, Place, Settings};
use unhang::source::{Kind, Source, Sources};

/// The Python files below a folder of `fixtures/`, as one project.
fn python(folder: &Path) -> Vec<Source> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name();
    let paths = entries
        .into_iter()
        .map(|it| it.expect("fixtures can be listed").into_path());
    paths
        .filter(|it| it.extension().is_some_and(|it| it == "py"))
        .map(|it| {
            let text = fs::read_to_string(&it).expect("a fixture is UTF-8");
            Source::new(it.to_string_lossy(), Kind::Python, text)
        })
        .collect()
}

fn projects() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = ["apps", "checks"].into_iter().flat_map(|it| {
        let entries = fs::read_dir(fixtures.join(it)).expect("fixtures can be listed");
        entries.map(|it| it.expect("fixtures can be listed").path())
    });
    folders.filter(|it| it.is_dir()).collect()
}

fn build(sources: Vec<Source>) -> Project {
    let sources = Sources::new(sources);
    Project::build(sources, &Settings::default(), catalog::bundled())
}

fn judged(project: &Project) -> (Vec<Finding>, Vec<Problem>) {
    let report = engine::analyze(project, &Settings::default());
    (report.findings, report.problems)
}

/// The text of a source up to its middle, as it is while somebody writes it.
fn half(source: &Source) -> Source {
    let mut end = source.text.len() / 2;
    while !source.text.is_char_boundary(end) {
        end -= 1;
    }
    Source::new(source.path.clone(), source.kind, &source.text[..end])
}

#[test]
fn texts_that_come_one_by_one_give_the_same_report_as_all_at_once() {
    for folder in projects() {
        let expected = judged(&build(python(&folder)));
        let mut live = build(python(&folder).iter().map(half).collect());
        for source in python(&folder) {
            let replaced = live.replace(Arc::new(half(&source)));
            assert!(replaced.is_some(), "{}", source.path);
            live.replace(Arc::new(source));
        }
        assert_eq!(judged(&live), expected, "{}", folder.display());
    }
}

#[test]
fn what_the_settings_describe_holds_from_then_on() {
    let text = "from acme.llm import make_llm\nfrom langchain_core.tools import tool\n\nllm = make_llm()\n";
    let project = build(vec![Source::new("app.py", Kind::Python, text)]);
    let own = "[[client]]\nfactory = 'acme.llm.make_llm'\n\
               timeout = { argument = 'deadline', unit = 's', absent = 'forever' }";
    let rules = &catalog::bundled().rules;
    let settings = Settings::read("unhang.toml", own, Form::Own, Place::default(), rules);
    let settings = settings.expect("it is valid").expect("it is ours");
    let same = project.sources().with(&BTreeMap::new());
    let described = project.rebuild(same, &settings);
    let same = project.sources().with(&BTreeMap::new());
    let forgotten = described.rebuild(same, &Settings::default());
    let findings = [&project, &described, &forgotten].map(|it| judged(it).0.len());
    assert_eq!(findings, [0, 1, 0]);
}

#[test]
fn files_that_come_and_go_leave_nothing_behind() {
    for folder in projects() {
        let expected = judged(&build(python(&folder)));
        let live = build(python(&folder));
        let all: Vec<Arc<Source>> = live.sources().shared().cloned().collect();
        let some = Sources::new(all.iter().step_by(2).cloned());
        let live = live.rebuild(some, &Settings::default());
        let live = live.rebuild(Sources::new(all), &Settings::default());
        assert_eq!(judged(&live), expected, "{}", folder.display());
    }
}

#[test]
fn the_findings_of_one_file_are_those_of_the_whole() {
    for folder in projects() {
        let project = build(python(&folder));
        let settings = Settings::default();
        let uses = Uses::collect(&project);
        let found = project.modules().flat_map(|(file, _)| {
            engine::analyze_file(&Resolver::new(&project), &settings, &uses, file)
        });
        let found: Vec<Finding> = found.collect();
        assert_eq!(found, judged(&project).0, "{}", folder.display());
    }
}

#[test]
fn the_uses_of_clients_follow_a_change() {
    for folder in projects() {
        let expected = judged(&build(python(&folder)));
        let mut live = build(python(&folder));
        let mut uses = Uses::collect(&live);
        let settings = Settings::default();
        for source in python(&folder) {
            let longer = format!("import os\n\nprint(os.name)\n{}", source.text);
            let longer = Source::new(source.path.clone(), source.kind, longer);
            for text in [longer, source] {
                let file = live.replace(Arc::new(text)).expect("the path is known");
                uses = uses.after_change(&Resolver::new(&live), file);
            }
        }
        let found = engine::analyze_unless(&live, &settings, &uses, &|| false);
        let found = found.expect("nobody says stop").findings;
        assert_eq!(found, expected.0, "{}", folder.display());
        let stopped = engine::analyze_unless(&live, &settings, &uses, &|| true);
        assert!(stopped.is_none() || live.modules().count() == 0);
    }
}
