//! Texts in the columns of a terminal: cut, filled and wrapped by what they measure there.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Stands between a function and what it leads to.
const ARROW: &str = " › ";
/// Stands for what has no room.
const MORE: &str = "…";

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text in no more than so many columns; its end is given up for an ellipsis.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        short.push(c);
    }
    short.push_str(MORE);
    short
}

/// The text in exactly so many columns.
pub(super) fn fill(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let missing = columns.saturating_sub(width(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// Steps of a way, of which the middle ones are left out first, and the last one is cut last.
pub(super) fn way(steps: &[&str], columns: usize) -> String {
    let whole = steps.join(ARROW);
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return whole;
    };
    let few = [first, MORE, last].map(str::to_owned).join(ARROW);
    let end = [MORE, last].map(str::to_owned).join(ARROW);
    let tries = match steps.len() {
        0 | 1 => vec![whole],
        2 => vec![whole, end],
        _ => vec![whole, few, end],
    };
    let fits = tries.into_iter().find(|it| width(it) <= columns);
    fits.unwrap_or_else(|| cut(last, columns))
}

/// The text in lines of no more than so many columns, broken at blanks; a longer word stays whole.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is at least one line");
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= columns {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(width("模型()"), 6);
        assert_eq!(cut("模型模型", 6), "模型…");
        assert_eq!(cut("模型", 4), "模型");
        assert_eq!(fill("模型模型", 6), "模型… ");
        assert_eq!(fill("e\u{301}", 3), "e\u{301}  ");
    }

    #[test]
    fn a_long_way_keeps_its_ends() {
        let steps = ["main()", "invoke()", "answer()", "wait"];
        assert_eq!(way(&steps, 40), "main() › invoke() › answer() › wait");
        assert_eq!(way(&steps, 20), "main() › … › wait");
        assert_eq!(way(&steps, 10), "… › wait");
        assert_eq!(way(&steps, 3), "wa…");
        assert_eq!(way(&["main()"], 4), "mai…");
        assert_eq!(way(&[], 4), "");
    }

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(wrap("a worker is killed", 9), ["a worker", "is killed"]);
        assert_eq!(wrap("unbreakable", 4), ["unbreakable"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
