//! What the image that a Dockerfile builds runs, and in which environment.

use smol_str::SmolStr;

use super::{Runtime, Service, Text, Variable, joined, shell_inside};
use crate::syntax::dockerfile::{Dockerfile, Instruction};
use crate::syntax::shell::Command;

/// The last stage with what it takes over from those it is based on.
pub(super) fn services(file: &Dockerfile) -> Vec<Service> {
    let stages = stages(&file.instructions);
    let Some(last) = stages.last() else {
        return Vec::new();
    };
    let mut line = vec![last];
    while let Some(base) = line.last().and_then(|it| it.base(&stages)) {
        line.push(base);
    }
    line.reverse();
    let mut service = Service {
        name: last.name.clone().unwrap_or_else(|| "image".into()),
        at: last.from.bytes.clone(),
        runtime: Runtime::Image,
        ..Service::default()
    };
    let (mut entrypoint, mut command) = (Vec::new(), Vec::new());
    for stage in line {
        for instruction in stage.body {
            match instruction.keyword.as_str() {
                "ENV" => service.environment.extend(variables(instruction)),
                "WORKDIR" => {
                    let words = instruction.words().next();
                    service.folder = words.map(|it| it.text.as_str().into());
                }
                "ENTRYPOINT" => {
                    entrypoint = run(instruction);
                    command.clear();
                }
                "CMD" => command = run(instruction),
                _ => {}
            }
        }
        service.image = stage.image();
    }
    service.commands = joined(entrypoint, command);
    vec![service]
}

fn run(instruction: &Instruction) -> Vec<Command> {
    let commands = instruction.commands.iter();
    // The exec form is one command, whatever stands in it.
    let count = if instruction.is_exec { 1 } else { usize::MAX };
    commands
        .take(count)
        .cloned()
        .flat_map(shell_inside)
        .collect()
}

struct Stage<'f> {
    name: Option<SmolStr>,
    from: &'f Instruction,
    body: &'f [Instruction],
    at: usize,
}

fn stages(all: &[Instruction]) -> Vec<Stage<'_>> {
    let starts: Vec<usize> = (0..all.len())
        .filter(|at| all[*at].keyword == "FROM")
        .collect();
    let ends = starts.iter().skip(1).copied().chain([all.len()]);
    let stages = starts.iter().zip(ends).enumerate();
    stages
        .map(|(at, (start, end))| {
            let words: Vec<&str> = all[*start].words().map(|it| it.text.as_str()).collect();
            let name = words.iter().position(|it| it.eq_ignore_ascii_case("as"));
            Stage {
                name: name.and_then(|it| Some((*words.get(it + 1)?).into())),
                from: &all[*start],
                body: &all[*start + 1..end],
                at,
            }
        })
        .collect()
}

impl<'f> Stage<'f> {
    fn image(&self) -> Option<Text> {
        let mut words = self.from.words().filter(|it| !it.text.starts_with("--"));
        let word = words.next()?;
        Some(Text {
            text: word.text.as_str().into(),
            at: word.bytes.clone(),
        })
    }

    /// The earlier stage it is based on.
    fn base<'s>(&self, stages: &'s [Stage<'f>]) -> Option<&'s Stage<'f>> {
        let image = self.image()?.text;
        let named = |it: &&Stage<'_>| {
            it.name
                .as_ref()
                .is_some_and(|it| it.eq_ignore_ascii_case(&image))
        };
        stages[..self.at].iter().rev().find(named)
    }
}

/// `ENV A=1 B=2`, and `ENV A 1 2` of old.
fn variables(instruction: &Instruction) -> Vec<Variable> {
    let words: Vec<_> = instruction.words().collect();
    let Some(first) = words.first() else {
        return Vec::new();
    };
    if !first.text.contains('=') {
        let value: Vec<&str> = words[1..].iter().map(|it| it.text.as_str()).collect();
        let end = words.last().map_or(first.bytes.end, |it| it.bytes.end);
        return vec![Variable {
            name: first.text.as_str().into(),
            value: Some(value.join(" ").into()),
            at: words.get(1).map_or(first.bytes.start, |it| it.bytes.start)..end,
        }];
    }
    let pairs = words.iter().filter_map(|it| {
        let (name, value) = it.text.split_once('=')?;
        Some(Variable {
            name: name.into(),
            value: Some(value.into()),
            at: it.bytes.clone(),
        })
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::dockerfile;

    #[test]
    fn the_last_stage_takes_over_what_its_bases_say() {
        let file = dockerfile::parse(
            "FROM python:3.12 AS base\nENV A=1 B=2\nFROM node AS ui\nENV C=3\nFROM base\nENV B 4 5\nENTRYPOINT [\"sh\", \"-c\", \"migrate && exec gunicorn app:app\"]\n",
        );
        let services = services(&file);
        let [service] = services.as_slice() else {
            panic!("one stage is run");
        };
        let variables: Vec<(&str, Option<&str>)> = service
            .environment
            .iter()
            .map(|it| (it.name.as_str(), it.value.as_deref()))
            .collect();
        let expected = [("A", Some("1")), ("B", Some("2")), ("B", Some("4 5"))];
        assert_eq!(variables, expected);
        assert_eq!(service.commands.len(), 2);
        assert_eq!(service.commands[1][1].text, "gunicorn");
        assert_eq!(
            service.image.as_ref().map(|it| it.text.as_str()),
            Some("base")
        );
    }
}
