//! Texts back into their files: whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::model::configuration;

use super::text;

/// Puts a text into a file that held another one.
///
/// `before` is what the file held when it was read: a file that somebody changed since then is left
/// alone. Encoding, byte order mark and permissions stay; a link stays one.
///
/// # Errors
/// A clause for the user that says why the file is as it was.
pub fn replace(path: &Path, before: &str, after: &str) -> Result<(), String> {
    let path = fs::canonicalize(path).map_err(|it| unwritable(&it))?;
    let bytes = fs::read(&path).map_err(|it| unwritable(&it))?;
    let encoded = text::encode(after, &bytes).ok_or("its encoding cannot hold the new text")?;
    let is_configuration = path.to_str().and_then(configuration::format).is_some();
    let reader = if is_configuration {
        text::Reader::Tool
    } else {
        text::Reader::Python
    };
    if text::decode(bytes, reader)? != before {
        return Err("somebody else changed it meanwhile".to_owned());
    }
    write(&path, &encoded).map_err(|it| unwritable(&it))
}

/// Writes a file so that whoever reads it, even after the process was killed, sees all of the old
/// bytes or all of the new ones.
///
/// The bytes go into a file beside it first, which then takes its name. Permissions stay, and a link
/// stays one.
///
/// # Errors
/// What the system says; the file is then as it was. A file that may not be written is not replaced,
/// although its folder would allow that.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link to a file that is not there yet is followed by nobody.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let about = fs::metadata(&path).ok();
    if about.as_ref().is_some_and(|it| it.permissions().readonly()) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let beside = beside(&path)?;
    let written = fill(&beside, bytes, about.as_ref()).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What is left of an attempt is of no use, and the first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written?;
    settle(&path);
    Ok(())
}

fn fill(path: &Path, bytes: &[u8], like: Option<&Metadata>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    if let Some(like) = like {
        keep_owner(path, like);
        file.set_permissions(like.permissions())?;
    }
    file.sync_all()
}

/// A name that no other run uses, and that no program takes for Python.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut own = OsString::from(".");
    own.push(name);
    own.push(format!(".unhang-{}", std::process::id()));
    Ok(path.with_file_name(own))
}

/// Somebody who fixes a file as root does not want to own it.
#[cfg(unix)]
fn keep_owner(path: &Path, like: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, chown};
    // Only root may, and for others the owner is right already.
    let _ = chown(path, Some(like.uid()), Some(like.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_path: &Path, _like: &Metadata) {}

/// Makes the new name last through a loss of power, where the system offers that.
fn settle(path: &Path) {
    if cfg!(unix)
        && let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        // The file itself is safe by now.
        let _ = folder.sync_all();
    }
}

fn unwritable(error: &io::Error) -> String {
    format!("cannot be written: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("a.py");
        fs::write(&path, bytes).expect("written");
        (folder, path)
    }

    fn check(bytes: &[u8], before: &str, after: &str, expected: &[u8]) {
        let (folder, path) = file(bytes);
        assert_eq!(replace(&path, before, after), Ok(()));
        assert_eq!(fs::read(&path).expect("it is there"), expected);
        let left = fs::read_dir(folder.path()).expect("it is there").count();
        assert_eq!(left, 1, "nothing else is left in the folder");
    }

    #[test]
    fn byte_order_mark_encoding_and_line_ends_stay() {
        check(b"x = 1\r\n", "x = 1\r\n", "x = 2\r\n", b"x = 2\r\n");
        check(b"\xef\xbb\xbfx = 1", "x = 1", "x = 2", b"\xef\xbb\xbfx = 2");
        check(
            b"# coding: latin-1\n'\xe9'",
            "# coding: latin-1\n'é'",
            "# coding: latin-1\n'é', 'ü'",
            b"# coding: latin-1\n'\xe9', '\xfc'",
        );
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let (_folder, path) = file(b"x = 3");
        let found = replace(&path, "x = 1", "x = 2");
        assert_eq!(found, Err("somebody else changed it meanwhile".to_owned()));
        assert_eq!(fs::read(&path).expect("it is there"), b"x = 3");
    }

    #[test]
    fn a_text_that_the_encoding_cannot_hold_is_not_written() {
        let (_folder, path) = file(b"# coding: latin-1\n'\xe9'");
        let found = replace(&path, "# coding: latin-1\n'é'", "# coding: latin-1\n'é🦀'");
        assert!(found.is_err_and(|it| it.contains("encoding")));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (folder, path) = file(b"x = 1");
        let mode = |path: &Path| {
            fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode()
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).expect("it is ours");
        let link = folder.path().join("link.py");
        symlink(&path, &link).expect("links are possible");
        assert_eq!(replace(&link, "x = 1", "x = 2"), Ok(()));
        assert!(
            fs::symlink_metadata(&link)
                .expect("it is there")
                .is_symlink()
        );
        assert_eq!(fs::read(&path).expect("it is there"), b"x = 2");
        assert_eq!(mode(&path) & 0o777, 0o750);
    }

    #[test]
    fn a_file_that_may_not_be_written_is_not_replaced() {
        let (_folder, path) = file(b"x = 1");
        let mut locked = fs::metadata(&path).expect("it is there").permissions();
        locked.set_readonly(true);
        fs::set_permissions(&path, locked).expect("it is ours");
        assert!(replace(&path, "x = 1", "x = 2").is_err());
        assert_eq!(fs::read(&path).expect("it is there"), b"x = 1");
    }
}
