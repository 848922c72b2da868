//! Bytes of a file as text, or the reason why they are none.

use std::fs;
use std::path::Path;

use crate::syntax::notebook;

/// Larger files are data that happens to be Python.
const LARGEST: u64 = 20 * 1024 * 1024;

/// Who reads a file when the application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// The interpreter, which knows other encodings than UTF-8.
    Python,
    /// Anything else.
    Tool,
}

/// Encodings of which every byte is a character.
///
/// Windows' variants differ in a few signs between 0x80 and 0x9f, which no rule looks at.
const SINGLE_BYTE: &[&str] = &[
    "latin-1",
    "latin1",
    "l1",
    "iso-8859-1",
    "iso8859-1",
    "iso-8859-15",
    "iso8859-15",
    "latin-9",
    "cp1252",
    "windows-1252",
    "cp1250",
    "windows-1250",
    "iso-8859-2",
    "latin-2",
];

/// Reads a Python file.
///
/// # Errors
/// A clause for the user that says why the file cannot be looked at.
pub(super) fn python(path: &Path) -> Result<String, String> {
    code_of(path, read(path, LARGEST, Reader::Python)?)
}

/// Makes a text of the bytes that somebody holds for a Python file.
///
/// # Errors
/// A clause for the user that says why they cannot be looked at.
pub(super) fn held(path: &Path, bytes: Vec<u8>) -> Result<String, String> {
    code_of(path, decode(bytes, Reader::Python)?)
}

/// The code of a file: all of it, or the cells of a notebook.
fn code_of(path: &Path, text: String) -> Result<String, String> {
    if path.extension().is_some_and(|it| it == "ipynb") {
        notebook::code(&text)
    } else {
        Ok(text)
    }
}

/// Reads a file of at most `largest` bytes.
///
/// # Errors
/// A clause for the user that says why the file cannot be looked at.
pub(super) fn read(path: &Path, largest: u64, reader: Reader) -> Result<String, String> {
    let about = fs::metadata(path).map_err(|it| unreadable(&it))?;
    if !about.is_file() {
        // Reading a pipe could wait for ever, which this program should be the last to do.
        return Err("not a regular file".to_owned());
    }
    if about.len() > largest {
        return Err(too_large(about.len(), largest));
    }
    decode(fs::read(path).map_err(|it| unreadable(&it))?, reader)
}

/// Makes a text of bytes, without a byte order mark.
///
/// # Errors
/// A clause for the user that says why they are no text.
pub(super) fn decode(bytes: Vec<u8>, reader: Reader) -> Result<String, String> {
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(bytes.len() as u64, LARGEST));
    }
    if let Some(at) = memchr::memchr(0, &bytes) {
        return Err(match reader {
            Reader::Python => format!("holds a NUL byte (byte {at}), so Python cannot read it"),
            Reader::Tool => format!("holds a NUL byte (byte {at})"),
        });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }),
        Err(error) if reader == Reader::Python && has_single_bytes(error.as_bytes()) => {
            Ok(error.as_bytes().iter().map(|&it| char::from(it)).collect())
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(format!("not UTF-8 (byte {at})"))
        }
    }
}

/// Makes bytes of a text, in the way in which `like` are bytes of one.
///
/// `None` when that encoding has no byte for some character.
pub(super) fn encode(text: &str, like: &[u8]) -> Option<Vec<u8>> {
    if std::str::from_utf8(like).is_err() {
        let bytes = text.chars().map(|it| u8::try_from(u32::from(it)).ok());
        return bytes.collect();
    }
    let mark = "\u{feff}".as_bytes();
    let mark = if like.starts_with(mark) { mark } else { &[] };
    Some([mark, text.as_bytes()].concat())
}

/// Whether one of the first two lines declares a single-byte encoding.
///
/// Source: PEP 263, "Defining Python Source Code Encodings".
fn has_single_bytes(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|&it| it == b'\n').take(2);
    lines.any(|line| {
        let line = String::from_utf8_lossy(line);
        let Some(at) = line.find("coding") else {
            return false;
        };
        let value = line[at + "coding".len()..].strip_prefix([':', '=']);
        if !line.trim_start().starts_with('#') {
            return false;
        }
        let name: String = value
            .unwrap_or_default()
            .trim_start()
            .chars()
            .take_while(|it| it.is_ascii_alphanumeric() || "-_.".contains(*it))
            .collect();
        let name = name.to_ascii_lowercase().replace('_', "-");
        SINGLE_BYTE.contains(&name.as_str())
    })
}

fn too_large(bytes: u64, largest: u64) -> String {
    const MEGABYTE: u64 = 1024 * 1024;
    let (has, most) = (bytes / MEGABYTE, largest / MEGABYTE);
    format!("too large ({has} MB; at most {most} MB are read)")
}

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Result<&str, &str>) {
        let found = decode(bytes.to_vec(), Reader::Python);
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        check(b"\xef\xbb\xbfx = 1", Ok("x = 1"));
        check(b"", Ok(""));
    }

    #[test]
    fn a_declared_single_byte_encoding_is_honoured() {
        check(
            b"# -*- coding: latin-1 -*-\n# \xe9",
            Ok("# -*- coding: latin-1 -*-\n# é"),
        );
        check(
            b"#!/usr/bin/python\n# coding=ISO_8859_1\n'\xe9'",
            Ok("#!/usr/bin/python\n# coding=ISO_8859_1\n'é'"),
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_named_by_their_place() {
        check(b"x = '\xff'", Err("not UTF-8 (byte 5)"));
        check(b"# coding: utf-8\n\xff", Err("not UTF-8 (byte 16)"));
        check(b"a\n\n# coding: latin-1\n\xff", Err("not UTF-8 (byte 21)"));
        check(
            b"a\0b",
            Err("holds a NUL byte (byte 1), so Python cannot read it"),
        );
    }
}
