//! Does each mini project under `fixtures/checks/<rule>/{bad,good}/` produce exactly the findings
//! that its comments promise? One test each, with only that rule on.

#[path = "support/expect.rs"]
mod expect;
#[path = "support/project.rs"]
mod project;
#[path = "support/repaired.rs"]
mod repaired;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use unhang::catalog;
use unhang::engine::repair::applicable;
use unhang::fix::Trust;
use unhang::report;
use unhang::settings::Overrides;

use expect::Promise;
use project::{Mini, entries, name};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/checks");
    let mut trials = Vec::new();
    for rule in entries(&checks) {
        let path = rule.clone();
        let title = format!("{}::fixed", name(&rule));
        trials.push(Trial::test(title, move || fixed(&path)));
        for side in ["bad", "good"] {
            for path in entries(&rule.join(side)) {
                let rule = name(&rule);
                let title = format!("{rule}::{side}::{}", name(&path).trim_end_matches(".py"));
                trials.push(Trial::test(title, move || run(&rule, side, &path)));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn run(rule: &str, side: &str, path: &Path) -> Result<(), Failed> {
    let mini = Mini::read(path);
    let rules = rules_on(rule, &mini);
    let promises = mini.promises()?;
    let says = |wanted: &[Promise]| {
        promises
            .iter()
            .flat_map(|it| &it.promises)
            .any(|it| wanted.contains(&it.promise))
    };
    let seen = [Promise::Expect, Promise::Missed];
    if side == "bad" && !says(&seen) {
        return Err("a fixture under `bad` needs an `expect`".into());
    }
    if side == "good" && says(&seen) {
        return Err("a fixture under `good` has no `expect`; move it to `bad`".into());
    }
    let (report, project) = mini.analyze(&mini.settings(&only(&rules)));
    Ok(mini.compare(&promises, &report, &project, &rules)?)
}

/// Holds what the fixes of a rule make of its bad fixtures against the diffs in `fixed.snap`.
fn fixed(rule: &Path) -> Result<(), Failed> {
    let mut diffs = Vec::new();
    for path in entries(&rule.join("bad")) {
        let mini = Mini::read(&path);
        let settings = mini.settings(&only(&rules_on(&name(rule), &mini)));
        let (before, project) = mini.analyze(&settings);
        let offered = applicable(&before, project.sources(), Trust::Risky).len();
        let fixed = repaired::repaired(project, &settings);
        let left = &fixed.report.findings;
        if left.len() + offered > before.findings.len() {
            return Err(format!(
                "{} keeps a finding that had a fix: {left:#?}",
                path.display()
            )
            .into());
        }
        let folder = path.is_dir().then(|| format!("{}/", name(&path)));
        for (file, before, after) in fixed.texts() {
            let file = format!("bad/{}{file}", folder.as_deref().unwrap_or_default());
            report::diff(&file, before, after, &mut diffs)?;
        }
    }
    if diffs.is_empty() {
        let stale = rule.join("fixed.snap").exists();
        return if stale {
            Err("no fix is left: delete `fixed.snap`".into())
        } else {
            Ok(())
        };
    }
    let mut snapshot = insta::Settings::clone_current();
    snapshot.set_snapshot_path(rule);
    snapshot.set_prepend_module_to_snapshot(false);
    snapshot.set_omit_expression(true);
    snapshot.bind(|| insta::assert_snapshot!("fixed", String::from_utf8_lossy(&diffs)));
    Ok(())
}

/// The rule alone; with a rule about suppressions, also the rules that are suppressed there, since
/// a suppression of a rule that did not run is neither used nor unused.
fn rules_on(rule: &str, mini: &Mini) -> BTreeSet<String> {
    let mut rules = BTreeSet::from([rule.to_owned()]);
    if rule.contains("suppression") {
        rules.extend(mini.files.iter().flat_map(|(_, text)| suppressed(text)));
    }
    rules
}

/// The rules that a text's suppressions name, as far as they exist.
fn suppressed(text: &str) -> impl Iterator<Item = String> {
    text.split("unhang: ignore")
        .skip(1)
        .filter_map(|rest| {
            let (_, rest) = rest.split_once('[')?;
            let (names, _) = rest.split_once(']')?;
            Some(names.split(','))
        })
        .flatten()
        .map(|it| it.trim().to_owned())
        .filter(|it| catalog::bundled().rules.contains_key(it))
}

/// Flags with which only these rules run.
fn only(rules: &BTreeSet<String>) -> Overrides {
    Overrides {
        select: rules.iter().cloned().collect(),
        ..Overrides::default()
    }
}
