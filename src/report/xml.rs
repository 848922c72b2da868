//! XML 1.0: elements, and texts with nothing in them that the format cannot hold.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::disturbs;

/// An XML document that is written element by element.
pub(super) struct Document<'w> {
    writer: Writer<&'w mut dyn Write>,
}

impl<'w> Document<'w> {
    /// Begins a document with its declaration.
    pub(super) fn new(out: &'w mut dyn Write) -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(out, b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self { writer })
    }

    /// Opens an element.
    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.writer
            .write_event(Event::Start(start(name, attributes)))
    }

    /// Closes the element of that name, which was opened last.
    pub(super) fn close(&mut self, name: &str) -> io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    /// Writes an element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.writer
            .write_event(Event::Empty(start(name, attributes)))
    }

    /// Writes an element with a text in it.
    pub(super) fn text(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> io::Result<()> {
        self.open(name, attributes)?;
        let text = legal(text, |c| c == '\n');
        self.writer
            .write_event(Event::Text(BytesText::new(&text)))?;
        self.close(name)
    }

    /// Ends the document.
    pub(super) fn end(self) -> io::Result<()> {
        self.writer.into_inner().write_all(b"\n")
    }
}

/// Readers make a blank of a line break in an attribute, so there it is spelled out.
fn start<'n>(name: &'n str, attributes: &[(&str, &str)]) -> BytesStart<'n> {
    let mut start = BytesStart::new(name);
    for (key, value) in attributes {
        start.push_attribute((*key, legal(value, |_| false).as_str()));
    }
    start
}

/// The text with characters spelled out that XML 1.0 forbids even as references.
pub(super) fn legal(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let forbidden = disturbs(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
        if forbidden && !keep(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_spelled_out() {
        let mut out = Vec::new();
        let mut document = Document::new(&mut out).expect("a vector takes all bytes");
        document
            .text("a", &[("b", "\"<\n\u{0}&")], "]]>\n\u{1b}\u{ffff}🦀 <&")
            .expect("a vector takes all bytes");
        document.end().expect("a vector takes all bytes");
        let written = String::from_utf8(out).expect("XML is text");
        insta::assert_snapshot!(written, @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <a b="&quot;&lt;\n\u{0}&amp;">]]&gt;
        \u{1b}\u{ffff}🦀 &lt;&amp;</a>
        "#);
    }
}
