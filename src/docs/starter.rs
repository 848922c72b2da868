//! A settings file to begin with: every setting with its meaning, and none of them in force.

use std::fmt::Write as _;

use crate::catalog::Catalog;

/// What holds for all rules.
const GENERAL: &str = "\
# Settings of unhang. What is commented out here is an example or the default.
# `unhang rule` lists the rules and their categories, `unhang rule NAME` explains one.

# Only these rules or categories; without it, all that are settled.
# select = [\"timeouts\", \"retries\"]

# Not these rules or categories.
# ignore = [\"retry-without-backoff\"]

# Also rules that are on trial.
# preview = false

# When the exit status is 1: at a finding of this severity or a worse one.
# note, warning, error or never
# fail-on = \"warning\"

# How sure a finding must be to be shown: low, medium or high.
# confidence = \"medium\"

# Files and folders that are not read, beside those that .gitignore names.
# exclude = [\"migrations/\"]

# Whether findings in tests and examples are shown too.
# include-tests = false

# Rules or categories that some files need not obey.
# [per-file-ignores]
# \"scripts/*.py\" = [\"request-without-timeout\"]

# Folders in which imports start, when unhang cannot tell.
# [python]
# root = [\"src\"]

# Versions of packages, when no lock file says them.
# [versions]
# langchain-openai = \"0.3.0\"

# What packages of your own do, in the form in which unhang describes all others.
# Functions of the project itself are read; a description wins over what is read there.

# A client: the argument that is its timeout, and what happens without it.
# [[client]]
# factory = \"acme.llm.make_llm\"
# timeout = { argument = \"deadline\", unit = \"s\", absent = \"20s\" }

# A retry: how often it calls and how long it pauses, by argument or by position.
# [[retry]]
# factory = \"acme.resilience.retrying\"
# attempts = { arguments = [\"tries\", \"0\"], counts = \"attempts\", absent = 3 }
# pauses = { first = { arguments = [\"delay\"], absent = 1 }, factor = { absent = 2 } }
# catches = { arguments = [\"on\"], every = true }

# How functions become tools of an agent.
# [[tool]]
# decorators = [\"acme.agents.action\"]
# bases = [\"acme.agents.Action\"]
# methods = [\"run\"]

# What stands in front of the application and is in no file of the project.
# [[hop]]
# name = \"the gateway\"
# limit = \"60s\"
# then = \"answers 504\"
# in-front-of = \"app.main\"
";

/// The file, with the options of all rules and their defaults.
#[must_use]
pub fn starter(catalog: &Catalog) -> String {
    let mut text = GENERAL.to_owned();
    for (name, rule) in &catalog.rules {
        if rule.options.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "\n# {}.\n# [rules.{name}]\n", rule.title);
        for (key, option) in &rule.options {
            let _ = writeln!(text, "# {}\n# {key} = {}", option.doc, option.default);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::settings::{Form, Place, Settings};

    fn check(text: &str) {
        let rules = &catalog::bundled().rules;
        let read = Settings::read("unhang.toml", text, Form::Own, Place::default(), rules);
        assert!(read.is_ok_and(|it| it.is_some()), "{text}");
    }

    #[test]
    fn the_file_can_be_used_as_it_is() {
        check(&starter(catalog::bundled()));
    }

    #[test]
    fn every_line_that_is_commented_out_can_be_put_in_force() {
        let is_setting = |line: &&str| {
            let name = line.trim_start_matches(['"', '[']);
            let word = name.find(|c: char| !(c.is_ascii_alphanumeric() || "-_/.*".contains(c)));
            let rest = word.map_or("", |it| &name[it..]);
            matches!(rest, "]" | "]]") || rest.trim_start_matches('"').starts_with(" = ")
        };
        let text = starter(catalog::bundled());
        let lines = text.lines().filter_map(|it| it.strip_prefix("# "));
        let settings: Vec<&str> = lines.filter(is_setting).collect();
        assert!(settings.len() > 20, "{settings:#?}");
        check(&settings.join("\n"));
    }
}
