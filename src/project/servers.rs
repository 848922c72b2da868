//! What the servers in front of the code are told: directives of nginx, flags of gunicorn.

use crate::model::configuration::Configuration;
use crate::project::Project;
use crate::project::services::span;
use crate::source::{FileId, Span};
use crate::syntax::nginx::{Directive, Nginx};
use crate::syntax::shell::Word;

/// Flags of gunicorn that take whole seconds.
const SECONDS: &[&str] = &["--graceful-timeout", "--keep-alive", "--timeout", "-t"];

/// A directive with the file it stands in.
#[derive(Debug)]
pub struct NginxSetting<'p> {
    file: FileId,
    all: &'p Nginx,
    /// The directive.
    pub directive: &'p Directive,
}

/// A flag with a value that ends its server.
#[derive(Debug)]
pub struct BadFlag {
    /// Where the value is written.
    pub at: Span,
    /// The flag.
    pub flag: String,
    /// The value.
    pub value: String,
}

impl NginxSetting<'_> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.directive.name()
    }

    /// The argument with this text.
    #[must_use]
    pub fn argument(&self, text: &str) -> Option<&Word> {
        self.directive.arguments().iter().find(|it| it.text == text)
    }

    /// The place of a word.
    #[must_use]
    pub fn span(&self, word: &Word) -> Span {
        span(self.file, &word.bytes)
    }

    /// Whether another directive of the file is on where this one holds: in its block or around it.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        let mut block = self.directive.parent;
        loop {
            let mut here = self.all.directives.iter().filter(|it| it.parent == block);
            if let Some(found) = here.find(|it| it.name() == name) {
                return found.arguments().first().is_some_and(|it| it.text == "on");
            }
            match block {
                Some(at) => block = self.all.directives[at].parent,
                None => return false,
            }
        }
    }
}

impl Project {
    /// The directives of a file of nginx.
    #[must_use]
    pub fn nginx_settings(&self, file: FileId) -> Vec<NginxSetting<'_>> {
        let Some(Configuration::Nginx(all)) = self.configuration(file) else {
            return Vec::new();
        };
        let settings = all.directives.iter().map(|directive| NginxSetting {
            file,
            all,
            directive,
        });
        settings.collect()
    }

    /// Flags of gunicorn in a file that take whole seconds and get something else.
    #[must_use]
    pub fn bad_flags(&self, file: FileId) -> Vec<BadFlag> {
        let services = self.services().of_the_app().filter(|it| it.file == file);
        let mut found = Vec::new();
        for command in services.flat_map(|it| it.service.commands()) {
            let name = |it: &Word| it.text.rsplit('/').next() == Some("gunicorn");
            let Some(start) = command.iter().position(name) else {
                continue;
            };
            for (at, word) in command.iter().enumerate().skip(start + 1) {
                let (flag, value, place) = match (word.text.split_once('='), command.get(at + 1)) {
                    (Some((flag, value)), _) => (flag, value, word),
                    (None, Some(next)) => (word.text.as_str(), next.text.as_str(), next),
                    (None, None) => continue,
                };
                let known = value.parse::<u32>().is_ok() || value.contains(['$', '{', '%']);
                if SECONDS.contains(&flag) && !known {
                    found.push(BadFlag {
                        at: span(file, &place.bytes),
                        flag: flag.to_owned(),
                        value: value.to_owned(),
                    });
                }
            }
        }
        found
    }
}
