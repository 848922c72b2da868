//! `grace-period-too-short`: a process that is killed in the middle of the calls it still waits for.

use super::hop_gives_up_first::{along_the_way, help, others, takes, then};
use super::{Check, Context};
use crate::catalog::hops::Bounds;
use crate::project::budgets::exceeded::Exceeded;

pub(super) struct GracePeriodTooShort;

impl Check for GracePeriodTooShort {
    fn rule(&self) -> &'static str {
        "grace-period-too-short"
    }

    fn exceeded_limit(&self, exceeded: &Exceeded<'_>, cx: &mut Context<'_, '_>) {
        let waiter = exceeded.waiter;
        // What nobody wrote is everybody's default, and no decision of this project.
        if waiter.entry.bounds != Bounds::Shutdown || waiter.written.is_none() {
            return;
        }
        let message = format!(
            "{} {} {} after it was told to stop, while `{}` {}{}",
            waiter.title(),
            then(exceeded),
            exceeded.limit,
            exceeded.budget.entry.name,
            takes(exceeded),
            others(exceeded.others)
        );
        let finding = cx.finding(waiter.place(), "stops it then", message);
        cx.report(along_the_way(finding, exceeded).help(help(exceeded)));
    }
}
