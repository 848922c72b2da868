//! Settings that Python code gives to a server under a name that the server never reads.

use smol_str::SmolStr;

use crate::catalog::hops::SettingsFile;
use crate::model::python::{Bound, Module};
use crate::project::Project;
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::value::{Entry, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprKind, MODULE};

/// A setting with a name that its server reads over.
#[derive(Debug)]
pub struct MisnamedSetting {
    /// Where it is written.
    pub at: Span,
    /// The server.
    pub server: &'static str,
    /// The name that is written.
    pub name: SmolStr,
    /// The name that was meant.
    pub meant: &'static str,
}

impl<'p> Resolver<'p> {
    /// The misnamed settings of a file: its own variables when a server reads it, and the dicts that
    /// it hands to a server it starts itself.
    #[must_use]
    pub fn misnamed_settings(&self, file: FileId) -> Vec<MisnamedSetting> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in &self.project.catalog.settings_files {
            if is_read_by(self.project, file, entry) {
                found.extend(variables(file, module, entry));
            }
            if imports_from(module, &entry.classes) {
                found.extend(self.handed_over(file, module, entry));
            }
        }
        found
    }

    /// Entries of dicts that a class of the file takes which extends the server's own.
    fn handed_over(
        &self,
        file: FileId,
        module: &'p Module,
        entry: &'static SettingsFile,
    ) -> Vec<MisnamedSetting> {
        let takes = |callee| {
            let Value::Class(place, class) = self.value(file, callee).value else {
                return false;
            };
            let bases = self.bases(place, class);
            let is_server =
                |it: &Base| matches!(it, Base::Library(it) if entry.classes.contains(it));
            bases.iter().any(is_server)
        };
        let calls = module.called().filter(|it| !it.args.is_empty());
        let arguments = calls.filter(|it| takes(it.callee)).flat_map(|it| it.args);
        let dicts = arguments.filter_map(|it| match self.value(file, it.value).value {
            Value::Dict(dict) => Some(dict),
            _ => None,
        });
        let named = |it: &Entry| misnamed(entry, &it.key, it.value.at);
        dicts
            .flat_map(|it| it.entries.iter().filter_map(named).collect::<Vec<_>>())
            .collect()
    }
}

/// Whether a server reads the variables of a module.
fn is_read_by(project: &Project, file: FileId, entry: &SettingsFile) -> bool {
    let path = &project.sources().get(file).path;
    let is_found = path.rsplit('/').next() == Some(&*entry.file);
    let mut hops = project.hops().all();
    is_found || hops.any(|it| it.1.settings == Some(file) && it.1.product.id() == Some(&*entry.of))
}

/// Variables that nobody reads, neither the server nor the module itself, while the module says
/// nothing about what is meant.
fn variables(file: FileId, module: &Module, entry: &'static SettingsFile) -> Vec<MisnamedSetting> {
    let mut names: Vec<&SmolStr> = module.bindings[MODULE.0 as usize].keys().collect();
    names.sort_unstable();
    let found = names.into_iter().filter_map(|name| {
        let [binding] = module.bindings(MODULE, name) else {
            return None;
        };
        let meant = entry.meant(name)?;
        let is_value = matches!(binding.what, Bound::Value(_));
        if !is_value || !module.bindings(MODULE, meant).is_empty() {
            return None;
        }
        let exprs = module.ast.exprs.iter();
        let mut uses = exprs.filter(|it| matches!(&it.kind, ExprKind::Name(it) if it == name));
        let (Some(target), None) = (uses.next(), uses.next()) else {
            return None;
        };
        let at = Span {
            file,
            start: target.start,
            end: target.end,
        };
        misnamed(entry, name, at)
    });
    found.collect()
}

fn misnamed(entry: &'static SettingsFile, name: &SmolStr, at: Span) -> Option<MisnamedSetting> {
    Some(MisnamedSetting {
        at,
        server: &entry.of,
        name: name.clone(),
        meant: entry.meant(name)?,
    })
}

/// Whether a module imports something from where these classes are.
fn imports_from(module: &Module, classes: &[SmolStr]) -> bool {
    let bindings = module.bindings.iter().flat_map(|it| it.values()).flatten();
    let mut imported = bindings.filter_map(|it| match &it.what {
        Bound::Imported { module, .. } => Some(module),
        _ => None,
    });
    imported.any(|it| classes.iter().any(|class| class.starts_with(&**it)))
}
