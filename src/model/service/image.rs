//! What the image that a Dockerfile builds runs, and in which environment.

use smol_str::SmolStr;

use super::{Runtime, Service, Text, Variable, shell_inside};
use crate::model::variables::expanded;
use crate::syntax::dockerfile::{Dockerfile, Instruction};
use crate::syntax::shell::Command;

/// The last stage with what it takes over from those it is based on, then the other ones that have
/// a name.
pub(super) fn services(file: &Dockerfile) -> Vec<Service> {
    let global = file
        .instructions
        .iter()
        .take_while(|it| it.keyword != "FROM");
    let global: Vec<Variable> = global
        .filter(|it| it.keyword == "ARG")
        .flat_map(arguments)
        .collect();
    let stages = stages(&file.instructions, &global);
    let Some((last, others)) = stages.split_last() else {
        return Vec::new();
    };
    let named = others.iter().filter(|it| it.name.is_some());
    let all = std::iter::once(last).chain(named);
    all.map(|it| service(it, &stages)).collect()
}

fn service(stage: &Stage<'_>, stages: &[Stage<'_>]) -> Service {
    let mut line = vec![stage];
    while let Some(base) = line.last().and_then(|it| it.base(stages)) {
        line.push(base);
    }
    line.reverse();
    let mut service = Service {
        name: stage.name.clone().unwrap_or_else(|| "image".into()),
        at: stage.from.bytes.clone(),
        runtime: Runtime::Image,
        ..Service::default()
    };
    for stage in line {
        for instruction in stage.body {
            take(&mut service, instruction, stage.global);
        }
        service.image = stage.image();
    }
    service
}

/// What one instruction says of the image.
fn take(service: &mut Service, instruction: &Instruction, global: &[Variable]) {
    match instruction.keyword.as_str() {
        "ARG" => {
            // Without a default it is the one of the same name before all stages.
            let own = arguments(instruction).into_iter();
            let known = own.map(|it| match value_of(global, &it.name) {
                Some(_) if it.value.is_some() => it,
                Some(value) => Variable {
                    value: Some(value.clone()),
                    ..it
                },
                None => it,
            });
            service.arguments.extend(known);
        }
        "ENV" => service.environment.extend(variables(instruction)),
        "WORKDIR" => {
            let words = instruction.words().next();
            service.folder = words.map(|it| it.text.as_str().into());
        }
        "ENTRYPOINT" => {
            service.entrypoint = run(instruction);
            service.drops_command = !instruction.is_exec;
            service.command.clear();
        }
        "CMD" => service.command = run(instruction),
        _ => {}
    }
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
    /// The arguments before all stages.
    global: &'f [Variable],
    from: &'f Instruction,
    body: &'f [Instruction],
    at: usize,
}

fn stages<'f>(all: &'f [Instruction], global: &'f [Variable]) -> Vec<Stage<'f>> {
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
                global,
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
        let lookup = |name: &str, _: Option<&str>| value_of(self.global, name).cloned();
        let image = expanded(&image, &lookup)?;
        let named = |it: &&Stage<'_>| {
            it.name
                .as_ref()
                .is_some_and(|it| it.eq_ignore_ascii_case(&image))
        };
        stages[..self.at].iter().rev().find(named)
    }
}

/// `ARG A=1 B`
fn arguments(instruction: &Instruction) -> Vec<Variable> {
    let words = instruction.words().map(|word| {
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) => (name, Some(value.into())),
            None => (word.text.as_str(), None),
        };
        Variable {
            name: name.into(),
            value,
            at: word.bytes.clone(),
        }
    });
    words.collect()
}

fn value_of<'v>(variables: &'v [Variable], name: &str) -> Option<&'v SmolStr> {
    let found = variables.iter().rev().find(|it| it.name == name)?;
    found.value.as_ref()
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
        let names: Vec<&str> = services.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["image", "base", "ui"]);
        let service = &services[0];
        let variables: Vec<(&str, Option<&str>)> = service
            .environment
            .iter()
            .map(|it| (it.name.as_str(), it.value.as_deref()))
            .collect();
        let expected = [("A", Some("1")), ("B", Some("2")), ("B", Some("4 5"))];
        assert_eq!(variables, expected);
        assert_eq!(service.commands().len(), 2);
        assert_eq!(service.commands()[1][1].text, "gunicorn");
        assert_eq!(
            service.image.as_ref().map(|it| it.text.as_str()),
            Some("base")
        );
    }
}
