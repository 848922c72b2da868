//! Where a runnable's configuration is given a key that looks like a bound and is none.

use smol_str::SmolStr;

use crate::model::python::sites::MethodCall;
use crate::model::python::{keyword, positional};
use crate::project::resolve::Resolver;
use crate::project::uses::{self, RUN_METHODS};
use crate::project::value::{Dict, Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::ArgKind;

/// A timeout in the configuration of a run, which no runnable reads.
#[derive(Debug)]
pub struct RunConfig {
    /// The configuration where it is passed.
    pub passed: Span,
    /// Where the timeout in it was written.
    pub written: Span,
    /// The method it is passed to.
    pub method: String,
    /// The key.
    pub key: &'static str,
}

/// A timeout passed to a method that takes it and does not use it.
#[derive(Debug)]
pub struct IgnoredCall {
    /// The keyword with its value.
    pub passed: Span,
    /// The class of the client.
    pub class: SmolStr,
    /// The method.
    pub method: SmolStr,
    /// The keyword.
    pub argument: SmolStr,
    /// What becomes of it, as the end of a sentence that begins with its name.
    pub effect: String,
    /// What to write instead.
    pub instead: String,
}

impl Resolver<'_> {
    /// All calls of a file that pass a timeout to a method which does not use it.
    #[must_use]
    pub fn ignored_calls(&self, file: FileId) -> Vec<IgnoredCall> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for MethodCall {
            on: value,
            name,
            args,
            ..
        } in module.method_calls()
        {
            let method = name.as_str();
            if !RUN_METHODS.contains(&method) && !uses::BINDING_METHODS.contains(&method) {
                continue;
            }
            for arg in args {
                if let ArgKind::Keyword(argument) = &arg.kind
                    && argument.contains("timeout")
                {
                    let passed = Span {
                        file,
                        start: arg.start,
                        end: arg.end,
                    };
                    let receiver = self.value(file, value);
                    found.extend(self.ignored_call(&receiver, name, argument, passed));
                }
            }
        }
        found
    }

    fn ignored_call(
        &self,
        receiver: &Seen,
        method: &SmolStr,
        argument: &SmolStr,
        passed: Span,
    ) -> Option<IgnoredCall> {
        let mut built = self.built(receiver).into_iter();
        let client = built.find_map(|it| self.clients_at(&it.site).into_iter().next())?;
        let mut ignored = client.client.ignored_per_call.iter();
        let entry = ignored.find(|it| it.methods.contains(method) && it.argument == *argument)?;
        Some(IgnoredCall {
            passed,
            class: client.client.class.clone(),
            method: method.clone(),
            argument: argument.clone(),
            effect: entry.effect.clone(),
            instead: entry.instead.clone(),
        })
    }

    /// All runs of a file whose configuration holds a timeout.
    #[must_use]
    pub fn run_configs(&self, file: FileId) -> Vec<RunConfig> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for MethodCall {
            call,
            on: value,
            name,
            args,
            ..
        } in module.method_calls()
        {
            let at = match name.as_str() {
                "with_config" => 0,
                name if RUN_METHODS.contains(&name) => 1,
                _ => continue,
            };
            let Some(arg) = keyword(args, "config").or_else(|| positional(args, at)) else {
                continue;
            };
            let Value::Dict(config) = self.value(file, arg.value).value else {
                continue;
            };
            let Some((key, written)) = timeout_in(&config) else {
                continue;
            };
            let site = Site::of(file, call);
            if self.reads_configuration(&self.value(file, value)) {
                continue;
            }
            let passed = Span {
                file: site.file,
                start: arg.start,
                end: arg.end,
            };
            found.push(RunConfig {
                passed,
                written,
                method: name.to_string(),
                key,
            });
        }
        found
    }

    /// Whether a receiver may read the configuration after all: it is no client of the catalogue,
    /// or its fields were made configurable.
    fn reads_configuration(&self, receiver: &Seen) -> bool {
        let built = self.builders(receiver);
        built.is_empty()
            || built.iter().any(|(file, call)| {
                let site = Site::of(*file, *call);
                let fields = self.keywords(&site, None).get("configurable_fields");
                let known = self
                    .reached(&site)
                    .iter()
                    .any(|it| self.project.catalog.known(&it.path).is_some());
                !known || !matches!(fields, Lookup::Missing)
            })
            || uses::mentions_method(receiver, "configurable_fields")
    }
}

fn timeout_in(config: &Dict) -> Option<(&'static str, Span)> {
    let given = |dict: &Dict, key: &str| match dict.get(key) {
        Lookup::Given(seen) => Some(seen),
        _ => None,
    };
    for key in ["timeout", "request_timeout"] {
        if let Some(seen) = given(config, key) {
            return Some((key, seen.at));
        }
    }
    let configurable = given(config, "configurable")?;
    let Value::Dict(inner) = &configurable.value else {
        return None;
    };
    ["timeout", "request_timeout"]
        .into_iter()
        .find_map(|key| given(inner, key).map(|seen| (key, seen.at)))
}
