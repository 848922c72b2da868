//! Runs the program in a folder of files, and ends it when it does not end by itself.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// Far more than any run needs, also on a busy machine and without optimizations.
const PATIENCE: Duration = Duration::from_mins(1);

/// A call that waits for ever, which is found by default.
pub(crate) const HANGS: &str = "\
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model=\"gpt-4o-mini\", timeout=None)
llm.invoke(\"hello\")
";

/// The same with an end.
pub(crate) const ENDS: &str = "\
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model=\"gpt-4o-mini\", timeout=30, max_retries=2)
llm.invoke(\"hello\")
";

/// A tree of files, each with its bytes, in which the program runs.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        let tree = Self(tempfile::tempdir().expect("there is room for a folder"));
        for (path, bytes) in files {
            let path = tree.at(path);
            fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("made");
            fs::write(path, bytes).expect("written");
        }
        tree
    }

    /// A path in the tree.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// The program with arguments, in this folder and without the user's habits.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("unhang"));
        command
            .current_dir(self.0.path())
            .args(arguments)
            .stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program to its end, or to the end of our patience, which shows as a missing code.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        assert_cmd::Command::from_std(self.command(arguments))
            .timeout(PATIENCE)
            .output()
            .expect("the program starts")
            .into()
    }
}

/// What a run leaves behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit code; `None` when the run was killed.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("findings are UTF-8"),
            err: String::from_utf8(output.stderr).expect("remarks are UTF-8"),
        }
    }
}

impl Outcome {
    /// Asserts the exit code and what the standard error says.
    pub(crate) fn check(&self, code: i32, said: &str) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.err.contains(said), "{said:?} is missing: {self:#?}");
        assert!(!self.err.contains("panicked"), "{self:#?}");
    }
}

/// Runs without arguments in a tree of files.
pub(crate) fn check(files: &[(&str, &[u8])], code: i32, said: &str) -> Outcome {
    let outcome = Tree::new(files).run(&[]);
    outcome.check(code, said);
    outcome
}
