//! Does unhang survive what no Python would: every odd input gets a line or nothing, in a few
//! seconds, and never a crash?

#[path = "support/tree.rs"]
mod tree;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use unhang::discover::{self, Configuration, Input};
use unhang::project::Project;
use unhang::report::{self, Format, Style};
use unhang::settings::Overrides;
use unhang::{catalog, engine};

use tree::{ENDS, HANGS, Outcome, Tree, check};

/// Checks that a text is survived, and that the call in front of it is found all the same.
fn survives(text: &str) {
    let whole = format!("{HANGS}{text}");
    let outcome = check(&[("app.py", whole.as_bytes())], 1, "");
    assert!(outcome.out.contains("app.py:4:"), "{outcome:#?}");
}

/// Checks that a text is survived which is so broken that nothing in it need be found.
fn survives_broken(text: &str) {
    let whole = format!("{HANGS}{text}");
    let outcome = Tree::new(&[("app.py", whole.as_bytes())]).run(&[]);
    assert!(outcome.code.is_some_and(|it| it < 2), "{outcome:#?}");
    assert!(outcome.err.contains("syntax error"), "{outcome:#?}");
}

#[test]
fn an_empty_file_is_clean() {
    let files: [(&str, &[u8]); 3] = [("a.py", b""), ("b.py", b"\n"), ("c.py", b"\xef\xbb\xbf")];
    let outcome = check(&files, 0, "");
    assert!(!outcome.err.contains("warning"), "{outcome:#?}");
}

#[test]
fn a_file_of_python_2_does_not_stop_the_run() {
    let old = b"import langchain\nprint 'hello'\nexec code in scope\nraise X, 'y'\n";
    let outcome = check(&[("old.py", old), ("app.py", HANGS.as_bytes())], 1, "");
    assert!(outcome.out.contains("app.py:4:"), "{outcome:#?}");
}

#[test]
fn what_is_no_text_is_a_problem_and_no_failure() {
    check(&[("a.py", b"import langchain\0")], 0, "NUL byte");
    check(
        &[("a.py", b"import langchain\n'\xff'")],
        0,
        "not UTF-8 (byte 18)",
    );
    let latin = b"# coding: latin-1\nimport langchain\n'\xe9'\n";
    let outcome = check(&[("a.py", latin)], 0, "");
    assert!(!outcome.err.contains("UTF-8"), "{outcome:#?}");
    let wide: Vec<u8> = HANGS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&[("a.py", &wide)], 0, "NUL byte");
}

#[test]
fn a_byte_order_mark_moves_no_place() {
    let text = format!("\u{feff}{HANGS}");
    let outcome = Tree::new(&[("app.py", text.as_bytes())]).run(&["--format", "concise"]);
    assert!(outcome.out.starts_with("app.py:4:"), "{outcome:#?}");
}

#[test]
fn no_kind_of_line_end_stops_the_run() {
    let lines = HANGS.replace('\n', "\r\n");
    let outcome = Tree::new(&[("app.py", lines.as_bytes())]).run(&["--format", "concise"]);
    outcome.check(1, "");
    assert!(outcome.out.starts_with("app.py:4:"), "{outcome:#?}");
    let lines = HANGS.replace('\n', "\r");
    let outcome = Tree::new(&[("app.py", lines.as_bytes())]).run(&[]);
    assert!(outcome.code.is_some_and(|it| it < 2), "{outcome:#?}");
}

#[test]
fn a_file_of_50_megabytes_is_a_problem() {
    let mut text = b"import langchain\n".to_vec();
    text.resize(50 * 1024 * 1024, b'\n');
    check(&[("a.py", &text)], 0, "too large");
}

#[test]
fn ten_thousand_brackets_are_survived() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{", "}"),
        ("f(", ")"),
        ("{1:", "}"),
    ] {
        let (opening, closing) = (open.repeat(10_000), close.repeat(10_000));
        survives(&format!("x = {opening}1{closing}\n"));
        survives_broken(&format!("x = {opening}\n"));
    }
}

#[test]
fn ten_thousand_prefixes_are_survived() {
    for prefix in ["not ", "-", "await ", "lambda: ", "1 if y else "] {
        survives(&format!("x = {}y\n", prefix.repeat(10_000)));
    }
}

#[test]
fn a_chain_of_a_hundred_thousand_terms_is_survived() {
    for operator in [" + ", " | ", " and ", " < ", ", "] {
        survives(&format!("x = {}\n", vec!["a"; 100_000].join(operator)));
    }
}

#[test]
fn ten_thousand_calls_in_a_chain_are_survived() {
    survives(&format!("x = llm{}\n", ".bind()".repeat(10_000)));
    survives(&format!("x = llm{}\n", ".a[0]".repeat(10_000)));
}

#[test]
fn five_thousand_elifs_are_survived() {
    let mut text = "if a == 0:\n    t = 0\n".to_owned();
    for at in 1..5_000 {
        let _ = write!(text, "elif a == {at}:\n    t = {at}\n");
    }
    survives(&format!("{text}other = ChatOpenAI(timeout=t)\n"));
}

#[test]
fn thousands_of_indentations_are_survived() {
    for header in ["if a:", "try:", "def f():", "class A:", "while a:"] {
        let mut text = HANGS.to_owned();
        for depth in 0..2_000 {
            let _ = writeln!(text, "{}{header}", " ".repeat(depth));
        }
        let outcome = Tree::new(&[("app.py", text.as_bytes())]).run(&[]);
        assert!(outcome.code.is_some_and(|it| it < 2), "{outcome:#?}");
    }
}

#[test]
fn values_that_are_made_of_themselves_are_survived() {
    survives("t = t\nd = {}\nd = {**d}\nChatOpenAI(timeout=t, **d)\n");
    survives("def f(*a, **k):\n    return f(*a, **k)\n\nChatOpenAI(timeout=f(), **f())\n");
    survives("class A(A):\n    t = A.t\n\nChatOpenAI(timeout=A().t)\n");
    let mut text = "def f0(): return None\n".to_owned();
    for at in 1..5_000 {
        let _ = writeln!(text, "def f{at}(): return f{}()", at - 1);
    }
    survives(&format!("{text}ChatOpenAI(timeout=f4999())\n"));
}

#[test]
fn modules_that_import_each_other_are_survived() {
    let files: [(&str, &[u8]); 3] = [
        ("app.py", HANGS.as_bytes()),
        ("a.py", b"from b import *\nfrom app import *\nt = t\n"),
        (
            "b.py",
            b"from a import *\nfrom b import t\nllm = ChatOpenAI(timeout=t)\n",
        ),
    ];
    check(&files, 1, "");
}

/// Checks that a configuration beside a call is survived, and what is said about it.
fn survives_configuration(path: &str, text: &str, said: &str) {
    check(
        &[("app.py", HANGS.as_bytes()), (path, text.as_bytes())],
        1,
        said,
    );
}

#[test]
fn configuration_that_cannot_be_read_is_a_problem() {
    let unread = "not all of it can be read";
    survives_configuration("a.yaml", "services:\n  a: [1\n b: {\n", unread);
    survives_configuration(
        "a.yaml",
        "services:\n{{ if x }} b: [ {{ end }}\n  - x: : y\n",
        unread,
    );
    survives_configuration(
        "a.yaml",
        &format!("services: {}", "[".repeat(100_000)),
        unread,
    );
    survives_configuration("nginx.conf", &"a {".repeat(100_000), unread);
    survives_configuration(".env", &format!("A=\"{}", "x".repeat(100_000)), unread);
    survives_configuration("Dockerfile", "FROM a\nwhat is this\n", unread);
    survives_configuration("main.tf", &"a {".repeat(100_000), unread);
    survives_configuration("main.tf", "resource \"a\" \"b\" {\n  x = [1,\n", unread);
    survives_configuration("uwsgi.ini", "[uwsgi]\nwhat is this\n", unread);
    survives_configuration("vercel.json", &"[".repeat(100_000), unread);
    survives_configuration("vercel.json", "{\"functions\": ", unread);
    survives_configuration("fly.toml", "[a\nb = ", unread);
    survives_configuration("haproxy.cfg", &"backend x\n".repeat(100_000), "");
    survives_configuration("entrypoint.sh", &"uvicorn $(".repeat(50_000), "");
    let large = "services: {}\n".repeat(20 * 80_000);
    survives_configuration("a.yaml", &large, "at most 2 MB");
}

#[test]
fn configuration_that_grows_when_it_is_read_is_survived() {
    let mut bomb = "services: {}\na0: &a0 [x, x]\n".to_owned();
    for at in 1..60 {
        let last = at - 1;
        let _ = writeln!(
            bomb,
            "a{at}: &a{at} [*a{last}, *a{last}, *a{last}, *a{last}]"
        );
    }
    survives_configuration("compose.yaml", &bomb, "");
    survives_configuration(
        "compose.yaml",
        "services:\n  a: &a\n    <<: [*a, *a]\n    image: x\n",
        "",
    );
    let mut wide = "services:\n".to_owned();
    for at in 0..20_000 {
        let _ = writeln!(wide, "  s{at}: {{image: x, environment: [A=1]}}");
    }
    survives_configuration("compose.yaml", &wide, "");
}

#[test]
fn variables_that_double_are_survived() {
    let mut doubling = "FROM python:3.12\nENV A=0123456789\n".to_owned();
    for _ in 0..200 {
        doubling.push_str("ENV A=$A$A\n");
    }
    doubling.push_str("CMD gunicorn app:app --timeout $A\n");
    survives_configuration("Dockerfile", &doubling, "");
    let script = format!("A=0123456789\n{}gunicorn app:app\n", "A=$A$A\n".repeat(200));
    let files = [
        ("app.py", HANGS.as_bytes()),
        (
            "Dockerfile",
            b"FROM python:3.12\nCMD ./start.sh\n".as_slice(),
        ),
        ("start.sh", script.as_bytes()),
    ];
    check(&files, 1, "");
    let long = format!("A={}\n", "x".repeat(1_000_000));
    let many = format!(
        "services:\n  a: {{image: x, environment: {{B: \"{}\"}}}}\n",
        "$A".repeat(100_000)
    );
    let files = [
        ("app.py", HANGS.as_bytes()),
        (".env", long.as_bytes()),
        ("compose.yaml", many.as_bytes()),
    ];
    check(&files, 1, "");
}

#[test]
fn deployments_that_lead_back_to_themselves_are_survived() {
    let compose =
        "services:\n  a: {extends: b, image: x}\n  b: {extends: a, image: x}\n  c: {extends: c}\n";
    survives_configuration("compose.yaml", compose, "");
    let overlay = "resources: [., ../k8s, pod.yaml]\npatches:\n  - path: kustomization.yaml\n  - path: pod.yaml\n  - target: {kind: Pod}\n    patch: '- {op: add, path: /spec/containers/0/args/-, value: x}'\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, args: [x]}]}\n";
    let files = [
        ("app.py", HANGS.as_bytes()),
        ("k8s/kustomization.yaml", overlay.as_bytes()),
        ("k8s/pod.yaml", pod.as_bytes()),
    ];
    check(&files, 1, "");
    let terraform = "resource \"aws_lb\" \"a\" { x = aws_lb_listener.a.arn }\nresource \"aws_lb_listener\" \"a\" { x = [aws_lb.a.arn, aws_lb_listener.a.arn] }\nlocals { a = local.a }\n";
    survives_configuration("main.tf", terraform, "");
}

#[test]
fn a_folder_named_like_a_file_is_a_folder() {
    let outcome = check(&[("x.py/app.py", HANGS.as_bytes())], 1, "");
    assert!(outcome.out.contains("x.py/app.py:4:"), "{outcome:#?}");
}

#[test]
fn a_missing_path_and_broken_settings_are_the_users_mistake() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
    tree.run(&["gone"])
        .check(2, "there is no file or folder `gone`");
    tree.run(&["app.py/gone"]).check(2, "`app.py/gone`");
    for (text, said) in [
        ("[tool.unhang\n", "pyproject.toml:1:"),
        ("[tool.unhang]\nselect = 3\n", "pyproject.toml:2:"),
        ("[tool]\nunhang = 3\n", "pyproject.toml:2:"),
        ("\u{fffd}", "pyproject.toml:1:"),
    ] {
        let files = [
            ("pyproject.toml", text.as_bytes()),
            ("app.py", HANGS.as_bytes()),
        ];
        let outcome = check(&files, 2, said);
        assert_eq!(outcome.out, "");
    }
    check(&[("pyproject.toml", b"\xff\xfe")], 2, "pyproject.toml");
}

#[cfg(unix)]
mod unix {
    use std::io::Read as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_closed_pipe_is_not_an_error() {
        let text = format!(
            "{ENDS}{}",
            "ChatOpenAI(timeout=None).invoke('x')\n".repeat(5_000)
        );
        let tree = Tree::new(&[("app.py", text.as_bytes())]);
        let mut child = tree
            .command(&["--format", "concise"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = child.stdout.take().expect("it was piped");
        let mut first = [0; 16];
        out.read_exact(&mut first).expect("there are findings");
        drop(out);
        let outcome = Outcome::from(child.wait_with_output().expect("the program ends"));
        outcome.check(1, "");
        assert!(!outcome.err.contains("pipe"), "{outcome:#?}");
    }

    #[test]
    fn help_for_a_closed_pipe_is_not_an_error() {
        let tree = Tree::new(&[]);
        let mut child = tree
            .command(&["--help"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let outcome = Outcome::from(child.wait_with_output().expect("the program ends"));
        outcome.check(0, "");
    }

    #[test]
    fn links_in_a_circle_end() {
        let tree = Tree::new(&[("app/a.py", HANGS.as_bytes())]);
        symlink("..", tree.at("app/up")).expect("made");
        symlink("self.py", tree.at("app/self.py")).expect("made");
        let outcome = tree.run(&["--format", "concise"]);
        outcome.check(1, "");
        assert!(!outcome.out.contains("app/up"), "{outcome:#?}");
    }

    #[test]
    fn what_may_not_be_read_is_a_problem() {
        let tree = Tree::new(&[
            ("app.py", ENDS.as_bytes()),
            ("shut/a.py", b""),
            ("b.py", b""),
        ]);
        let [folder, file] = ["shut", "b.py"].map(|it| tree.at(it));
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).expect("set");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("set");
        // Root may read everything, and then there is nothing to see here.
        let root = fs::read_dir(&folder).is_ok();
        let outcome = tree.run(&[]);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("set");
        if !root {
            outcome.check(0, "shut: cannot be read");
            outcome.check(0, "b.py: cannot be read");
        }
    }

    #[test]
    fn a_pipe_named_like_a_file_is_not_waited_for() {
        let tree = Tree::new(&[("app.py", ENDS.as_bytes())]);
        let made = Command::new("mkfifo").arg(tree.at("pipe.py")).status();
        if made.is_ok_and(|it| it.success()) {
            tree.run(&[]).check(0, "");
            tree.run(&["pipe.py"]).check(0, "not a regular file");
        }
    }
}

/// Texts that are likely to open or close something.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "\"", "'", "\"\"\"", "'''", "f'{", "rb'", "(", ")", "[", "]", "{", "}", ":", ",", "\\\n", "\n",
    "\r", "\t", "    ", "#", "**", "*", "=", ":=", "->", "@", ".", "import ", "from . import ",
    "from .. import *\n", "lambda: ", "async ", "await ", "def ", "class ", "while True:\n", "try:\n",
    "except", "else:\n", "None", "timeout=", "1e999", "99999999999999999999", "0x", "é", "🦀",
    "\u{feff}", "\u{2028}", "\0", "# unhang: ignore[",
    "# unhang: ignore-file[client-without-timeout] -- x\n",
];

/// One way to spoil a file.
#[derive(Debug, Clone)]
enum Spoil {
    Flip(Index, u8),
    Cut(Index),
    Drop(Index, Index),
    Repeat(Index, Index),
    Insert(Index, &'static str),
}

impl Spoil {
    fn apply(&self, bytes: &mut Vec<u8>) {
        // The end, and an empty file, have a place, too.
        let places = bytes.len() + 1;
        let range = |a: &Index, b: &Index| {
            let (a, b) = (a.index(places), b.index(places));
            a.min(b)..a.max(b)
        };
        match self {
            Self::Flip(at, bits) => {
                if let Some(byte) = bytes.get_mut(at.index(places)) {
                    *byte ^= bits;
                }
            }
            Self::Cut(at) => bytes.truncate(at.index(places)),
            Self::Drop(from, to) => {
                bytes.drain(range(from, to));
            }
            Self::Repeat(from, to) => {
                let range = range(from, to);
                let part = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, part);
            }
            Self::Insert(at, piece) => {
                let at = at.index(places);
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
}

fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    let place = any::<Index>;
    let one = prop_oneof![
        1 => (place(), 1..=u8::MAX).prop_map(|(at, bits)| Spoil::Flip(at, bits)),
        1 => place().prop_map(Spoil::Cut),
        1 => (place(), place()).prop_map(|(from, to)| Spoil::Drop(from, to)),
        1 => (place(), place()).prop_map(|(from, to)| Spoil::Repeat(from, to)),
        4 => (place(), select(PIECES)).prop_map(|(at, it)| Spoil::Insert(at, it)),
    ];
    prop::collection::vec(one, 1..6)
}

/// Path below the project's folder, and bytes.
type Files = Vec<(String, Vec<u8>)>;

/// The Python files of each folder of fixtures that can pass for a project.
fn fixtures() -> Vec<Files> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .map(|it| it.expect("fixtures can be listed"))
        .filter(|it| it.file_type().is_dir())
        .map(|it| python_files(it.path()))
        .filter(|it| (1..20).contains(&it.len()))
        .collect()
}

fn python_files(folder: &Path) -> Files {
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(|it| it.expect("fixtures can be listed").into_path())
        .filter(|it| it.extension().is_some_and(|it| it == "py"))
        .map(|path| {
            let below = path.strip_prefix(folder).expect("the walk stays inside");
            let bytes = fs::read(&path).expect("fixtures can be read");
            (below.to_string_lossy().into_owned(), bytes)
        })
        .collect()
}

/// What the library says of a folder, in every format, with that many threads.
fn analyzed(folder: &Path, threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(8 * 1024 * 1024)
        .build()
        .expect("there are threads");
    pool.install(|| {
        let input = Input {
            paths: vec![folder.to_owned()],
            threads,
            ..Input::default()
        };
        let flags = Overrides {
            preview: true,
            ..Overrides::default()
        };
        let found = discover::settings(&input.paths, &Configuration::Isolated, &flags);
        let settings = found.expect("the flags are sound").settings;
        let read = discover::read(&input, &settings).expect("the folder exists");
        let project = Project::build(read.sources, &settings, catalog::bundled());
        let report = engine::analyze(&project, &settings);
        written(&report::Input {
            report: &report,
            sources: project.sources(),
            catalog: catalog::bundled(),
            elapsed_ms: 0,
        })
    })
}

fn written(result: &report::Input<'_>) -> String {
    let style = Style {
        color: false,
        width: 100,
    };
    let mut out = report::problems(result.report).into_bytes();
    for (_, format) in Format::NAMES {
        report::write(result, *format, style, &mut out).expect("a vector takes all bytes");
    }
    String::from_utf8(out).expect("every format is text")
}

/// The same cases every time, so that a change is judged by itself.
///
/// `PROPTEST_CASES=100000 PROPTEST_RNG_SEED=7` goes on a longer hunt.
fn hunt() -> ProptestConfig {
    let asked = |name: &str| std::env::var_os(name).is_some();
    let mut config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if !asked("PROPTEST_CASES") {
        config.cases = 300;
    }
    if !asked("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

proptest! {
    #![proptest_config(hunt())]

    #[test]
    fn spoilt_files_are_survived_and_judged_alike_by_any_number_of_threads(
        mut files in select(fixtures()),
        victim in any::<Index>(),
        spoils in spoils(),
    ) {
        let victim = victim.index(files.len());
        for spoil in &spoils {
            spoil.apply(&mut files[victim].1);
        }
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
        let tree = Tree::new(&files);
        prop_assert_eq!(analyzed(&tree.at(""), 1), analyzed(&tree.at(""), 4));
    }
}
