//! The rules: one file each, and the subjects they are asked about.

mod agent_without_iteration_limit;
mod agent_without_time_limit;
mod blocking_call_in_async;
mod call_without_retry;
mod certificate_check_disabled;
mod certificate_variable_ignored;
mod client_without_timeout;
mod conflicting_proxy_variables;
mod container_without_limits;
mod context_window_exceeded;
mod datastore_without_timeout;
mod documents_stuffed_into_prompt;
mod egress_policy_blocks_provider;
mod executor_waits_past_timeout;
mod fallback_never_reached;
mod file_contents_in_prompt;
mod grace_period_too_short;
mod hop_gives_up_first;
mod implausible_timeout;
mod ineffective_limit;
mod ineffective_retriever_limit;
mod ineffective_retry;
mod invalid_timeout;
mod malformed_proxy_url;
mod mcp_call_without_timeout;
mod missing_socks_support;
mod no_proxy_entry_not_understood;
mod probe_behind_model_call;
mod proxy_credentials_in_source;
mod proxy_ignored;
mod proxy_set_too_late;
mod proxy_without_exceptions;
mod removed_proxies_argument;
mod request_without_timeout;
mod retries_multiply;
mod retry_of_permanent_errors;
mod retry_without_backoff;
mod retry_without_jitter;
mod retry_without_limit;
mod stream_held_back;
mod stuff_chain_on_unsplit_documents;
mod subprocess_without_timeout;
mod task_redelivered_while_running;
mod timeout_disabled;
mod timeout_ignored;
mod timeout_in_wrong_unit;
mod timeout_lost;
mod tool_calls_without_limit;
mod tool_output_untrimmed;
mod tool_without_deadline;
mod unbounded_agent_loop;
mod unbounded_await;
mod unbounded_chat_history;
mod unbounded_fan_out;
mod unknown_server_setting;
mod unsplit_documents_embedded;
mod wait_without_timeout;
mod worker_blocks_on_model_call;

use crate::catalog::entry::{Rule, Timeout};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::fix::Fix;
use crate::project::agents::AgentSite;
use crate::project::async_calls::{BlockingCall, ServedAwait};
use crate::project::budgets::exceeded::{BlockedServer, Exceeded};
use crate::project::clients::ClientSite;
use crate::project::environment::Process;
use crate::project::executors::ExecutorWait;
use crate::project::fallbacks::UnreachedFallback;
use crate::project::fan_out::FanOut;
use crate::project::late_timeouts::LateTimeout;
use crate::project::loops::LoopSite;
use crate::project::mcp::McpWait;
use crate::project::misnamed::MisnamedSetting;
use crate::project::processes::ProcessWait;
use crate::project::prompts::StuffedPrompt;
use crate::project::prompts::histories::GrowingHistory;
use crate::project::prompts::outputs::ToolOutput;
use crate::project::prompts::stores::{RetrieverLimit, UnsplitDocuments};
use crate::project::prompts::windows::ExceededWindow;
use crate::project::proxies::certificates::Certificates;
use crate::project::proxies::egress::BlockedEgress;
use crate::project::proxies::exceptions::Exception;
use crate::project::proxies::ignored::IgnoredProxy;
use crate::project::proxies::late::LateProxy;
use crate::project::proxies::removed::RemovedArgument;
use crate::project::proxies::socks::UnspokenSocks;
use crate::project::proxies::unverified::Unverified;
use crate::project::proxies::{ProxySetting, Unlisted};
use crate::project::queues::UnboundedWait;
use crate::project::requests::RequestSite;
use crate::project::resolve::Resolver;
use crate::project::retries::RetrySite;
use crate::project::retries::layers::Retried;
use crate::project::run_configs::{IgnoredCall, RunConfig};
use crate::project::servers::{BadFlag, NginxSetting};
use crate::project::services::Deployed;
use crate::project::step_limits::StepLimitSite;
use crate::project::step_timeouts::{RefusedTimeout, UnreachedStep};
use crate::project::subjects::{Deadlines, Prompts, Subjects};
use crate::project::thread_waits::ThreadWait;
use crate::project::tools::HangingTool;
use crate::project::value::Site;
use crate::project::written_timeouts::{PartialTimeout, WrittenTimeout, written_timeouts};
use crate::settings::Settings;
use crate::source::{FileId, Span};
use crate::units::Unit;

/// Every rule that looks at the project; the housekeeping rules live in `engine`.
pub const ALL: &[&dyn Check] = &[
    &agent_without_iteration_limit::AgentWithoutIterationLimit,
    &agent_without_time_limit::AgentWithoutTimeLimit,
    &blocking_call_in_async::BlockingCallInAsync,
    &call_without_retry::CallWithoutRetry,
    &certificate_check_disabled::CertificateCheckDisabled,
    &certificate_variable_ignored::CertificateVariableIgnored,
    &client_without_timeout::ClientWithoutTimeout,
    &conflicting_proxy_variables::ConflictingProxyVariables,
    &container_without_limits::ContainerWithoutLimits,
    &context_window_exceeded::ContextWindowExceeded,
    &datastore_without_timeout::DatastoreWithoutTimeout,
    &documents_stuffed_into_prompt::DocumentsStuffedIntoPrompt,
    &egress_policy_blocks_provider::EgressPolicyBlocksProvider,
    &executor_waits_past_timeout::ExecutorWaitsPastTimeout,
    &fallback_never_reached::FallbackNeverReached,
    &grace_period_too_short::GracePeriodTooShort,
    &hop_gives_up_first::HopGivesUpFirst,
    &file_contents_in_prompt::FileContentsInPrompt,
    &implausible_timeout::ImplausibleTimeout,
    &ineffective_limit::IneffectiveLimit,
    &ineffective_retriever_limit::IneffectiveRetrieverLimit,
    &ineffective_retry::IneffectiveRetry,
    &invalid_timeout::InvalidTimeout,
    &malformed_proxy_url::MalformedProxyUrl,
    &mcp_call_without_timeout::McpCallWithoutTimeout,
    &missing_socks_support::MissingSocksSupport,
    &no_proxy_entry_not_understood::NoProxyEntryNotUnderstood,
    &probe_behind_model_call::ProbeBehindModelCall,
    &proxy_credentials_in_source::ProxyCredentialsInSource,
    &proxy_ignored::ProxyIgnored,
    &proxy_set_too_late::ProxySetTooLate,
    &proxy_without_exceptions::ProxyWithoutExceptions,
    &removed_proxies_argument::RemovedProxiesArgument,
    &request_without_timeout::RequestWithoutTimeout,
    &retries_multiply::RetriesMultiply,
    &retry_of_permanent_errors::RetryOfPermanentErrors,
    &retry_without_backoff::RetryWithoutBackoff,
    &retry_without_jitter::RetryWithoutJitter,
    &retry_without_limit::RetryWithoutLimit,
    &stream_held_back::StreamHeldBack,
    &stuff_chain_on_unsplit_documents::StuffChainOnUnsplitDocuments,
    &subprocess_without_timeout::SubprocessWithoutTimeout,
    &task_redelivered_while_running::TaskRedeliveredWhileRunning,
    &timeout_disabled::TimeoutDisabled,
    &timeout_ignored::TimeoutIgnored,
    &timeout_in_wrong_unit::TimeoutInWrongUnit,
    &timeout_lost::TimeoutLost,
    &tool_calls_without_limit::ToolCallsWithoutLimit,
    &tool_output_untrimmed::ToolOutputUntrimmed,
    &tool_without_deadline::ToolWithoutDeadline,
    &unbounded_agent_loop::UnboundedAgentLoop,
    &unbounded_await::UnboundedAwait,
    &unbounded_chat_history::UnboundedChatHistory,
    &unbounded_fan_out::UnboundedFanOut,
    &unknown_server_setting::UnknownServerSetting,
    &unsplit_documents_embedded::UnsplitDocumentsEmbedded,
    &wait_without_timeout::WaitWithoutTimeout,
    &worker_blocks_on_model_call::WorkerBlocksOnModelCall,
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
    fn program_wait(&self, _wait: &ProcessWait<'_>, _cx: &mut Context<'_, '_>) {}

    /// A call that sends a request.
    fn request(&self, _request: &RequestSite<'_>, _cx: &mut Context<'_, '_>) {}

    /// A timeout that somebody wrote.
    fn written_timeout(&self, _written: &WrittenTimeout<'_>, _cx: &mut Context<'_, '_>) {}

    /// A timeout object that is made of too few parts.
    fn partial_timeout(&self, _made: &PartialTimeout<'_>, _cx: &mut Context<'_, '_>) {}

    /// A timeout that comes when the client is built already.
    fn late_timeout(&self, _late: &LateTimeout, _cx: &mut Context<'_, '_>) {}

    /// Fallbacks that a stalled provider never leads to.
    fn unreached_fallback(&self, _found: &UnreachedFallback, _cx: &mut Context<'_, '_>) {}

    /// A call that blocks the event loop.
    fn blocking_call(&self, _call: &BlockingCall, _cx: &mut Context<'_, '_>) {}

    /// A model or an agent that a request awaits without a deadline.
    fn served_await(&self, _awaited: &ServedAwait, _cx: &mut Context<'_, '_>) {}

    /// A limit on the wait for a thread that goes on.
    fn thread_wait(&self, _wait: &ThreadWait, _cx: &mut Context<'_, '_>) {}

    /// A timeout passed to a method that does not use it.
    fn ignored_call(&self, _call: &IgnoredCall, _cx: &mut Context<'_, '_>) {}

    /// A limit on the time of an agent that does not reach the model inside it.
    fn unreached_step(&self, _step: &UnreachedStep<'_>, _cx: &mut Context<'_, '_>) {}

    /// A timeout that a method of a graph does not take.
    fn refused_timeout(&self, _refused: &RefusedTimeout<'_>, _cx: &mut Context<'_, '_>) {}

    /// A timeout in the configuration of a run.
    fn run_config(&self, _config: &RunConfig, _cx: &mut Context<'_, '_>) {}

    /// A retry of a library.
    fn retry(&self, _retry: &RetrySite<'_>, _cx: &mut Context<'_, '_>) {}

    /// Something that calls again, with the requests that it repeats.
    fn retried(&self, _retried: &Retried<'_>, _cx: &mut Context<'_, '_>) {}

    /// A place that makes an agent.
    fn agent(&self, _agent: &AgentSite<'_>, _cx: &mut Context<'_, '_>) {}

    /// A limit on the steps of a run that may not do what it seems to.
    fn step_limit(&self, _limit: &StepLimitSite, _cx: &mut Context<'_, '_>) {}

    /// A loop that calls a model or a service.
    fn repetition(&self, _found: &LoopSite, _cx: &mut Context<'_, '_>) {}

    /// A tool that can wait for ever.
    fn hanging_tool(&self, _tool: &HangingTool<'_>, _cx: &mut Context<'_, '_>) {}

    /// A wait for somebody who may fail without a word.
    fn unbounded_wait(&self, _wait: &UnboundedWait, _cx: &mut Context<'_, '_>) {}

    /// Requests that are started all at once.
    fn fan_out(&self, _fan_out: &FanOut, _cx: &mut Context<'_, '_>) {}

    /// A wait with a limit, inside the block of the executor it waits for.
    fn executor_wait(&self, _wait: &ExecutorWait, _cx: &mut Context<'_, '_>) {}

    /// A place that says which proxy to use.
    fn proxy(&self, _proxy: &ProxySetting, _cx: &mut Context<'_, '_>) {}

    /// A proxy of the process that also gets the calls of hosts it cannot reach.
    fn unlisted_hosts(&self, _proxy: &Unlisted, _cx: &mut Context<'_, '_>) {}

    /// A process and the variables that a file gives it.
    fn process(&self, _process: &Process<'_>, _cx: &mut Context<'_, '_>) {}

    /// A proxy that is set after a client has read it.
    fn late_proxy(&self, _late: &LateProxy, _cx: &mut Context<'_, '_>) {}

    /// A client that goes past a proxy.
    fn ignored_proxy(&self, _found: &IgnoredProxy, _cx: &mut Context<'_, '_>) {}

    /// A call that fails because a version has lost an argument.
    fn removed_argument(&self, _found: &RemovedArgument, _cx: &mut Context<'_, '_>) {}

    /// A SOCKS proxy that a client cannot speak to.
    fn unspoken_socks(&self, _found: &UnspokenSocks<'_>, _cx: &mut Context<'_, '_>) {}

    /// A place that switches the check of certificates off.
    fn unverified(&self, _found: &Unverified, _cx: &mut Context<'_, '_>) {}

    /// A policy that keeps containers from what they call.
    fn blocked_egress(&self, _found: &BlockedEgress, _cx: &mut Context<'_, '_>) {}

    /// An entry of `NO_PROXY` that clients of the project do not understand.
    fn exception(&self, _exception: &Exception, _cx: &mut Context<'_, '_>) {}

    /// A variable with certificates that a client of the project does not read.
    fn certificates(&self, _found: &Certificates, _cx: &mut Context<'_, '_>) {}

    /// A container or a process that runs the application.
    fn deployed(&self, _deployed: &Deployed, _cx: &mut Context<'_, '_>) {}

    /// A limit of a hop that an entry point can take longer than.
    fn exceeded_limit(&self, _exceeded: &Exceeded<'_>, _cx: &mut Context<'_, '_>) {}

    /// A server whose processes each do one thing at a time.
    fn blocked_server(&self, _server: &BlockedServer<'_>, _cx: &mut Context<'_, '_>) {}

    /// A directive of nginx.
    fn nginx(&self, _setting: &NginxSetting<'_>, _cx: &mut Context<'_, '_>) {}

    /// A flag with a value that ends its server.
    fn bad_flag(&self, _flag: &BadFlag, _cx: &mut Context<'_, '_>) {}

    /// A setting of a server under a name that it never reads.
    fn misnamed_setting(&self, _setting: &MisnamedSetting, _cx: &mut Context<'_, '_>) {}

    /// A call that sends whole documents to a model.
    fn stuffed_prompt(&self, _prompt: &StuffedPrompt<'_>, _cx: &mut Context<'_, '_>) {}

    /// A limit that is dropped where a retriever is made.
    fn retriever_limit(&self, _limit: &RetrieverLimit<'_>, _cx: &mut Context<'_, '_>) {}

    /// Whole documents that become one vector each.
    fn unsplit_documents(&self, _found: &UnsplitDocuments, _cx: &mut Context<'_, '_>) {}

    /// A call that sends more than its model reads.
    fn exceeded_window(&self, _found: &ExceededWindow, _cx: &mut Context<'_, '_>) {}

    /// A conversation that grows for as long as it is held.
    fn growing_history(&self, _history: &GrowingHistory, _cx: &mut Context<'_, '_>) {}

    /// A tool that returns text of any size.
    fn tool_output(&self, _output: &ToolOutput, _cx: &mut Context<'_, '_>) {}
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
    for wait in &subjects.program_waits {
        check.program_wait(wait, cx);
    }
    for request in &subjects.requests {
        check.request(request, cx);
    }
    for written in written_timeouts(&subjects.clients, &subjects.requests) {
        check.written_timeout(&written, cx);
    }
    ask_about_deadlines(check, &subjects.deadlines, cx);
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
    for limit in &subjects.step_limits {
        check.step_limit(limit, cx);
    }
    for found in &subjects.loops {
        check.repetition(found, cx);
    }
    for tool in &subjects.hanging_tools {
        check.hanging_tool(tool, cx);
    }
    for wait in &subjects.unbounded_waits {
        check.unbounded_wait(wait, cx);
    }
    for fan_out in &subjects.fan_outs {
        check.fan_out(fan_out, cx);
    }
    for wait in &subjects.executor_waits {
        check.executor_wait(wait, cx);
    }
    ask_about_prompts(check, &subjects.prompts, cx);
    for proxy in &subjects.proxies {
        check.proxy(proxy, cx);
    }
    for proxy in &subjects.unlisted_hosts {
        check.unlisted_hosts(proxy, cx);
    }
    ask_deployment(check, subjects, cx);
}

/// Asks a check about the text that models are sent.
fn ask_about_prompts(check: &dyn Check, found: &Prompts<'_>, cx: &mut Context<'_, '_>) {
    for prompt in &found.stuffed {
        check.stuffed_prompt(prompt, cx);
    }
    for limit in &found.retriever_limits {
        check.retriever_limit(limit, cx);
    }
    for exceeded in &found.exceeded_windows {
        check.exceeded_window(exceeded, cx);
    }
    for history in &found.histories {
        check.growing_history(history, cx);
    }
    for output in &found.tool_outputs {
        check.tool_output(output, cx);
    }
    for unsplit in &found.unsplit {
        check.unsplit_documents(unsplit, cx);
    }
}

/// Asks a check about what deploys the application.
fn ask_deployment(check: &dyn Check, subjects: &Subjects<'_>, cx: &mut Context<'_, '_>) {
    for process in &subjects.processes {
        check.process(process, cx);
    }
    for late in &subjects.late_proxies {
        check.late_proxy(late, cx);
    }
    for found in &subjects.ignored_proxies {
        check.ignored_proxy(found, cx);
    }
    for found in &subjects.removed_arguments {
        check.removed_argument(found, cx);
    }
    for found in &subjects.unspoken_socks {
        check.unspoken_socks(found, cx);
    }
    for found in &subjects.unverified {
        check.unverified(found, cx);
    }
    for found in &subjects.blocked_egress {
        check.blocked_egress(found, cx);
    }
    for exception in &subjects.exceptions {
        check.exception(exception, cx);
    }
    for found in &subjects.certificates {
        check.certificates(found, cx);
    }
    for deployed in &subjects.deployed {
        check.deployed(deployed, cx);
    }
    for exceeded in &subjects.exceeded_limits {
        check.exceeded_limit(exceeded, cx);
    }
    for server in &subjects.blocked_servers {
        check.blocked_server(server, cx);
    }
    for setting in &subjects.nginx {
        check.nginx(setting, cx);
    }
    for flag in &subjects.bad_flags {
        check.bad_flag(flag, cx);
    }
    for setting in &subjects.misnamed_settings {
        check.misnamed_setting(setting, cx);
    }
}

/// Asks a check about what may keep a bound from holding.
fn ask_about_deadlines(check: &dyn Check, found: &Deadlines<'_>, cx: &mut Context<'_, '_>) {
    for made in &found.partial_timeouts {
        check.partial_timeout(made, cx);
    }
    for late in &found.late_timeouts {
        check.late_timeout(late, cx);
    }
    for fallback in &found.unreached_fallbacks {
        check.unreached_fallback(fallback, cx);
    }
    for call in &found.blocking_calls {
        check.blocking_call(call, cx);
    }
    for awaited in &found.served_awaits {
        check.served_await(awaited, cx);
    }
    for wait in &found.thread_waits {
        check.thread_wait(wait, cx);
    }
    for step in &found.unreached_steps {
        check.unreached_step(step, cx);
    }
    for refused in &found.refused_timeouts {
        check.refused_timeout(refused, cx);
    }
    for call in &found.ignored_calls {
        check.ignored_call(call, cx);
    }
}

/// Names for a sentence: "`a`, `b` and `c`".
fn listed<T: std::fmt::Display>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => quoted.concat(),
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
