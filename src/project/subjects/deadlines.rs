//! What keeps a bound in one file from holding, or is refused as one.

use crate::project::async_calls::{BlockingCall, ServedAwait};
use crate::project::fallbacks::UnreachedFallback;
use crate::project::late_timeouts::LateTimeout;
use crate::project::requests::RequestSite;
use crate::project::resolve::Resolver;
use crate::project::run_configs::IgnoredCall;
use crate::project::step_timeouts::{RefusedTimeout, UnreachedStep};
use crate::project::thread_waits::ThreadWait;
use crate::project::written_timeouts::PartialTimeout;
use crate::source::FileId;

/// The places of one file at which a bound does not do what it seems to, in the order of the text.
pub struct Deadlines<'p> {
    /// Timeout objects that are made of too few parts.
    pub partial_timeouts: Vec<PartialTimeout<'p>>,
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
}

impl<'p> Resolver<'p> {
    /// Finds them; `requests` are those of the same file.
    pub(super) fn deadlines(&self, file: FileId, requests: &[RequestSite<'p>]) -> Deadlines<'p> {
        Deadlines {
            blocking_calls: self.blocking_calls(file, requests),
            served_awaits: self.served_awaits(file),
            thread_waits: self.thread_waits(file),
            late_timeouts: self.late_timeouts(file),
            unreached_fallbacks: self.unreached_fallbacks(file),
            ignored_calls: self.ignored_calls(file),
            unreached_steps: self.unreached_steps(file),
            refused_timeouts: self.refused_timeouts(file),
            partial_timeouts: self.partial_timeouts(file),
        }
    }
}
