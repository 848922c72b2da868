//! `invalid-timeout`: a timeout that raises when the program runs.

use super::{Check, Context};
use crate::catalog::timeouts::{Rejected, ValueKind};
use crate::project::step_timeouts::RefusedTimeout;
use crate::project::value::{Seen, Value};
use crate::project::written_timeouts::{PartialTimeout, WrittenTimeout};

pub(super) struct InvalidTimeout;

impl Check for InvalidTimeout {
    fn rule(&self) -> &'static str {
        "invalid-timeout"
    }

    fn partial_timeout(&self, made: &PartialTimeout<'_>, cx: &mut Context<'_, '_>) {
        let Some(effect) = &made.object.effect else {
            return;
        };
        let name = &made.object.name;
        let missing: Vec<String> = made.missing.iter().map(|it| format!("`{it}`")).collect();
        let missing = missing.join(", ");
        let message = format!("`{name}` without {missing} and without a default {effect}");
        let finding = cx.finding(made.call, "neither a default nor all parts", message);
        cx.report(finding.help("give the default first, as in `httpx.Timeout(30, connect=5)`"));
    }

    fn refused_timeout(&self, refused: &RefusedTimeout<'_>, cx: &mut Context<'_, '_>) {
        let timeout = refused.timeout;
        let (argument, method) = (&timeout.argument, &timeout.method);
        let message = format!("`{argument}` in `.{method}()` {}", timeout.effect);
        let mut finding = cx.finding(refused.passed, "raises", message);
        if let Some(function) = refused.function {
            finding = finding.because(function, "a plain function");
        }
        cx.report(finding.help(timeout.instead.clone()));
    }

    fn written_timeout(&self, written: &WrittenTimeout<'_>, cx: &mut Context<'_, '_>) {
        let given = written.given;
        let Some((kind, rejected)) = rejected(&given.seen, written, cx) else {
            return;
        };
        let what = described(kind, &given.seen);
        let (argument, name, effect) = (&given.argument, written.name, &rejected.effect);
        let message = format!("`{argument}` of `{name}` is {what}: it {effect}");
        let label = match kind {
            ValueKind::Number => "a plain number".to_owned(),
            ValueKind::Zero | ValueKind::Negative | ValueKind::Fraction => {
                format!("{what} is not taken")
            }
            _ => format!("{what}, not a number"),
        };
        let mut finding = cx.finding(given.passed, &label, message);
        if !given.passed.contains(given.seen.at) {
            finding = finding.because(given.seen.at, "written here");
        }
        cx.report(match (kind, written.timeout.example()) {
            (ValueKind::Text, _) => finding.help("convert it with `float(…)`"),
            (_, Some(example)) => finding.help(format!("pass a number that it takes: `{example}`")),
            (_, None) => finding,
        });
    }
}

/// The first kind of the value that the parameter does not take.
fn rejected<'w>(
    seen: &Seen,
    written: &WrittenTimeout<'w>,
    cx: &Context<'_, '_>,
) -> Option<(ValueKind, &'w Rejected)> {
    let kinds = cx.resolver.kinds(seen);
    let rejects = written.rejects.iter();
    let mut pairs = rejects.flat_map(|it| it.values.iter().map(move |kind| (*kind, it)));
    pairs.find(|(kind, rejected)| {
        kinds.contains(kind)
            && (*kind != ValueKind::Object || is_foreign(seen, &rejected.made_by, cx))
    })
}

/// Whether a timeout object comes out of a package, in a version, that the parameter does not take.
fn is_foreign(
    seen: &Seen,
    made_by: &std::collections::BTreeMap<smol_str::SmolStr, String>,
    cx: &Context<'_, '_>,
) -> bool {
    let Some(package) = cx.resolver.timeout_object(seen) else {
        return false;
    };
    made_by.is_empty()
        || made_by
            .get(package.as_str())
            .is_some_and(|versions| cx.resolver.project.runs(cx.file, &package, versions))
}

/// "a tuple", "text from `MODEL_TIMEOUT`".
fn described(kind: ValueKind, seen: &Seen) -> String {
    let plain = match (kind, &seen.value) {
        (ValueKind::Text, Value::Env(env)) if !env.name.is_empty() => {
            return format!("text as soon as `{}` is set", env.name);
        }
        (ValueKind::Object, Value::Made(made)) => return format!("an object of `{}`", made.path),
        (ValueKind::Text, _) => "text",
        (ValueKind::Tuple, _) => "a tuple",
        (ValueKind::None, _) => "None",
        _ => {
            return seen
                .number()
                .map_or_else(|| "a number".to_owned(), |it| it.to_string());
        }
    };
    plain.to_owned()
}
