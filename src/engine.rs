//! Runs the checks on every subject, drops what the user answered, ranks and sorts.

pub mod repair;
pub mod suppress;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rayon::prelude::*;

use crate::checks::{self, Check, Context};
use crate::finding::{Finding, Label, Report, Sites};
use crate::fix::Fix;
use crate::project::clients;
use crate::project::resolve::Resolver;
use crate::project::uses::Uses;
use crate::project::{self, Project};
use crate::settings::Settings;
use crate::source::{FileId, Span};

use suppress::Suppressions;

/// What one file adds to the report.
#[derive(Default)]
struct Part {
    findings: Vec<Finding>,
    suppressed: Vec<Finding>,
    sites: Sites,
}

/// Judges a project: the same project and settings always give the same report.
#[must_use]
pub fn analyze(project: &Project, settings: &Settings) -> Report {
    let uses = Uses::collect(project);
    analyze_unless(project, settings, &uses, &|| false).expect("nobody says stop")
}

/// The same with the uses of its clients; `None` when `stop` says yes before all is judged, which
/// is asked for each file.
#[must_use]
pub fn analyze_unless(
    project: &Project,
    settings: &Settings,
    uses: &Uses,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Report> {
    let enabled = enabled(settings);
    let files: Vec<FileId> = project
        .sources()
        .iter()
        .map(|(file, _)| file)
        .filter(|file| project.module(*file).is_some() || project.configuration(*file).is_some())
        .filter(|file| project.sources().get(*file).reported)
        .collect();
    project.prepare(stop);
    let parts: Option<Vec<Part>> = files
        .par_chunks(project::task_size(files.len()))
        .flat_map_iter(|task| {
            let resolver = Resolver::unless(project, stop);
            let part = |file: &FileId| {
                let part = (!stop()).then(|| judge(&resolver, settings, &enabled, uses, *file));
                // What was judged while it came to a stop is worth nothing.
                part.filter(|_| !stop())
            };
            task.iter().map(part).collect::<Vec<_>>()
        })
        .collect();

    let mut report = Report {
        problems: project.problems.clone(),
        ..Report::default()
    };
    for part in parts? {
        report.findings.extend(part.findings);
        report.suppressed.extend(part.suppressed);
        report.sites.add(part.sites);
    }
    report.problems.sort();
    report.files = project.sources().len();
    report.parsed = project.modules().count();
    Some(report)
}

/// The findings in one file; none when it is not reported.
///
/// They are those of [`analyze`], unless a value is so far away that the way to it decides whether
/// it is found.
#[must_use]
pub fn analyze_file(
    resolver: &Resolver<'_>,
    settings: &Settings,
    uses: &Uses,
    file: FileId,
) -> Vec<Finding> {
    if !resolver.project.sources().get(file).reported {
        return Vec::new();
    }
    judge(resolver, settings, &enabled(settings), uses, file).findings
}

/// The checks that run.
fn enabled(settings: &Settings) -> Vec<&'static dyn Check> {
    let all = checks::ALL.iter().copied();
    all.filter(|it| settings.enabled(it.rule())).collect()
}

/// Judges one file.
fn judge(
    resolver: &Resolver<'_>,
    settings: &Settings,
    enabled: &[&dyn Check],
    uses: &Uses,
    file: FileId,
) -> Part {
    let project = resolver.project;
    let mut findings = Vec::new();
    let sites = ask(resolver, settings, enabled, uses, file, &mut findings);
    let source = project.sources().get(file);
    findings.retain(|it| !settings.ignored_in(&source.path, it.rule));
    sort(&mut findings);
    findings.dedup_by(|a, b| a.rule == b.rule && a.primary.span == b.primary.span);

    let suppressions = suppressions(project, file);
    let (mut findings, suppressed) = suppressions.apply(findings);
    findings.retain(|it| it.confidence >= settings.min_confidence);
    let mut findings = fold(findings);
    for complaint in suppressions.complaints(&source.path, settings) {
        let suppress::Complaint {
            rule,
            span,
            message,
            help,
            fix,
        } = complaint;
        findings.extend(housekeeping(settings, rule, span, message, help, fix));
    }
    sort(&mut findings);
    Part {
        findings,
        suppressed,
        sites,
    }
}

/// What the user has answered in a file.
fn suppressions(project: &Project, file: FileId) -> Suppressions {
    let text = &project.sources().get(file).text;
    if let Some(configuration) = project.configuration(file) {
        let statement = |at: u32| configuration.statement_at(at);
        return Suppressions::read(file, text, configuration.comments(), &statement);
    }
    match project.module(file) {
        Some(module) => {
            let statement = |at: u32| module.ast.statement_at(at);
            Suppressions::read(file, text, &module.ast.comments, &statement)
        }
        None => Suppressions::read(file, text, &[], &|_| None),
    }
}

/// Asks every check about every subject of a file.
fn ask(
    resolver: &Resolver<'_>,
    settings: &Settings,
    enabled: &[&dyn Check],
    uses: &Uses,
    file: FileId,
    findings: &mut Vec<Finding>,
) -> Sites {
    let subjects = resolver.subjects(file, uses);
    for check in enabled {
        let Some((rule, entry)) = resolver.project.catalog.rule(check.rule()) else {
            continue;
        };
        let mut cx = Context {
            rule,
            entry,
            settings,
            resolver,
            file,
            findings,
        };
        checks::ask(*check, &subjects, &mut cx);
    }
    clients::count(&subjects.clients)
}

/// Ten findings with one cause become one with the other places as labels.
fn fold(findings: Vec<Finding>) -> Vec<Finding> {
    const MANY: usize = 10;
    let mut groups: BTreeMap<(&str, Span), Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        if let Some(cause) = finding.cause {
            groups.entry((finding.rule, cause)).or_default().push(at);
        }
    }
    groups.retain(|_, all| all.len() >= MANY);
    if groups.is_empty() {
        return findings;
    }
    let mut kept = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        let group = finding.cause.and_then(|it| groups.get(&(finding.rule, it)));
        match group {
            None => kept.push(finding.clone()),
            Some(all) if all[0] == at => {
                let others: Vec<&Finding> = all[1..].iter().map(|it| &findings[*it]).collect();
                kept.push(folded(finding.clone(), &others, MANY));
            }
            Some(_) => {}
        }
    }
    kept
}

/// A finding that stands for others as well, of which at most `most` are shown.
fn folded(mut one: Finding, others: &[&Finding], most: usize) -> Finding {
    let _ = write!(
        one.message,
        ", as do {} more with the same cause",
        others.len()
    );
    if let Some(cause) = one.cause.filter(|it| !one.names(*it)) {
        one = one.because(cause, "the cause of all of them");
    }
    for other in others.iter().take(most) {
        one = one.because(other.primary.span, "the same here");
    }
    // What ends one of them leaves the others, so only all their fixes together end this one.
    if let Some(fix) = one.fixes.first_mut() {
        let others = others.iter().filter_map(|it| it.fixes.first());
        fix.edits.extend(others.flat_map(|it| it.edits.clone()));
    }
    one
}

/// A finding about a suppression.
fn housekeeping(
    settings: &Settings,
    rule: &'static str,
    span: Span,
    message: String,
    help: Option<String>,
    fix: Option<Fix>,
) -> Option<Finding> {
    if !settings.enabled(rule) {
        return None;
    }
    let (rule, entry) = crate::catalog::bundled().rule(rule)?;
    Some(Finding {
        rule,
        severity: entry.severity,
        confidence: entry.confidence,
        message,
        primary: Label {
            span,
            text: String::new(),
        },
        because: Vec::new(),
        help,
        fixes: fix.into_iter().collect(),
        cause: None,
    })
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (a.primary.span, a.rule, &a.message).cmp(&(b.primary.span, b.rule, &b.message))
    });
}
