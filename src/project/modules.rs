//! Stub, to be replaced by the real thing: which file a dotted name means.

use std::collections::BTreeMap;

/// Where modules lie.
#[derive(Debug)]
pub struct Layout {
    paths: Vec<String>,
    by_path: BTreeMap<String, usize>,
}

impl Layout {
    /// Takes the paths of Python files.
    #[must_use]
    pub fn new(paths: &[&str]) -> Self {
        let by_path = paths.iter().zip(0..).map(|(it, at)| ((*it).to_owned(), at));
        Self {
            paths: paths.iter().map(|&it| it.to_owned()).collect(),
            by_path: by_path.collect(),
        }
    }

    /// Stub.
    #[must_use]
    pub fn with_roots(self, _roots: &[String]) -> Self {
        self
    }

    /// All files that an import statement loads.
    #[must_use]
    pub fn import(&self, from: usize, level: u32, module: &str, name: Option<&str>) -> Vec<usize> {
        let mut folder: Vec<&str> = self.paths[from].split('/').collect();
        let tops: Vec<Vec<&str>> = if level > 0 {
            folder.truncate(folder.len().saturating_sub(level as usize));
            vec![folder]
        } else {
            (0..folder.len())
                .rev()
                .map(|it| folder[..it].to_vec())
                .collect()
        };
        let parts: Vec<&str> = module
            .split('.')
            .filter(|it| !it.is_empty())
            .chain(name)
            .collect();
        for top in tops {
            let mut found = Vec::new();
            let mut path = top;
            for part in &parts {
                path.push(part);
                let stem = path.join("/");
                for file in [format!("{stem}.py"), format!("{stem}/__init__.py")] {
                    found.extend(self.by_path.get(&file));
                }
            }
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }
}
