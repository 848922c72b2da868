//! What a user sees of `unhang budget`: formats, files, names that mean nothing.

#[path = "support/tree.rs"]
#[allow(dead_code)] // Others need more of it.
mod tree;

use std::fs;

use serde_json::Value;
use tree::{Outcome, Tree};

const APP: &str = "\
from fastapi import FastAPI
from langchain_openai import ChatOpenAI

app = FastAPI()
llm = ChatOpenAI(model=\"gpt-4o-mini\", timeout=20, max_retries=0)


@app.post(\"/ask\")
def ask(question: str):
    return llm.invoke(question)


@app.post(\"/ask/twice\")
def ask_twice(question: str):
    return llm.invoke(llm.invoke(question).content)
";

fn app() -> Tree {
    Tree::new(&[("app.py", APP.as_bytes())])
}

fn entry_points(outcome: &Outcome) -> Vec<Value> {
    outcome.check(0, "");
    let document: Value = serde_json::from_str(&outcome.out).expect("it is JSON");
    let all = document["entry_points"].as_array();
    all.expect("there is a list").clone()
}

const GRAPH: &str = "\
from fastapi import FastAPI
from langchain_openai import ChatOpenAI
from langgraph.graph import START, StateGraph

app = FastAPI()
writer = ChatOpenAI(model=\"gpt-5\", timeout=3, max_retries=0)


async def write(state):
    return {\"text\": (await writer.ainvoke(state[\"text\"])).text}


async def review(state):
    return {\"remarks\": (await writer.ainvoke(state[\"text\"])).text}


graph = StateGraph(dict)
graph.add_node(\"write\", write)
graph.add_node(\"review\", review)
graph.add_edge(START, \"write\")
graph.add_edge(\"write\", \"review\")
graph.add_edge(\"review\", \"write\")
drafts = graph.compile()


@app.get(\"/draft\")
async def draft(text: str):
    return await drafts.ainvoke({\"text\": text}, {\"recursion_limit\": 4})
";

#[test]
fn a_graph_that_no_edge_leaves_goes_on_to_its_limit() {
    let outcome = Tree::new(&[("app.py", GRAPH.as_bytes())]).run(&["budget"]);
    outcome.check(0, "");
    let told = "At worst, it can take 12 s.";
    assert!(outcome.out.contains(told), "{outcome:#?}");
}

#[test]
fn every_route_has_its_waterfall() {
    let outcome = app().run(&["budget"]);
    outcome.check(0, "");
    assert!(
        outcome.out.contains("At worst, it can take 20 s."),
        "{outcome:#?}"
    );
    assert!(
        outcome.out.contains("At worst, it can take 40 s."),
        "{outcome:#?}"
    );
    assert!(outcome.out.contains("app.py:5:"), "{outcome:#?}");
    assert!(!outcome.out.contains('\u{1b}'), "{outcome:#?}");
    assert_eq!(outcome.err, "");
    let colored = app().run(&["budget", "--color", "always"]);
    assert!(colored.out.contains('\u{1b}'), "{colored:#?}");
}

#[test]
fn a_name_or_path_means_its_entry_point_and_a_part_all_that_hold_it() {
    let tree = app();
    let names = |route: &str| -> Vec<String> {
        let found = entry_points(&tree.run(&["budget", route, "--format", "json"]));
        let names = found
            .iter()
            .map(|it| it["name"].as_str().unwrap_or_default().to_owned());
        names.collect()
    };
    assert_eq!(names("/ask"), ["POST /ask"]);
    assert_eq!(names("post /ask/twice"), ["POST /ask/twice"]);
    assert_eq!(names("/AS"), ["POST /ask", "POST /ask/twice"]);
}

#[test]
fn a_name_that_means_nothing_offers_the_nearest() {
    let tree = app();
    tree.run(&["budget", "/aks"])
        .check(2, "did you mean `/ask`?");
    tree.run(&["budget", "/nothing/like/it"])
        .check(2, "there are `POST /ask`, `POST /ask/twice`");
}

#[test]
fn a_number_is_tried_out_and_one_that_nothing_needs_is_refused() {
    let tree = app();
    let tried = tree.run(&[
        "budget",
        "/ask",
        "--format",
        "json",
        "--set",
        "ChatOpenAI.timeout=5",
    ]);
    assert_eq!(entry_points(&tried)[0]["worst"]["at_most_ms"], 5000);
    let misspelt = tree.run(&["budget", "--set", "ChatOpenAi.timeoot=5"]);
    misspelt.check(2, "`--set ChatOpenAi.timeoot` changes nothing");
    misspelt.check(2, "did you mean `ChatOpenAI.timeout`?");
    assert_eq!(misspelt.out, "");
    tree.run(&["budget", "--set", "Elsewhere.timeout=5"])
        .check(2, "there are `ChatOpenAI.");
}

#[test]
fn the_limit_of_a_server_is_tried_out_too() {
    let tree = Tree::new(&[
        ("app.py", APP.as_bytes()),
        ("Procfile", b"web: gunicorn --timeout 60 app:app\n"),
    ]);
    let limit = |arguments: &[&str]| {
        let outcome = tree.run(&[&["budget", "/ask", "--format", "json"], arguments].concat());
        let hops = &entry_points(&outcome)[0]["hops"];
        hops[0]["limit_ms"].as_u64()
    };
    assert_eq!(limit(&[]), Some(60_000));
    assert_eq!(limit(&["--set", "gunicorn.timeout=9"]), Some(9000));
    let told = tree.run(&["budget", "/ask", "--set", "gunicorn.timeout=9"]);
    assert!(told.out.contains("9 s (tried out)"), "{told:#?}");
    tree.run(&["budget", "--set", "gunicorn.graceful=9"])
        .check(2, "there are `ChatOpenAI.");
}

#[test]
fn a_project_without_an_entry_point_is_told_what_was_looked_for() {
    let tree = Tree::new(&[("lib.py", b"import langchain\n")]);
    let outcome = tree.run(&["budget"]);
    outcome.check(0, "No entry point was found");
    outcome.check(0, "FastAPI");
    outcome.check(0, "Celery");
    assert_eq!(outcome.out, "");
    let json = tree.run(&["budget", "--format", "json"]);
    assert_eq!(entry_points(&json), Vec::<Value>::new());
}

#[test]
fn the_result_goes_to_a_file_when_asked_to() {
    let tree = app();
    let outcome = tree.run(&["budget", "--output", "budget.txt"]);
    outcome.check(0, "");
    assert_eq!(outcome.out, "");
    let written = fs::read_to_string(tree.at("budget.txt")).expect("it was written");
    assert!(written.contains("POST /ask"), "{written}");
    tree.run(&["budget", "--output", "no/such/folder/x"])
        .check(2, "cannot write `no/such/folder/x`");
}

#[test]
fn links_of_a_page_lead_from_its_folder_to_the_files() {
    let tree = app();
    fs::create_dir_all(tree.at("out/pages")).expect("made");
    for (file, link) in [
        ("out/pages/budget.html", "href=\"../../app.py#L5\""),
        ("budget.html", "href=\"app.py#L5\""),
    ] {
        let outcome = tree.run(&["budget", "--format", "html", "--output", file]);
        outcome.check(0, "");
        let page = fs::read_to_string(tree.at(file)).expect("it was written");
        assert!(page.contains(link), "{link} is missing in {page}");
    }
    let picture = tree.run(&["budget", "/ask", "--format", "svg"]);
    picture.check(0, "");
    assert!(picture.out.starts_with("<svg xmlns="), "{picture:#?}");
}
