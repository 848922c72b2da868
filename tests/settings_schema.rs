//! Do the published schema of the settings and the reader of the settings accept the same?

use std::collections::BTreeSet;

use miette::Diagnostic as _;
use serde_json::Value;
use unhang::catalog;
use unhang::settings::{Error, Form, Place, Settings};

const SCHEMA: &str = include_str!("../src/docs/settings.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

fn read(text: &str) -> Result<(), Error> {
    let rules = &catalog::bundled().rules;
    let place = Place::default();
    Settings::read("unhang.toml", text, Form::Own, place, rules).map(|_| ())
}

/// The names in backticks of the help for a key that does not exist.
fn keys(text: &str) -> BTreeSet<String> {
    let error = read(text).expect_err("there is no such key");
    let help = error.help().expect("the help names the keys").to_string();
    let quoted = help.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

fn properties(schema: &Value) -> BTreeSet<String> {
    let properties = schema["properties"].as_object().expect("it has properties");
    properties.keys().cloned().collect()
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
}

#[test]
fn both_know_the_same_keys() {
    let schema = schema();
    let of = &schema["properties"];
    assert_eq!(keys("qqqqqqqqqqqqqqqq = 1"), properties(&schema));
    let python = "[python]\nqqqqqqqqqqqqqqqq = 1";
    assert_eq!(keys(python), properties(&of["python"]));
    for table in ["client", "retry", "tool", "hop"] {
        let text = format!("[[{table}]]\nqqqqqqqqqqqqqqqq = 1");
        assert_eq!(keys(&text), properties(&of[table]["items"]), "{table}");
    }
    for (table, part) in [
        ("client", "[client.retries]"),
        ("client", "[[client.ignored]]"),
        ("retry", "[retry.attempts]"),
        ("retry", "[retry.pauses]"),
        ("retry", "[retry.limit]"),
        ("retry", "[retry.pause]"),
        ("retry", "[retry.catches]"),
        ("retry", "[retry.pauses.first]"),
        ("retry", "[retry.pauses.jitter]"),
    ] {
        let text = format!("[[{table}]]\n{part}\nqqqqqqqqqqqqqqqq = 1");
        let names = part.trim_matches(['[', ']']).split('.').skip(1);
        let schema = names.fold(&of[table]["items"], |it, name| &it["properties"][name]);
        let schema = schema.get("items").unwrap_or(schema);
        assert_eq!(keys(&text), properties(schema), "{part}");
    }
}

#[test]
fn both_know_the_same_options() {
    let schema = schema();
    let rules = catalog::bundled().rules.iter();
    let rules = rules.filter(|(_, rule)| !rule.options.is_empty());
    let mut names = BTreeSet::new();
    for (name, rule) in rules {
        let options = &schema["properties"]["rules"]["properties"][name];
        let known: BTreeSet<String> = rule.options.keys().cloned().collect();
        assert_eq!(properties(options), known, "{name}");
        names.insert(name.clone());
    }
    assert_eq!(properties(&schema["properties"]["rules"]), names);
}

#[test]
fn both_accept_and_refuse_the_same() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let check = |text: &str, accepted: bool| {
        let value: toml::Value = toml::from_str(text).expect("it is TOML");
        let value = serde_json::to_value(value).expect("TOML fits into JSON");
        assert_eq!(read(text).is_ok(), accepted, "the reader and {text}");
        assert_eq!(
            validator.is_valid(&value),
            accepted,
            "the schema and {text}"
        );
    };
    for text in [
        "",
        "select = []",
        "select = ['timeouts', 'retry-without-backoff']\nignore = ['timeout-disabled']",
        "preview = true\ninclude-tests = false\nfail-on = 'never'\nconfidence = 'high'",
        "exclude = ['migrations/', '**/*.gen.py']",
        "[per-file-ignores]\n'scripts/*.py' = ['timeouts']",
        "[rules.client-without-timeout]\nlong-default = '1.5 min'",
        "[rules.client-without-timeout]\nlong-default = ' 250ms '",
        "[rules.client-without-timeout]",
        "[python]\nroot = ['src']",
        "[versions]\nlangchain-openai = '1.0.0'",
        "[[client]]\nfactory = 'a.b'\ntimeout = { argument = 'x', unit = 's', absent = 'forever' }",
        "[[client]]\npaths = ['a.b']\nkind = 'sdk'\ntimeout = { unit = 'ms', absent = '3 s' }\n\
         retries = { requests = 3, counts = 'retries', pause-cap = '8 s' }\n\
         ignored = [{ argument = 'timeout', effect = 'is dropped' }]",
        "[[retry]]\nfactory = 'a.b'",
        "[[retry]]\nmethods = ['with_patience']\nnever = ['async', 'generator']\n\
         attempts = { arguments = ['n', '0'], counts = 'retries', absent = 2 }\n\
         pauses = { unit = 'ms', first = { arguments = ['delay'], absent = 0.5 }, random = true }\n\
         limit = { absent = 'unbounded', write = 'n=3', nothing-at = [-1.0] }\n\
         catches = { arguments = ['on'], every = false, most = true }",
        "[[tool]]\ndecorators = ['a.b']",
        "[[tool]]\nbases = ['a.B']\nmethods = ['run']\nclasses = ['a.C']\ndecorator-methods = ['tool']\n\
         calls = ['a.register']\nlists = ['tools', '0']",
        "[[hop]]\nname = 'the gateway'\nlimit = '60s'",
        "[[hop]]\nname = 'the gateway'\nlimit = '1 min'\nbounds = 'gap'\nthen = 'answers 504'\n\
         in-front-of = ['app.main', 'app.admin']\nmost = '300s'",
    ] {
        check(text, true);
    }
    for text in [
        "selekt = []",
        "select = 'timeouts'",
        "select = ['timeout']",
        "ignore = [1]",
        "preview = 'yes'",
        "fail-on = 'fatal'",
        "confidence = 'certain'",
        "exclude = 'migrations/'",
        "per-file-ignores = ['a.py']",
        "[per-file-ignores]\n'a.py' = ['timeout']",
        "[rules.no-such-rule]\na = 1",
        "[rules.client-without-timeout]\nlong = '1s'",
        "[rules.client-without-timeout]\nlong-default = 30",
        "[rules.client-without-timeout]\nlong-default = '30'",
        "[rules.client-without-timeout]\nlong-default = '-1 s'",
        "[rules.client-without-timeout]\nlong-default = '1 day'",
        "[python]\nroot = 'src'",
        "[python]\nroots = ['src']",
        "versions = ['1.0.0']",
        "[versions]\nlangchain-openai = 1",
        "[[client]]\ntimeout = { unit = 's', absent = '3 s' }",
        "[[client]]\nfactory = 'bare'\ntimeout = { unit = 's', absent = '3 s' }",
        "[[client]]\nfactory = 'a.b'",
        "[[client]]\nfactory = 'a.b'\ntimeout = { unit = 'days', absent = '3 s' }",
        "[[client]]\nfactory = 'a.b'\nkind = 'toaster'\ntimeout = { unit = 's', absent = '3 s' }",
        "[client]\nfactory = 'a.b'\ntimeout = { unit = 's', absent = '3 s' }",
        "[[retry]]\nname = 'patience'",
        "[[retry]]\nfactory = 'bare'",
        "[[retry]]\nfactory = 'a.b'\nattempts = { arguments = ['n'], counts = 'calls' }",
        "[[retry]]\nfactory = 'a.b'\nattempts = { arguments = 'n', counts = 'attempts' }",
        "[[retry]]\nfactory = 'a.b'\nattempts = { argument = ['n'], counts = 'attempts' }",
        "[[retry]]\nfactory = 'a.b'\nlimit = { absent = 'unbounded' }",
        "[[retry]]\nfactory = 'a.b'\nnever = ['lambda']",
        "[[tool]]\nname = 'action'",
        "[[tool]]\ndecorators = ['bare']",
        "[[tool]]\nbases = ['a.B']",
        "[[tool]]\ndecorators = ['a.b']\ncalls = ['a.register']",
        "[[hop]]\nname = 'the gateway'",
        "[[hop]]\nlimit = '60s'",
        "[[hop]]\nname = 'the gateway'\nlimit = 60",
        "[[hop]]\nname = 'the gateway'\nlimit = '60s'\nbounds = 'idle'",
        "[hop]\nname = 'the gateway'\nlimit = '60s'",
    ] {
        check(text, false);
    }
}
