//! Loops that call again after a failure.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::body::{Body, ROUNDS, parts};
use super::reach::{Effect, Reach};
use super::writes::{How, Write};
use super::{Ends, Failure, Header, LoopRetry, pauses, words};
use crate::project::resolve::Resolver;
use crate::project::retries::catches::{Catches, OF_ANSWERS, types};
use crate::syntax::python::{ExprId, ExprKind, Handler, StmtId, StmtKind};

/// A `try` of a loop with the call that it tries.
struct Tried<'b> {
    stmt: StmtId,
    body: &'b [StmtId],
    otherwise: &'b [StmtId],
    handlers: &'b [Handler],
    call: ExprId,
}

/// What a loop calls again after a failure, if that is what it does.
pub(super) fn retry(
    resolver: &Resolver<'_>,
    body: &Body<'_>,
    calls: &[(ExprId, Reach)],
) -> Option<LoopRetry> {
    let tried = body.statements().find_map(|it| tried(body, it, calls))?;
    let handler = tried.handlers.iter().find(|it| goes_on(body, &tried, it))?;
    if !success_leaves(body, &tried)
        || is_varied(body, &tried, calls)
        || replaces(body, &tried, calls)
    {
        return None;
    }
    let callee = match body.ast.kind(tried.call) {
        ExprKind::Call { callee, .. } => body.span(*callee),
        _ => body.span(tried.call),
    };
    let of_answers = |it: &Handler| it.exception.is_some_and(|it| speaks_of_answers(body, it));
    let going_on = tried.handlers.iter().filter(|it| goes_on(body, &tried, it));
    let failure = if going_on.into_iter().all(of_answers) {
        Failure::OfTheAnswer
    } else {
        Failure::OfTheCall
    };
    let pausing: Vec<ExprId> = calls
        .iter()
        .filter(|(_, it)| it.has(Effect::Pause))
        .map(|it| it.0)
        .collect();
    let attempts = resolver.rounds(body.file, body.stmt);
    Some(LoopRetry {
        call: body.span(tried.call),
        expr: tried.call,
        name: resolver.project.sources().text(callee).to_owned(),
        handler: handler_span(body, handler),
        failure,
        ends: ends(resolver, body, &tried, calls),
        pauses: !pausing.is_empty(),
        attempts,
        backoff: attempts.and_then(|it| pauses::pauses(resolver, body, &pausing, it)),
        catches: catches(body, resolver, &tried),
    })
}

/// A `try` of this loop around a call to a model or a service.
fn tried<'b>(body: &'b Body<'_>, stmt: StmtId, calls: &[(ExprId, Reach)]) -> Option<Tried<'b>> {
    let StmtKind::Try {
        body: block,
        handlers,
        otherwise,
        ..
    } = &body.ast.stmt(stmt).kind
    else {
        return None;
    };
    if body.nearest_loop(stmt) != Some(body.stmt) {
        return None;
    }
    let mut inside = calls.iter().filter(|(call, reach)| {
        let expr = body.ast.expr(*call);
        reach.talks() && body.holds(block, expr.start)
    });
    let call = inside.next()?.0;
    Some(Tried {
        stmt,
        body: block,
        otherwise,
        handlers,
        call,
    })
}

/// Whether the loop goes on behind a handler.
fn goes_on(body: &Body<'_>, tried: &Tried<'_>, handler: &Handler) -> bool {
    if body.leaves(&handler.body) {
        return false;
    }
    if body.continues(&handler.body) {
        return true;
    }
    // Whatever follows the `try` may leave the loop all the same.
    let mut at = tried.stmt;
    loop {
        let parent = body.ast.stmt(at).parent;
        let rest: Vec<StmtId> = body
            .statements()
            .filter(|it| *it > at && body.ast.stmt(*it).parent == parent)
            .filter(|it| body.same_branch(at, *it))
            .collect();
        if body.leaves(&rest) {
            return false;
        }
        match parent {
            Some(owner) if owner != body.stmt => at = owner,
            _ => return true,
        }
    }
}

/// Whether the loop is left once the call has succeeded.
fn success_leaves(body: &Body<'_>, tried: &Tried<'_>) -> bool {
    let from = body.ast.expr(tried.call).stmt;
    let by_exit = body
        .exits()
        .iter()
        .any(|it| it.stmt >= from && it.stmt != body.stmt && !it.raises && !it.after_failure);
    let Header::While(test) = body.header else {
        return by_exit;
    };
    by_exit || body.reads_any(test, &on_success(body, tried))
}

/// The places that are bound when the call has succeeded.
fn on_success(body: &Body<'_>, tried: &Tried<'_>) -> BTreeSet<SmolStr> {
    let from = body.ast.expr(tried.call).stmt;
    let bound = body.writes.iter().filter(|it| {
        let start = body.ast.stmt(it.stmt).start;
        let inside = body.holds(tried.body, start) || body.holds(tried.otherwise, start);
        it.stmt >= from && it.stmt != tried.stmt && it.how == How::Bound && inside
    });
    bound.map(|it| it.place.clone()).collect()
}

/// Whether each round calls with something else.
fn is_varied(body: &Body<'_>, tried: &Tried<'_>, calls: &[(ExprId, Reach)]) -> bool {
    let arguments = body.reads(tried.call);
    if calls
        .iter()
        .any(|it| prepares(body, tried, it.0, &arguments))
    {
        return true;
    }
    let mut first_bound: BTreeMap<&SmolStr, StmtId> = BTreeMap::new();
    for write in body.writes.iter().filter(|it| it.how == How::Bound) {
        first_bound.entry(&write.place).or_insert(write.stmt);
    }
    let fresh = |write: &Write| {
        let first = first_bound.get(&write.place);
        first.is_some_and(|it| *it < write.stmt)
    };
    let changing = body
        .writes
        .iter()
        .filter(|it| changes(body, tried, it, fresh(it)));
    let mut varying: BTreeSet<SmolStr> = changing.map(|it| it.place.clone()).collect();
    for _ in 0..ROUNDS {
        let before = varying.len();
        for write in &body.writes {
            if write.value.is_some_and(|it| body.reads_any(it, &varying)) {
                varying.insert(write.place.clone());
            }
        }
        if varying.len() == before {
            break;
        }
    }
    arguments.iter().any(|it| varying.contains(it))
}

/// Whether a write gives its place another value in each round; `fresh` tells that the place was
/// bound anew before.
fn changes(body: &Body<'_>, tried: &Tried<'_>, write: &Write, fresh: bool) -> bool {
    let Some(value) = write.value.filter(|it| !is_part(body, *it, tried)) else {
        return false;
    };
    let start = body.ast.stmt(write.stmt).start;
    let in_handler = tried.handlers.iter().any(|it| body.holds(&it.body, start));
    let carried = match write.how {
        How::Added(_) => true,
        How::Changed => !fresh,
        // A value that is bound behind the call is the next round's.
        How::Bound => {
            let call = body.ast.expr(tried.call).stmt;
            write.stmt == body.stmt || in_handler || write.stmt > call
        }
    };
    carried
        || body.called(value).any(|it| words::replaces(it))
        || body.reads(value).contains(&write.place)
}

/// Whether a call before the tried one is handed what that one sends, and so may change it:
/// `record(file)`.
fn prepares(
    body: &Body<'_>,
    tried: &Tried<'_>,
    call: ExprId,
    arguments: &BTreeSet<SmolStr>,
) -> bool {
    let (own, other) = (body.ast.expr(tried.call), body.ast.expr(call));
    let ExprKind::Call { args, .. } = body.ast.kind(call) else {
        return false;
    };
    // A call whose value is used makes something; one for its effect may change what it is given.
    let for_effect = match &body.ast.stmt(other.stmt).kind {
        StmtKind::Expr(expr) => parts(body.ast, *expr).take(2).any(|it| it == call),
        _ => false,
    };
    let name = body.called_name(call);
    for_effect
        && other.end <= own.start
        && !name.is_some_and(|it| words::only_tells(it) || words::pauses(it))
        && args.iter().any(|it| body.reads_any(it.value, arguments))
}

/// Whether a value holds the tried call itself, as in `answer = ask(question)`.
fn is_part(body: &Body<'_>, value: ExprId, tried: &Tried<'_>) -> bool {
    parts(body.ast, value).any(|it| it == tried.call)
        && !matches!(body.ast.kind(value), ExprKind::Call { .. } if value != tried.call)
}

/// Whether a handler, or the tried block itself, picks something else for the next attempt.
fn replaces(body: &Body<'_>, tried: &Tried<'_>, calls: &[(ExprId, Reach)]) -> bool {
    let inside = |call: ExprId| {
        let at = body.ast.expr(call).start;
        tried.handlers.iter().any(|it| body.holds(&it.body, at))
    };
    calls.iter().any(|(call, reach)| {
        inside(*call)
            && (reach.talks()
                || body
                    .called_name(*call)
                    .is_some_and(|it| words::replaces(it)))
    })
}

/// Whether an exception is raised for what an answer says.
fn speaks_of_answers(body: &Body<'_>, exception: ExprId) -> bool {
    let all: Vec<ExprId> = match body.ast.kind(exception) {
        ExprKind::Tuple(all) => all.clone(),
        _ => vec![exception],
    };
    all.iter().all(|it| {
        let name = body.ast.last_name(*it).map_or("", SmolStr::as_str);
        OF_ANSWERS.contains(&name)
    })
}

/// The exceptions after which the loop goes on.
fn catches(body: &Body<'_>, resolver: &Resolver<'_>, tried: &Tried<'_>) -> Catches {
    let (going_on, others): (Vec<&Handler>, Vec<&Handler>) = tried
        .handlers
        .iter()
        .partition(|it| goes_on(body, tried, it));
    // A handler that leaves the loop takes its exceptions out, and so does a look at the exception.
    let narrowed = !others.is_empty() || going_on.iter().any(|it| looks_at_failure(body, it));
    let mut all = going_on.into_iter().map(|it| match it.exception {
        Some(exception) => types(&resolver.value(body.file, exception)),
        None => Catches::Everything(None),
    });
    let first = all.next().unwrap_or(Catches::Unknown);
    match all.fold(first, Catches::or) {
        Catches::Everything(_) if narrowed => Catches::Most,
        caught => caught,
    }
}

/// Whether a handler leaves the loop for some failures, told by something else than a count.
fn looks_at_failure(body: &Body<'_>, handler: &Handler) -> bool {
    let failure: BTreeSet<SmolStr> = handler.name.iter().cloned().collect();
    let inside = |at: u32| body.holds(&handler.body, at);
    let exits = body.exits();
    let mut own = exits
        .iter()
        .filter(|it| inside(body.ast.stmt(it.stmt).start));
    own.any(|exit| {
        let tests = exit
            .tests
            .iter()
            .filter(|it| inside(body.ast.expr(**it).start));
        let mut atoms = tests.flat_map(|it| body.atoms(*it));
        // `if is_retryable(error)` counts nothing, whatever its name.
        atoms.any(|it| !body.bounds(it) || body.reads_any(it, &failure))
    })
}

/// Whether the attempts end when each of them fails.
fn ends(
    resolver: &Resolver<'_>,
    body: &Body<'_>,
    tried: &Tried<'_>,
    calls: &[(ExprId, Reach)],
) -> Ends {
    if body.header == Header::Counted {
        return Ends::Certainly;
    }
    let success = on_success(body, tried);
    let mut ends = Ends::Never;
    for exit in body.exits() {
        let start = body.ast.stmt(exit.stmt).start;
        let after_success = exit.stmt != body.stmt
            && (body.holds(tried.body, start) || body.holds(tried.otherwise, start));
        if exit.tests.iter().any(|it| body.bounds(*it)) && !after_success {
            return Ends::Certainly;
        }
        let known = after_success
            || exit.tests.iter().all(|it| body.reads_any(*it, &success))
            || (exit.after_failure && exit.tests.iter().all(|it| tells_failures(body, tried, *it)));
        if !known {
            ends = Ends::Unknown;
        }
    }
    let elsewhere = calls.iter().any(|(call, reach)| {
        reach.has(Effect::Person)
            || reach.has(Effect::Source)
            || may_raise(body, tried, *call, *reach)
    });
    if elsewhere || resolver.statement_bounded_outside(body.file, body.stmt) {
        return Ends::Unknown;
    }
    ends
}

/// Whether a test only tells one failure from another.
fn tells_failures(body: &Body<'_>, tried: &Tried<'_>, test: ExprId) -> bool {
    let names: Vec<&SmolStr> = tried
        .handlers
        .iter()
        .filter_map(|it| it.name.as_ref())
        .collect();
    let mut read = body.reads(test).into_iter();
    read.any(|it| names.iter().any(|name| it == **name))
}

/// Whether a call in a handler may raise, and so end the loop.
fn may_raise(body: &Body<'_>, tried: &Tried<'_>, call: ExprId, reach: Reach) -> bool {
    let at = body.ast.expr(call).start;
    let inside = tried.handlers.iter().any(|it| body.holds(&it.body, at));
    let tells = body
        .called_name(call)
        .is_some_and(|it| words::only_tells(it) || words::pauses(it));
    inside && (reach.has(Effect::Raise) || (reach.has(Effect::Unknown) && !tells))
}

fn handler_span(body: &Body<'_>, handler: &Handler) -> crate::source::Span {
    let first = handler.body.first().map(|it| body.ast.stmt(*it));
    let (start, end) = match (handler.exception, first) {
        (Some(exception), _) => {
            let expr = body.ast.expr(exception);
            (expr.start, expr.end)
        }
        (None, Some(first)) => (first.start, first.header_end),
        (None, None) => (0, 0),
    };
    crate::source::Span {
        file: body.file,
        start,
        end,
    }
}
