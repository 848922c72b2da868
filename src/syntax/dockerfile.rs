//! A Dockerfile as instructions with their places.

use std::ops::Range;

use super::offset;
use super::shell::{self, Command, Word};

/// What a Dockerfile says, in the order of the text.
#[derive(Debug, Default)]
pub struct Dockerfile {
    /// The instructions.
    pub instructions: Vec<Instruction>,
    /// The comments.
    pub comments: Vec<Range<u32>>,
    /// Where reading stopped, and why.
    pub fault: Option<(u32, String)>,
}

/// One instruction with its continuation lines.
#[derive(Debug)]
pub struct Instruction {
    /// `FROM`, `ENV` and so on, in upper case.
    pub keyword: String,
    /// All of it.
    pub bytes: Range<u32>,
    /// What follows the keyword: the elements of an exec form, else the words of each command.
    pub commands: Vec<Command>,
    /// Whether it is written as a JSON list, so that no shell looks at it.
    pub is_exec: bool,
}

impl Instruction {
    /// The words of all its commands.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.commands.iter().flatten()
    }
}

/// What an instruction can be.
///
/// Source: Dockerfile reference, "Overview", and the `LABEL`-like words of Podman's Containerfile.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "INCLUDE",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Reads a text. A line that is no instruction is the fault; the others are kept.
#[must_use]
pub fn parse(text: &str) -> Dockerfile {
    let mut file = Dockerfile::default();
    let escape = escape(text);
    let mut at = 0;
    while at < text.len() {
        let line = &text[at..line_end(text, at)];
        let start = at + (line.len() - line.trim_start().len());
        if line.trim().is_empty() {
            at += line.len() + 1;
        } else if line.trim_start().starts_with('#') {
            file.comments
                .push(offset(start)..offset(at + line.trim_end().len()));
            at += line.len() + 1;
        } else {
            at = instruction(text, start, escape, &mut file);
        }
    }
    file
}

/// Reads one instruction and gives the offset behind it.
fn instruction(text: &str, start: usize, escape: char, file: &mut Dockerfile) -> usize {
    let length = text[start..].find(|it: char| !it.is_ascii_alphabetic());
    let name = start..start + length.unwrap_or(text.len() - start);
    let keyword = text[name.clone()].to_ascii_uppercase();
    let (body, end) = body(text, name.end, escape, &mut file.comments);
    if !KEYWORDS.contains(&keyword.as_str()) {
        let reason = "no instruction of a Dockerfile".to_owned();
        file.fault.get_or_insert((offset(start), reason));
        return end;
    }
    let exec = exec(&body, offset(name.end));
    let is_exec = exec.is_some();
    let last = name.end + body.trim_end().len();
    let commands = exec.unwrap_or_else(|| shell::commands(&body, offset(name.end)));
    let end = heredocs(text, end, &body, &keyword);
    file.instructions.push(Instruction {
        keyword,
        bytes: offset(start)..offset(last),
        commands,
        is_exec,
    });
    end
}

/// The text behind a keyword with the same length as in the file, without comments and with
/// backslashes for line ends that count for nothing.
fn body(text: &str, from: usize, escape: char, comments: &mut Vec<Range<u32>>) -> (String, usize) {
    let mut body = String::new();
    let mut at = from;
    loop {
        let end = line_end(text, at);
        let line = &text[at..end];
        let is_comment = at > from && line.trim_start().starts_with('#');
        let is_blank = at > from && line.trim().is_empty();
        if is_comment {
            let start = at + (line.len() - line.trim_start().len());
            comments.push(offset(start)..offset(at + line.trim_end().len()));
            body.extend(std::iter::repeat_n(' ', line.len()));
        } else {
            body.push_str(line);
        }
        let goes_on = is_comment || is_blank || line.trim_end().ends_with(escape);
        if !goes_on || end >= text.len() {
            return (without_escapes(&body, escape), end + 1);
        }
        body.push(' ');
        at = end + 1;
    }
}

/// Escaped line ends as blanks; all other lines were joined by them already.
fn without_escapes(body: &str, escape: char) -> String {
    let mut joined = String::with_capacity(body.len());
    let mut rest = body.chars().peekable();
    while let Some(sign) = rest.next() {
        let ends_a_line = sign == escape && rest.peek().is_none_or(|it| *it == ' ' || *it == '\r');
        joined.push(if ends_a_line || sign == '\r' {
            ' '
        } else {
            sign
        });
    }
    joined
}

/// The elements of a JSON list of strings; `None` when it is none.
fn exec(body: &str, base: u32) -> Option<Vec<Command>> {
    let trimmed = body.trim_start();
    if !trimmed.starts_with('[') {
        return None;
    }
    let shift = base + offset(body.len() - trimmed.len());
    let tree = super::json::parse(trimmed);
    let list = tree
        .root()
        .filter(|it| it.is_list() && tree.fault.is_none())?;
    let words = list.items().map(|it| {
        let bytes = it.bytes();
        Some(Word {
            text: it.text()?.to_owned(),
            bytes: shift + bytes.start..shift + bytes.end,
        })
    });
    let words: Command = words.collect::<Option<_>>()?;
    Some(vec![words])
}

/// Skips the here-documents that an instruction opens.
fn heredocs(text: &str, from: usize, body: &str, keyword: &str) -> usize {
    let mut end = from;
    if !matches!(keyword, "RUN" | "COPY" | "ADD") {
        return end;
    }
    for (at, _) in body.match_indices("<<") {
        let name = body[at + 2..].trim_start_matches(['-', '"', '\'']);
        let length = name.find(|it: char| !it.is_alphanumeric() && it != '_');
        let name = &name[..length.unwrap_or(name.len())];
        if name.is_empty() || body[at + 2..].starts_with('<') {
            continue;
        }
        let mut line = end;
        while line < text.len() {
            let stop = line_end(text, line);
            let found = text[line..stop].trim() == name;
            line = stop + 1;
            if found {
                end = line;
                break;
            }
        }
    }
    end
}

/// The sign that a parser directive in the first lines names.
fn escape(text: &str) -> char {
    let directives = text
        .lines()
        .take_while(|it| it.trim_start().starts_with('#'));
    let own = directives.filter_map(|it| {
        let (name, value) = it.trim_start_matches(['#', ' ']).split_once('=')?;
        (name.trim() == "escape").then(|| value.trim().chars().next())?
    });
    own.last().unwrap_or('\\')
}

fn line_end(text: &str, from: usize) -> usize {
    let rest = &text.as_bytes()[from.min(text.len())..];
    memchr::memchr(b'\n', rest).map_or(text.len(), |it| from + it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &[&str])]) {
        let file = parse(text);
        assert_eq!(file.fault, None, "{text}");
        let found: Vec<(String, Vec<String>)> = file
            .instructions
            .iter()
            .map(|it| {
                let words = it.words().map(|it| {
                    let written = &text[it.bytes.start as usize..it.bytes.end as usize];
                    let written = written.trim_start_matches('"');
                    assert_eq!(written.chars().next(), it.text.chars().next(), "{written}");
                    it.text.clone()
                });
                (it.keyword.clone(), words.collect())
            })
            .collect();
        let shown: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|(it, words)| (it.as_str(), words.iter().map(String::as_str).collect()))
            .collect();
        let expected: Vec<(&str, Vec<&str>)> = expected
            .iter()
            .map(|(it, words)| (*it, words.to_vec()))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn both_forms_of_a_command_are_read() {
        check(
            "FROM python:3.12 AS base\nCMD [\"uvicorn\", \"app:app\"]\nentrypoint gunicorn -w 4\n",
            &[
                ("FROM", &["python:3.12", "AS", "base"]),
                ("CMD", &["uvicorn", "app:app"]),
                ("ENTRYPOINT", &["gunicorn", "-w", "4"]),
            ],
        );
    }

    #[test]
    fn lines_go_on_over_comments_and_blank_lines() {
        check(
            "ENV A=1 \\\n  # why\n\n  B=\"x y\" \\\r\n  C=3\r\nUSER app\n",
            &[("ENV", &["A=1", "B=x y", "C=3"]), ("USER", &["app"])],
        );
    }

    #[test]
    fn a_here_document_is_no_instruction() {
        check(
            "RUN <<EOF\npip install x\nEOF\nCOPY <<'A' <<-B /x\n1\nA\n2\nB\nEXPOSE 80",
            &[
                ("RUN", &["<<EOF"]),
                ("COPY", &["<<A", "<<-B", "/x"]),
                ("EXPOSE", &["80"]),
            ],
        );
    }

    #[test]
    fn what_is_no_instruction_is_a_fault() {
        let file = parse("FROM a\nthis is not one\nCMD b\n");
        assert_eq!(file.fault.map(|it| it.0), Some(7));
        assert_eq!(file.instructions.len(), 2);
    }
}
