//! Names that tell what a call or a variable is for, where its value cannot be told.

/// Calls that wait for a person.
const PERSONS: &str = "\
    input raw_input ask prompt prompt_async interrupt getch confirm approve question get_input \
    read_input wait_for_input";

/// Parts of such names.
const PERSON_PARTS: &str = "\
    ask_ approv user_input human_input prompt_user ask_user get_human human_feedback human_review \
    confirmation user_confirm user_decision record_audio microphone";

/// Calls that wait for a queue, a socket, a file or a next element.
const SOURCES: &str = "\
    accept poll anext next subscribe listen pop popleft popitem read select get_message get_nowait \
    brpop blpop xread xreadgroup consume dequeue heappop get_event next_event";

/// Parts of such names.
const SOURCE_PARTS: &str = "recv receive readline fetch listen";

/// Calls by which somebody else may end a loop: they raise when it goes too far.
const GUARDS: &str = "cancel budget enforce abort exceed quota limit";

/// Calls that read a clock.
const CLOCKS: &str = "\
    time monotonic perf_counter process_time now utcnow time_ns monotonic_ns timer today \
    current_time get_time";

/// Parts of the names of variables that bound something.
const BOUNDS: &str = "\
    max limit attempt retr tries trial iter count budget deadline timeout elapsed remaining depth \
    step round turn cycle expire";

/// Parts of the names of calls that pause.
const PAUSES: &str = "\
    sleep backoff back_off delay pause throttle acquire";

/// Parts of the names of calls that pick something else for the next attempt.
const REPLACEMENTS: &str = "\
    rotate switch next random choice pick select fallback change swap alternat pop reduce trim \
    truncat shrink shorten compress repair fix";

/// Calls that only tell somebody, or look at a value.
const TELLERS: &str = "\
    print debug info warning warn error exception critical log format str repr append len \
    isinstance type int float min max join lower upper get write print_exc format_exc capture \
    record inc increment observe flush success getattr trace any all round strip range set dict \
    list time secho echo print_exception hasattr items keys values split startswith endswith";

/// Whether a call of that name pauses.
pub(super) fn pauses(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // `asyncio.wait_for` ends a wait and makes none.
    (name.starts_with("wait") && !name.starts_with("wait_for")) || has_part(&name, PAUSES)
}

/// Whether a call of that name waits for a person.
pub(in crate::project) fn asks_person(name: &str) -> bool {
    // `HumanMessage(…)` asks nobody.
    name.starts_with(|it: char| it.is_lowercase() || it == '_')
        && (is_one(name, PERSONS) || has_part(name, PERSON_PARTS))
}

/// Whether a call of that name waits for a queue, a socket, a file or a next element.
pub(super) fn takes_next(name: &str) -> bool {
    is_one(name, SOURCES) || has_part(&name.to_ascii_lowercase(), SOURCE_PARTS)
}

/// Whether a call of that name may raise when a loop goes too far.
pub(in crate::project) fn guards(name: &str) -> bool {
    name.starts_with("check_") || name.starts_with("_check_") || has_part(name, GUARDS)
}

/// Whether a call of that name reads a clock.
pub(super) fn reads_clock(name: &str) -> bool {
    is_one(name, CLOCKS)
}

/// Whether a variable of that name bounds something.
pub(in crate::project) fn bounds(name: &str) -> bool {
    // `return_value` turns nothing, and `writer` and `criteria` iterate over nothing.
    let others = ["return", "writer", "criteria", "literal"];
    let name = others
        .iter()
        .fold(name.to_ascii_lowercase(), |name, it| name.replace(it, ""));
    has_part(&name, BOUNDS)
}

/// Whether a call of that name changes the object it is called on.
pub(super) fn changes(name: &str) -> bool {
    let begins = [
        "append", "add", "insert", "push", "put", "pop", "save", "set_",
    ];
    is_one(name, "extend update remove clear setdefault discard write")
        || begins.iter().any(|it| name.starts_with(it))
}

/// Whether a call of that name picks something else for the next attempt.
pub(super) fn replaces(name: &str) -> bool {
    has_part(&name.to_ascii_lowercase(), REPLACEMENTS)
}

/// Whether a call of that name only tells somebody, or looks at a value.
pub(in crate::project) fn only_tells(name: &str) -> bool {
    is_one(name, TELLERS) || has_part(&name.to_ascii_lowercase(), "log emit notify track")
}

/// Whether a variable of that name holds a model, a chain or an agent.
pub(super) fn is_model(name: &str) -> bool {
    has_part(
        &name.to_ascii_lowercase(),
        "llm model chain agent chat graph runnable",
    )
}

/// Whether a call of that name leaves something to chance.
pub(super) fn is_random(name: &str) -> bool {
    is_one(
        name,
        "random uniform randint betavariate gauss expovariate triangular",
    )
}

fn is_one(name: &str, words: &str) -> bool {
    words.split_ascii_whitespace().any(|it| it == name)
}

fn has_part(name: &str, words: &str) -> bool {
    words.split_ascii_whitespace().any(|it| name.contains(it))
}
