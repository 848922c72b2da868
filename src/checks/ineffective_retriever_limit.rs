//! `ineffective-retriever-limit`: a number of documents that the retriever never gets to know.

use super::{Check, Context};
use crate::finding::{Confidence, Severity};
use crate::project::prompts::stores::RetrieverLimit;

pub(super) struct IneffectiveRetrieverLimit;

impl Check for IneffectiveRetrieverLimit {
    fn rule(&self) -> &'static str {
        "ineffective-retriever-limit"
    }

    fn retriever_limit(&self, limit: &RetrieverLimit<'_>, cx: &mut Context<'_, '_>) {
        let (name, store) = (&limit.name, limit.store);
        let counts = limit.key == store.count;
        let written = limit
            .limit
            .map_or_else(|| name.to_string(), |it| format!("{name}={it}"));
        let message = if counts {
            format!(
                "`{}` drops `{written}`: {} documents come back, as without it",
                store.retriever, store.absent
            )
        } else {
            format!(
                "`{}` drops `{written}`, and nothing is limited by it",
                store.retriever
            )
        };
        let mut finding = cx.finding(limit.passed, "dropped without a word", message);
        // By chance it asks for what comes back in any case.
        if counts && limit.limit == Some(i64::from(store.absent)) {
            finding = finding.severity(Severity::Note);
        }
        if limit.class.is_none() {
            finding = finding.confidence(Confidence::Medium);
        }
        let value = limit.limit.map_or("…".to_owned(), |it| it.to_string());
        finding = finding.help(format!(
            "pass `{}={{\"{}\": {value}}}`",
            store.limits, limit.key
        ));
        if counts && let Some(fix) = cx.resolver.move_into(limit) {
            finding = finding.fix(fix);
        }
        cx.report(finding);
    }
}
