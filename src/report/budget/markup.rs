//! Texts and places in HTML and SVG.

use super::view::Place;
use crate::report::{uri, xml};

/// Where links of a page lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The way from the folder of the page to the folder unhang ran in: empty, or with a slash at
    /// its end.
    pub prefix: String,
}

impl Links {
    /// A link to a place, which reads as `path:line`.
    pub(super) fn to(&self, place: &Place) -> String {
        let shown = format!("{}:{}", place.path, place.line);
        format!(
            "<a href=\"{}\"><code>{}</code></a>",
            self.address(place),
            text(&shown)
        )
    }

    /// The same where many links stand together: only the name of the file and the line are shown.
    pub(super) fn quiet(&self, place: &Place) -> String {
        let file = place.path.rsplit('/').next().unwrap_or(&place.path);
        format!(
            "<a class=\"quiet\" href=\"{}\" title=\"{}\"><code>{}:{}</code></a>",
            self.address(place),
            text(&place.path),
            text(file),
            place.line
        )
    }

    fn address(&self, place: &Place) -> String {
        // An absolute path is one from wherever the page lies.
        let prefix = if place.path.starts_with('/') {
            ""
        } else {
            &self.prefix
        };
        let path = uri(&format!("{prefix}{}", place.path));
        text(&format!("{path}#L{}", place.line))
    }
}

/// A text as HTML and SVG spell it.
pub(super) fn text(text: &str) -> String {
    quick_xml::escape::escape(xml::legal(text, |_| false)).into_owned()
}

/// The same, with what stands between backticks as code.
pub(super) fn code(words: &str) -> String {
    let parts = words.split('`').enumerate().map(|(at, part)| {
        let part = text(part);
        if at % 2 == 1 {
            format!("<code>{part}</code>")
        } else {
            part
        }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_elements() {
        assert_eq!(
            text("<b \"a\" & 'c'>\u{0}"),
            "&lt;b &quot;a&quot; &amp; &apos;c&apos;&gt;\\u{0}"
        );
        assert_eq!(code("a `b<` c"), "a <code>b&lt;</code> c");
        assert_eq!(code("a ` c"), "a <code> c</code>");
    }

    #[test]
    fn a_link_leads_from_the_page_to_the_file() {
        let links = Links {
            prefix: "../".to_owned(),
        };
        let mut place = Place {
            path: "app/a b\".py".to_owned(),
            line: 7,
            column: 1,
        };
        assert_eq!(
            links.to(&place),
            "<a href=\"../app/a%20b%22.py#L7\"><code>app/a b&quot;.py:7</code></a>"
        );
        place.path = "/app/a.py".to_owned();
        assert!(links.quiet(&place).contains("href=\"/app/a.py#L7\""));
    }
}
