//! `removed-proxies-argument`: an argument about proxies that the installed version does not take.

use super::{Check, Context};
use crate::project::proxies::removed::{Gone, LostArgument, RemovedArgument};

pub(super) struct RemovedProxiesArgument;

impl Check for RemovedProxiesArgument {
    fn rule(&self) -> &'static str {
        "removed-proxies-argument"
    }

    fn removed_argument(&self, found: &RemovedArgument, cx: &mut Context<'_, '_>) {
        let path = &found.path;
        let (label, message, help) = match &found.why {
            Gone::Argument(gone) => ("not there any more", lost(path, gone), instead(gone)),
            Gone::Inside {
                package,
                since,
                other,
                versions,
            } => {
                let message = format!(
                    "`{path}` of {package} before {since} passes `proxies` to {other} {versions}, which does not have it: building the client raises `TypeError`"
                );
                let help = format!("require `{package}>={since}`");
                ("raises `TypeError`", message, help)
            }
            Gone::Refused {
                argument,
                given,
                instead,
                package,
                versions,
                is_stated,
            } => {
                let assumed = assumed(*is_stated);
                let message = format!(
                    "`{path}` of {package} {versions} takes no `{given}` as `{argument}`: building the client raises `TypeError`{assumed}"
                );
                let help = format!("pass a `{instead}`, or require a version before");
                ("raises `TypeError`", message, help)
            }
        };
        let finding = cx.finding(found.at, label, message);
        cx.report(finding.fix(found.fix.clone()).help(help));
    }
}

fn lost(path: &str, gone: &LostArgument) -> String {
    let (argument, package, versions) = (&gone.argument, &gone.package, &gone.versions);
    let assumed = assumed(gone.is_stated);
    format!(
        "`{path}` has no `{argument}` in {package} {versions}, and the call raises `TypeError`{assumed}"
    )
}

fn assumed(is_stated: bool) -> &'static str {
    if is_stated {
        ""
    } else {
        "; no file names the version, so the newest is assumed"
    }
}

fn instead(gone: &LostArgument) -> String {
    match &gone.instead {
        Some(instead) => format!("write `{instead}=` with one address"),
        None => "pass `http_client=` with a client that has the proxy".to_owned(),
    }
}
