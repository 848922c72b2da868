//! Everything in one file that some rule has an opinion about.

use crate::project::agents::AgentSite;
use crate::project::clients::Clients;
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
use crate::project::tools::ProcessWait;
use crate::project::uses::Uses;
use crate::project::written_timeouts::PartialTimeout;
use crate::source::FileId;

/// The subjects of one file, each in the order of the text.
pub struct Subjects<'p> {
    /// Places that build clients.
    pub clients: Clients<'p>,
    /// Sessions with servers of tools whose wait nothing bounds.
    pub mcp: Vec<McpWait>,
    /// Waits for other programs, in code that tools reach.
    pub processes: Vec<ProcessWait<'p>>,
    /// Calls that send a request.
    pub requests: Vec<RequestSite<'p>>,
    /// Timeout objects that are made of too few parts.
    pub partial_timeouts: Vec<PartialTimeout<'p>>,
    /// Retries of libraries.
    pub retries: Vec<RetrySite<'p>>,
    /// Everything that calls again, with the requests that it repeats.
    pub retried: Vec<Retried<'p>>,
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
        let loops = self.loops(file);
        let clients = self.clients(file, &|site| uses.of(site));
        Subjects {
            mcp: self.mcp_waits(file, &clients.sites),
            clients,
            processes: self.process_waits(file),
            requests: self.requests(file),
            partial_timeouts: self.partial_timeouts(file),
            retries: self.retries(file),
            run_configs: self.run_configs(file),
            agents: self.agents(file, &|site| uses.of(site)),
            retried: self.retried(file, &loops),
            loops,
            executor_waits: self.executor_waits(file),
            stuffed_prompts: self.stuffed_prompts(file),
            proxies: self.proxy_settings(file),
            unlisted_hosts: self.unlisted_hosts(file),
        }
    }
}
