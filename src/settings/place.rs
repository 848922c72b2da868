//! Where the settings live and where unhang runs, and so how one path is seen from both.

/// Two absolute folders with `/`; both empty when paths are to be taken as they are.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder unhang runs in, from which reports print paths.
    pub here: String,
    /// The folder of the settings file, from which its globs and roots count.
    pub folder: String,
}

impl Place {
    /// A printed path as the settings file sees it.
    ///
    /// A path outside the settings' folder stays as it is.
    #[must_use]
    pub fn within(&self, printed: &str) -> String {
        let absolute = join(&self.here, printed);
        match below(&absolute, &self.folder) {
            Some(path) => path.to_owned(),
            None => absolute,
        }
    }

    /// A path of the settings file, or an absolute one, as reports print it.
    ///
    /// Empty for the folder unhang runs in. Paths beside it begin with `../`; one that shares
    /// nothing with it is printed whole, since a ladder of dots up to the root helps nobody.
    #[must_use]
    pub fn printed(&self, path: &str) -> String {
        let absolute = join(&self.folder, path);
        if let Some(path) = below(&absolute, &self.here) {
            return path.to_owned();
        }
        let ours: Vec<&str> = parts(&self.here).collect();
        let theirs: Vec<&str> = parts(&absolute).collect();
        let common = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        if common == 0 {
            return absolute;
        }
        let mut way = vec![".."; ours.len() - common];
        way.extend(&theirs[common..]);
        way.join("/")
    }
}

/// `path` seen from `folder`, and without detours.
fn join(folder: &str, path: &str) -> String {
    if path.starts_with('/') || is_drive(path) || folder.is_empty() {
        normal(path)
    } else {
        normal(&format!("{folder}/{path}"))
    }
}

/// A path without `.`, and without `..` where a folder precedes it.
fn normal(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for part in parts(path) {
        match (part, kept.last()) {
            (".", _) => {}
            ("..", Some(&last)) if last != ".." => {
                kept.pop();
            }
            ("..", None) if path.starts_with('/') => {}
            _ => kept.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", kept.join("/"))
}

/// The rest of `path` below `folder`; empty when they are the same.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() {
        return (!path.starts_with('/')).then_some(path);
    }
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('/')
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|it| !it.is_empty())
}

fn is_drive(path: &str) -> bool {
    path.as_bytes().get(1) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(here: &str, folder: &str) -> Place {
        Place {
            here: here.to_owned(),
            folder: folder.to_owned(),
        }
    }

    #[test]
    fn a_printed_path_is_seen_from_the_settings_folder() {
        assert_eq!(place("/p", "/p").within("app/a.py"), "app/a.py");
        assert_eq!(place("/p/sub", "/p").within("a.py"), "sub/a.py");
        assert_eq!(place("/p/sub", "/p").within("../b.py"), "b.py");
        assert_eq!(place("/", "/p").within("p/a.py"), "a.py");
        assert_eq!(place("/p", "/p").within("../q/a.py"), "/q/a.py");
        assert_eq!(Place::default().within("./a/../b.py"), "b.py");
    }

    #[test]
    fn an_absolute_path_is_printed_from_where_unhang_runs() {
        assert_eq!(place("/w/p", "/w/p").printed("/w/p/app/a.py"), "app/a.py");
        assert_eq!(place("/w/p", "/w/p").printed("/w/q/a.py"), "../q/a.py");
        assert_eq!(place("/w/p", "/w/p").printed("/tmp/a.py"), "/tmp/a.py");
        assert_eq!(place("/w/p", "/w/p").printed("/w/p"), "");
        assert_eq!(place("/w/p", "/w/pq").printed("."), "../pq");
    }

    #[test]
    fn a_root_of_the_settings_is_printed_from_where_unhang_runs() {
        assert_eq!(place("/w", "/w/p").printed("src"), "p/src");
        assert_eq!(place("/w/p/sub", "/w/p").printed("src"), "../src");
    }

    #[test]
    fn a_detour_is_cut_short() {
        assert_eq!(normal("./a//b/../c/."), "a/c");
        assert_eq!(normal("../../a"), "../../a");
        assert_eq!(normal("/../a"), "/a");
    }
}
