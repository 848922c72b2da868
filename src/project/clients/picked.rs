//! Clients that `init_chat_model` and its kind pick by the name of a model.

use super::{CHOSEN_LATER, Clients, takes_timeout_later};
use crate::catalog::entry::{Client, ClientKind, Factory};
use crate::project::arguments::Reached;
use crate::project::resolve::Resolver;
use crate::project::uses::Use;
use crate::project::value::{Dict, Lookup, Seen, Site, Value};

impl<'p> Resolver<'p> {
    /// The classes that a factory can build for the models it is asked for.
    pub(super) fn add_picked(
        &self,
        site: &Site,
        factory: &Factory,
        reached: &Reached,
        uses: &dyn Fn(&Site) -> Vec<Use>,
        found: &mut Clients<'p>,
    ) {
        let callee = self.callee_span(site);
        let model = self
            .argument(site, 0)
            .or_else(|| self.lookup(reached.keywords.get(&factory.model), callee));
        let mut undecided = None;
        let mut inner = reached.clone();
        for name in [&factory.model, &factory.provider] {
            inner.keywords.remove(name, true);
        }
        // A timeout that is there is there for every class.
        let named = reached
            .keywords
            .entries
            .iter()
            .any(|it| it.key.contains("timeout"));
        for model in model.iter().flat_map(Seen::alternatives) {
            match self.picked(factory, &reached.keywords, model) {
                Some((client, provider)) => {
                    let name = format!("{}(\"{provider}:…\")", factory.name);
                    found
                        .sites
                        .extend(self.judged(site, client, name, &inner, uses));
                }
                None if named => {}
                None => undecided = Some(CHOSEN_LATER),
            }
        }
        let none = model.is_none() && !named;
        let Some(why) = undecided.or(none.then_some(CHOSEN_LATER)) else {
            return;
        };
        match reached.keywords.open {
            Some(why) => found
                .undecided
                .push((factory.kind, self.giving_up(site, why))),
            // Whatever is chosen later, no timeout comes with it.
            None if !takes_timeout_later(reached) => {
                let uses = uses(site);
                if uses.is_empty() || uses.iter().any(|it| !it.bounded) {
                    let unpicked = (site.clone(), callee, factory.name.to_string());
                    found.any_provider.push(unpicked);
                }
            }
            None => found
                .undecided
                .push((factory.kind, self.giving_up(site, why))),
        }
    }

    /// The class that a factory builds for one model, with the provider's name.
    fn picked(
        &self,
        factory: &Factory,
        keywords: &Dict,
        model: &Seen,
    ) -> Option<(&'p Client, String)> {
        // A model that is chosen at run time takes its timeout from the run as well.
        if !matches!(keywords.get("configurable_fields"), Lookup::Missing) {
            return None;
        }
        let model = known_text(model)?;
        let provider = match keywords.get(&factory.provider) {
            Lookup::Given(Seen {
                value: Value::Str(name),
                ..
            }) => name.to_string(),
            Lookup::Given(Seen {
                value: Value::None, ..
            })
            | Lookup::Missing => self.provider_of(&model)?,
            _ => return None,
        };
        let catalog = self.project.catalog;
        let client = catalog.provider(&provider, factory.kind).or_else(|| {
            (factory.kind == ClientKind::Chat)
                .then(|| catalog.provider(&provider, ClientKind::Llm))
                .flatten()
        })?;
        Some((client, provider))
    }

    /// `openai` of `openai:gpt-4o` and of `gpt-4o`.
    fn provider_of(&self, model: &str) -> Option<String> {
        if let Some((provider, _)) = model.split_once(':')
            && self.project.catalog.is_provider(provider)
        {
            return Some(provider.to_owned());
        }
        self.project
            .catalog
            .provider_of_model(model)
            .map(str::to_owned)
    }
}

/// The model's name; of a text with unknown parts, what stands before the first of them, as in
/// `f"openai:{name}"`.
fn known_text(seen: &Seen) -> Option<String> {
    match &seen.value {
        Value::Str(text) => Some(text.to_string()),
        Value::Text(parts) => {
            let first = parts.first()?.as_ref()?;
            first.contains(':').then(|| first.to_string())
        }
        Value::Env(env) => match &env.default {
            crate::project::value::EnvDefault::Is(default) => {
                default.text().map(ToString::to_string)
            }
            crate::project::value::EnvDefault::Required => None,
        },
        _ => None,
    }
}
