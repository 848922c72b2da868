//! Timeouts given to a client after it was built, which has then handed its own on already.

use smol_str::SmolStr;

use crate::fact::Limit;
use crate::model::python::keyword;
use crate::model::python::sites::MethodCall;
use crate::project::clients::ClientSite;
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprId, ExprKind, StmtKind};

/// A timeout that comes too late.
#[derive(Debug)]
pub struct LateTimeout {
    /// The field that is set.
    pub argument: String,
    /// How it is set, as a part of a sentence: "assigned", "set by `.model_copy()`".
    pub how: &'static str,
    /// Where.
    pub place: Span,
    /// The class of the client.
    pub class: SmolStr,
    /// Where the client was built.
    pub built: Span,
    /// How long its calls wait all the same.
    pub still: Limit,
    /// What to type where it is built.
    pub write: Option<String>,
}

impl LateTimeout {
    /// Whether the client itself was meant to have it, and not a copy beside it.
    #[must_use]
    pub fn is_assigned(&self) -> bool {
        self.how == ASSIGNED
    }
}

/// How a field of the client itself is set.
const ASSIGNED: &str = "assigned";

impl Resolver<'_> {
    /// All timeouts of a file that are given to a client which has handed its own on already.
    #[must_use]
    pub fn late_timeouts(&self, file: FileId) -> Vec<LateTimeout> {
        let mut found = self.assigned_later(file);
        found.extend(self.copied_or_configured(file));
        found.sort_by_key(|it| it.place.start);
        found
    }

    /// `llm.request_timeout = 30`.
    fn assigned_later(&self, file: FileId) -> Vec<LateTimeout> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for stmt in &module.ast.stmts {
            let StmtKind::Assign { targets, value, .. } = &stmt.kind else {
                continue;
            };
            for target in targets {
                if let ExprKind::Attribute { value: of, name } = module.ast.kind(*target)
                    && name.contains("timeout")
                    && value.is_some_and(|it| !matches!(module.ast.kind(it), ExprKind::None))
                {
                    let place = self.span(file, *target);
                    found.extend(self.late(file, *of, name, ASSIGNED, place));
                }
            }
        }
        found
    }

    /// `llm.model_copy(update={"request_timeout": 30})`, `llm.configurable_fields(request_timeout=…)`.
    fn copied_or_configured(&self, file: FileId) -> Vec<LateTimeout> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for MethodCall {
            call,
            on: of,
            name,
            args,
            ..
        } in module.method_calls()
        {
            let place = self.span(file, call);
            match name.as_str() {
                "model_copy" | "copy" => {
                    let Some(arg) = keyword(args, "update") else {
                        continue;
                    };
                    let update = self.value(file, arg.value);
                    for key in timeouts_of(&update) {
                        found.extend(self.late(file, of, &key, "set by a copy", place));
                    }
                }
                "configurable_fields" => {
                    for arg in args {
                        if let ArgKind::Keyword(key) = &arg.kind
                            && key.contains("timeout")
                        {
                            found.extend(self.late(file, of, key, "made configurable", place));
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn late(
        &self,
        file: FileId,
        of: ExprId,
        argument: &str,
        how: &'static str,
        place: Span,
    ) -> Option<LateTimeout> {
        let client = self.fixed_client(&self.value(file, of), argument)?;
        Some(LateTimeout {
            argument: argument.to_owned(),
            how,
            place,
            class: client.client.class.clone(),
            built: client.callee,
            still: client.limit().value,
            write: client.client.timeout.example(),
        })
    }

    /// The client that a value is, if it looks at that argument only while it is built.
    fn fixed_client(&self, seen: &Seen, argument: &str) -> Option<ClientSite<'_>> {
        let Value::Made(made) = &seen.value else {
            return None;
        };
        // A client that is built under a timeout of its caller may be one of several.
        let site = Site {
            frame: None,
            ..made.site.clone()
        };
        let mut clients = self.clients_at(&site).into_iter();
        clients.find(|it| {
            let timeout = &it.client.timeout;
            timeout.fixed && timeout.arguments.iter().any(|own| own == argument)
        })
    }
}

/// The keys of a dict that name a timeout and give it a value.
fn timeouts_of(update: &Seen) -> Vec<SmolStr> {
    let Value::Dict(dict) = &update.value else {
        return Vec::new();
    };
    let keys = dict.entries.iter().map(|it| it.key.clone());
    keys.filter(|key| key.contains("timeout"))
        .filter(|key| match dict.get(key) {
            Lookup::Given(seen) => !matches!(seen.value, Value::None),
            _ => false,
        })
        .collect()
}
