//! Paths as URIs, and back.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The path of a `file:` URI, and where a text that was never saved would lie.
///
/// `None` for every other kind of URI. An unsaved text lies in `folder`.
pub(super) fn path_of(uri: &str, folder: Option<&Path>) -> Option<PathBuf> {
    if let Some(name) = uri.strip_prefix("untitled:") {
        let name = decoded(name.split(['?', '#']).next()?)?;
        let name = name.rsplit(['/', '\\']).next()?.replace(':', "-");
        if name.is_empty() {
            return None;
        }
        let path = folder?.join(name);
        let named = path.extension().is_some();
        return Some(if named {
            path
        } else {
            path.with_extension("py")
        });
    }
    let rest = uri.strip_prefix("file://")?;
    // An authority before the path is the own machine, or none at all.
    let path = &rest[rest.find('/')?..];
    let path = decoded(path.split(['?', '#']).next()?)?;
    if path.contains('\0') {
        return None;
    }
    let drive = path.as_bytes().get(2) == Some(&b':');
    let path = if drive { &path[1..] } else { &path };
    Some(PathBuf::from(path))
}

/// The `file:` URI of an absolute path.
pub(super) fn uri_of(path: &Path) -> String {
    let text = path.to_string_lossy();
    let mut uri = "file://".to_owned();
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// A text without percent signs; `None` when it is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%');
        let hex = hex.and_then(|it| std::str::from_utf8(it).ok());
        if let Some(byte) = hex.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, expected: Option<&str>) {
        let found = path_of(uri, Some(Path::new("/w")));
        assert_eq!(found.as_deref(), expected.map(Path::new), "{uri}");
    }

    #[test]
    fn a_file_uri_is_a_path() {
        check("file:///a/b.py", Some("/a/b.py"));
        check("file://localhost/a%20%C3%A9.py", Some("/a é.py"));
        check("file:///c%3A/x.py", Some("c:/x.py"));
        check("file:///a%2.py", Some("/a%2.py"));
        for other in [
            "",
            "file://",
            "file:x",
            "http://a/b.py",
            "file:///%ff",
            "file:///%00",
        ] {
            check(other, None);
        }
    }

    #[test]
    fn an_unsaved_text_lies_in_the_folder() {
        check("untitled:Untitled-1", Some("/w/Untitled-1.py"));
        check("untitled:/x/y/new.py", Some("/w/new.py"));
        check("untitled:", None);
        assert_eq!(path_of("untitled:a", None), None);
    }

    #[test]
    fn a_path_comes_back_from_its_uri() {
        for path in ["/a/b.py", "/a é/ü%20#?.py", "/🦀.py"] {
            check(&uri_of(Path::new(path)), Some(path));
        }
        assert_eq!(uri_of(Path::new("/a b.py")), "file:///a%20b.py");
    }
}
