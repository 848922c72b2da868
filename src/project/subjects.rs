//! Everything in one file that some rule has an opinion about.

use crate::project::agents::AgentSite;
use crate::project::async_calls::{BlockingCall, ServedAwait};
use crate::project::clients::Clients;
use crate::project::executors::ExecutorWait;
use crate::project::fallbacks::UnreachedFallback;
use crate::project::late_timeouts::LateTimeout;
use crate::project::loops::LoopSite;
use crate::project::mcp::McpWait;
use crate::project::prompts::StuffedPrompt;
use crate::project::proxies::{ProxySetting, Unlisted};
use crate::project::requests::RequestSite;
use crate::project::resolve::Resolver;
use crate::project::retries::RetrySite;
use crate::project::run_configs::{IgnoredCall, RunConfig};
use crate::project::step_timeouts::{RefusedTimeout, UnreachedStep};
use crate::project::thread_waits::ThreadWait;
use crate::project::uses::Uses;
use crate::project::written_timeouts::PartialTimeout;
use crate::source::FileId;

/// The subjects of one file, each in the order of the text.
pub struct Subjects<'p> {
    /// Places that build clients.
    pub clients: Clients<'p>,
    /// Sessions with servers of tools whose wait nothing bounds.
    pub mcp: Vec<McpWait>,
    /// Calls that send a request.
    pub requests: Vec<RequestSite<'p>>,
    /// Timeout objects that are made of too few parts.
    pub partial_timeouts: Vec<PartialTimeout<'p>>,
    /// Retries of libraries.
    pub retries: Vec<RetrySite<'p>>,
    /// Timeouts that come when the client is built already.
    pub late_timeouts: Vec<LateTimeout>,
    /// Fallbacks that a stalled provider never leads to.
    pub unreached_fallbacks: Vec<UnreachedFallback>,
    /// Calls that block the event loop.
    pub blocking_calls: Vec<BlockingCall>,
    /// Models and agents that a request awaits without a deadline.
    pub served_awaits: Vec<ServedAwait>,
    /// Limits on the wait for a thread that goes on.
    pub thread_waits: Vec<ThreadWait>,
    /// Timeouts passed to methods that do not use them.
    pub ignored_calls: Vec<IgnoredCall>,
    /// Limits on the time of agents that do not reach the model inside them.
    pub unreached_steps: Vec<UnreachedStep<'p>>,
    /// Timeouts that a method of a graph does not take.
    pub refused_timeouts: Vec<RefusedTimeout<'p>>,
    /// Timeouts in the configuration of runs.
    pub run_configs: Vec<RunConfig>,
    /// Places that make agents.
    pub agents: Vec<AgentSite<'p>>,
    /// Loops that call a model or a service.
    pub loops: Vec<LoopSite>,
    /// Waits inside the block of an executor.
    pub executor_waits: Vec<ExecutorWait>,
    /// Calls that send whole documents to a model.
    pub stuffed_prompts: Vec<StuffedPrompt<'p>>,
    /// Places that say which proxy to use.
    pub proxies: Vec<ProxySetting>,
    /// Proxies that get the calls of hosts they cannot reach.
    pub unlisted_hosts: Vec<Unlisted>,
}

impl<'p> Resolver<'p> {
    /// Finds the subjects of a file.
    #[must_use]
    pub fn subjects(&self, file: FileId, uses: &Uses) -> Subjects<'p> {
        let clients = self.clients(file, &|site| uses.of(site));
        let requests = self.requests(file);
        Subjects {
            mcp: self.mcp_waits(file, &clients.sites),
            clients,
            blocking_calls: self.blocking_calls(file, &requests),
            served_awaits: self.served_awaits(file),
            thread_waits: self.thread_waits(file),
            late_timeouts: self.late_timeouts(file),
            unreached_fallbacks: self.unreached_fallbacks(file),
            ignored_calls: self.ignored_calls(file),
            requests,
            unreached_steps: self.unreached_steps(file),
            refused_timeouts: self.refused_timeouts(file),
            partial_timeouts: self.partial_timeouts(file),
            retries: self.retries(file),
            run_configs: self.run_configs(file),
            agents: self.agents(file, &|site| uses.of(site)),
            loops: self.loops(file),
            executor_waits: self.executor_waits(file),
            stuffed_prompts: self.stuffed_prompts(file),
            proxies: self.proxy_settings(file),
            unlisted_hosts: self.unlisted_hosts(file),
        }
    }
}
