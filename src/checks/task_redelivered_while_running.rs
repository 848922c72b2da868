//! `task-redelivered-while-running`: a task that a second worker starts while the first is still at it.

use super::hop_gives_up_first::{along_the_way, help, others, takes};
use super::{Check, Context};
use crate::catalog::hops::Bounds;
use crate::project::budgets::exceeded::Exceeded;

pub(super) struct TaskRedeliveredWhileRunning;

impl Check for TaskRedeliveredWhileRunning {
    fn rule(&self) -> &'static str {
        "task-redelivered-while-running"
    }

    fn exceeded_limit(&self, exceeded: &Exceeded<'_>, cx: &mut Context<'_, '_>) {
        let waiter = exceeded.waiter;
        if waiter.entry.bounds != Bounds::Redelivery {
            return;
        }
        let message = format!(
            "the broker hands `{}` to another worker after {}, while it {}{}",
            exceeded.budget.entry.name,
            exceeded.limit,
            takes(exceeded),
            others(exceeded.others)
        );
        let label = match waiter.written {
            Some(_) => "hands it out again then",
            None => "hands it out again after its default",
        };
        let finding = cx.finding(waiter.place(), label, message);
        let finding = finding.because(
            exceeded.budget.entry.registered,
            "tells the broker only at the end that it is done",
        );
        cx.report(along_the_way(finding, exceeded).help(help(exceeded)));
    }
}
