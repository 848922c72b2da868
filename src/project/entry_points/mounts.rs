//! Where routers are mounted, and so what stands before the paths of their routes.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use smol_str::SmolStr;

use crate::catalog::entry_points::{Framework, MountCall};
use crate::model::python::positional;
use crate::project::Project;
use crate::project::modules::Target;
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Made, Seen, Site, Value};
use crate::source::FileId;
use crate::syntax::python::{ExprId, ExprKind};

/// How many routers may lie inside each other; more were written by nobody.
const DEPTH: usize = 12;

/// The routers of a project that are handed to others.
#[derive(Debug, Default)]
pub(in crate::project) struct Mounts {
    of: HashMap<(FileId, ExprId), Vec<Mount>>,
    /// By a module: where others include all routes that it lists.
    included: HashMap<FileId, Vec<Inclusion>>,
    /// Modules that list some of their routes behind others, in a way that nobody can tell.
    partly: HashSet<FileId>,
}

/// A place that includes all routes of a module.
#[derive(Debug)]
struct Inclusion {
    /// What it puts before them; none when nobody can tell.
    prefix: Option<SmolStr>,
    by: FileId,
}

/// An application, a router, a blueprint.
#[derive(Debug, Clone)]
struct Router {
    /// What made it, by its dotted path.
    class: SmolStr,
    /// The call that made it.
    made: (FileId, ExprId),
    /// The object whose method made it.
    within: Option<Box<Self>>,
}

#[derive(Debug)]
struct Mount {
    prefix: Prefix,
    /// What it is handed to; none when nobody can tell.
    outer: Option<Router>,
}

#[derive(Debug)]
enum Prefix {
    /// Before the router's own.
    Added(SmolStr),
    /// In place of the router's own.
    Instead(SmolStr),
    Unknown,
}

impl Mounts {
    /// Finds the calls that hand routers to others.
    pub(in crate::project) fn of(resolver: &Resolver<'_>) -> Self {
        let mut found = Self::default();
        for framework in &resolver.project.catalog.frameworks {
            for call in &framework.mount {
                for (file, at) in resolver.project.calls_named(&call.method) {
                    found.add(resolver, call, (file, at));
                }
            }
            for path in &framework.include {
                let name = path.rsplit('.').next().unwrap_or(path);
                for (file, at) in resolver.project.calls_named(name) {
                    found.include(resolver, (framework, path), (file, at));
                }
            }
        }
        found
    }

    /// `path("api/", include("answers.urls"))`.
    fn include(
        &mut self,
        resolver: &Resolver<'_>,
        (framework, path): (&Framework, &SmolStr),
        (file, at): (FileId, ExprId),
    ) -> Option<()> {
        let ast = &resolver.project.module(file)?.ast;
        let is = |callee: ExprId, paths: &[SmolStr]| matches!(&resolver.value(file, callee).value, Value::External(it) if paths.contains(it));
        let ExprKind::Call { callee, args } = ast.kind(at) else {
            return None;
        };
        if !is(*callee, std::slice::from_ref(path)) {
            return None;
        }
        let ExprKind::Call {
            callee: outer,
            args: outer_args,
        } = ast.kind(ast.expr(at).parent?)
        else {
            return None;
        };
        let registration = framework.call.iter().find(|it| is(*outer, &it.paths))?;
        let prefix = resolver.argument_of(file, outer_args, registration.path.as_ref()?);
        let prefix = prefix.as_ref().and_then(written);
        let included = resolver.value(file, positional(args, 0)?.value);
        match included_module(resolver, file, &included) {
            Some(module) if module != file => {
                let prefix = prefix.map(|it| it.trim_start_matches('^').into());
                let inclusion = Inclusion { prefix, by: file };
                self.included.entry(module).or_default().push(inclusion);
            }
            // What a library lists is no route of the project.
            None if !matches!(included.value, Value::List(_) | Value::Unknown(_)) => {}
            _ => {
                self.partly.insert(file);
            }
        }
        Some(())
    }

    /// What stands before the paths that a module lists, and whether that is all of it; nothing, and
    /// not all, where nobody can tell.
    pub(super) fn before_module(&self, file: FileId) -> (SmolStr, bool) {
        let (mut file, mut path) = (file, SmolStr::default());
        for _ in 0..DEPTH {
            let includes = self.included.get(&file).map_or(&[][..], Vec::as_slice);
            match includes {
                _ if self.partly.contains(&file) => break,
                [] => return (path, true),
                [
                    Inclusion {
                        prefix: Some(prefix),
                        by,
                    },
                ] => {
                    path = join(prefix, &path);
                    file = *by;
                }
                _ => break,
            }
        }
        (SmolStr::default(), false)
    }

    fn add(
        &mut self,
        resolver: &Resolver<'_>,
        call: &MountCall,
        (file, at): (FileId, ExprId),
    ) -> Option<()> {
        let module = resolver.project.module(file)?;
        let ExprKind::Call { callee, args } = module.ast.kind(at) else {
            return None;
        };
        let ExprKind::Attribute { value, .. } = module.ast.kind(*callee) else {
            return None;
        };
        let routers = resolver.argument_of(file, args, &call.router)?;
        let outer = application(resolver, &resolver.value(file, *value));
        for router in routers.alternatives() {
            let Some(router) = Router::of(resolver.project, router) else {
                continue;
            };
            if router.framework(resolver.project).is_none() {
                continue;
            }
            let mount = Mount {
                prefix: prefix(resolver, call, (file, at)),
                outer: outer.clone(),
            };
            self.of.entry(router.made).or_default().push(mount);
        }
        Some(())
    }

    /// What stands before the paths that an object registers, and whether that is all of it; nothing,
    /// and not all, where nobody can tell.
    pub(super) fn before(&self, resolver: &Resolver<'_>, object: &Seen) -> (SmolStr, bool) {
        let Some(router) = Router::of(resolver.project, object) else {
            return (SmolStr::default(), false);
        };
        let own = router.prefix(resolver);
        match self.whole(resolver, router) {
            Some(whole) => (whole, true),
            None => (own.unwrap_or_default(), false),
        }
    }

    fn whole(&self, resolver: &Resolver<'_>, router: Router) -> Option<SmolStr> {
        let (mut router, mut path) = (router, SmolStr::default());
        for _ in 0..DEPTH {
            let own = router.prefix(resolver)?;
            let mounts = self.of.get(&router.made).map_or(&[][..], Vec::as_slice);
            let outer = match mounts {
                [] => {
                    path = join(&own, &path);
                    match router.outer(resolver) {
                        Some(outer) => Some(outer),
                        None if router.waits_for_mount(resolver.project) => return None,
                        None => return Some(path),
                    }
                }
                [one] => {
                    path = match &one.prefix {
                        Prefix::Added(prefix) => join(prefix, &join(&own, &path)),
                        Prefix::Instead(prefix) => join(prefix, &path),
                        Prefix::Unknown => return None,
                    };
                    one.outer.clone()
                }
                // In several places at once, none of them is the path.
                _ => None,
            };
            router = outer?;
        }
        None
    }
}

impl Router {
    fn of(project: &Project, seen: &Seen) -> Option<Self> {
        let Value::Derived(derived) = &seen.value else {
            return Self::made(seen);
        };
        let within = Self::made(&derived.of)?;
        let class = within.framework(project)?.makers.get(&derived.method)?;
        Some(Self {
            class: class.clone(),
            made: (derived.site.file, derived.site.call),
            within: Some(Box::new(within)),
        })
    }

    fn made(seen: &Seen) -> Option<Self> {
        let Value::Made(made) = &seen.value else {
            return None;
        };
        let Made { path, site, .. } = &**made;
        Some(Self {
            class: path.clone(),
            made: (site.file, site.call),
            within: None,
        })
    }

    fn framework(&self, project: &Project) -> Option<&'static Framework> {
        let mut all = project.catalog.frameworks.iter();
        all.find(|it| it.classes.contains(&self.class))
    }

    /// Whether it answers nothing before somebody mounts it.
    fn waits_for_mount(&self, project: &Project) -> bool {
        let framework = self.framework(project);
        framework.is_none_or(|it| it.routers.contains(&self.class))
    }

    /// What it puts before the paths of its routes itself; none when nobody can tell.
    fn prefix(&self, resolver: &Resolver<'_>) -> Option<SmolStr> {
        let framework = self.framework(resolver.project)?;
        let arguments = resolver.keywords(&self.site(), None);
        for argument in &framework.prefix {
            match arguments.get(argument) {
                Lookup::Missing => {}
                Lookup::Given(seen) if matches!(seen.value, Value::None) => {}
                Lookup::Given(seen) => return written(&seen),
                Lookup::Maybe(_) | Lookup::Unknown(_) => return None,
            }
        }
        if !framework.prefix_is_name.contains(&self.class) {
            return Some(SmolStr::default());
        }
        let name = resolver.argument(&self.site(), 0)?;
        written(&name).map(|it| join("/", &it))
    }

    /// What it is handed to when it is made, or whose method makes it.
    fn outer(&self, resolver: &Resolver<'_>) -> Option<Self> {
        if let Some(within) = &self.within {
            return Some((**within).clone());
        }
        let outer = self.framework(resolver.project)?.outer.as_ref()?;
        let args = resolver.args(&self.site())?;
        application(resolver, &resolver.argument_of(self.made.0, args, outer)?)
    }

    fn site(&self) -> Site {
        let (file, call) = self.made;
        Site {
            file,
            call,
            frame: None,
        }
    }
}

/// The application or router that a value is; one of several applications is as good as another.
fn application(resolver: &Resolver<'_>, seen: &Seen) -> Option<Router> {
    let all = seen.alternatives().iter();
    // A test hands over an object of a class of its own.
    let real = all.filter(|it| !matches!(it.value, Value::Instance(_)));
    let project = resolver.project;
    let all = real.map(|it| Router::of(project, it));
    let all: Vec<Router> = all.collect::<Option<_>>()?;
    let is_known = |it: &Router| it.framework(project).is_some();
    let is_root = |it: &Router| !it.waits_for_mount(project);
    let certain = all.iter().all(is_known) && (all.len() == 1 || all.iter().all(is_root));
    all.into_iter().next().filter(|_| certain)
}

/// The module of the project whose routes are included: by its name, or as it is.
fn included_module(resolver: &Resolver<'_>, file: FileId, seen: &Seen) -> Option<FileId> {
    match &seen.value {
        Value::Module(module) => Some(*module),
        Value::Str(name) => match resolver.project.layout.resolve(file.0 as usize, 0, name)? {
            Target::File(module) => u32::try_from(module).ok().map(FileId),
            Target::Namespace(_) => None,
        },
        _ => None,
    }
}

/// What a call puts before the paths of a router.
fn prefix(resolver: &Resolver<'_>, call: &MountCall, (file, at): (FileId, ExprId)) -> Prefix {
    let site = Site {
        file,
        call: at,
        frame: None,
    };
    let (name, position) = &call.prefix;
    let given = match resolver.keywords(&site, None).get(name) {
        Lookup::Given(seen) => Some(seen),
        Lookup::Missing => resolver.argument(&site, *position),
        Lookup::Maybe(_) | Lookup::Unknown(_) => return Prefix::Unknown,
    };
    match given {
        None => Prefix::Added(SmolStr::default()),
        Some(seen) if matches!(seen.value, Value::None) => Prefix::Added(SmolStr::default()),
        Some(seen) => match written(&seen) {
            Some(text) if call.replaces => Prefix::Instead(text),
            Some(text) => Prefix::Added(text),
            None => Prefix::Unknown,
        },
    }
}

/// A text that is known, also when whoever sets the program up may give another.
pub(super) fn written(seen: &Seen) -> Option<SmolStr> {
    let all = seen.alternatives().iter();
    let mut known = all.filter(|it| !matches!(it.value, Value::Later));
    match (known.next(), known.next()) {
        (Some(one), None) => one.text().cloned(),
        _ => None,
    }
}

/// Two parts of a path, with one slash between them.
pub(super) fn join(before: &str, path: &str) -> SmolStr {
    if before.is_empty() || path.is_empty() {
        return [before, path].concat().into();
    }
    let (before, path) = (before.trim_end_matches('/'), path.trim_start_matches('/'));
    smol_str::format_smolstr!("{before}/{path}")
}
