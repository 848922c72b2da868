//! Waterfalls made by hand.

use super::view::{Document, HopRow, Place, Reason, Row, Time, Waterfall};
use super::{Links, html, summary, svg, verdict};
use crate::budget::worst::Worst;
use crate::units::Millis;

pub(super) fn seconds(count: u64) -> Worst {
    Worst::exactly(Millis(count * 1000))
}

pub(super) fn place(path: &str, line: u32) -> Place {
    let path = path.to_owned();
    let column = 5;
    Place { path, line, column }
}

/// A row in a file that is named after its line.
pub(super) fn row(depth: usize, title: &str, from: u64, worst: Worst, times: u32) -> Row {
    Row {
        depth,
        title: title.to_owned(),
        place: place("app/chain.py", u32::try_from(depth + 10).expect("few rows")),
        from_ms: from * 1000,
        worst: Time::from(worst),
        times,
        because: Vec::new(),
    }
}

pub(super) fn because(mut row: Row, text: &str, line: u32) -> Row {
    let text = text.to_owned();
    let place = place("app/settings.py", line);
    row.because.push(Reason { text, place });
    row
}

pub(super) fn hop(name: &str, limit: Option<u64>, written: Option<Place>) -> HopRow {
    HopRow {
        id: name.to_lowercase().replace(' ', "."),
        name: name.to_owned(),
        limit_ms: limit.map(|it| it * 1000),
        text: limit.map_or("no limit".to_owned(), |it| format!("{it} s")),
        written,
        tried: false,
        described: false,
        owner: Reason {
            text: "the service `api`".to_owned(),
            place: place("compose.yaml", 3),
        },
        exceeded: format!("an error of {name}"),
        cuts: true,
        gives_up: false,
    }
}

pub(super) fn waterfall(name: &str, steps: Vec<Row>, hops: Vec<HopRow>) -> Waterfall {
    let worst = steps[0].worst.clone();
    let over = |it: &HopRow| {
        it.limit_ms
            .is_some_and(|limit| worst.endless || worst.at_least_ms > limit)
    };
    let hops: Vec<HopRow> = hops
        .into_iter()
        .map(|it| HopRow {
            gives_up: over(&it),
            ..it
        })
        .collect();
    let early = hops.iter().enumerate().filter(|(_, it)| it.gives_up);
    let gives_up_first = early.min_by_key(|(_, it)| it.limit_ms).map(|it| it.0);
    Waterfall {
        name: name.to_owned(),
        kind: "route",
        framework: "FastAPI",
        place: place("app/main.py", 12),
        worst,
        steps,
        hops,
        gives_up_first,
    }
}

/// A lookup, then three requests with pauses, behind two hops that wait shorter.
pub(super) fn ask() -> Waterfall {
    let requests = Worst::exactly(Millis(181_500));
    let whole = Worst::exactly(Millis(191_500));
    let steps = vec![
        row(0, "ask()", 0, whole, 1),
        row(1, "answer()", 0, whole, 1),
        row(2, "`requests.get`", 0, seconds(10), 1),
        because(
            row(2, "`ChatOpenAI`, 3 requests", 10, requests, 3),
            "`ChatOpenAI` sends up to 3 requests for one call",
            7,
        ),
        because(
            row(3, "one request", 10, seconds(60), 1),
            "each waits 60 s",
            8,
        ),
    ];
    let nginx = place("deploy/nginx.conf", 9);
    let hops = vec![
        hop("nginx proxy_read_timeout", Some(60), Some(nginx)),
        hop("gunicorn --timeout", Some(120), None),
        hop("uvicorn", None, None),
    ];
    waterfall("POST /ask", steps, hops)
}

/// What never ends, under two names that nobody types easily.
pub(super) fn endless() -> Waterfall {
    let steps = vec![
        row(0, "模型問答()", 0, Worst::ENDLESS, 1),
        row(1, "`ChatOpenAI`", 0, Worst::ENDLESS, 1),
    ];
    let hop = hop("AWS ALB idle_timeout", Some(60), None);
    waterfall("POST /模型/{問答}", steps, vec![hop])
}

/// Something known, something unknown, and something that a deadline cuts.
pub(super) fn unsure() -> Waterfall {
    let known = Worst {
        least: Millis(32_000),
        most: None,
        endless: false,
    };
    let bounded = Worst {
        least: Millis(3000),
        most: Some(Millis(30_000)),
        endless: false,
    };
    let steps = vec![
        row(0, "work()", 0, known, 1),
        row(1, "sleep", 0, seconds(29), 1),
        row(1, "`asyncio.wait_for`", 29, bounded, 1),
        row(2, "wait", 29, seconds(3), 1),
        row(
            2,
            "`tool.invoke`, which nobody can tell",
            32,
            Worst::UNKNOWN,
            1,
        ),
        row(
            1,
            "`graph.invoke`, which nobody can tell",
            32,
            Worst::UNKNOWN,
            1,
        ),
    ];
    waterfall("task work", steps, Vec::new())
}

#[test]
fn a_document_follows_its_schema() {
    let schema = include_str!("json.schema.json");
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    for all in [vec![], vec![ask(), endless(), unsure()]] {
        let document = serde_json::to_value(Document::new(&all)).expect("it is JSON");
        let errors = validator.iter_errors(&document).map(|it| it.to_string());
        assert_eq!(errors.collect::<Vec<_>>(), Vec::<String>::new());
    }
    let other = serde_json::json!({"version": 1, "entry_points": []});
    assert!(!validator.is_valid(&other));
}

#[test]
fn a_summary_counts_and_names_the_longest() {
    assert_eq!(
        summary(&[ask(), endless(), unsure()]),
        "3 entry points. 1 can take for ever. On 2, somebody gives up before the work ends."
    );
    assert_eq!(
        summary(&[unsure(), unsure()]),
        "2 entry points. The longest can take 32 s or more."
    );
    assert_eq!(summary(&[]), "0 entry points.");
}

#[test]
fn a_verdict_says_what_is_known() {
    let unknown = waterfall("x", vec![row(0, "tool", 0, Worst::UNKNOWN, 1)], Vec::new());
    assert_eq!(
        verdict(&unknown),
        "At worst, nobody can tell how long it takes."
    );
    assert_eq!(verdict(&unsure()), "At worst, it can take 32 s or more.");
}

fn page(all: &[Waterfall]) -> String {
    let mut out = Vec::new();
    let links = Links {
        prefix: "../".to_owned(),
    };
    html::write(all, &links, &mut out).expect("a vector takes all bytes");
    String::from_utf8(out).expect("a page is UTF-8")
}

fn picture(all: &[Waterfall]) -> String {
    let mut out = Vec::new();
    svg::write(all, &mut out).expect("a vector takes all bytes");
    String::from_utf8(out).expect("a picture is UTF-8")
}

/// A waterfall whose names would be elements, if they were let.
fn sly() -> Waterfall {
    let mut sly = ask();
    sly.name = "POST /<script>&\u{1b}".to_owned();
    sly.steps[1].title = "`<b onclick=\"x\">`".to_owned();
    sly.hops[0].exceeded = "<i>504</i>".to_owned();
    sly
}

#[test]
fn a_page_needs_nothing_else_and_links_every_number() {
    let page = page(&[ask(), endless(), unsure()]);
    for outside in ["http:", "https:", "url(", "@import", "src=", "<script"] {
        assert!(!page.contains(outside), "{outside} in {page}");
    }
    for place in [
        "<a href=\"../app/settings.py#L8\"><code>app/settings.py:8</code></a>",
        "<a href=\"../deploy/nginx.conf#L9\"><code>deploy/nginx.conf:9</code></a>",
        "href=\"../app/chain.py#L12\"",
    ] {
        assert!(page.contains(place), "{place} is missing in {page}");
    }
    assert!(
        page.contains("the default, <a href=\"../compose.yaml#L3\">"),
        "{page}"
    );
    assert!(page.contains("prefers-color-scheme: dark"), "{page}");
}

#[test]
fn a_page_of_one_waterfall_has_no_table_of_contents() {
    assert!(page(&[ask(), endless()]).contains("<nav"));
    assert!(!page(&[ask()]).contains("<nav"));
    assert!(page(&[]).contains("0 entry points."));
}

#[test]
fn names_are_no_elements_of_a_page_or_a_picture() {
    for text in [page(&[sly()]), picture(&[sly()])] {
        for bad in ["<script", "<b ", "<i>", "\u{1b}"] {
            assert!(!text.contains(bad), "{bad:?} in {text}");
        }
        assert!(text.contains("POST /&lt;script&gt;&amp;"), "{text}");
    }
}

#[test]
fn a_picture_is_well_formed_and_holds_its_texts() {
    for all in [vec![], vec![ask(), endless(), unsure()], vec![sly()]] {
        let text = picture(&all);
        let mut reader = quick_xml::Reader::from_str(&text);
        loop {
            let event = reader.read_event().expect("it is well-formed");
            if event == quick_xml::events::Event::Eof {
                break;
            }
        }
    }
    let text = picture(&[ask(), endless()]);
    for part in [
        "gives up first: nginx proxy_read_timeout, 60 s",
        "class=\"wasted\"",
        "class=\"again\"",
        "class=\"arrow\"",
        ">191.5 s</text>",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}
