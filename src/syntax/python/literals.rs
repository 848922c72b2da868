//! What a number or a string literal means.

use smol_str::{SmolStr, SmolStrBuilder};

use super::ExprKind;

/// The value of an integer literal in any base; a float when it does not fit 64 bits.
pub(super) fn integer(text: &str) -> ExprKind {
    let digits: String = text.chars().filter(|it| *it != '_').collect();
    let lower = digits.to_ascii_lowercase();
    let parsed = match lower.get(..2) {
        Some("0x") => i64::from_str_radix(&lower[2..], 16),
        Some("0o") => i64::from_str_radix(&lower[2..], 8),
        Some("0b") => i64::from_str_radix(&lower[2..], 2),
        _ => lower.trim_end_matches(['l', 'j']).parse(),
    };
    parsed.map_or_else(|_| float(text), ExprKind::Int)
}

/// The value of a float literal; opaque when it is imaginary.
pub(super) fn float(text: &str) -> ExprKind {
    let digits: String = text.chars().filter(|it| *it != '_').collect();
    digits
        .parse()
        .map_or_else(|_| ExprKind::Opaque(Vec::new()), ExprKind::Float)
}

/// The prefix of a string literal, in lower case: `f`, `rb`.
pub(super) fn prefix(start: &str) -> String {
    start.trim_end_matches(['"', '\'']).to_ascii_lowercase()
}

/// The text between the quotes with the escapes that occur in addresses and names resolved.
pub(super) fn unescape(text: &str, raw: bool) -> SmolStr {
    if raw || !text.contains('\\') {
        return text.into();
    }
    let mut out = SmolStrBuilder::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\n') | None => {}
            Some(other @ ('\\' | '\'' | '"')) => out.push(other),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out.finish()
}
