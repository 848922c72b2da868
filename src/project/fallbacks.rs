//! Where a runnable gets fallbacks, and whether it ever fails so that they are reached.

use crate::fact::Limit;
use crate::model::python::keyword;
use crate::project::clients::ClientSite;
use crate::project::resolve::Resolver;
use crate::project::value::Site;
use crate::source::{FileId, Span};
use crate::syntax::python::ExprId;

/// A runnable with fallbacks that waits for ever when its provider stalls, and so never fails.
#[derive(Debug)]
pub struct UnreachedFallback {
    /// The method that gives the fallbacks.
    pub method: Span,
    /// The client that comes first, as people know it.
    pub name: String,
    /// Where that client was built.
    pub built: Span,
    /// What bounds its calls, to type; `None` when the class cannot.
    pub write: Option<String>,
    /// The argument that says how often it tries again; `None` when it never does.
    pub retries: Option<String>,
}

impl Resolver<'_> {
    /// All runnables of a file whose fallbacks a stalled provider never leads to.
    #[must_use]
    pub fn unreached_fallbacks(&self, file: FileId) -> Vec<UnreachedFallback> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let calls = module.method_calls().filter(|it| {
            it.name == "with_fallbacks" && !module.is_dead(module.ast.expr(it.call).stmt)
        });
        calls
            .filter_map(|it| self.unreached_fallback(file, it.callee, it.on))
            .collect()
    }

    fn unreached_fallback(
        &self,
        file: FileId,
        callee: ExprId,
        receiver: ExprId,
    ) -> Option<UnreachedFallback> {
        let seen = self.value(file, receiver);
        let mut clients: Vec<ClientSite<'_>> = Vec::new();
        for built in self.built(&seen) {
            // A binding may bring the timeout, or a fallback of its own that is reached.
            let bound = |it: &Site| {
                self.args(it)
                    .is_some_and(|args| keyword(args, "timeout").is_some())
            };
            if built.bindings.iter().any(bound) {
                return None;
            }
            clients.extend(self.clients_at(&built.site));
        }
        let endless = |it: &ClientSite<'_>| {
            it.limit().value == Limit::Forever && !self.bound_where_built(&it.site)
        };
        // Of several that may come first, one that ends is enough to reach the fallbacks sometimes.
        if clients.is_empty() || !clients.iter().all(endless) {
            return None;
        }
        let first = &clients[0];
        let module = self.project.module(file)?;
        let end = module.ast.expr(callee).end;
        let name = "with_fallbacks";
        let start = end - u32::try_from(name.len()).unwrap_or(0);
        Some(UnreachedFallback {
            method: Span { file, start, end },
            name: first.name.clone(),
            built: first.callee,
            write: first.client.timeout.example(),
            retries: first
                .client
                .retries
                .as_ref()
                .and_then(|it| it.argument.as_ref())
                .map(ToString::to_string),
        })
    }
}
