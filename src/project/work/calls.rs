//! Calls and the expressions around them: what runs in turn, at once, under a deadline, or elsewhere.

use std::sync::Arc;

use smol_str::SmolStr;

use super::values::Run;
use super::{Maybe, Place, Works, note, note_because};
use crate::budget::work::Work;
use crate::fact::Limit;
use crate::model::python::{keyword, positional};
use crate::project::async_calls::is_awaited;
use crate::project::uses::RUN_METHODS;
use crate::project::value::{Seen, Value};
use crate::project::waits::Wait;
use crate::syntax::python::{Arg, Comprehension, ExprId, ExprKind, parts};
use crate::units::{Millis, Unit};

/// Functions that sleep.
const SLEEPS: &[&str] = &["time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep"];

/// Functions that start something that goes on beside the caller.
const STARTS: &[&str] = &[
    "create_task",
    "ensure_future",
    "run_coroutine_threadsafe",
    "start_soon",
    "submit",
];

/// Functions that run another one in a thread and wait for it, and where that one stands.
const THREADS: &[(&str, usize)] = &[
    ("run_in_executor", 1),
    ("run_in_threadpool", 0),
    ("run_sync", 0),
    ("to_thread", 0),
];

/// Methods that only objects of LangChain have, so that a call of an unknown one may be a model.
const SURELY_RUNS: &[&str] = &["abatch", "ainvoke", "astream", "batch", "invoke"];

impl Works<'_, '_> {
    /// What an expression waits for.
    pub(super) fn expr(&self, place: &Place, expr: ExprId) -> Maybe {
        let place = &place.inside()?;
        let ast = &self.resolver.project.module(place.file)?.ast;
        match ast.kind(expr) {
            ExprKind::Call { callee, args } => self.call(place, expr, *callee, args),
            ExprKind::Conditional {
                then,
                test,
                otherwise,
            } => {
                let first = self.expr(place, *test);
                let ways = [then, otherwise].map(|it| self.expr(place, *it));
                let either = Work::either(ways.into_iter().flatten().collect());
                Work::in_turn(first.into_iter().chain(either).collect())
            }
            ExprKind::Comprehension(it) => self.comprehension(place, expr, it),
            kind => {
                let mut inner = Vec::new();
                parts(kind, &mut |it| inner.push(it));
                Work::in_turn(
                    inner
                        .iter()
                        .filter_map(|it| self.expr(place, *it))
                        .collect(),
                )
            }
        }
    }

    fn comprehension(&self, place: &Place, expr: ExprId, it: &Comprehension) -> Maybe {
        let before = it.clauses.iter().filter_map(|it| self.expr(place, it.1));
        let mut all: Vec<Arc<Work>> = before.collect();
        let each = it.conditions.iter().chain(&it.element);
        let round = Work::in_turn(each.filter_map(|it| self.expr(place, *it)).collect());
        if let Some(round) = round {
            let at = self.resolver.span(place.file, expr);
            let title = "for each element";
            all.push(Work::repeated(note(title, at), None, round));
        }
        Work::in_turn(all)
    }

    fn call(&self, place: &Place, call: ExprId, callee: ExprId, args: &[Arg]) -> Maybe {
        let ast = &self.resolver.project.module(place.file)?.ast;
        let name = ast.last_name(callee).map_or("", SmolStr::as_str);
        let mut all = Vec::new();
        if let ExprKind::Attribute { value, .. } = ast.kind(callee) {
            all.extend(self.expr(place, *value));
        }
        match name {
            "gather" => all.extend(self.at_once(place, args)),
            "wait_for" => all.extend(self.given_time(place, call, args)),
            _ if STARTS.contains(&name) => all.extend(self.started(place, call, args)),
            "add_task" => {}
            _ => {
                let given = args.iter();
                all.extend(given.filter_map(|it| self.expr(place, it.value)));
                let thread = THREADS.iter().find(|it| it.0 == name);
                all.extend(match thread.and_then(|it| positional(args, it.1)) {
                    Some(function) => self
                        .handed_over(place, function.value)
                        .map(|it| it.in_another_thread()),
                    None => self.own(place, call, callee, name),
                });
            }
        }
        Work::in_turn(all)
    }

    /// `asyncio.gather(f(), g())`, `asyncio.gather(*[f(x) for x in all])`.
    fn at_once(&self, place: &Place, args: &[Arg]) -> Maybe {
        let ast = &self.resolver.project.module(place.file)?.ast;
        let each = |arg: &Arg| {
            let inner = match ast.kind(arg.value) {
                ExprKind::Star(inner) => *inner,
                _ => arg.value,
            };
            match ast.kind(inner) {
                ExprKind::Comprehension(it) => {
                    let one = it.element.iter().filter_map(|it| self.expr(place, *it));
                    Work::in_turn(one.collect())
                }
                _ => self.expr(place, inner),
            }
        };
        Work::in_one_loop(args.iter().filter_map(each).collect())
    }

    /// `asyncio.wait_for(f(), 30)`.
    fn given_time(&self, place: &Place, call: ExprId, args: &[Arg]) -> Maybe {
        let work = self.expr(place, positional(args, 0)?.value)?;
        let Some(limit) = keyword(args, "timeout").or_else(|| positional(args, 1)) else {
            return Some(work);
        };
        let at = self.resolver.span(place.file, call);
        let seen = self.eval(place, limit.value);
        Some(match self.resolver.wait(&seen, Unit::Seconds) {
            Wait::Within(limit) => {
                let text = format!("gives up after {limit}");
                Work::within(note_because("deadline", at, seen.at, text), limit, work)
            }
            Wait::Nothing(_) => work,
            _ => {
                let text = "gives up, nobody can tell when".to_owned();
                Work::unknown(note_because("deadline", at, seen.at, text))
            }
        })
    }

    /// What goes on beside the caller: whether anybody waits for it, nobody can tell.
    fn started(&self, place: &Place, call: ExprId, args: &[Arg]) -> Maybe {
        let first = positional(args, 0)?;
        let work = self
            .expr(place, first.value)
            .or_else(|| self.handed_over(place, first.value))?;
        let at = self.resolver.span(place.file, call);
        let ast = &self.resolver.project.module(place.file)?.ast;
        let awaited = ast.expr(call).parent.map(|it| ast.kind(it));
        Some(match awaited {
            Some(ExprKind::Await(_)) => work,
            _ => Work::unknown(note("started here, and perhaps waited for", at)),
        })
    }

    /// What a function takes that is handed to somebody who calls it.
    fn handed_over(&self, place: &Place, function: ExprId) -> Maybe {
        let seen = self.eval(place, function);
        let ways = seen.alternatives().iter().filter_map(|it| match &it.value {
            Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                self.plain((*file, *function))
            }
            _ => None,
        });
        Work::either(ways.collect())
    }

    /// What a call itself does.
    fn own(&self, place: &Place, call: ExprId, callee: ExprId, name: &str) -> Maybe {
        if self
            .resolver
            .project
            .module(place.file)?
            .is_builtin_method(callee)
        {
            return None;
        }
        let target = self.target(place, callee);
        let site = place.site(call);
        let mut ways = Vec::new();
        let mut known = false;
        for it in target.alternatives() {
            match &it.value {
                Value::External(path) if SLEEPS.contains(&path.as_str()) => {
                    known = true;
                    let pause = self.pause(place, call);
                    ways.push(if path == "time.sleep" {
                        pause.in_this_thread()
                    } else {
                        pause
                    });
                }
                _ => {
                    if let Some((own, frame)) = self.resolver.entered(it, &site) {
                        known = true;
                        ways.extend(self.of_call(own, frame));
                    }
                }
            }
        }
        if known {
            return Work::either(ways);
        }
        if let Some(request) = self.request_at(place.file, call) {
            let blocks = request.http.blocks && !self.is_awaited(place, call);
            return Some(self.request(&request, blocks));
        }
        if !RUN_METHODS.contains(&name) {
            return None;
        }
        let ast = &self.resolver.project.module(place.file)?.ast;
        let receiver = match ast.kind(callee) {
            ExprKind::Attribute { value, .. } => self.eval(place, *value),
            _ => target,
        };
        let run = Run {
            at: self.resolver.span(place.file, call),
            reads: name.contains("stream"),
            blocks: !name.starts_with('a') && !self.is_awaited(place, call),
            site: Some(site),
            bindings: Vec::new(),
        };
        if let Value::Unknown(_) = receiver.value {
            let surely = SURELY_RUNS.contains(&name);
            let text = self.resolver.project.sources().text(run.at);
            let title = text.split('(').next().unwrap_or(text).trim();
            let title = format!("`{title}`, which nobody can tell");
            return surely.then(|| Work::unknown(note(title, run.at)));
        }
        self.run_of(&receiver, &run)
    }

    /// What is called. Most names mean the same whoever calls the function around them.
    fn target(&self, place: &Place, callee: ExprId) -> Seen {
        let plain = self.resolver.value(place.file, callee);
        match &plain.value {
            Value::Function(_, _, None) | Value::External(_) | Value::Class(..) => plain,
            _ if place.frame.is_none() => plain,
            _ => self.eval(place, callee),
        }
    }

    /// What a function takes for one call, where the caller makes a difference.
    fn of_call(&self, own: super::Own, frame: std::rc::Rc<crate::project::value::Frame>) -> Maybe {
        let plain = self.plain(own)?;
        if self.has_one_caller(own) {
            return Some(plain);
        }
        self.entered(own, frame)
    }

    /// Whether what all callers of a function have in common is what its one caller gives.
    fn has_one_caller(&self, (file, function): super::Own) -> bool {
        let Some(ast) = self.resolver.project.module(file).map(|it| &it.ast) else {
            return false;
        };
        let called_once = |function| self.resolver.callers(file, function).sites.len() <= 1;
        let made_once = ast.class_of(function).is_none_or(|class| {
            let init = self.resolver.method(file, class, "__init__");
            init.is_none_or(|(file, init)| self.resolver.callers(file, init).sites.len() <= 1)
        });
        let takes_nothing = ast.function(function).params.is_empty();
        takes_nothing || called_once(function) && made_once
    }

    /// Whether a call gives a coroutine, told by what is done with it.
    fn is_awaited(&self, place: &Place, call: ExprId) -> bool {
        let module = self.resolver.project.module(place.file);
        module.is_some_and(|it| is_awaited(it, call))
    }

    fn pause(&self, place: &Place, call: ExprId) -> Arc<Work> {
        let at = self.resolver.span(place.file, call);
        let args = self.resolver.args(&place.site(call)).unwrap_or_default();
        let seen = positional(args, 0).map(|it| self.eval(place, it.value));
        let time = seen.and_then(|it| Millis::of(it.number()?, Unit::Seconds));
        let limit = time.map_or(Limit::Unknown, Limit::Within);
        Work::wait(note("sleep", at), limit)
    }

    pub(super) fn eval(&self, place: &Place, expr: ExprId) -> Seen {
        self.resolver.eval(place.file, expr, place.frame.as_ref())
    }
}
