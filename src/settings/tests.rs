//! Settings files as people write them, and what comes of them.

use std::sync::OnceLock;

use miette::Diagnostic;

use super::*;

/// Three rules of two categories, one of them on trial.
fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let rule = |category: &str, lifecycle: &str, options: &str| {
            let text = format!(
                "title = 't'\ncategory = '{category}'\nseverity = 'warning'\nconfidence = 'high'\n\
                 lifecycle = {{ {lifecycle} = '0.1.0' }}\nwhy = 'w'\nremedy = 'r'\nsource = []\n{options}"
            );
            toml::from_str(&text).expect("the entry has the shape of a rule")
        };
        let longest = "[options]\nlongest = { default = '300s', doc = 'the longest wait' }\n\
                       times = { default = 3, doc = 'how often' }\n";
        Rules::from([
            ("slow-call".to_owned(), rule("timeouts", "stable", longest)),
            ("endless-loop".to_owned(), rule("agents", "stable", "")),
            ("trial-rule".to_owned(), rule("agents", "preview", "")),
        ])
    })
}

fn read(form: Form, text: &str) -> Result<Option<Settings>, Error> {
    Settings::read("unhang.toml", text, form, Place::default(), rules())
}

fn check(text: &str) -> Settings {
    read(Form::Own, text)
        .expect("the settings are valid")
        .expect("the file is ours")
}

/// Asserts what an error points at, what it says there and how it helps.
fn check_error(form: Form, text: &str, at: &str, reason: &str, help: &str) {
    let error = read(form, text).expect_err("the settings are wrong");
    let label = error
        .labels()
        .and_then(|mut it| it.next())
        .expect("an error has a place");
    let found = &text[label.offset()..label.offset() + label.len()];
    assert_eq!(found, at, "{error:?}");
    let said = label.label().unwrap_or_default();
    assert!(said.contains(reason), "{said}");
    let helped = error.help().map(|it| it.to_string()).unwrap_or_default();
    assert!(helped.contains(help), "{helped}");
}

#[test]
fn without_a_word_the_stable_rules_run() {
    let settings = check("");
    assert!(settings.enabled("slow-call"));
    assert!(settings.enabled("endless-loop"));
    assert!(!settings.enabled("trial-rule"));
    assert!(!settings.enabled("no-such-rule"));
    assert!(!settings.explicitly_selected());
    assert_eq!(settings.fail_on, Some(Severity::Warning));
    assert_eq!(settings.min_confidence, Confidence::Medium);
}

#[test]
fn a_selection_restricts_the_run() {
    let settings = check("select = ['agents']");
    assert!(!settings.enabled("slow-call"));
    assert!(settings.enabled("endless-loop"));
    assert!(!settings.enabled("trial-rule"));
    assert!(settings.explicitly_selected());
}

#[test]
fn a_rule_on_trial_runs_with_preview_or_by_its_own_name() {
    assert!(check("preview = true").enabled("trial-rule"));
    assert!(check("select = ['trial-rule']").enabled("trial-rule"));
    assert!(check("select = ['agents']\npreview = true").enabled("trial-rule"));
}

#[test]
fn a_name_weighs_more_than_its_category() {
    let settings = check("select = ['agents']\nignore = ['endless-loop']");
    assert!(!settings.enabled("endless-loop"));
    let settings = check("select = ['endless-loop']\nignore = ['agents']");
    assert!(settings.enabled("endless-loop"));
}

#[test]
fn flags_win_over_the_file() {
    let flags = Overrides {
        select: vec!["endless-loop".to_owned()],
        fail_on: Some(FailOn::Never),
        confidence: Some(Confidence::Low),
        ..Overrides::default()
    };
    let file = check("select = ['slow-call']\nignore = ['endless-loop']\nfail-on = 'error'");
    let settings = file.with(&flags).expect("the flags are valid");
    assert!(settings.enabled("endless-loop"));
    assert!(!settings.enabled("slow-call"));
    assert_eq!(settings.fail_on, None);
    assert_eq!(settings.min_confidence, Confidence::Low);
}

#[test]
fn a_flag_that_names_nothing_offers_what_was_meant() {
    let flags = Overrides {
        ignore: vec!["slow-cal".to_owned()],
        ..Overrides::default()
    };
    let error = check("").with(&flags).expect_err("there is no such rule");
    assert!(error.to_string().contains("`--ignore` names `slow-cal`"));
    let help = error.help().map(|it| it.to_string());
    assert_eq!(help.as_deref(), Some("did you mean `slow-call`?"));
}

#[test]
fn an_option_falls_back_to_the_catalogue() {
    let settings = check("");
    let longest = settings.millis("slow-call", "longest");
    assert_eq!(longest, Some(Millis(300_000)));
    assert_eq!(settings.option("slow-call", "shortest"), None);

    let settings = check("[rules.slow-call]\nlongest = '2 min'\ntimes = 5");
    let longest = settings.millis("slow-call", "longest");
    assert_eq!(longest, Some(Millis(120_000)));
    let times = settings.option("slow-call", "times");
    assert_eq!(times.and_then(Value::as_integer), Some(5));
}

#[test]
fn a_misspelt_key_points_at_itself() {
    let text = "preview = true\nfail_on = 'error'\n";
    check_error(
        Form::Own,
        text,
        "fail_on",
        "unknown field",
        "did you mean `fail-on`?",
    );
    let text = "colour = 1\n";
    check_error(
        Form::Own,
        text,
        "colour",
        "unknown field `colour`",
        "`select`, `ignore`",
    );
    let text = "[python]\nroots = []\n";
    check_error(
        Form::Own,
        text,
        "roots",
        "unknown field",
        "did you mean `root`?",
    );
}

#[test]
fn a_bad_value_points_at_itself() {
    let text = "fail-on = 'eror'\n";
    check_error(
        Form::Own,
        text,
        "'eror'",
        "unknown variant",
        "did you mean `error`?",
    );
    let text = "preview = 3\n";
    check_error(Form::Own, text, "3", "expected a boolean", "");
    let text = "exclude = ['ok', 'a[']\n";
    check_error(Form::Own, text, "'a['", "unclosed", "");
}

#[test]
fn a_misspelt_rule_offers_the_nearest() {
    for text in [
        "select = ['slow-cal']\n",
        "ignore = ['slow-cal']\n",
        "[per-file-ignores]\n'a.py' = ['slow-cal']\n",
    ] {
        check_error(
            Form::Own,
            text,
            "'slow-cal'",
            "named `slow-cal`",
            "mean `slow-call`?",
        );
    }
    let text = "[rules.slow-cal]\nlongest = '3s'\n";
    check_error(Form::Own, text, "slow-cal", "no rule", "mean `slow-call`?");
}

#[test]
fn a_misspelt_option_offers_the_nearest() {
    let text = "[rules.slow-call]\nlongst = '3s'\n";
    check_error(
        Form::Own,
        text,
        "longst",
        "no option of `slow-call`",
        "mean `longest`?",
    );
    let text = "[rules.slow-call]\nwhatever = '3s'\n";
    check_error(
        Form::Own,
        text,
        "whatever",
        "no option",
        "`longest`, `times`",
    );
}

#[test]
fn an_option_without_its_unit_is_refused() {
    let text = "[rules.slow-call]\nlongest = 120\n";
    check_error(
        Form::Own,
        text,
        "120",
        "a duration with its unit",
        "the longest wait",
    );
    let text = "[rules.slow-call]\nlongest = '120'\n";
    check_error(Form::Own, text, "'120'", "such as \"300s\"", "");
    let text = "[rules.slow-call]\ntimes = 'often'\n";
    check_error(Form::Own, text, "'often'", "such as 3", "how often");
}

#[test]
fn a_pyproject_is_ours_only_below_its_table() {
    let text = "[project]\nname = 'x'\n[tool.ruff]\nline-length = 3\n";
    let nothing = read(Form::Pyproject, text).expect("it is valid TOML");
    assert!(nothing.is_none());

    let text = "[tool.ruff]\nx = 1\n[tool.unhang]\nselect = ['agents']\n";
    let settings = read(Form::Pyproject, text).expect("it is valid");
    assert!(settings.is_some_and(|it| it.explicitly_selected()));

    let text = "[tool.ruff]\nfail_on = 1\n[tool.unhang]\nfail_on = 'note'\npreview = true\n";
    check_error(
        Form::Pyproject,
        text,
        "fail_on",
        "unknown field",
        "did you mean `fail-on`?",
    );
}

#[test]
fn broken_toml_is_an_error_with_its_place() {
    check_error(
        Form::Pyproject,
        "[project\nname = 1\n",
        "",
        "unclosed table",
        "",
    );
    assert!(read(Form::Own, "select = [").is_err());
}

#[test]
fn a_rule_can_be_ignored_in_some_files() {
    let settings =
        check("[per-file-ignores]\n'scripts/*.py' = ['slow-call']\n'*_job.py' = ['agents']");
    assert!(settings.ignored_in("scripts/a.py", "slow-call"));
    assert!(!settings.ignored_in("scripts/a.py", "endless-loop"));
    assert!(!settings.ignored_in("app/scripts/a.py", "slow-call"));
    assert!(settings.ignored_in("deep/down/night_job.py", "trial-rule"));
}

#[test]
fn globs_and_roots_count_from_the_settings_folder() {
    let place = Place {
        here: "/w/p/sub".to_owned(),
        folder: "/w/p".to_owned(),
    };
    let text = "exclude = ['sub/old', '/gen']\n[python]\nroot = ['src', 'sub']";
    let settings = Settings::read("../unhang.toml", text, Form::Own, place, rules())
        .expect("the settings are valid")
        .expect("the file is ours");
    assert!(settings.excluded("old/a.py"));
    assert!(settings.excluded("../gen"));
    assert!(!settings.excluded("gen/a.py"));
    assert_eq!(settings.roots, ["../src", ""]);
}

#[test]
fn an_empty_selection_selects_nothing() {
    assert!(!check("select = []").enabled("slow-call"));
}
