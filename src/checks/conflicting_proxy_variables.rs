//! `conflicting-proxy-variables`: two spellings of a proxy variable that disagree.

use smol_str::SmolStr;

use super::{Check, Context, listed};
use crate::project::environment::{Given, Process};

/// Variables that have two spellings, in lower case.
const NAMES: &[&str] = &["all_proxy", "http_proxy", "https_proxy", "no_proxy"];

pub(super) struct ConflictingProxyVariables;

impl Check for ConflictingProxyVariables {
    fn rule(&self) -> &'static str {
        "conflicting-proxy-variables"
    }

    fn process(&self, process: &Process<'_>, cx: &mut Context<'_, '_>) {
        for name in NAMES {
            let upper = name.to_uppercase();
            if let (Some(upper), Some(lower)) = (process.get(&upper), process.get(name)) {
                spellings(process, upper, lower, cx);
            }
        }
        alone(process, cx);
    }
}

/// The lower case wins with every client that reads both, and with most also when it is empty.
fn spellings(process: &Process<'_>, upper: &Given, lower: &Given, cx: &mut Context<'_, '_>) {
    let (Some(high), Some(low)) = (&upper.value, &lower.value) else {
        return;
    };
    if high == low || high.is_empty() {
        return;
    }
    // Of two files, that of the process is the one to change, and not that of its image.
    let own = process.service.map_or(cx.file, |it| it.file);
    let in_own = [lower.at, upper.at].into_iter().find(|it| it.file == own);
    let at = in_own.unwrap_or(lower.at);
    if at.file != cx.file {
        return;
    }
    let (passed_by, winner) = (&upper.name, &lower.name);
    let message = if low.is_empty() {
        let misled = cx.resolver.misled_by_empty(cx.file, winner);
        let whose = match misled.as_deref() {
            Some([]) => return,
            Some(clients) => format!(" for {}", listed(clients)),
            None => String::new(),
        };
        format!("`{winner}` is empty and switches `{passed_by}` off{whose}")
    } else {
        format!("`{winner}` and `{passed_by}` differ, and `{passed_by}` does nothing")
    };
    let finding = cx
        .finding(at, "the two spellings disagree", message)
        .because(lower.at, "this one counts")
        .because(upper.at, "this one does not");
    cx.report(finding.help(format!("give both the same value, or leave `{winner}` out")));
}

/// `HTTP_PROXY` without another proxy: providers are called with https, which goes direct.
fn alone(process: &Process<'_>, cx: &mut Context<'_, '_>) {
    let given = |name: &str| {
        process
            .get(name)
            .or_else(|| process.get(&name.to_uppercase()))
    };
    let others = given("https_proxy").is_some() || given("all_proxy").is_some();
    let Some(http) = given("http_proxy").filter(|_| !others && !process.is_open()) else {
        return;
    };
    if http.value.as_ref().is_none_or(SmolStr::is_empty) || http.at.file != cx.file {
        return;
    }
    let message = format!(
        "`{}` stands alone, and calls to https addresses go past the proxy",
        http.name
    );
    let value = http.value.as_deref().unwrap_or_default();
    let known = (http.name.as_str(), value);
    let other = http.name.to_lowercase().replace("http", "https");
    let other = if http.name.starts_with('h') {
        other
    } else {
        other.to_uppercase()
    };
    let finding = cx
        .finding(http.at, "for http addresses only", message)
        .fix(cx.resolver.set_beside(http.at, known, (&other, value)));
    cx.report(finding.help("set `HTTPS_PROXY` to the same address"));
}
