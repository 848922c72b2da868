//! Commands that start a server or a worker: which one, with which flags, for which code.

use crate::project::services::span;
use crate::source::{FileId, Span};
use crate::syntax::shell;

use super::Product;

/// The programs that start something, by the names of their files.
const PROGRAMS: &[(&str, Product)] = &[
    ("celery", Product::Celery),
    ("daphne", Product::Daphne),
    ("fastapi", Product::Uvicorn),
    ("granian", Product::Granian),
    ("gunicorn", Product::Gunicorn),
    ("hypercorn", Product::Hypercorn),
    ("streamlit", Product::Streamlit),
    ("uvicorn", Product::Uvicorn),
    ("uwsgi", Product::Uwsgi),
    ("waitress-serve", Product::Waitress),
];

/// Words before a program that do something else with it than start it.
const NOT_STARTED: &[&str] = &[
    "add", "cat", "command", "echo", "grep", "install", "kill", "killall", "pgrep", "pkill",
    "printf", "pip", "pip3", "which",
];

/// A word of a command, which may stand in another file than the word before it: the arguments of
/// an entry point do.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) at: Span,
}

/// The words of one command.
pub(super) type Command = Vec<Word>;

/// The commands of a file.
pub(super) fn placed(file: FileId, commands: &[shell::Command]) -> Vec<Command> {
    let command = |it: &shell::Command| {
        let words = it.iter().map(|it| Word {
            text: it.text.clone(),
            at: span(file, &it.bytes),
        });
        words.collect()
    };
    commands.iter().map(command).collect()
}

/// A program that is started.
#[derive(Debug)]
pub(super) struct Started<'c> {
    pub(super) product: Product,
    /// The word that names it.
    pub(super) program: &'c Word,
    /// The words behind it.
    pub(super) arguments: &'c [Word],
}

/// A flag's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flag {
    pub(super) text: String,
    pub(super) at: Span,
}

/// Code as a command names it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// With dots.
    pub(super) module: String,
    pub(super) name: Option<String>,
    pub(super) at: Span,
    /// Whether the word cannot mean anything but code.
    pub(super) certain: bool,
}

/// What a command starts; `None` when it starts no server.
pub(super) fn started(command: &[Word]) -> Option<Started<'_>> {
    for (at, word) in command.iter().enumerate() {
        let file = file_name(&word.text);
        if NOT_STARTED.contains(&file) {
            return None;
        }
        let known = PROGRAMS.iter().find(|it| it.0 == file);
        // `python -m uvicorn`, and `python main.py` with code of its own.
        let product = match known {
            Some((_, product)) => *product,
            None if is_python(file) && !starts_another(&command[at + 1..]) => Product::Python,
            None => continue,
        };
        return Some(Started {
            product,
            program: word,
            arguments: &command[at + 1..],
        });
    }
    None
}

pub(super) fn file_name(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python");
    version.is_some_and(|it| it.chars().all(|it| it.is_ascii_digit() || it == '.'))
}

/// Whether the words behind `python` start a server that is known by its name.
fn starts_another(words: &[Word]) -> bool {
    let module = words.iter().position(|it| it.text == "-m");
    let module = module.and_then(|at| words.get(at + 1));
    module.is_some_and(|it| PROGRAMS.iter().any(|known| known.0 == it.text))
}

impl Started<'_> {
    /// The value of a flag, the last one when it is there twice.
    pub(super) fn flag(&self, name: &str) -> Option<Flag> {
        let mut found = None;
        for (at, word) in self.arguments.iter().enumerate() {
            let Some(rest) = word.text.strip_prefix(name) else {
                continue;
            };
            let short = name.len() == 2;
            let value = match rest.strip_prefix('=') {
                Some(value) => Some((value.to_owned(), word)),
                None if rest.is_empty() => {
                    let next = self.arguments.get(at + 1);
                    next.map(|it| (it.text.clone(), it))
                }
                None if short => Some((rest.to_owned(), word)),
                None => None,
            };
            found = value.or(found);
        }
        found.map(|(text, word)| Flag { text, at: word.at })
    }

    /// The first of several flags that is there.
    pub(super) fn any_flag(&self, names: &[&str]) -> Option<Flag> {
        names.iter().find_map(|it| self.flag(it))
    }

    /// The code that the command names, the likeliest word first.
    pub(super) fn code(&self) -> Vec<Named> {
        let of_flag = |names: &[&str]| self.any_flag(names).and_then(|it| dotted(&it.text, it.at));
        match self.product {
            Product::Celery => {
                let named = of_flag(&["-A", "--app"]);
                let object = named.as_ref().and_then(Named::as_object);
                return named.into_iter().chain(object).collect();
            }
            Product::Uwsgi => {
                let flag = of_flag(&["--module", "-w", "--wsgi-file"]);
                return flag.into_iter().collect();
            }
            Product::Python => {
                if let Some(module) = of_flag(&["-m"]) {
                    return vec![Named {
                        certain: true,
                        ..module
                    }];
                }
            }
            _ => {}
        }
        let words = self.arguments.iter();
        let named = words.filter_map(|it| dotted(&it.text, it.at));
        let mut named: Vec<Named> = named.collect();
        // A server may be told a file with settings before the application that it serves.
        let is_served = !matches!(self.product, Product::Python | Product::Streamlit);
        named.sort_by_key(|it| (!it.certain, is_served && it.name.is_none()));
        named
    }
}

impl Named {
    /// The same where the last word is an object of the module before it: `-A app.main.celery`.
    fn as_object(&self) -> Option<Self> {
        let (module, name) = self.module.rsplit_once('.')?;
        self.name.is_none().then(|| Self {
            certain: false,
            module: module.to_owned(),
            name: Some(name.to_owned()),
            at: self.at,
        })
    }
}

/// `app.main:app`, `app.main:create_app()`, `app/main.py`, and `app.main`, which may be anything.
pub(super) fn dotted(text: &str, at: Span) -> Option<Named> {
    let (path, name) = match text.split_once(':') {
        Some((path, name)) => (path, Some(name)),
        None => (text, None),
    };
    let name = match name {
        Some(name) => {
            let name = name.split('(').next().unwrap_or_default();
            Some(name).filter(|it| is_identifier(it))?.to_owned().into()
        }
        None => None,
    };
    let file = path.strip_suffix(".py");
    let module = match file {
        Some(path) => path
            .trim_start_matches("./")
            .trim_start_matches('/')
            .replace('/', "."),
        None => path.to_owned(),
    };
    let is_module = module.split('.').all(is_identifier);
    is_module.then(|| Named {
        certain: file.is_some() || name.is_some(),
        module,
        name,
        at,
    })
}

fn is_identifier(text: &str) -> bool {
    let mut signs = text.chars();
    let first = signs.next();
    first.is_some_and(|it| it.is_alphabetic() || it == '_')
        && signs.all(|it| it.is_alphanumeric() || it == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<Command> {
        placed(FileId(0), &shell::commands(text, 0))
    }

    fn check(text: &str, product: Option<Product>, module: Option<(&str, Option<&str>)>) {
        let commands = commands(text);
        let started = commands.iter().find_map(|it| started(it));
        assert_eq!(started.as_ref().map(|it| it.product), product, "{text}");
        let named = started.map(|it| it.code()).unwrap_or_default();
        let first = named.first();
        let first = first.map(|it| (it.module.as_str(), it.name.as_deref()));
        assert_eq!(first, module, "{text}");
    }

    #[test]
    fn a_server_is_found_behind_what_starts_it() {
        let app = Some(("app.main", Some("app")));
        check(
            "gunicorn -b 0.0.0.0:80 app.main:app",
            Some(Product::Gunicorn),
            app,
        );
        check(
            "exec /usr/bin/gunicorn app.main:app",
            Some(Product::Gunicorn),
            app,
        );
        check(
            "poetry run uvicorn app.main:app --port 80",
            Some(Product::Uvicorn),
            app,
        );
        check(
            "python -m uvicorn app.main:app",
            Some(Product::Uvicorn),
            app,
        );
        check(
            "tini -- uvicorn 'app.main:app()'",
            Some(Product::Uvicorn),
            app,
        );
        check(
            "fastapi run app/main.py",
            Some(Product::Uvicorn),
            Some(("app.main", None)),
        );
        check(
            "celery -A app.worker worker",
            Some(Product::Celery),
            Some(("app.worker", None)),
        );
        check(
            "granian --interface asgi app.main:app",
            Some(Product::Granian),
            app,
        );
        check(
            "python -u app/main.py",
            Some(Product::Python),
            Some(("app.main", None)),
        );
        check(
            "python -m app.main",
            Some(Product::Python),
            Some(("app.main", None)),
        );
    }

    #[test]
    fn what_only_names_a_server_starts_none() {
        check("pip install gunicorn", None, None);
        check("pkill -f gunicorn", None, None);
        check("uv pip install uvicorn", None, None);
        check("echo starting uvicorn", None, None);
        check("npm start", None, None);
    }

    #[test]
    fn a_flag_has_its_value_in_the_same_word_or_the_next() {
        let words = commands("gunicorn -t 1 --timeout=2 -w4 --timeout 3 a:b");
        let started = started(&words[0]).expect("a server");
        let text = |name| started.flag(name).map(|it| it.text);
        assert_eq!(text("--timeout").as_deref(), Some("3"));
        assert_eq!(text("-t").as_deref(), Some("1"));
        assert_eq!(text("-w").as_deref(), Some("4"));
        assert_eq!(text("--threads"), None);
    }
}
