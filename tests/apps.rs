//! Do whole applications under `fixtures/apps/` produce what their comments promise, with all rules
//! on, and do the report and the budgets read as the snapshots say?

#[path = "support/expect.rs"]
mod expect;
#[path = "support/project.rs"]
mod project;
#[path = "support/repaired.rs"]
mod repaired;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use unhang::catalog;
use unhang::finding::{Finding, Report};
use unhang::project::Project;
use unhang::project::work::WhatIf;
use unhang::report::{self, BudgetFormat, BudgetView, Format, Input, Links, Style};
use unhang::settings::{Overrides, Settings};

use expect::{Expected, Promise};
use project::{Mini, entries, name};

/// The same on every machine.
const STYLE: Style = Style {
    color: false,
    width: 100,
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let apps = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps");
    let trials = entries(&apps)
        .into_iter()
        .filter(|it| it.is_dir())
        .map(|path| Trial::test(name(&path), move || run(&path)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn run(path: &Path) -> Result<(), Failed> {
    let mini = Mini::read(path);
    let promises = mini.promises()?;
    planned_rules_do_not_exist_yet(&promises)?;

    let rules: BTreeSet<String> = catalog::bundled().rules.keys().cloned().collect();
    let wanted = mini.settings(&Overrides {
        preview: true,
        ..Overrides::default()
    });
    let (report, project) = mini.analyze(&wanted);
    mini.compare(&promises, &report, &project, &rules)?;

    let text = format!("{}{}", concise(&report, &project), planned(&promises));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("report", text));
    let text = waterfalls(&project);
    settings.bind(|| insta::assert_snapshot!("budget", text));
    if name(path).ends_with("_repaired") && !report.findings.is_empty() {
        return Err(format!("a repaired application has findings: {text}").into());
    }
    fixes_bring_nothing_new(project, &report, &wanted)
}

/// A fix of one rule is no mistake in the eyes of another.
fn fixes_bring_nothing_new(
    project: Project,
    report: &Report,
    settings: &Settings,
) -> Result<(), Failed> {
    // A timeout that a fix adds changes what the message about a limit in front of it counts.
    let speaks = |it: &Finding| (it.rule, it.primary.span.file);
    let says = |it: &Finding| (it.rule, it.message.clone());
    let spoken: BTreeSet<_> = report.findings.iter().map(speaks).collect();
    let said: BTreeSet<_> = report.findings.iter().map(says).collect();
    let fixed = repaired::repaired(project, settings);
    match fixed
        .report
        .findings
        .iter()
        .find(|it| !spoken.contains(&speaks(it)) && !said.contains(&says(it)))
    {
        Some(new) => Err(format!("new after the fixes: {new:#?}").into()),
        None => Ok(()),
    }
}

/// A rule that has arrived is expected, no longer planned.
fn planned_rules_do_not_exist_yet(promises: &[Expected]) -> Result<(), String> {
    let late: Vec<String> = promises
        .iter()
        .flat_map(|file| file.promises.iter().map(move |it| (file, it)))
        .filter(|(_, it)| it.promise == Promise::Planned)
        .filter(|(_, it)| catalog::bundled().rules.contains_key(&it.rule))
        .map(|(file, it)| {
            format!(
                "{}:{}: `{}` exists now, so this `planned` becomes an `expect`",
                file.path, it.written, it.rule
            )
        })
        .collect();
    if late.is_empty() {
        Ok(())
    } else {
        Err(late.join("\n"))
    }
}

/// How long each entry point can take, as `unhang budget` writes it.
fn waterfalls(project: &Project) -> String {
    let budgets = project.budgets(&WhatIf::default());
    let mut out = Vec::new();
    let sources = project.sources();
    let every_waterfall = BudgetView {
        format: BudgetFormat::Text,
        all_details: true,
        style: STYLE,
        links: Links::default(),
    };
    report::write_budgets(&budgets, sources, &every_waterfall, &mut out)
        .expect("a vector can be written");
    String::from_utf8(out).expect("a budget is UTF-8")
}

fn concise(found: &Report, project: &Project) -> String {
    let input = Input {
        report: found,
        sources: project.sources(),
        catalog: catalog::bundled(),
        elapsed_ms: 0,
    };
    let mut out = Vec::new();
    report::write(&input, Format::Concise, STYLE, &mut out).expect("a vector can be written");
    String::from_utf8(out).expect("a report is UTF-8")
}

/// How many findings are promised of rules that do not exist yet.
fn planned(promises: &[Expected]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for promise in promises.iter().flat_map(|it| &it.promises) {
        if promise.promise == Promise::Planned {
            *counts.entry(&promise.rule).or_default() += 1;
        }
    }
    let lines: Vec<String> = counts
        .into_iter()
        .map(|(rule, count)| format!("planned: {rule}, {count}\n"))
        .collect();
    lines.concat()
}
