//! `hop-gives-up-first`: a server, proxy or platform that stops waiting before the work behind it can end.

use super::{Check, Context};
use crate::catalog::hops::Bounds;
use crate::fact::Limit;
use crate::project::budgets::Teller;
use crate::project::budgets::exceeded::Exceeded;
use crate::units::Millis;

/// How many places that make the work long are shown.
const REASONS: usize = 6;

pub(super) struct HopGivesUpFirst;

impl Check for HopGivesUpFirst {
    fn rule(&self) -> &'static str {
        "hop-gives-up-first"
    }

    fn exceeded_limit(&self, exceeded: &Exceeded<'_>, cx: &mut Context<'_, '_>) {
        let waiter = exceeded.waiter;
        if !waiter.ends_answers() {
            return;
        }
        let limit = exceeded.limit;
        let stands_still = waiter.entry.bounds == Bounds::EventLoop;
        let work = &exceeded.budget.work;
        let takes = match stands_still {
            true if work.blocks_loop().endless => "stops its event loop for ever".to_owned(),
            true => format!("stops its event loop for {}", work.blocks_loop()),
            false => takes(exceeded),
        };
        let message = format!(
            "{} {} after {limit}, while `{}` {takes}{}",
            waiter.title(),
            then(exceeded),
            exceeded.budget.entry.name,
            others(exceeded.others)
        );
        let of_settings = waiter.told_by == Teller::Settings;
        let label = match waiter.written {
            Some(_) => "gives up then".to_owned(),
            None if of_settings => format!("waits {limit}, as the settings say"),
            None => format!("waits {limit} when nobody says otherwise"),
        };
        let mut finding = cx.finding(waiter.place(), &label, message);
        if waiter.written.is_none() && !of_settings {
            finding.confidence = cx.medium();
        }
        finding = along_the_way(finding, exceeded);
        cx.report(finding.help(help(exceeded)));
    }
}

/// A finding with the entry point, the hops in between, and what makes the work long.
pub(super) fn along_the_way(
    mut finding: crate::finding::Finding,
    exceeded: &Exceeded<'_>,
) -> crate::finding::Finding {
    let budget = exceeded.budget;
    for other in &budget.waiters {
        let between = other.hop != exceeded.waiter.hop && other.ends_answers();
        if let (true, Limit::Within(limit), Some(at)) = (between, other.limit, other.written) {
            finding = finding.because(at, format!("{} waits {limit}", other.title()));
        }
    }
    let text = format!("`{}` {}", budget.entry.name, takes(exceeded));
    finding = finding.because(budget.entry.at, text);
    for reason in budget.work.reasons().into_iter().take(REASONS) {
        finding = finding.because(reason.span, reason.text);
    }
    finding
}

/// How long the work takes, as the end of a sentence.
pub(super) fn takes(exceeded: &Exceeded<'_>) -> String {
    let worst = exceeded.budget.work.worst_case();
    if worst.endless {
        "can wait for ever".to_owned()
    } else {
        format!("can take {worst}")
    }
}

pub(super) fn then(exceeded: &Exceeded<'_>) -> &'static str {
    exceeded.waiter.entry.then.as_deref().unwrap_or("gives up")
}

pub(super) fn others(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => ", and one other takes longer too".to_owned(),
        _ => format!(", and {count} others take longer too"),
    }
}

/// Both ways out: a longer limit, and shorter work.
pub(super) fn help(exceeded: &Exceeded<'_>) -> String {
    let worst = exceeded.budget.work.worst_case();
    let longer = worst.most.filter(|_| !worst.endless).map(above);
    let longer = longer.filter(|it| exceeded.waiter.entry.most.is_none_or(|most| *it <= most));
    let raise = longer
        .zip(exceeded.waiter.setting())
        .map(|(longer, setting)| format!("raise `{setting}` to {longer}"));
    let shorten = exceeded.remedy.as_ref().map(|it| {
        let clients: Vec<String> = it.clients.iter().map(|it| format!("`{it}`")).collect();
        let retries = match it.retries {
            None => String::new(),
            Some(0) => " and no retries".to_owned(),
            Some(_) => " and one retry".to_owned(),
        };
        let clients = clients.join(" and ");
        format!(
            "give {clients} a timeout of {}{retries}, so that it takes {}",
            it.timeout, it.then
        )
    });
    match (raise, shorten) {
        (Some(raise), Some(shorten)) => format!("{raise}, or {shorten}"),
        (Some(raise), None) => raise,
        (None, Some(shorten)) => shorten,
        // No deadline ends what the event loop itself stands still for.
        (None, None) if exceeded.waiter.entry.bounds == Bounds::EventLoop => {
            "await the call, or hand it to `asyncio.to_thread(…)`, so that the event loop goes on"
                .to_owned()
        }
        (None, None) => {
            "bound the work with `asyncio.wait_for(…)`, or hand it to a queue and answer at once"
                .to_owned()
        }
    }
}

/// A round number of seconds above a time.
fn above(time: Millis) -> Millis {
    Millis((time.0 / 10_000 + 1) * 10_000)
}
