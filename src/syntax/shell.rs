//! The commands of a shell text as words with their places; what they do is nobody's business here.

use std::ops::Range;

use super::offsets;

/// How many characters an expansion may have; one that is never closed must not be looked for in all
/// of a text, over and over.
const LONGEST_EXPANSION: usize = 1_000;

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word without quotes and escapes; variables stay as they are written.
    pub text: String,
    /// Where it is written, with its quotes.
    pub bytes: Range<u32>,
}

/// The words between two separators; never empty.
pub type Command = Vec<Word>;

/// A file of commands.
#[derive(Debug)]
pub struct Script {
    /// The commands in their order, whatever decides whether they run.
    pub commands: Vec<Command>,
    /// The comments.
    pub comments: Vec<Range<u32>>,
}

/// Reads a text that begins at `base` of its file.
///
/// A quote that is never closed ends with the text. Comments begin where a word could.
#[must_use]
pub fn commands(text: &str, base: u32) -> Vec<Command> {
    read(text, base).commands
}

/// Reads a file.
#[must_use]
pub fn script(text: &str) -> Script {
    read(text, 0)
}

fn read(text: &str, base: u32) -> Script {
    let mut reader = Reader {
        text,
        base,
        done: Vec::new(),
        comments: Vec::new(),
        words: Vec::new(),
        word: None,
    };
    let mut at = 0;
    while at < text.len() {
        at = reader.step(at);
    }
    reader.end_command(text.len());
    Script {
        commands: reader.done,
        comments: reader.comments,
    }
}

struct Reader<'t> {
    text: &'t str,
    base: u32,
    done: Vec<Command>,
    comments: Vec<Range<u32>>,
    words: Vec<Word>,
    /// The word that is being read: where it begins, and its text so far.
    word: Option<(usize, String)>,
}

impl Reader<'_> {
    /// Takes what stands at an offset, and gives the next one.
    fn step(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let sign = rest.chars().next().unwrap_or(' ');
        match sign {
            '\\' => return self.escaped(at),
            '\'' | '"' => return self.quoted(at, sign),
            '$' if rest.starts_with("$(") || rest.starts_with("${") => return self.expansion(at),
            '#' if self.word.is_none() => {
                let end = at + rest.find('\n').unwrap_or(rest.len());
                self.comments.push(self.placed(at..end));
                return end;
            }
            '\n' | ';' | '&' | '|' => self.end_command(at),
            _ if sign.is_whitespace() => self.end_word(at),
            _ => self.push(at, sign),
        }
        at + sign.len_utf8()
    }

    fn push(&mut self, at: usize, sign: char) {
        self.word
            .get_or_insert_with(|| (at, String::new()))
            .1
            .push(sign);
    }

    fn push_text(&mut self, at: usize, text: &str) {
        let word = self.word.get_or_insert_with(|| (at, String::new()));
        word.1.push_str(text);
    }

    /// A line end behind a backslash is none.
    fn escaped(&mut self, at: usize) -> usize {
        let rest = &self.text[at + 1..];
        for end in ["\r\n", "\n"] {
            if rest.starts_with(end) {
                self.end_word(at);
                return at + 1 + end.len();
            }
        }
        let Some(sign) = rest.chars().next() else {
            return at + 1;
        };
        self.push(at, sign);
        at + 1 + sign.len_utf8()
    }

    fn quoted(&mut self, at: usize, quote: char) -> usize {
        self.push_text(at, "");
        let mut inner = self.text[at + 1..].char_indices();
        while let Some((offset, sign)) = inner.next() {
            if sign == quote {
                return at + 1 + offset + 1;
            }
            let escapes = quote == '"' && sign == '\\';
            match inner.clone().next().filter(|_| escapes) {
                Some((_, '\n')) => {
                    inner.next();
                }
                Some((_, next @ ('"' | '\\' | '$' | '`'))) => {
                    inner.next();
                    self.push(at, next);
                }
                _ => self.push(at, sign),
            }
        }
        self.text.len()
    }

    /// `${X:-d}` and `$(command)` are parts of their word, whatever stands in them.
    fn expansion(&mut self, at: usize) -> usize {
        let mut depth = 0;
        for (offset, sign) in self.text[at..].char_indices().take(LONGEST_EXPANSION) {
            match sign {
                '(' | '{' => depth += 1,
                ')' | '}' => depth -= 1,
                '\n' => break,
                _ => continue,
            }
            if depth == 0 {
                let end = at + offset + 1;
                self.push_text(at, &self.text[at..end]);
                return end;
            }
        }
        self.push(at, '$');
        at + 1
    }

    fn end_word(&mut self, at: usize) {
        if let Some((start, text)) = self.word.take() {
            let bytes = self.placed(start..at);
            self.words.push(Word { text, bytes });
        }
    }

    fn placed(&self, range: Range<usize>) -> Range<u32> {
        let bytes = offsets(&range);
        self.base + bytes.start..self.base + bytes.end
    }

    fn end_command(&mut self, at: usize) {
        self.end_word(at);
        if !self.words.is_empty() {
            self.done.push(std::mem::take(&mut self.words));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&[&str]]) {
        let found = commands(text, 0);
        let found: Vec<Vec<&str>> = found
            .iter()
            .map(|it| it.iter().map(|it| it.text.as_str()).collect())
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn separators_part_commands_and_blanks_part_words() {
        check(
            "migrate && exec gunicorn -w 4 app:app | tee log; echo 'a b'",
            &[
                &["migrate"],
                &["exec", "gunicorn", "-w", "4", "app:app"],
                &["tee", "log"],
                &["echo", "a b"],
            ],
        );
    }

    #[test]
    fn a_backslash_joins_lines() {
        check(
            "gunicorn \\\n  --timeout 30 \\\r\n  app:app # why\n# all\nnext",
            &[&["gunicorn", "--timeout", "30", "app:app"], &["next"]],
        );
    }

    #[test]
    fn expansions_stay_as_they_are_written() {
        check(
            "run --timeout=${T:-30} \"${A} b\" $(nproc --all) $X",
            &[&[
                "run",
                "--timeout=${T:-30}",
                "${A} b",
                "$(nproc --all)",
                "$X",
            ]],
        );
        check("a \"never closed", &[&["a", "never closed"]]);
        check("a ${never", &[&["a", "${never"]]);
    }

    #[test]
    fn a_word_keeps_its_place() {
        let text = "x 'a b'";
        let found = commands(text, 10);
        assert_eq!(found[0][1].bytes, 12..17);
    }
}
