//! One configuration file: in which format it is written, and what it says.

use std::ops::Range;

use crate::source::Format;
use crate::syntax::dockerfile::{self, Dockerfile};
use crate::syntax::lines::{self, Lines};
use crate::syntax::nginx::{self, Nginx};
use crate::syntax::shell::{self, Script, Word};
use crate::syntax::tree::Tree;
use crate::syntax::{dotenv, hcl, ini, json, toml, yaml};

/// Names of files in a format that means many things, by which a tool finds its own.
const NAMES: &[&str] = &[
    "app.json",
    "chart.yaml",
    "dockerrun.aws.json",
    "fly.toml",
    "heroku.yml",
    "host.json",
    "hypercorn.toml",
    "kustomization.yaml",
    "kustomization.yml",
    "langgraph.json",
    "railway.json",
    "railway.toml",
    "render.yaml",
    "serverless.yaml",
    "serverless.yml",
    "traefik.toml",
    "vercel.json",
];

/// Folders whose `.conf` files nginx reads.
const NGINX: &[&str] = &[
    "conf.d",
    "nginx",
    "sites-available",
    "sites-enabled",
    "templates",
];

/// Folders whose `.conf` files Apache reads.
const APACHE: &[&str] = &["apache", "apache2", "httpd"];

/// What a text says that tells a deployment's format, whatever the file is called: all the words of
/// one line.
const WORDS: &[&[&str]] = &[
    &["apiVersion:", "kind:"],
    &["services:"],
    &["AWS::"],
    &["functions:", "provider:", "handler:"],
    &["op:", "path:", "/containers/"],
    &["op:", "path:", "/data"],
    &["op:", "path:", "/metadata/annotations"],
    &["static_resources:"],
    &["entryPoints:"],
    &["runtime:", "entrypoint:"],
    &["\"containerDefinitions\""],
];

/// How lines begin that only nginx reads.
const DIRECTIVES: &[&str] = &[
    "add_header ",
    "brotli_",
    "charset_types ",
    "error_page ",
    "expires ",
    "fastcgi_",
    "gzip",
    "limit_req",
    "location ",
    "log_format ",
    "log_not_found ",
    "map $",
    "open_file_cache ",
    "proxy_",
    "server_name ",
    "server_tokens ",
    "ssl_",
    "types {",
    "upstream ",
    "uwsgi_pass ",
];

/// What a script says that starts a server or a worker.
const STARTS: &[&str] = &[
    "celery",
    "fastapi run",
    "gunicorn",
    "hypercorn",
    "streamlit run",
    "uvicorn",
    "uwsgi",
    "waitress-serve",
];

/// What one configuration file says.
#[derive(Debug)]
pub enum Configuration {
    /// Instructions that build an image.
    Dockerfile(Dockerfile),
    /// One directive a line.
    Lines(Lines),
    /// Directives and blocks.
    Nginx(Nginx),
    /// Commands of a shell.
    Script(Script),
    /// Scalars, lists and maps.
    Tree(Tree),
}

impl Configuration {
    /// Reads a text.
    #[must_use]
    pub fn read(format: Format, text: &str) -> Self {
        match format {
            Format::Dockerfile => Self::Dockerfile(dockerfile::parse(text)),
            Format::Lines => Self::Lines(lines::parse(text)),
            Format::Nginx => Self::Nginx(nginx::parse(text)),
            Format::Dotenv | Format::Procfile => Self::Tree(dotenv::parse(text)),
            Format::Hcl => Self::Tree(hcl::parse(text)),
            Format::Ini => Self::Tree(ini::parse(text)),
            Format::Json => Self::Tree(json::parse(text)),
            Format::Shell => Self::Script(shell::script(text)),
            Format::Toml => Self::Tree(toml::parse(text)),
            Format::Yaml => Self::Tree(yaml::parse(text)),
        }
    }

    /// The tree of a format that has one.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        match self {
            Self::Tree(tree) => Some(tree),
            _ => None,
        }
    }

    /// The comments in their order.
    #[must_use]
    pub fn comments(&self) -> &[Range<u32>] {
        match self {
            Self::Dockerfile(file) => &file.comments,
            Self::Lines(file) => &file.comments,
            Self::Nginx(file) => &file.comments,
            Self::Script(file) => &file.comments,
            Self::Tree(tree) => &tree.comments,
        }
    }

    /// The smallest entry or directive that holds an offset; `None` between them.
    #[must_use]
    pub fn statement_at(&self, at: u32) -> Option<Range<u32>> {
        match self {
            Self::Dockerfile(file) => {
                let mut all = file.instructions.iter().map(|it| it.bytes.clone());
                all.find(|it| it.contains(&at))
            }
            Self::Nginx(file) => {
                let mut all = file.directives.iter().map(|it| it.bytes.clone());
                all.find(|it| it.contains(&at))
            }
            Self::Lines(file) => line_at(&file.lines, at),
            Self::Script(file) => line_at(&file.commands, at),
            Self::Tree(tree) => tree.statement_at(at),
        }
    }

    /// Where reading stopped, and why.
    #[must_use]
    pub fn fault(&self) -> Option<&(u32, String)> {
        match self {
            Self::Dockerfile(file) => file.fault.as_ref(),
            Self::Nginx(file) => file.fault.as_ref(),
            Self::Lines(_) | Self::Script(_) => None,
            Self::Tree(tree) => tree.fault.as_ref(),
        }
    }
}

/// The words that hold an offset.
fn line_at(lines: &[Vec<Word>], at: u32) -> Option<Range<u32>> {
    let mut all = lines.iter().filter_map(|it| {
        let (first, last) = (it.first()?, it.last()?);
        Some(first.bytes.start..last.bytes.end)
    });
    all.find(|it| it.contains(&at))
}

/// The format of a file, told by its name and its folder; `None` for a file that is no configuration.
#[must_use]
pub fn format(path: &str) -> Option<Format> {
    let mut parts = path.rsplit(['/', '\\']);
    let name = parts.next()?.to_ascii_lowercase();
    let folder = parts.next().unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    if name.starts_with(".env") && (name.len() == 4 || name.as_bytes()[4] == b'.') {
        return (extension != "py").then_some(Format::Dotenv);
    }
    // `env.nginx.template`: variables to copy, whatever they are for.
    if name.starts_with("env.") && matches!(extension, "example" | "sample" | "template") {
        return Some(Format::Dotenv);
    }
    let is_dockerfile = |it: &str| matches!(it, "dockerfile" | "containerfile");
    let first = name.split(['.', '-', '_']).next().unwrap_or_default();
    if is_dockerfile(first) || is_dockerfile(extension) {
        let other = matches!(
            extension,
            "dockerignore" | "go" | "j2" | "js" | "md" | "py" | "rs" | "sh" | "tmpl" | "ts"
        );
        return (!other).then_some(Format::Dockerfile);
    }
    if name == "procfile" {
        return Some(Format::Procfile);
    }
    if first == "haproxy" || matches!(&*name, "httpd.conf" | "apache2.conf" | "apache.conf") {
        return matches!(extension, "cfg" | "conf").then_some(Format::Lines);
    }
    if extension == "conf" && APACHE.contains(&folder) {
        return Some(Format::Lines);
    }
    match extension {
        "conf" | "template" if name.contains("nginx") || NGINX.contains(&folder) => {
            Some(Format::Nginx)
        }
        "template" if name.ends_with(".conf.template") => Some(Format::Nginx),
        "conf" | "ini" if first.starts_with("supervisor") || first == "uwsgi" => Some(Format::Ini),
        // Many programs have such files; what it says tells whether nginx reads it.
        "conf" | "nginx" => Some(Format::Nginx),
        "service" => Some(Format::Ini),
        "env" if !stem.is_empty() => Some(Format::Dotenv),
        "json" => Some(Format::Json),
        "sh" => Some(Format::Shell),
        "tf" | "tfvars" => Some(Format::Hcl),
        "toml" => Some(Format::Toml),
        "yaml" | "yml" => Some(Format::Yaml),
        _ => None,
    }
}

/// Whether a file is about how something is deployed, as opposed to data in the same format.
#[must_use]
pub fn is_deployment(file_name: &str, format: Format, text: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    let says = |words: &&[&str]| {
        let mut words = words.iter();
        words.all(|it| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some())
    };
    match format {
        Format::Dockerfile
        | Format::Dotenv
        | Format::Hcl
        | Format::Ini
        | Format::Lines
        | Format::Procfile => true,
        Format::Nginx => {
            let is_named = name.contains("nginx") || name.rsplit('.').next() != Some("conf");
            is_named || text.lines().any(is_of_nginx)
        }
        // Most scripts of a tree build or test something.
        Format::Shell => STARTS.iter().any(|it| says(&&[*it][..])),
        Format::Json | Format::Toml | Format::Yaml => {
            let values = format == Format::Yaml && name.starts_with("values");
            values || NAMES.contains(&name.as_str()) || WORDS.iter().any(says)
        }
    }
}

fn is_of_nginx(line: &str) -> bool {
    let line = line.trim();
    let includes = line.starts_with("include ") && line.ends_with(".conf;");
    includes || DIRECTIVES.iter().any(|it| line.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_the_name() {
        let check = |name: &str, expected| assert_eq!(format(name), expected, "{name}");
        check(".env", Some(Format::Dotenv));
        check(".env.production", Some(Format::Dotenv));
        check("api.env", Some(Format::Dotenv));
        check("env.nginx.template", Some(Format::Dotenv));
        check("nginx.conf.template", Some(Format::Nginx));
        check(".envrc", None);
        check("environment", None);
        check("compose.yaml", Some(Format::Yaml));
        check("langgraph.json", Some(Format::Json));
        check("notes.md", None);
    }

    #[test]
    fn data_in_the_same_format_is_no_deployment() {
        assert!(is_deployment(
            "x.yaml",
            Format::Yaml,
            "kind: Pod\napiVersion: v1\n"
        ));
        assert!(is_deployment("vercel.json", Format::Json, "{}"));
        assert!(!is_deployment(
            "strings.yaml",
            Format::Yaml,
            "title: hello\n"
        ));
        assert!(!is_deployment("data.json", Format::Json, "[1, 2]"));
        let headers = "add_header X-Frame-Options DENY always;\n";
        assert!(is_deployment("security.conf", Format::Nginx, headers));
        let redis = "# the location of the file\nport 6379\n";
        assert!(!is_deployment("redis.conf", Format::Nginx, redis));
    }
}
