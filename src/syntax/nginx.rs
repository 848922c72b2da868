//! A configuration of nginx as directives with their places.

use std::ops::Range;

use super::shell::Word;
use super::{offset, offsets};

/// How deep blocks can lie in each other.
const DEEPEST: usize = 100;

/// What a file says, in the order of the text.
#[derive(Debug, Default)]
pub struct Nginx {
    /// The directives, with those of a block behind the one that opens it.
    pub directives: Vec<Directive>,
    /// The comments.
    pub comments: Vec<Range<u32>>,
    /// Where reading stopped, and why.
    pub fault: Option<(u32, String)>,
}

/// One directive.
#[derive(Debug)]
pub struct Directive {
    /// Its name and arguments; never empty.
    pub words: Vec<Word>,
    /// From the name to the last argument.
    pub bytes: Range<u32>,
    /// The directive in whose block it stands.
    pub parent: Option<usize>,
}

impl Directive {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.words.first().map_or("", |it| &it.text)
    }

    /// Its arguments.
    #[must_use]
    pub fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// Reads a text. What cannot be read is the fault; what stands before it is kept.
#[must_use]
pub fn parse(text: &str) -> Nginx {
    let mut file = Nginx::default();
    let mut open: Vec<usize> = Vec::new();
    let mut words: Vec<Word> = Vec::new();
    let mut at = 0;
    while let Some(sign) = text[at..].chars().next() {
        match sign {
            '#' => {
                let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
                let line = text[at..end].trim_end();
                file.comments.push(offsets(&(at..at + line.len())));
                at = end;
            }
            ';' | '{' => {
                let directive = file.directives.len();
                if let Some(read) = directive_of(&mut words, open.last().copied()) {
                    file.directives.push(read);
                }
                if sign == '{' {
                    open.push(directive.min(file.directives.len().saturating_sub(1)));
                }
                at += 1;
            }
            '}' if open.pop().is_some() && words.is_empty() => at += 1,
            '}' => {
                return broken(
                    file,
                    at,
                    "`}` where none is open, or a directive without `;`",
                );
            }
            _ if sign.is_whitespace() => at += sign.len_utf8(),
            _ => {
                let (word, end) = word(text, at);
                words.push(word);
                at = end;
            }
        }
        if open.len() > DEEPEST {
            return broken(file, at, "nested too deeply");
        }
    }
    match (words.first(), open.is_empty()) {
        (Some(word), _) => {
            let at = word.bytes.start as usize;
            broken(file, at, "a directive without `;`")
        }
        (None, false) => broken(file, text.len(), "a block that is never closed"),
        (None, true) => file,
    }
}

fn broken(mut file: Nginx, at: usize, reason: &str) -> Nginx {
    file.fault = Some((offset(at), reason.to_owned()));
    file
}

fn directive_of(words: &mut Vec<Word>, parent: Option<usize>) -> Option<Directive> {
    let words = std::mem::take(words);
    let bytes = words.first()?.bytes.start..words.last()?.bytes.end;
    Some(Directive {
        words,
        bytes,
        parent,
    })
}

/// A word with `${variables}` in it, or a quoted one, and the offset behind it.
fn word(text: &str, start: usize) -> (Word, usize) {
    let mut value = String::new();
    let mut signs = text[start..].char_indices().peekable();
    let first = signs.peek().map(|it| it.1);
    let quote = first.filter(|it| matches!(it, '"' | '\''));
    if quote.is_some() {
        signs.next();
    }
    let mut braces = 0_usize;
    let mut last = ' ';
    let mut end = text.len();
    while let Some((at, sign)) = signs.next() {
        match (quote, sign) {
            (_, '\\') => {
                value.push(sign);
                value.extend(signs.next().map(|it| it.1));
            }
            (Some(quote), _) if sign == quote => {
                end = start + at + 1;
                break;
            }
            (None, '{') if last == '$' || braces > 0 => {
                braces += 1;
                value.push(sign);
            }
            (None, '}') if braces > 0 => {
                braces -= 1;
                value.push(sign);
            }
            (None, ';' | '{' | '}') => {
                end = start + at;
                break;
            }
            (None, _) if sign.is_whitespace() => {
                end = start + at;
                break;
            }
            _ => value.push(sign),
        }
        last = sign;
    }
    let bytes = offsets(&(start..end));
    (Word { text: value, bytes }, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_the_directives_between_their_braces() {
        let text = "events {}\nhttp {\n  server { # one\n    location ~ \\.py$ { proxy_read_timeout ${T}s; }\n  }\n}\n";
        let file = parse(text);
        assert_eq!(file.fault, None);
        let names: Vec<&str> = file.directives.iter().map(Directive::name).collect();
        assert_eq!(
            names,
            ["events", "http", "server", "location", "proxy_read_timeout"]
        );
        let timeout = &file.directives[4];
        assert_eq!(timeout.arguments()[0].text, "${T}s");
        assert_eq!(timeout.parent, Some(3));
        assert_eq!(file.directives[1].parent, None);
        assert_eq!(file.comments.len(), 1);
    }

    #[test]
    fn quotes_keep_what_would_end_a_directive() {
        let file = parse("log_format m '$a; {b}' \"c d\";\nx y;\n");
        assert_eq!(file.directives[0].arguments()[1].text, "$a; {b}");
        assert_eq!(file.directives.len(), 2);
    }

    #[test]
    fn what_is_never_closed_is_a_fault() {
        assert!(parse("http {").fault.is_some());
        assert!(parse("}").fault.is_some());
        assert!(parse("listen 80").fault.is_some());
        assert!(parse(&"a {".repeat(100_000)).fault.is_some());
        assert!(parse("").fault.is_none());
    }
}
