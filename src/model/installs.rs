//! Which versions commands install: `pip install openai==1.3` in an image or in a notebook.

use super::lockfile::{Versions, requirement};
use crate::source::COMMAND;
use crate::syntax::dockerfile::Dockerfile;
use crate::syntax::shell::{self, Command};

/// The versions that the instructions of an image install, the last one where there are several.
#[must_use]
pub fn of_image(file: &Dockerfile) -> Versions {
    let runs = file.instructions.iter().filter(|it| it.keyword == "RUN");
    runs.flat_map(|it| installed(&it.commands)).collect()
}

/// The versions that the commands of a notebook install, the last one where there are several.
#[must_use]
pub fn of_notebook(code: &str) -> Versions {
    let mut text = String::new();
    for line in code.lines() {
        let Some((_, command)) = line.split_once(COMMAND) else {
            continue;
        };
        if let Some(begun) = command.trim_end().strip_suffix('\\') {
            text.push_str(begun);
        } else {
            text.push_str(command);
            text.push('\n');
        }
    }
    installed(&shell::commands(&text, 0)).collect()
}

/// What each `pip install` pins or bounds; what it only names may be there already, in any version.
fn installed(commands: &[Command]) -> impl Iterator<Item = (String, String)> {
    commands.iter().flat_map(|command| {
        let words: Vec<&str> = command.iter().map(|it| it.text.as_str()).collect();
        let pairs = words
            .windows(2)
            .position(|it| is_pip(it[0]) && it[1] == "install");
        let wanted = pairs.map_or(&[][..], |it| &words[it + 2..]);
        let wanted = wanted.iter().filter_map(|it| requirement(it));
        wanted.collect::<Vec<_>>()
    })
}

/// `pip`, `pip3.11`, `/opt/venv/bin/pip`.
fn is_pip(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let rest = name.strip_prefix("pip");
    rest.is_some_and(|it| it.chars().all(|it| it.is_ascii_digit() || it == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{dockerfile, notebook};

    fn check(found: &Versions, expected: &[(&str, &str)]) {
        let found: Vec<(&str, &str)> = found.iter().map(|it| (&**it.0, &**it.1)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_image_installs_what_its_commands_pin() {
        let text = "FROM python:3.12\n\
            RUN pip install --upgrade pip && \\\n    pip3 install --no-cache-dir -r requirements.txt \\\n\
            \"langchain[openai]==0.2.5\" 'httpx<0.28' openai\n\
            RUN uv pip install --system langchain_core==0.2.9; echo tiktoken==0.7.0\n\
            RUN pip install langgraph==$LANGGRAPH\n";
        check(
            &of_image(&dockerfile::parse(text)),
            &[
                ("httpx", "<0.28"),
                ("langchain", "0.2.5"),
                ("langchain-core", "0.2.9"),
            ],
        );
    }

    #[test]
    fn a_notebook_installs_what_its_magics_pin() {
        let text = r##"{"cells": [
            {"cell_type": "code", "source": ["!pip install -q langchain==0.1.0 \\\n", "    openai==1.3.5\n", "x = 1"]},
            {"cell_type": "code", "source": "%pip install langchain==0.2.5 # newer"},
            {"cell_type": "code", "source": "%%bash\npython -m pip install tiktoken~=0.7"},
            {"cell_type": "code", "source": "# !pip install httpx==0.27.0\n%pip install requests"}
        ]}"##;
        let code = notebook::code(text).expect("it is a notebook");
        check(
            &of_notebook(&code),
            &[
                ("langchain", "0.2.5"),
                ("openai", "1.3.5"),
                ("tiktoken", "~=0.7"),
            ],
        );
    }
}
