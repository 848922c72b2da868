//! The rules: one file each, and the subjects they are asked about.

mod agent_without_iteration_limit;
mod client_without_timeout;
mod datastore_without_timeout;
mod documents_stuffed_into_prompt;
mod executor_waits_past_timeout;
mod implausible_timeout;
mod invalid_timeout;
mod malformed_proxy_url;
mod mcp_call_without_timeout;
mod proxy_credentials_in_source;
mod proxy_without_exceptions;
mod request_without_timeout;
mod retries_multiply;
mod retry_without_backoff;
mod retry_without_limit;
mod stuff_chain_on_unsplit_documents;
mod subprocess_without_timeout;
mod timeout_disabled;
mod timeout_ignored;
mod timeout_in_wrong_unit;
mod unbounded_agent_loop;

use crate::catalog::entry::{Rule, Timeout};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::fix::Fix;
use crate::project::agents::AgentSite;
use crate::project::clients::ClientSite;
use crate::project::executors::ExecutorWait;
use crate::project::loops::LoopSite;
use crate::project::mcp::McpWait;
use crate::project::prompts::StuffedPrompt;
use crate::project::proxies::{ProxySetting, Unlisted};
use crate::project::requests::RequestSite;
use crate::project::resolve::Resolver;
use crate::project::retries::RetrySite;
use crate::project::retries::layers::Retried;
use crate::project::run_configs::RunConfig;
use crate::project::subjects::Subjects;
use crate::project::tools::ProcessWait;
use crate::project::value::Site;
use crate::project::written_timeouts::{PartialTimeout, WrittenTimeout, written_timeouts};
use crate::settings::Settings;
use crate::source::{FileId, Span};
use crate::units::Unit;

/// Every rule that looks at the project; the housekeeping rules live in `engine`.
pub const ALL: &[&dyn Check] = &[
    &agent_without_iteration_limit::AgentWithoutIterationLimit,
    &client_without_timeout::ClientWithoutTimeout,
    &datastore_without_timeout::DatastoreWithoutTimeout,
    &documents_stuffed_into_prompt::DocumentsStuffedIntoPrompt,
    &executor_waits_past_timeout::ExecutorWaitsPastTimeout,
    &implausible_timeout::ImplausibleTimeout,
    &invalid_timeout::InvalidTimeout,
    &malformed_proxy_url::MalformedProxyUrl,
    &mcp_call_without_timeout::McpCallWithoutTimeout,
    &proxy_credentials_in_source::ProxyCredentialsInSource,
    &proxy_without_exceptions::ProxyWithoutExceptions,
    &request_without_timeout::RequestWithoutTimeout,
    &retries_multiply::RetriesMultiply,
    &retry_without_backoff::RetryWithoutBackoff,
    &retry_without_limit::RetryWithoutLimit,
    &stuff_chain_on_unsplit_documents::StuffChainOnUnsplitDocuments,
    &subprocess_without_timeout::SubprocessWithoutTimeout,
    &timeout_disabled::TimeoutDisabled,
    &timeout_ignored::TimeoutIgnored,
    &timeout_in_wrong_unit::TimeoutInWrongUnit,
    &unbounded_agent_loop::UnboundedAgentLoop,
];

/// A rule. It is asked about the subjects it cares for, and reports what it finds.
pub trait Check: Sync {
    /// The rule's name, which is also the name of its entry in `rules/checks/`.
    fn rule(&self) -> &'static str;

    /// A place that builds a client.
    fn client(&self, _client: &ClientSite<'_>, _cx: &mut Context<'_, '_>) {}

    /// A place that builds a client of a provider that is chosen at run time, without a timeout:
    /// what it calls, and the factory's name.
    fn any_provider(&self, _callee: Span, _factory: &str, _cx: &mut Context<'_, '_>) {}

    /// A session with a server of tools whose wait nothing bounds.
    fn mcp(&self, _session: &McpWait, _cx: &mut Context<'_, '_>) {}

    /// A wait for another program, in code that a tool reaches.
    fn process(&self, _wait: &ProcessWait<'_>, _cx: &mut Context<'_, '_>) {}

    /// A call that sends a request.
    fn request(&self, _request: &RequestSite<'_>, _cx: &mut Context<'_, '_>) {}

    /// A timeout that somebody wrote.
    fn written_timeout(&self, _written: &WrittenTimeout<'_>, _cx: &mut Context<'_, '_>) {}

    /// A timeout object that is made of too few parts.
    fn partial_timeout(&self, _made: &PartialTimeout<'_>, _cx: &mut Context<'_, '_>) {}

    /// A timeout in the configuration of a run.
    fn run_config(&self, _config: &RunConfig, _cx: &mut Context<'_, '_>) {}

    /// A retry of a library.
    fn retry(&self, _retry: &RetrySite<'_>, _cx: &mut Context<'_, '_>) {}

    /// Something that calls again, with the requests that it repeats.
    fn retried(&self, _retried: &Retried<'_>, _cx: &mut Context<'_, '_>) {}

    /// A place that makes an agent.
    fn agent(&self, _agent: &AgentSite<'_>, _cx: &mut Context<'_, '_>) {}

    /// A loop that calls a model or a service.
    fn repetition(&self, _found: &LoopSite, _cx: &mut Context<'_, '_>) {}

    /// A wait with a limit, inside the block of the executor it waits for.
    fn executor_wait(&self, _wait: &ExecutorWait, _cx: &mut Context<'_, '_>) {}

    /// A place that says which proxy to use.
    fn proxy(&self, _proxy: &ProxySetting, _cx: &mut Context<'_, '_>) {}

    /// A proxy of the process that also gets the calls of hosts it cannot reach.
    fn unlisted_hosts(&self, _proxy: &Unlisted, _cx: &mut Context<'_, '_>) {}

    /// A call that sends whole documents to a model.
    fn stuffed_prompt(&self, _prompt: &StuffedPrompt<'_>, _cx: &mut Context<'_, '_>) {}
}

/// Asks a check about every subject of a file.
pub fn ask(check: &dyn Check, subjects: &Subjects<'_>, cx: &mut Context<'_, '_>) {
    for client in &subjects.clients.sites {
        check.client(client, cx);
    }
    for unpicked in &subjects.clients.any_provider {
        check.any_provider(unpicked.1, &unpicked.2, cx);
    }
    for session in &subjects.mcp {
        check.mcp(session, cx);
    }
    for wait in &subjects.processes {
        check.process(wait, cx);
    }
    for request in &subjects.requests {
        check.request(request, cx);
    }
    for written in written_timeouts(&subjects.clients, &subjects.requests) {
        check.written_timeout(&written, cx);
    }
    for made in &subjects.partial_timeouts {
        check.partial_timeout(made, cx);
    }
    for config in &subjects.run_configs {
        check.run_config(config, cx);
    }
    for retry in &subjects.retries {
        check.retry(retry, cx);
    }
    for retried in &subjects.retried {
        check.retried(retried, cx);
    }
    for agent in &subjects.agents {
        check.agent(agent, cx);
    }
    for found in &subjects.loops {
        check.repetition(found, cx);
    }
    for wait in &subjects.executor_waits {
        check.executor_wait(wait, cx);
    }
    for prompt in &subjects.stuffed_prompts {
        check.stuffed_prompt(prompt, cx);
    }
    for proxy in &subjects.proxies {
        check.proxy(proxy, cx);
    }
    for proxy in &subjects.unlisted_hosts {
        check.unlisted_hosts(proxy, cx);
    }
}

/// What a check may ask, and where it reports.
pub struct Context<'c, 'p> {
    /// The rule that is asked.
    pub rule: &'static str,
    /// What the catalogue says of it.
    pub entry: &'static Rule,
    /// What the user asked for.
    pub settings: &'c Settings,
    /// Answers what values expressions have.
    pub resolver: &'c Resolver<'p>,
    /// The file that is looked at.
    pub file: FileId,
    /// What was found.
    pub findings: &'c mut Vec<Finding>,
}

impl Context<'_, '_> {
    /// Starts a finding with the name and rank that the catalogue gives this rule.
    #[must_use]
    pub fn finding(&self, at: Span, label: &str, message: impl Into<String>) -> Finding {
        Finding {
            rule: self.rule,
            severity: self.entry.severity,
            confidence: self.entry.confidence,
            message: message.into(),
            primary: Label {
                span: at,
                text: label.to_owned(),
            },
            because: Vec::new(),
            help: None,
            fixes: Vec::new(),
            cause: None,
        }
    }

    /// Reports a finding.
    pub fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Gives a call the timeout that its class honours, as long as the user wants it.
    #[must_use]
    pub fn give_timeout(&self, site: &Site, timeout: &Timeout) -> Option<Fix> {
        let wait = self.settings.millis(self.rule, "timeout")?;
        self.resolver.give_timeout(site, timeout, wait)
    }

    /// Puts a timeout in the place of a literal that means "no limit".
    #[must_use]
    pub fn replace_nothing(&self, written: Span, unit: Unit) -> Option<Fix> {
        let wait = self.settings.millis(self.rule, "timeout")?;
        self.resolver.replace_nothing(written, &wait.as_code(unit))
    }

    /// A warning where the rule's own rank is an error.
    #[must_use]
    pub fn warning(&self) -> Severity {
        self.entry.severity.min(Severity::Warning)
    }

    /// Medium where the rule's own confidence is high.
    #[must_use]
    pub fn medium(&self) -> Confidence {
        self.entry.confidence.min(Confidence::Medium)
    }
}
