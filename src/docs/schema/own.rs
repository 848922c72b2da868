//! The JSON schema of what users describe in the settings: clients, retries, tools, hops.

use serde_json::{Value, json};

use super::{DURATION, flag};

/// A client of the user's own.
pub(super) fn client() -> Value {
    json!({
        "description": "A client that comes with a package of your own.",
        "type": "object",
        "additionalProperties": false,
        "required": ["timeout"],
        "anyOf": [{ "required": ["factory"] }, { "required": ["paths"] }],
        "properties": {
            "factory": path("The function that makes it, or its class, as it is imported."),
            "paths": paths("The same where it can be imported in several ways."),
            "class": text("Its name in messages; the last name of the first path unless written."),
            "kind": {
                "description": "What it talks to.",
                "enum": ["chat", "llm", "embeddings", "reranker", "sdk", "tool", "datastore", "mcp"],
                "default": "chat",
            },
            "timeout": timeout(),
            "ignored": { "type": "array", "items": ignored() },
            "retries": retries(),
            "local": texts("Methods that send no request."),
            "note": text("What else a user should know."),
        },
    })
}

fn timeout() -> Value {
    let one_or_many = json!({
        "description": "The argument that sets it, or several; `client_kwargs.timeout` goes into a dict.",
        "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
    });
    json!({
        "description": "How long it waits for an answer.",
        "type": "object",
        "required": ["unit", "absent"],
        "properties": {
            "argument": one_or_many,
            "per-call": texts("Methods that take the same keyword for one call."),
            "unit": { "description": "What it counts.", "enum": ["ms", "s", "min", "h"] },
            "absent": text("What happens without it: a duration, `forever` or `unknown`."),
            "none": text("What happens with `None`; the same unless written."),
            "zero": text("What happens with zero; unknown unless written."),
            "write": text("What to type where `argument=30` would be wrong, for half a minute."),
            "import": text("The dotted path of what has to be imported for that."),
        },
    })
}

fn ignored() -> Value {
    json!({
        "description": "What looks like a timeout and is none.",
        "type": "object",
        "additionalProperties": false,
        "required": ["argument", "effect"],
        "properties": {
            "argument": text("Its name."),
            "versions": text("For which versions of the package, as `>=1.2`; all unless written."),
            "effect": text("What becomes of it, as the end of a sentence: `is dropped`."),
            "instead": text("What to write instead."),
            "carries-timeout": flag("Only when its value sets a timeout itself."),
        },
    })
}

fn retries() -> Value {
    json!({
        "description": "How it repeats a failed request.",
        "type": "object",
        "additionalProperties": false,
        "required": ["requests", "counts"],
        "properties": {
            "argument": text("The argument that says how often."),
            "also": texts("Arguments that say so in another way: `config.retries`."),
            "requests": {
                "description": "How many requests there are at most without it, the first included.",
                "type": "integer",
                "minimum": 0,
            },
            "counts": {
                "description": "What the argument counts.",
                "enum": ["retries", "attempts", "nothing", "unknown"],
            },
            "pause-first": duration("The first pause, which doubles each time."),
            "pause-cap": duration("The longest pause."),
            "after-timeout": {
                "description": "Whether it repeats after a timeout, too.",
                "type": "boolean",
                "default": true,
            },
        },
    })
}

/// A retry of the user's own.
pub(super) fn retry() -> Value {
    json!({
        "description": "A decorator, object or method of a package of your own that calls again.",
        "type": "object",
        "additionalProperties": false,
        "anyOf": [{ "required": ["factory"] }, { "required": ["paths"] }, { "required": ["methods"] }],
        "properties": {
            "factory": path("The decorator, or the function or class that makes it, as it is imported."),
            "paths": paths("The same where it can be imported in several ways."),
            "methods": some("Names of methods of a runnable that do the same."),
            "name": text("Its name in messages; the first path unless written."),
            "needs": text("The argument without which it does not call again."),
            "attempts": {
                "description": "How often it calls.",
                "type": "object",
                "additionalProperties": false,
                "required": ["arguments", "counts"],
                "properties": {
                    "arguments": texts("The argument, by its name or its position."),
                    "counts": {
                        "description": "What it counts; `stop` for an object such as those of tenacity.",
                        "enum": ["attempts", "retries", "stop"],
                    },
                    "absent": {
                        "description": "The number that holds without it; without an end unless written.",
                        "type": "integer",
                        "minimum": 0,
                    },
                },
            },
            "pauses": pauses(),
            "limit": bound("What ends it; what `attempts` says unless written."),
            "pause": bound("What slows it down; what `pauses` says unless written."),
            "catches": {
                "description": "After which exceptions it calls again.",
                "type": "object",
                "additionalProperties": false,
                "required": ["every"],
                "properties": {
                    "arguments": texts("The argument that lists them, by its name or its position."),
                    "except": texts("Arguments that may take some of them out again."),
                    "every": {
                        "description": "Whether it calls again after every exception when nobody lists any.",
                        "type": "boolean",
                    },
                    "most": flag("Whether it then leaves out those that no repetition mends."),
                    "write": text("What to type."),
                },
            },
            "never": {
                "description": "The kinds of functions that it calls once and never again.",
                "type": "array",
                "items": { "enum": ["async", "generator"] },
            },
            "after": text("After what alone it calls again, for messages: `a failed connection`."),
        },
    })
}

fn pauses() -> Value {
    json!({
        "description": "How long it pauses: before repetition n, from 0, max(floor, min(cap, first · factor^n + step · n)) + jitter.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "object": texts("An argument with an object or a function that says how long, instead of what follows."),
            "unit": { "description": "The unit of what follows.", "enum": ["ms", "s", "min", "h"], "default": "s" },
            "first": number("The first pause."),
            "factor": number("By what it grows."),
            "step": number("How much is added each time."),
            "cap": number("The longest pause."),
            "floor": number("The shortest pause."),
            "jitter": number("What is added by chance at most."),
            "random": flag("Whether a part of it is left to chance."),
            "random-by": text("The argument that leaves a part of it to chance, or takes that away."),
            "skipped": {
                "description": "How many pauses are left out at the beginning.",
                "type": "integer",
                "minimum": 0,
                "default": 0,
            },
        },
    })
}

/// A number that some argument gives.
fn number(about: &str) -> Value {
    json!({
        "description": about,
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "arguments": texts("The argument, by its name or its position."),
            "absent": { "description": "What holds without it.", "type": "number" },
        },
    })
}

/// Arguments that bound something.
fn bound(about: &str) -> Value {
    json!({
        "description": about,
        "type": "object",
        "additionalProperties": false,
        "required": ["absent", "write"],
        "properties": {
            "arguments": texts("Arguments, any of which is enough; a number stands for a position."),
            "absent": { "description": "What holds without any of them.", "enum": ["bounded", "unbounded"] },
            "default": text("The same in words: `10 retries`."),
            "nothing": texts("Dotted paths of values that bound nothing."),
            "nothing-at": {
                "description": "Numbers that bound nothing.",
                "type": "array",
                "items": { "type": "number" },
            },
            "write": text("What to type."),
            "import": text("The dotted path of what has to be imported for that."),
        },
    })
}

/// What makes tools of an agent, of the user's own.
pub(super) fn tool() -> Value {
    json!({
        "description": "A decorator, class or function of a package of your own that makes tools.",
        "type": "object",
        "additionalProperties": false,
        "anyOf": [
            { "required": ["decorators"] },
            { "required": ["classes", "decorator-methods"] },
            { "required": ["bases", "methods"] },
            { "required": ["calls", "functions"] },
            { "required": ["calls", "lists"] },
        ],
        "dependencies": {
            "classes": ["decorator-methods"],
            "bases": ["methods"],
            "calls": { "anyOf": [{ "required": ["functions"] }, { "required": ["lists"] }] },
        },
        "properties": {
            "name": text("Its name; the first path unless written."),
            "decorators": paths("Decorators, as they are imported."),
            "classes": paths("Classes with methods that decorate, as they are imported."),
            "decorator-methods": some("These methods."),
            "bases": paths("Classes that a tool extends, as they are imported."),
            "methods": some("The methods of such a class that are run."),
            "calls": paths("Functions and classes that are handed a function, as they are imported."),
            "functions": some("Their arguments that are such a function, by name or position."),
            "lists": some("Their arguments that list several."),
        },
    })
}

/// A hop of the user's own.
pub(super) fn hop() -> Value {
    json!({
        "description": "A gateway or another hop that no file of the project sets up.",
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "limit"],
        "properties": {
            "name": text("What messages call it: `the gateway`."),
            "limit": duration("How long it waits."),
            "bounds": {
                "description": "What ends then: the whole answer, or the wait for its next piece.",
                "enum": ["answer", "gap"],
                "default": "answer",
            },
            "then": text("What it does then, as the end of a sentence: `answers 504`."),
            "most": duration("More than this cannot be set."),
            "in-front-of": {
                "description": "The module with the application behind it, or several; all routes unless written.",
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
            },
            "note": text("What else there is to know."),
        },
    })
}

/// A dotted path.
fn path(about: &str) -> Value {
    json!({ "description": about, "type": "string", "pattern": r"\." })
}

fn text(about: &str) -> Value {
    json!({ "description": about, "type": "string" })
}

fn texts(about: &str) -> Value {
    json!({ "description": about, "type": "array", "items": { "type": "string" } })
}

fn duration(about: &str) -> Value {
    json!({ "description": about, "type": "string", "pattern": DURATION })
}

/// Some texts.
fn some(about: &str) -> Value {
    json!({ "description": about, "type": "array", "minItems": 1, "items": { "type": "string" } })
}

/// Some dotted paths.
fn paths(about: &str) -> Value {
    json!({ "description": about, "type": "array", "minItems": 1, "items": path("One of them.") })
}
