//! Texts with variables in them, as shells, Compose and Dockerfiles put them in: `$X`, `${X:-default}`.

use smol_str::SmolStr;

/// A text with its variables put in: `$X`, `${X}`, `${X:-default}`, and `$$` for a dollar; `None`
/// when `lookup` knows nothing of one of them.
///
/// It is asked with the name and the default, which counts only when the variable is not set.
#[must_use]
pub fn expanded(
    text: &str,
    lookup: &dyn Fn(&str, Option<&str>) -> Option<SmolStr>,
) -> Option<SmolStr> {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            result.push('$');
            rest = after;
            continue;
        }
        let inner = rest.strip_prefix('{').and_then(|it| it.split_once('}'));
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let (name, default, after) = if let Some((inner, after)) = inner {
            let end = inner.find(|it| !is_name(it)).unwrap_or(inner.len());
            let (name, how) = inner.split_at(end);
            let default = how.strip_prefix(":-").or_else(|| how.strip_prefix('-'));
            (name, default, after)
        } else {
            let end = rest.find(|it| !is_name(it)).unwrap_or(rest.len());
            (&rest[..end], None, &rest[end..])
        };
        if name.is_empty() {
            result.push('$');
        } else {
            result.push_str(&lookup(name, default)?);
        }
        rest = after;
    }
    result.push_str(rest);
    Some(result.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_where_the_files_know_them() {
        let known = |name: &str, _: Option<&str>| (name == "HOST").then(|| "db".into());
        let check = |text, expected: Option<&str>| {
            assert_eq!(expanded(text, &known).as_deref(), expected, "{text}");
        };
        check("http://${HOST}:1", Some("http://db:1"));
        check("$HOST/x", Some("db/x"));
        check("${HOST:-other}", Some("db"));
        check("${OTHER:-x}", None);
        check("a$$b", Some("a$b"));
        check("cost 5$", Some("cost 5$"));
        check("plain", Some("plain"));
    }
}
