//! Embeds `rules/` and the first fixtures of each rule in the program, as one JSON text each.
//!
//! JSON because it is read some twenty times faster than TOML, and every run starts with it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, json};

fn main() {
    embed("catalog.json", &rules());
    embed("examples.json", &examples());
}

/// Folder, then the file's stem, then what it says.
fn rules() -> Value {
    let mut all: BTreeMap<String, BTreeMap<String, toml::Value>> = BTreeMap::new();
    for path in files("rules") {
        if path.extension() != Some(OsStr::new("toml")) {
            continue;
        }
        let value = match toml::from_str(&read(&path)) {
            Ok(value) => value,
            Err(error) => panic!("{}: {error}", path.display()),
        };
        let folder = name(path.parent().and_then(Path::file_name));
        all.entry(folder)
            .or_default()
            .insert(name(path.file_stem()), value);
    }
    json!(all)
}

/// Rule, then `bad` or `good`, then the file `example.…` of that folder, or all files of the folder
/// `example`, each below its name.
fn examples() -> Value {
    let mut all: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for path in files("fixtures/checks") {
        let parts: Vec<String> = path.iter().map(|it| name(Some(it))).collect();
        let [_, _, rule, side, first, inner @ ..] = parts.as_slice() else {
            continue;
        };
        if Path::new(first).file_stem() != Some(OsStr::new("example")) {
            continue;
        }
        let sides = all.entry(rule.clone()).or_default();
        if inner.is_empty() {
            let example = json!({"extension": name(path.extension()), "text": read(&path)});
            // The first by name counts, should there be two.
            sides.entry(side.clone()).or_insert(example);
            continue;
        }
        let text = format!("# {}\n{}", inner.join("/"), read(&path));
        let known = sides.get(side).and_then(|it| it["text"].as_str());
        let text = known.map_or(text.clone(), |it| format!("{it}\n{text}"));
        sides.insert(
            side.clone(),
            json!({"extension": name(path.extension()), "text": text}),
        );
    }
    json!(all)
}

/// All files below a folder, sorted; none when the folder is missing.
fn files(folder: &str) -> Vec<PathBuf> {
    if Path::new(folder).exists() {
        // Of a missing folder, cargo would believe that it changes all the time.
        println!("cargo:rerun-if-changed={folder}");
    }
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|it| it.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn embed(name: &str, value: &Value) {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join(name), value.to_string()).expect("OUT_DIR is writable");
}

fn name(part: Option<&OsStr>) -> String {
    part.map(|it| it.to_string_lossy().into_owned())
        .unwrap_or_default()
}
