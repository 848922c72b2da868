//! Servers and workers that commands start: their workers, their limits, the code they run.

use std::path::Path;

use smol_str::SmolStr;

use crate::catalog::hops::{Form, Setting};
use crate::fact::{Fact, Limit, Origin};
use crate::project::resolve::Resolver;
use crate::project::services::{file_at, module_at, parent, span};
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::shell;
use crate::syntax::tree::View;

use super::celery::Celery;
use super::commands::{self, Command, Named, Started, Word, started};
use super::settings;
use super::variables::Variables;
use super::{Code, Hop, Product, Workers, Written, timeouts};

/// The class of gunicorn's workers when nobody names one, and the one it takes instead when each is
/// to have several threads.
const SYNC: &str = "sync";
const THREADED: &str = "gthread";

/// The variable with more of gunicorn's flags, and the file with its settings that it looks for.
const GUNICORN_FLAGS: &str = "GUNICORN_CMD_ARGS";
const GUNICORN_FILE: &str = "gunicorn.conf.py";

/// Where a command is started.
pub(super) struct Place<'p> {
    pub(super) resolver: &'p Resolver<'p>,
    /// The folder with the code.
    pub(super) near: &'p str,
    pub(super) variables: Variables,
}

/// A command with what else it reads.
struct Server<'s, 'p> {
    place: &'s Place<'p>,
    started: Started<'s>,
    /// A module with its settings.
    config: Option<FileId>,
    /// A file with its settings, in a format without code.
    fields: Option<(FileId, View<'p>)>,
    /// The settings of the Celery application that it runs.
    celery: Option<Celery<'p, 'p>>,
}

impl<'p> Place<'p> {
    /// The server that a command starts; `None` when it starts none that is known.
    pub(super) fn server(&self, command: &Command) -> Option<Hop> {
        let started = started(command)?;
        let code = self.code(started.code());
        let code = code.map(|it| self.entered(it, started.product));
        let file = code.as_ref().and_then(|it| it.file);
        let at = started.program.at;
        if started.product == Product::Python {
            // A script may do anything; only code that was read says what.
            return Some(self.script(code?, file?, commands::file_name(&started.program.text), at));
        }
        let celery = file.filter(|_| started.product == Product::Celery);
        let server = Server {
            config: self.config(&started),
            fields: self.fields(&started),
            celery: celery.map(|it| Celery::of(self.resolver, it)),
            place: self,
            started,
        };
        let name = commands::file_name(&server.started.program.text);
        let mut hop = Hop::new(server.started.product, name, at);
        let workers = server.workers();
        let class = workers.class.as_ref().map(|it| it.value.as_str());
        let catalog = self.resolver.project.catalog;
        hop.timeouts = timeouts(catalog, hop.product, class, &|it| server.setting(it));
        hop.timeouts.retain(|it| {
            let needs = &it.entry.needs;
            needs.is_empty() || needs.iter().any(|it| server.has(it))
        });
        hop.workers = workers;
        hop.settings = server.config;
        hop.acknowledges_late = server
            .celery
            .as_ref()
            .is_some_and(Celery::acknowledges_late);
        hop.code = code.or_else(|| server.configured_code());
        hop.ends.port = server.port();
        Some(hop)
    }

    /// The module of a package that counts: `python -m app` runs `app/__main__.py`, and `celery -A app`
    /// looks for `app/celery.py`.
    fn entered(&self, code: Code, product: Product) -> Code {
        let inner = match product {
            Product::Celery => "celery",
            Product::Python => "__main__",
            _ => return code,
        };
        let project = self.resolver.project;
        let path = code.file.and_then(|it| project.sources().path(it));
        let folder = path.and_then(|it| it.strip_suffix("/__init__.py"));
        let inner = folder.and_then(|it| project.sources().find(&format!("{it}/{inner}.py")));
        let inner = inner.filter(|it| project.module(*it).is_some());
        Code {
            file: inner.or(code.file),
            ..code
        }
    }

    /// A module that is started as it is, and the server that it runs itself.
    fn script(&self, code: Code, file: FileId, program: &str, at: Span) -> Hop {
        let Some(call) = settings::run_call(self.resolver, file) else {
            let mut hop = Hop::new(Product::Python, program, at);
            hop.code = Some(code);
            return hop;
        };
        let mut hop = Hop::new(Product::Uvicorn, "uvicorn.run", at);
        let arguments = self.resolver.keywords(&call, None);
        let given = |name: &str| match arguments.get(name) {
            Lookup::Given(seen) => Some(seen),
            _ => None,
        };
        let catalog = self.resolver.project.catalog;
        hop.timeouts = timeouts(catalog, hop.product, None, &|setting| {
            let seen = given(&setting.key).filter(|_| setting.form == Form::Argument)?;
            Some(settings::limit(self.resolver, &seen, setting))
        });
        hop.workers.count = given("workers").and_then(|it| settings::count(&it));
        hop.ends.port = given("port").and_then(|it| settings::count(&it)?.value.try_into().ok());
        let app = self.resolver.argument(&call, 0).or_else(|| given("app"));
        hop.code = app
            .and_then(|it| self.application(&it, &call))
            .or(Some(code));
        hop
    }

    /// The application that is handed to a server: its name, or the object itself.
    fn application(&self, seen: &Seen, call: &Site) -> Option<Code> {
        if let Some(code) = self.named_by(seen) {
            return Some(code);
        }
        let file = match &seen.value {
            Value::Made(made) => made.site.file,
            Value::Instance(instance) => instance.file,
            Value::Function(file, ..) => *file,
            _ => call.file,
        };
        let path = self.resolver.project.sources().path(file)?;
        let module = path.strip_suffix(".py").unwrap_or(path).replace('/', ".");
        Some(Code {
            module: module.into(),
            name: None,
            file: Some(file),
            at: seen.at,
        })
    }

    /// `"app.main:app"` in Python.
    fn named_by(&self, seen: &Seen) -> Option<Code> {
        let text = seen.text()?;
        let (module, name) = text.split_once(':').unwrap_or((text, ""));
        let folder = parent(self.resolver.project.sources().path(seen.at.file)?);
        let project = self.resolver.project;
        let file = module_at(project, module, folder);
        Some(Code {
            module: module.into(),
            name: Some(name).filter(|it| !it.is_empty()).map(SmolStr::from),
            file: file.or_else(|| module_at(project, module, self.near)),
            at: seen.at,
        })
    }

    /// The first of several likely names whose module was read, else the likeliest.
    fn code(&self, named: Vec<Named>) -> Option<Code> {
        let codes = named.into_iter().map(|it| {
            let file = module_at(self.resolver.project, &it.module, self.near);
            let code = Code {
                module: it.module.into(),
                name: it.name.map(SmolStr::from),
                file,
                at: it.at,
            };
            (code, it.certain)
        });
        let codes: Vec<(Code, bool)> = codes.collect();
        let read = codes.iter().position(|it| it.0.file.is_some());
        let best = read.or_else(|| codes.iter().position(|it| it.1))?;
        codes.into_iter().nth(best).map(|it| it.0)
    }

    /// The settings of gunicorn: the file that the command names, or the one it looks for itself.
    fn config(&self, started: &Started<'_>) -> Option<FileId> {
        if started.product != Product::Gunicorn {
            return None;
        }
        let named = started.any_flag(&["--config", "-c"]);
        let path = named.map_or_else(|| GUNICORN_FILE.to_owned(), |it| it.text);
        let project = self.resolver.project;
        match path.strip_prefix("python:") {
            Some(module) => module_at(project, module, self.near),
            None => file_at(project, path.trim_start_matches("file:"), self.near),
        }
    }

    /// The settings of uWSGI and hypercorn, in the file that the command names.
    fn fields(&self, started: &Started<'_>) -> Option<(FileId, View<'p>)> {
        let (flags, section): (&[&str], _) = match started.product {
            Product::Hypercorn => (&["--config", "-c"], None),
            Product::Uwsgi => (&["--ini"], Some("uwsgi")),
            _ => return None,
        };
        let named = started.any_flag(flags).map(|it| it.text);
        let is_ini = |it: &&Word| {
            Path::new(&it.text)
                .extension()
                .is_some_and(|it| it == "ini")
        };
        let ini = || started.arguments.iter().find(is_ini);
        let path = named.or_else(|| Some(ini()?.text.clone()))?;
        let file = file_at(self.resolver.project, &path, self.near)?;
        let root = self.resolver.project.configuration(file)?.tree()?.root()?;
        let fields = section.map_or(Some(root), |it| root.get(it))?;
        Some((file, fields))
    }
}

impl Server<'_, '_> {
    /// The code that the settings name.
    fn configured_code(&self) -> Option<Code> {
        if let Some(app) = self.variable("wsgi_app") {
            return self.place.named_by(&app);
        }
        let (file, fields) = self.fields?;
        let mut keys = ["module", "wsgi", "wsgi-file"].iter();
        let value = keys.find_map(|it| fields.get(it))?;
        let named = commands::dotted(value.text()?, span(file, &value.bytes()))?;
        let place = Place {
            variables: Variables(Vec::new()),
            ..*self.place
        };
        place.code(vec![named])
    }

    /// What the command, the environment or the code says of a setting.
    fn setting(&self, setting: &Setting) -> Option<Fact<Limit>> {
        match setting.form {
            Form::Flag => Some(self.flag(&[&setting.key])?.limit(setting)),
            Form::Variable => {
                let given = self.place.variables.get(&setting.key)?;
                let written = Written {
                    text: given.likely()?.clone(),
                    at: given.at,
                };
                Some(written.limit(setting))
            }
            Form::Field => {
                let (file, fields) = self.fields?;
                Some(Written::of(file, fields.get(&setting.key)?)?.limit(setting))
            }
            Form::Python => {
                let own = || {
                    let seen = self.variable(&setting.key)?;
                    Some(settings::limit(self.place.resolver, &seen, setting))
                };
                let celery = || self.celery.as_ref()?.limit(setting);
                own().or_else(celery)
            }
            _ => None,
        }
    }

    /// Whether the command or a file has a setting, whatever its value.
    fn has(&self, name: &str) -> bool {
        let is_flag = |it: &Word| it.text.split('=').next() == Some(&*format!("--{name}"));
        let field = self.fields.and_then(|it| it.1.get(name));
        field.is_some() || self.started.arguments.iter().any(is_flag)
    }

    /// A variable of the module with its settings.
    fn variable(&self, name: &str) -> Option<Seen> {
        settings::variable(self.place.resolver, self.config?, name)
    }

    /// A flag of the command, or of the variable that adds to it.
    fn flag(&self, names: &[&str]) -> Option<Written> {
        let variables = &self.place.variables;
        if let Some(flag) = self.started.any_flag(names) {
            return Some(variables.put_in(&flag.text, flag.at));
        }
        if self.started.product != Product::Gunicorn {
            return None;
        }
        let given = variables.get(GUNICORN_FLAGS)?;
        let words = shell::commands(given.likely()?, 0);
        let words = commands::placed(given.at.file, &words);
        let more = Started {
            arguments: words.first()?,
            ..self.started
        };
        let flag = more.any_flag(names)?;
        Some(variables.put_in(&flag.text, given.at))
    }

    /// A number that a flag or a variable of the settings says.
    fn number(&self, flags: &[&str], name: &str) -> Option<Fact<u32>> {
        let flag = self.flag(flags).and_then(|it| {
            Some(Fact {
                value: it.text.parse().ok()?,
                origin: Origin::Written(it.at),
            })
        });
        let field = || {
            let (file, fields) = self.fields?;
            let written = Written::of(file, fields.get(name)?)?;
            Some(Fact {
                value: written.text.parse().ok()?,
                origin: Origin::Written(written.at),
            })
        };
        let variable = || settings::count(&self.variable(name)?);
        flag.or_else(field).or_else(variable)
    }

    fn workers(&self) -> Workers {
        let mut workers = Workers::default();
        match self.started.product {
            Product::Gunicorn => {
                workers.count = self.number(&["--workers", "-w"], "workers");
                workers.threads = self.number(&["--threads"], "threads");
                let flag = self.flag(&["--worker-class", "-k"]).map(|it| Fact {
                    value: it.text,
                    origin: Origin::Written(it.at),
                });
                let class = flag.or_else(|| settings::text(&self.variable("worker_class")?));
                workers.class = Some(worker_class(class, workers.threads.as_ref()));
            }
            Product::Celery => workers.count = self.number(&["--concurrency", "-c"], ""),
            Product::Granian | Product::Hypercorn | Product::Uvicorn => {
                workers.count = self.number(&["--workers", "-w"], "workers");
            }
            Product::Uwsgi => {
                workers.count = self.number(&["--processes", "--workers", "-p"], "processes");
                workers.threads = self.number(&["--threads"], "threads");
            }
            Product::Waitress => workers.threads = self.number(&["--threads"], ""),
            _ => {}
        }
        workers
    }

    /// The port it listens at, when somebody says so.
    fn port(&self) -> Option<u16> {
        let uwsgi = self.started.product == Product::Uwsgi;
        let port = self.flag(&["--port", "-p"]).filter(|_| !uwsgi);
        let bind = || self.flag(&["--bind", "-b", "--listen", "--http"]);
        let text = port.or_else(bind).map(|it| it.text);
        let text = text.or_else(|| self.variable("bind")?.text().cloned())?;
        text.rsplit(':').next()?.parse().ok()
    }
}

/// The class of gunicorn's workers: the one that is named, or what the number of threads makes of
/// the one that holds otherwise.
fn worker_class(named: Option<Fact<SmolStr>>, threads: Option<&Fact<u32>>) -> Fact<SmolStr> {
    let threaded = threads.filter(|it| it.value > 1);
    let is_sync = named.as_ref().is_none_or(|it| it.value == SYNC);
    match (named, threaded) {
        (_, Some(threads)) if is_sync => Fact {
            value: THREADED.into(),
            origin: threads.origin,
        },
        (Some(named), _) => named,
        (None, _) => Fact {
            value: SYNC.into(),
            origin: Origin::Default,
        },
    }
}
