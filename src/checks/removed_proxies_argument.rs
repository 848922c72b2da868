//! `removed-proxies-argument`: an argument about proxies that the installed version does not have.

use super::{Check, Context};
use crate::project::proxies::removed::{Gone, RemovedArgument};

pub(super) struct RemovedProxiesArgument;

impl Check for RemovedProxiesArgument {
    fn rule(&self) -> &'static str {
        "removed-proxies-argument"
    }

    fn removed_argument(&self, found: &RemovedArgument, cx: &mut Context<'_, '_>) {
        let path = &found.path;
        let finding = match &found.why {
            Gone::Argument {
                argument,
                package,
                versions,
                instead,
                is_stated,
                fix,
            } => {
                let assumed = if *is_stated {
                    ""
                } else {
                    "; no file names the version, so the newest is assumed"
                };
                let message = format!(
                    "`{path}` has no `{argument}` in {package} {versions}, and the call raises `TypeError`{assumed}"
                );
                cx.finding(found.at, "not there any more", message)
                    .fix(fix.clone())
                    .help(match instead {
                        Some(instead) => format!("write `{instead}=` with one address"),
                        None => "pass `http_client=` with a client that has the proxy".to_owned(),
                    })
            }
            Gone::Inside {
                package,
                since,
                other,
                versions,
            } => {
                let message = format!(
                    "`{path}` of {package} before {since} passes `proxies` to {other} {versions}, which does not have it: building the client raises `TypeError`"
                );
                cx.finding(found.at, "raises `TypeError`", message)
                    .help(format!("require `{package}>={since}`"))
            }
        };
        cx.report(finding);
    }
}
