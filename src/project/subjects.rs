//! Everything in one file that some rule has an opinion about.

mod deadlines;
mod prompts;

use crate::project::agents::AgentSite;
use crate::project::budgets::exceeded::{BlockedServer, Exceeded};
use crate::project::clients::{ClientSite, Clients};
use crate::project::environment::Process;
use crate::project::executors::ExecutorWait;
use crate::project::fan_out::FanOut;
use crate::project::loops::LoopSite;
use crate::project::mcp::McpWait;
use crate::project::misnamed::MisnamedSetting;
use crate::project::processes::ProcessWait;
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
use crate::project::run_configs::RunConfig;
use crate::project::servers::{BadFlag, NginxSetting};
use crate::project::services::Deployed;
use crate::project::step_limits::StepLimitSite;
use crate::project::tools::HangingTool;
use crate::project::uses::Uses;
use crate::source::{FileId, Span};

pub use deadlines::Deadlines;
pub use prompts::Prompts;

/// The subjects of one file, each in the order of the text.
pub struct Subjects<'p> {
    /// Places that build clients.
    pub clients: Clients<'p>,
    /// Sessions with servers of tools whose wait nothing bounds.
    pub mcp: Vec<McpWait>,
    /// Waits for other programs, in code that tools reach.
    pub program_waits: Vec<ProcessWait<'p>>,
    /// Calls that send a request.
    pub requests: Vec<RequestSite<'p>>,
    /// What keeps a bound from holding.
    pub deadlines: Deadlines<'p>,
    /// Retries of libraries.
    pub retries: Vec<RetrySite<'p>>,
    /// Everything that calls again, with the requests that it repeats.
    pub retried: Vec<Retried<'p>>,
    /// Timeouts in the configuration of runs.
    pub run_configs: Vec<RunConfig>,
    /// Limits on the steps of runs that may not do what they seem to.
    pub step_limits: Vec<StepLimitSite>,
    /// Places that make agents.
    pub agents: Vec<AgentSite<'p>>,
    /// Loops that call a model or a service.
    pub loops: Vec<LoopSite>,
    /// Tools that can wait for ever.
    pub hanging_tools: Vec<HangingTool<'p>>,
    /// Waits for somebody who may fail without a word.
    pub unbounded_waits: Vec<UnboundedWait>,
    /// Requests that are started all at once.
    pub fan_outs: Vec<FanOut>,
    /// Waits inside the block of an executor.
    pub executor_waits: Vec<ExecutorWait>,
    /// Text of any size on its way to a model.
    pub prompts: Prompts<'p>,
    /// Places that say which proxy to use.
    pub proxies: Vec<ProxySetting>,
    /// Proxies that get the calls of hosts they cannot reach.
    pub unlisted_hosts: Vec<Unlisted>,
    /// Processes and the variables that the file gives them.
    pub processes: Vec<Process<'p>>,
    /// Proxies that are set after a client has read them.
    pub late_proxies: Vec<LateProxy>,
    /// Clients that go past a proxy.
    pub ignored_proxies: Vec<IgnoredProxy>,
    /// Calls that fail because a version has lost an argument.
    pub removed_arguments: Vec<RemovedArgument>,
    /// SOCKS proxies that clients cannot speak to.
    pub unspoken_socks: Vec<UnspokenSocks<'p>>,
    /// Places that switch the check of certificates off.
    pub unverified: Vec<Unverified>,
    /// Policies that keep containers from what they call.
    pub blocked_egress: Vec<BlockedEgress>,
    /// Entries of `NO_PROXY` that clients do not understand.
    pub exceptions: Vec<Exception>,
    /// Variables with certificates that clients do not read.
    pub certificates: Vec<Certificates>,
    /// Containers and processes that run the application.
    pub deployed: Vec<&'p Deployed>,
    /// Limits of hops that entry points can take longer than.
    pub exceeded_limits: Vec<Exceeded<'p>>,
    /// Servers whose processes each do one thing at a time.
    pub blocked_servers: Vec<BlockedServer<'p>>,
    /// Directives of nginx.
    pub nginx: Vec<NginxSetting<'p>>,
    /// Flags that end their server.
    pub bad_flags: Vec<BadFlag>,
    /// Settings of servers under names that these never read.
    pub misnamed_settings: Vec<MisnamedSetting>,
}

impl<'p> Resolver<'p> {
    /// Finds the subjects of a file.
    #[must_use]
    pub fn subjects(&self, file: FileId, uses: &Uses) -> Subjects<'p> {
        let loops = self.loops(file);
        let mut clients = self.clients(file, &|site| uses.of(site));
        let requests = self.requests(file);
        let deadlines = self.deadlines(file, &requests);
        for late in deadlines.late_timeouts.iter().filter(|it| it.is_assigned()) {
            let built = |it: &&mut ClientSite<'_>| it.callee == late.built;
            for client in clients.sites.iter_mut().filter(built) {
                client.bounded_too_late = true;
            }
        }
        let retried = self.retried(file, &loops, &|site| uses.of(site));
        // What never calls again has no pauses and needs no end.
        let useless = retried.iter().filter(|it| it.useless.is_some());
        let useless: Vec<Span> = useless.map(|it| it.layer.at).collect();
        let mut libraries = self.retries(file);
        libraries.retain(|it| !useless.contains(&it.at));
        Subjects {
            mcp: self.mcp_waits(file, &clients.sites),
            clients,
            program_waits: self.process_waits(file),
            deadlines,
            requests,
            retries: libraries,
            run_configs: self.run_configs(file),
            step_limits: self.step_limits(file),
            agents: self.agents(file, &|site| uses.of(site)),
            retried,
            loops,
            hanging_tools: self.hanging_tools(file),
            unbounded_waits: self.unbounded_waits(file),
            fan_outs: self.fan_outs(file),
            executor_waits: self.executor_waits(file),
            prompts: self.prompts(file),
            proxies: self.proxy_settings(file),
            unlisted_hosts: self.unlisted_hosts(file),
            processes: self.processes(file),
            late_proxies: self.late_proxies(file),
            ignored_proxies: self.ignored_proxies(file, &|site| uses.of(site)),
            removed_arguments: self.removed_arguments(file),
            unspoken_socks: self.unspoken_socks(file),
            unverified: self.unverified(file),
            blocked_egress: self.blocked_egress(file),
            exceptions: self.exceptions_not_understood(file),
            certificates: self.certificates_not_read(file),
            deployed: self
                .project
                .services()
                .of_the_app()
                .filter(|it| it.file == file)
                .collect(),
            exceeded_limits: self.project.exceeded_limits(file, self.stopper()),
            blocked_servers: self.project.blocked_servers(file, self.stopper()),
            nginx: self.project.nginx_settings(file),
            bad_flags: self.project.bad_flags(file),
            misnamed_settings: self.misnamed_settings(file),
        }
    }
}
