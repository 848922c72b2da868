//! The import statements of a text, told without parsing it.
//!
//! A sentence in a docstring may look like one; that costs a text too many, never one too few.

use smol_str::SmolStr;

/// What one import statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    /// How many dots precede the module; 0 for an absolute import.
    pub(super) level: u32,
    /// The dotted module; empty in `from . import x`.
    pub(super) module: SmolStr,
    /// The names after `import`; empty for `import module` and for a star.
    pub(super) names: Vec<SmolStr>,
}

/// The call by which a Celery application loads the module with its settings.
const LOADS_SETTINGS: &str = "config_from_object(";

/// All imports of a text, in their order, and before them the modules that are loaded as settings.
pub(super) fn imports(text: &str) -> Vec<Import> {
    let bytes = text.as_bytes();
    let settings = memchr::memmem::find_iter(bytes, LOADS_SETTINGS);
    let settings = settings.filter_map(|at| called(text[at + LOADS_SETTINGS.len()..].trim_start()));
    let mut found: Vec<Import> = settings.collect();
    for at in memchr::memmem::find_iter(bytes, "import") {
        let (before, after) = (&text[..at], &text[at + "import".len()..]);
        if let Some(rest) = after
            .strip_prefix("_module(")
            .or_else(|| after.strip_prefix("__("))
        {
            found.extend(called(rest));
            continue;
        }
        let alone = before.chars().next_back().is_none_or(|it| !is_word(it));
        if !alone || after.chars().next().is_none_or(is_word) {
            continue;
        }
        let line = logical_start(before);
        if opens_statement(line) {
            found.extend(modules(after));
        } else if let Some((level, module)) = from(line) {
            found.push(Import {
                level,
                module: module.into(),
                names: names(after),
            });
        }
    }
    found
}

/// `import_module("app.plugins")`, when the name is a literal.
fn called(arguments: &str) -> Option<Import> {
    let quote = arguments.chars().next().filter(|it| "\"'".contains(*it))?;
    let (dotted, _) = arguments[1..].split_once(quote)?;
    let module = dotted.trim_start_matches('.');
    let level = u32::try_from(dotted.len() - module.len()).ok()?;
    let dotted = !module.is_empty() && module.chars().all(|it| is_word(it) || it == '.');
    dotted.then(|| Import {
        level,
        module: module.into(),
        names: Vec::new(),
    })
}

/// What stands before a word on its line, joined with lines that end in a backslash.
fn logical_start(before: &str) -> &str {
    let mut end = before.len();
    loop {
        let Some(at) = before[..end].rfind(['\n', '\r']) else {
            return before;
        };
        let earlier = before[..at].trim_end_matches('\r');
        if !earlier.ends_with('\\') {
            return &before[at + 1..];
        }
        end = earlier.len();
    }
}

/// Whether a statement may begin after this: at the margin, or after `else:` or `x = 1;`.
fn opens_statement(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.ends_with([':', ';'])
}

/// Level and module of `from …`, which is all of the line before `import`.
fn from(line: &str) -> Option<(u32, &str)> {
    let line = line.trim_end_matches(is_gap);
    let before = line.trim_end_matches(|it| is_word(it) || it == '.');
    let dotted = &line[before.len()..];
    // In `from.x import y` nothing parts the word from its dots.
    let (dotted, opening) = match before.trim_end_matches(is_gap) {
        "" if dotted.starts_with("from.") => (&dotted["from".len()..], ""),
        before => (dotted, before.strip_suffix("from")?),
    };
    if !opens_statement(opening) {
        return None;
    }
    let module = dotted.trim_start_matches('.');
    let level = u32::try_from(dotted.len() - module.len()).ok()?;
    (level > 0 || !module.is_empty()).then_some((level, module))
}

/// The modules of `import a.b as c, d`.
fn modules(after: &str) -> Vec<Import> {
    listed(after)
        .into_iter()
        .map(|module| Import {
            level: 0,
            module,
            names: Vec::new(),
        })
        .collect()
}

/// The names of `import (a as b, c)`; none for a star.
fn names(after: &str) -> Vec<SmolStr> {
    listed(after)
}

/// The dotted names of a list, up to its end, without the names they are given.
fn listed(after: &str) -> Vec<SmolStr> {
    let mut names = Vec::new();
    let mut rest = skip_blank(after);
    let open = rest.starts_with('(');
    rest = rest.strip_prefix('(').unwrap_or(rest);
    let skip = |text| {
        if open {
            skip_all(text)
        } else {
            skip_blank(text)
        }
    };
    loop {
        rest = skip(rest);
        let end = rest
            .find(|it| !(is_word(it) || it == '.'))
            .unwrap_or(rest.len());
        if end == 0 {
            return names;
        }
        names.push(SmolStr::from(&rest[..end]));
        rest = skip(&rest[end..]);
        if let Some(alias) = rest
            .strip_prefix("as")
            .filter(|it| !it.starts_with(is_word))
        {
            rest = skip(alias).trim_start_matches(is_word);
            rest = skip(rest);
        }
        let Some(more) = rest.strip_prefix(',') else {
            return names;
        };
        rest = more;
    }
}

/// Blanks and continued line ends.
fn skip_blank(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches([' ', '\t', '\x0c']);
        let Some(next) = text.strip_prefix('\\') else {
            return text;
        };
        let Some(next) = next
            .strip_prefix("\r\n")
            .or_else(|| next.strip_prefix(['\n', '\r']))
        else {
            return text;
        };
        text = next;
    }
}

/// Blanks, line ends and comments, as they may stand between parentheses.
fn skip_all(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(is_gap);
        let Some(comment) = text.strip_prefix('#') else {
            return text;
        };
        text = &comment[comment.find(['\n', '\r']).unwrap_or(comment.len())..];
    }
}

/// What may stand between two words of one statement, given that its line ends are continued.
fn is_gap(it: char) -> bool {
    it.is_whitespace() || it == '\\'
}

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each import as `..module: name name`.
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = imports(text)
            .iter()
            .map(|it| {
                let dots = ".".repeat(it.level as usize);
                format!("{dots}{}: {}", it.module, it.names.join(" "))
            })
            .collect();
        let found: Vec<&str> = found.iter().map(|it| it.trim_end()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn modules_are_listed_without_their_aliases() {
        check(
            "import a.b as c, d\nimport e # f, g\n",
            &["a.b:", "d:", "e:"],
        );
        check("    import asyncio\n", &["asyncio:"]);
    }

    #[test]
    fn a_module_with_settings_is_named_in_a_call() {
        check(
            "app.config_from_object(\"shop.settings\", namespace=\"CELERY\")\n",
            &["shop.settings:"],
        );
        check("app.config_from_object(Settings)\n", &[]);
    }

    #[test]
    fn names_follow_their_module() {
        check("from a.b import c as d, e\n", &["a.b: c e"]);
        check(
            "from . import x\nfrom ..pkg.sub import y\n",
            &[".: x", "..pkg.sub: y"],
        );
        check("from a import *\n", &["a:"]);
        check("from.a import b\n", &[".a: b"]);
        check("from .import b\n", &[".: b"]);
    }

    #[test]
    fn a_list_in_parentheses_spans_lines() {
        check(
            "from a import (  # why\n    b,\n    c as d,  # e,\n\n    f,\n)\nimport g\n",
            &["a: b c f", "g:"],
        );
        check("from a import(b)\r\nimport c\r\n", &["a: b", "c:"]);
    }

    #[test]
    fn a_backslash_continues_the_line() {
        check("from a.b \\\n    import c, \\\n    d\n", &["a.b: c d"]);
        check("import a, \\\r\n  b\r\n", &["a:", "b:"]);
    }

    #[test]
    fn a_statement_after_another_counts() {
        check(
            "try: import a\nexcept ImportError: from b import c\nx = 1; import d\n",
            &["a:", "b: c", "d:"],
        );
    }

    #[test]
    fn a_module_loaded_by_name_counts() {
        check(
            "m = importlib.import_module(\"app.x\")\n__import__('y')\n",
            &["app.x:", "y:"],
        );
        check("importlib.import_module(name)\n", &[]);
        check("importlib.import_module('.x', __package__)\n", &[".x:"]);
    }

    #[test]
    fn other_uses_of_the_word_do_not_count() {
        check(
            "important = reimport(x)\n# it is important to import\n",
            &[],
        );
        check("y = x.import_\nimport", &[]);
        check("from", &[]);
        check("# ── aliases — import\nfrom é.ü import x\n", &["é.ü: x"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(from|import|\\PC| |\n|\\\\|[.,;:()#'\"_é—]|as|import_module\\()*") {
            let _ = imports(&text);
        }
    }
}
