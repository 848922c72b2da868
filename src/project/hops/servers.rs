//! Servers and workers that commands start: their workers, their limits, the code they run.

use smol_str::SmolStr;

use crate::catalog::hops::{Form, Setting};
use crate::fact::{Fact, Origin};
use crate::project::Project;
use crate::project::services::{module_at, span};
use crate::source::FileId;
use crate::syntax::shell::{self, Command};

use super::commands::{Started, started};
use super::variables::Variables;
use super::{Code, Hop, Product, Workers, Written, timeouts};

/// The class of gunicorn's workers when nobody names one, and the one it takes instead when each is
/// to have several threads.
const SYNC: &str = "sync";
const THREADED: &str = "gthread";

/// The variable with more of gunicorn's flags.
const GUNICORN_FLAGS: &str = "GUNICORN_CMD_ARGS";

/// Where a command is started.
pub(super) struct Place<'p> {
    pub(super) project: &'p Project,
    /// The file with the command.
    pub(super) file: FileId,
    /// The folder with the code.
    pub(super) near: &'p str,
    pub(super) variables: &'p Variables,
}

impl Place<'_> {
    /// The server that a command starts; `None` when it starts none that is known.
    pub(super) fn server(&self, command: &Command) -> Option<Hop> {
        let started = started(command)?;
        let code = self.code(&started);
        // A script may do anything; only code that was read says what.
        let is_read = code.as_ref().is_some_and(|it| it.file.is_some());
        if started.product == Product::Python && !is_read {
            return None;
        }
        let at = span(self.file, &started.program.bytes);
        let mut hop = Hop::new(started.product, started.program.text.as_str(), at);
        let workers = self.workers(&started);
        let class = workers.class.as_ref().map(|it| it.value.as_str());
        hop.timeouts = timeouts(self.project.catalog, hop.product, class, &|setting| {
            self.setting(&started, setting)
        });
        hop.workers = workers;
        hop.code = code;
        hop.ends.port = self.port(&started);
        Some(hop)
    }

    fn code(&self, started: &Started<'_>) -> Option<Code> {
        let named = started.code();
        let codes = named.into_iter().map(|it| {
            let file = module_at(self.project, &it.module, self.near);
            let code = Code {
                module: it.module.into(),
                name: it.name.map(SmolStr::from),
                file,
                at: span(self.file, &it.at),
            };
            (code, it.certain)
        });
        let codes: Vec<(Code, bool)> = codes.collect();
        let read = codes.iter().position(|it| it.0.file.is_some());
        let best = read.or_else(|| codes.iter().position(|it| it.1))?;
        codes.into_iter().nth(best).map(|it| it.0)
    }

    /// What the command or the environment says of a setting.
    fn setting(&self, started: &Started<'_>, setting: &Setting) -> Option<Written> {
        match setting.form {
            Form::Flag => self.flag(started, &[&setting.key]),
            Form::Variable => {
                let given = self.variables.get(&setting.key)?;
                Some(Written {
                    text: given.value.clone()?,
                    at: given.at,
                })
            }
            _ => None,
        }
    }

    /// A flag of the command, or of the variable that adds to it.
    fn flag(&self, started: &Started<'_>, names: &[&str]) -> Option<Written> {
        if let Some(flag) = started.any_flag(names) {
            return Some(self.variables.put_in(&flag.text, span(self.file, &flag.at)));
        }
        if started.product != Product::Gunicorn {
            return None;
        }
        let given = self.variables.get(GUNICORN_FLAGS)?;
        let words = shell::commands(given.value.as_deref()?, 0);
        let more = Started {
            arguments: words.first()?,
            ..*started
        };
        let flag = more.any_flag(names)?;
        Some(self.variables.put_in(&flag.text, given.at))
    }

    fn workers(&self, started: &Started<'_>) -> Workers {
        let number = |names: &[&str]| {
            let written = self.flag(started, names)?;
            Some(Fact {
                value: written.text.parse().ok()?,
                origin: Origin::Written(written.at),
            })
        };
        let mut workers = Workers::default();
        match started.product {
            Product::Gunicorn => {
                workers.count = number(&["--workers", "-w"]);
                workers.threads = number(&["--threads"]);
                let class = self.flag(started, &["--worker-class", "-k"]);
                workers.class = Some(worker_class(class, workers.threads.as_ref()));
            }
            Product::Uvicorn | Product::Hypercorn => {
                workers.count = number(&["--workers", "-w"]);
            }
            Product::Waitress => workers.threads = number(&["--threads"]),
            Product::Celery => workers.count = number(&["--concurrency", "-c"]),
            Product::Uwsgi => {
                workers.count = number(&["--processes", "--workers", "-p"]);
                workers.threads = number(&["--threads"]);
            }
            _ => {}
        }
        workers
    }

    /// The port it listens at, when the command says so.
    fn port(&self, started: &Started<'_>) -> Option<u16> {
        let port = self.flag(started, &["--port", "-p"]);
        let port = port.filter(|_| started.product != Product::Uwsgi);
        let bind = || self.flag(started, &["--bind", "-b", "--listen", "--http"]);
        let written = port.or_else(bind)?;
        written.text.rsplit(':').next()?.parse().ok()
    }
}

/// The class of gunicorn's workers: the one that is named, or what the number of threads makes of
/// the one that holds otherwise.
fn worker_class(named: Option<Written>, threads: Option<&Fact<u32>>) -> Fact<SmolStr> {
    let threaded = threads.filter(|it| it.value > 1);
    let sync = named.as_ref().is_none_or(|it| it.text == SYNC);
    match (named, threaded) {
        (_, Some(threads)) if sync => Fact {
            value: THREADED.into(),
            origin: threads.origin,
        },
        (Some(named), _) => Fact {
            value: named.text,
            origin: Origin::Written(named.at),
        },
        (None, _) => Fact {
            value: SYNC.into(),
            origin: Origin::Default,
        },
    }
}
