//! Does each mini project under `fixtures/checks/<rule>/{bad,good}/` produce exactly the findings
//! that its comments promise? One test each, with only that rule on.

#[path = "support/expect.rs"]
mod expect;
#[path = "support/project.rs"]
mod project;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use unhang::catalog;
use unhang::settings::{Overrides, Settings};

use expect::Promise;
use project::{Mini, entries, name};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/checks");
    let mut trials = Vec::new();
    for rule in entries(&checks) {
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
    let (report, project) = mini.analyze(&only(&rules));
    Ok(mini.compare(&promises, &report, &project, &rules)?)
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

/// Settings with which only these rules run.
fn only(rules: &BTreeSet<String>) -> Settings {
    let flags = Overrides {
        select: rules.iter().cloned().collect(),
        ..Overrides::default()
    };
    Settings::default()
        .with(&flags)
        .expect("each folder of fixtures/checks has the name of a rule")
}
