//! What the address of a server says besides where it is: `postgresql://db/app?connect_timeout=5`.

use smol_str::SmolStr;

use crate::catalog::entry::{Address, Client};
use crate::model::python::{Bound, keyword, positional};
use crate::project::arguments::Reached;
use crate::project::resolve::Resolver;
use crate::project::value::{EnvDefault, Lookup, Seen, Site, Value};
use crate::syntax::python::ExprKind;

/// The word that every timeout in an address has in its name.
const TIMEOUT: &str = "timeout";

/// Why nobody can tell what an address is that a caller may give.
const BY_CALLER: &str = "an address that a caller may give";

impl Resolver<'_> {
    /// Why the address that a client is given may bound its calls, or leads to no network; `None`
    /// when it certainly does neither.
    pub(super) fn hidden_in_address(
        &self,
        site: &Site,
        client: &Client,
        reached: &Reached,
    ) -> Option<&'static str> {
        let address = client.address.as_ref()?;
        let mut given = false;
        for argument in &address.arguments {
            if self.is_a_callers_choice(site, argument) {
                return Some(BY_CALLER);
            }
            let lookup = match argument.parse::<usize>() {
                Ok(at) => self.positional_address(site, reached, at),
                Err(_) => reached.keywords.get(argument),
            };
            match lookup {
                Lookup::Missing => {}
                Lookup::Given(seen) => {
                    given = true;
                    let all = seen.alternatives();
                    // Whoever leaves a choice between an address and none can be given another.
                    if all.len() > 1 && all.iter().any(|it| matches!(it.value, Value::None)) {
                        return Some(BY_CALLER);
                    }
                    if let Some(why) = all.iter().find_map(|it| hidden(it, address)) {
                        return Some(why);
                    }
                }
                Lookup::Maybe(_) => return Some("an address under a condition"),
                Lookup::Unknown(why) => return Some(why),
            }
        }
        let anywhere = given || address.schemes.is_empty();
        (!anywhere).then_some("an address that is not known")
    }

    /// Whether an argument is a parameter that is only filled in when the caller leaves it out:
    /// `if not url: url = "…"`.
    fn is_a_callers_choice(&self, site: &Site, argument: &str) -> bool {
        let (Some(module), Some(args)) = (self.project.module(site.file), self.args(site)) else {
            return false;
        };
        let arg = match argument.parse::<usize>() {
            Ok(at) => positional(args, at),
            Err(_) => keyword(args, argument),
        };
        let Some(ExprKind::Name(name)) = arg.map(|it| module.ast.kind(it.value)) else {
            return false;
        };
        let scope = module.ast.expr(site.call).scope;
        let bindings = module.bindings(scope, name);
        let is_param = bindings
            .iter()
            .any(|it| matches!(it.what, Bound::Param(..)));
        is_param && bindings.len() > 1
    }

    fn positional_address(&self, site: &Site, reached: &Reached, at: usize) -> Lookup {
        if reached.positional.is_none() {
            return Lookup::Unknown("behind a constructor of the project");
        }
        let args = self.args(site).unwrap_or_default();
        match positional(args, at) {
            Some(arg) => Lookup::Given(self.eval(site.file, arg.value, site.frame.as_ref())),
            None => Lookup::Missing,
        }
    }
}

/// Why one address may bound the calls to it, or leads to no network.
fn hidden(seen: &Seen, address: &Address) -> Option<&'static str> {
    let parts: Vec<Option<SmolStr>> = match &seen.value {
        Value::None if address.schemes.is_empty() => return None,
        Value::Str(text) => vec![Some(text.clone())],
        Value::Text(parts) => parts.to_vec(),
        Value::Env(env) => match &env.default {
            EnvDefault::Is(default) => vec![default.text().cloned()],
            EnvDefault::Required => return Some("an address from the environment"),
        },
        Value::Made(_) | Value::Instance(_) => return Some("an object that it is given"),
        _ => return Some("an address that is not known"),
    };
    // Without its beginning, nobody knows what an address is about.
    let Some(Some(first)) = parts.first() else {
        return Some("an address that is not known");
    };
    let begins = |it: &SmolStr| first.starts_with(it.as_str());
    if address.raises.iter().any(begins) {
        return Some("an address that it does not take");
    }
    if !address.schemes.is_empty() && !address.schemes.iter().any(begins) {
        return Some("an address that leads to no network");
    }
    let named = parts.iter().flatten().any(|it| it.contains(TIMEOUT));
    named.then_some("its address names a timeout")
}
