//! Names that tell what a call or a variable is for, where its value cannot be told.

/// Whether a call of that name pauses.
pub(super) fn pauses(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // `asyncio.wait_for` ends a wait and makes none.
    let waits = name.starts_with("wait") && !name.starts_with("wait_for");
    waits
        || any(
            &name,
            &[
                "sleep", "backoff", "back_off", "delay", "pause", "throttle", "acquire",
            ],
        )
}

/// Whether a call of that name waits for a person, a queue, a socket, a file or a next element.
pub(super) fn takes_input(name: &str) -> bool {
    let exact = [
        "input",
        "accept",
        "poll",
        "anext",
        "next",
        "subscribe",
        "listen",
        "interrupt",
        "pop",
        "popleft",
        "popitem",
        "prompt",
        "ask",
        "read",
        "getch",
        "select",
        "get_message",
        "get_nowait",
        "brpop",
        "blpop",
        "xread",
        "xreadgroup",
        "consume",
        "dequeue",
        "heappop",
        "raw_input",
        "question",
        "prompt_async",
        "get_event",
        "next_event",
    ];
    let lower = name.to_ascii_lowercase();
    exact.contains(&lower.as_str())
        || lower.starts_with("ask_")
        || any(
            &lower,
            &[
                "input",
                "recv",
                "receive",
                "readline",
                "fetch",
                "listen",
                "approv",
                "confirm",
                "human",
                "feedback",
                "interrupt",
                "_user",
            ],
        )
}

/// Whether a call of that name reads a clock.
pub(super) fn reads_clock(name: &str) -> bool {
    let exact = [
        "time",
        "monotonic",
        "perf_counter",
        "process_time",
        "now",
        "utcnow",
        "time_ns",
        "monotonic_ns",
        "timer",
        "today",
        "current_time",
        "get_time",
    ];
    exact.contains(&name)
}

/// Whether a variable of that name bounds something.
pub(super) fn bounds(name: &str) -> bool {
    let words = [
        "max",
        "limit",
        "attempt",
        "retr",
        "tries",
        "trial",
        "iter",
        "count",
        "budget",
        "deadline",
        "timeout",
        "elapsed",
        "remaining",
        "depth",
        "step",
        "round",
        "turn",
        "cycle",
        "expire",
    ];
    // `return_value` turns nothing, and `iter_content` is no iteration count of the loop.
    let name = name
        .to_ascii_lowercase()
        .replace("return", "")
        .replace("iterat", "iter");
    any(&name, &words)
}

/// Whether a call of that name changes the object it is called on.
pub(super) fn changes(name: &str) -> bool {
    let exact = [
        "extend",
        "update",
        "remove",
        "clear",
        "setdefault",
        "discard",
        "write",
    ];
    let begins = [
        "append", "add", "insert", "push", "put", "pop", "save", "set_",
    ];
    exact.contains(&name) || begins.iter().any(|it| name.starts_with(it))
}

/// Whether a call of that name picks something else for the next attempt.
pub(super) fn replaces(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    any(
        &name,
        &[
            "rotate", "switch", "next", "random", "choice", "pick", "select", "fallback", "change",
            "swap", "alternat", "pop", "reduce", "trim", "truncat", "shrink", "shorten",
            "compress", "repair", "fix",
        ],
    )
}

/// Whether a call of that name only tells somebody.
pub(super) fn only_tells(name: &str) -> bool {
    let exact = [
        "print",
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "log",
        "format",
        "str",
        "repr",
        "append",
        "len",
        "isinstance",
        "type",
        "int",
        "float",
        "min",
        "max",
        "join",
        "lower",
        "upper",
        "get",
        "write",
        "print_exc",
        "format_exc",
        "capture",
        "record",
        "inc",
        "increment",
        "observe",
        "flush",
        "success",
        "getattr",
        "trace",
        "any",
        "all",
        "round",
        "strip",
        "range",
        "set",
        "dict",
        "list",
        "time",
        "secho",
        "echo",
        "print_exception",
        "hasattr",
        "items",
        "keys",
        "values",
        "split",
        "startswith",
        "endswith",
    ];
    exact.contains(&name)
        || any(
            &name.to_ascii_lowercase(),
            &["log", "emit", "notify", "track"],
        )
}

/// Whether a variable of that name holds a model, a chain or an agent.
pub(super) fn is_model(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    any(&name, &["llm", "model", "chain", "agent", "chat", "graph"])
}

fn any(name: &str, words: &[&str]) -> bool {
    words.iter().any(|it| name.contains(it))
}
