//! A configuration of one directive a line, as words with their places: `HAProxy`, Apache.

use std::ops::Range;

use super::offsets;
use super::shell::Word;

/// What a file says, in the order of the text.
#[derive(Debug, Default)]
pub struct Lines {
    /// The words of each line that has some; never empty.
    pub lines: Vec<Vec<Word>>,
    /// The comments.
    pub comments: Vec<Range<u32>>,
}

/// Reads a text. A backslash at the end of a line joins it with the next one.
#[must_use]
pub fn parse(text: &str) -> Lines {
    let mut found = Lines::default();
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let sign = rest.chars().next().unwrap_or(' ');
        let next = at + sign.len_utf8();
        at = match sign {
            '\n' => {
                if !words.is_empty() {
                    found.lines.push(std::mem::take(&mut words));
                }
                next
            }
            '#' => {
                let end = rest.find('\n').map_or(text.len(), |it| at + it);
                let line = text[at..end].trim_end();
                found.comments.push(offsets(&(at..at + line.len())));
                end
            }
            '\\' if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") => {
                at + rest.find('\n').map_or(rest.len(), |it| it + 1)
            }
            _ if sign.is_whitespace() => next,
            _ => {
                let word = word(text, at);
                let end = word.bytes.end as usize;
                words.push(word);
                end
            }
        };
    }
    if !words.is_empty() {
        found.lines.push(words);
    }
    found
}

/// A word, or a text between quotes.
fn word(text: &str, start: usize) -> Word {
    let rest = &text[start..];
    let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\''));
    let end = match quote {
        Some(quote) => rest[1..]
            .find([quote, '\n'])
            .map_or(rest.len(), |it| it + 2),
        None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
    };
    // A quote that is never closed ends with its line.
    let end = rest[..end].find('\n').unwrap_or(end).max(1);
    let own = &rest[..end];
    Word {
        text: own.trim_matches(['"', '\'']).to_owned(),
        bytes: offsets(&(start..start + end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_words() {
        let text = "# all\ndefaults\n  timeout server 50s # why\n\nProxyPass \"/a b\" \\\n  http://x:1/\n'open\n";
        let file = parse(text);
        let lines: Vec<Vec<&str>> = (file.lines.iter())
            .map(|it| it.iter().map(|it| it.text.as_str()).collect())
            .collect();
        let expected: [&[&str]; 4] = [
            &["defaults"],
            &["timeout", "server", "50s"],
            &["ProxyPass", "/a b", "http://x:1/"],
            &["open"],
        ];
        assert_eq!(lines, expected);
        assert_eq!(file.comments.len(), 2);
        let at = &file.lines[1][2].bytes;
        assert_eq!(&text[at.start as usize..at.end as usize], "50s");
    }
}
