//! `unknown-server-setting`: a value with which a server does not start, or a name it never reads.

use super::{Check, Context};
use crate::project::misnamed::MisnamedSetting;
use crate::project::servers::{BadFlag, NginxSetting};

/// The end of the names of nginx's directives that take a time.
const TIMES: &str = "_timeout";

pub(super) struct UnknownServerSetting;

impl Check for UnknownServerSetting {
    fn rule(&self) -> &'static str {
        "unknown-server-setting"
    }

    fn nginx(&self, setting: &NginxSetting<'_>, cx: &mut Context<'_, '_>) {
        if !setting.name().ends_with(TIMES) {
            return;
        }
        let Some(word) = setting.directive.arguments().first() else {
            return;
        };
        // What a template fills in may be anything.
        if word.text.contains(['$', '{', '}', '%', '@', '<']) || is_time(&word.text) {
            return;
        }
        let message = format!(
            "nginx does not start with `{} {}`",
            setting.name(),
            word.text
        );
        let finding = cx.finding(setting.span(word), "no time that nginx knows", message);
        cx.report(finding.help("write whole numbers with units, as in `90s` or `1m30s`"));
    }

    fn bad_flag(&self, flag: &BadFlag, cx: &mut Context<'_, '_>) {
        let message = format!(
            "gunicorn does not start with `{} {}`",
            flag.flag, flag.value
        );
        let finding = cx.finding(flag.at, "no whole number of seconds", message);
        cx.report(finding.help("write the seconds as a whole number, as in `120`"));
    }

    fn misnamed_setting(&self, setting: &MisnamedSetting, cx: &mut Context<'_, '_>) {
        let MisnamedSetting {
            server,
            name,
            meant,
            ..
        } = setting;
        let message = format!("{server} knows no `{name}`, so `{meant}` keeps its default");
        let finding = cx.finding(setting.at, "nobody reads this", message);
        cx.report(finding.help(format!("call it `{meant}`")));
    }
}

/// Whether a text is a time of nginx: whole numbers with units that grow smaller, the last one with
/// or without.
///
/// Source: nginx documentation, "Configuration file measurement units".
fn is_time(text: &str) -> bool {
    const UNITS: &[&str] = &["ms", "y", "M", "w", "d", "h", "m", "s"];
    let mut rest = text.trim();
    if rest.is_empty() || rest == "off" {
        return rest == "off";
    }
    while !rest.is_empty() {
        let digits = rest.len()
            - rest
                .trim_start_matches(|it: char| it.is_ascii_digit())
                .len();
        if digits == 0 {
            return false;
        }
        rest = &rest[digits..];
        let unit = UNITS.iter().find(|it| rest.starts_with(**it));
        let Some(unit) = unit else {
            return rest.is_empty();
        };
        rest = rest[unit.len()..].trim_start();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_time;

    #[test]
    fn a_time_of_nginx_has_whole_numbers() {
        for time in ["60", "60s", "1m", "1m30s", "1m 30s", "60000ms", "1h", "off"] {
            assert!(is_time(time), "{time}");
        }
        for other in ["1.5m", "60sec", "s", "", "1min", "-1"] {
            assert!(!is_time(other), "{other}");
        }
    }
}
