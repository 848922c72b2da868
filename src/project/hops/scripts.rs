//! Shell scripts between a command and the server that it ends up with.

use std::path::Path;

use crate::model::configuration::Configuration;
use crate::project::environment::Given;
use crate::project::services::file_at;
use crate::source::FileId;

use super::Hop;
use super::commands::{Command, Word, placed};
use super::servers::Place;

/// How many scripts may start each other.
const MOST_SCRIPTS: usize = 8;

/// The servers that commands start, themselves or through scripts of the project.
///
/// Which branch of a script is taken, nobody asks: all of its servers are told.
pub(super) fn servers(place: &mut Place<'_>, commands: Vec<Command>) -> Vec<Hop> {
    let mut found = Vec::new();
    let mut open = vec![commands];
    let mut seen = Vec::new();
    while let Some(commands) = open.pop() {
        for command in &commands {
            assign(place, command);
            if let Some(hop) = place.server(command) {
                found.push(hop);
                continue;
            }
            let Some(script) = script(place, command) else {
                continue;
            };
            if seen.len() == MOST_SCRIPTS || seen.contains(&script) {
                continue;
            }
            seen.push(script);
            let read = place.resolver.project.configuration(script);
            if let Some(Configuration::Script(read)) = read {
                open.push(placed(script, &read.commands));
            }
        }
    }
    found
}

/// The script that a command runs.
fn script(place: &Place<'_>, command: &Command) -> Option<FileId> {
    let is_script = |it: &&Word| Path::new(&it.text).extension().is_some_and(|it| it == "sh");
    let word = command.iter().find(is_script)?;
    file_at(place.resolver.project, &word.text, place.near)
}

/// `NAME=value`, also behind `export`: what it says holds for the commands behind it.
fn assign(place: &mut Place<'_>, command: &Command) {
    let words = command.iter().skip_while(|it| it.text == "export");
    let pairs = words.map_while(|it| Some((it, it.text.split_once('=')?)));
    for (word, (name, value)) in pairs {
        let written = place.variables.put_in(value, word.at);
        // What only the shell can work out says nothing against what the files give.
        if !written.text.contains('$') {
            place.variables.0.push(Given {
                name: name.into(),
                value: Some(written.text),
                at: written.at,
                default: None,
                is_sample: false,
            });
        }
    }
}
