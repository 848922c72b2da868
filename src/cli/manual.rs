//! `unhang completions` and `unhang man`: the command line, told to shells and to `man`.

use std::io::{self, Write};

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::check::unless_closed;
use super::streams::Streams;
use super::{Arguments, Error, Exit};

/// Write the completions of a shell to the standard output.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  unhang completions bash > ~/.local/share/bash-completion/completions/unhang
  unhang completions fish > ~/.config/fish/completions/unhang.fish")]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

/// Write the manual page to the standard output.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  unhang man > ~/.local/share/man/man1/unhang.1")]
pub(super) struct Man {}

impl Completions {
    /// Writes the script.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let script = match self.shell {
            Shell::Zsh => zsh(),
            shell => script(shell, Arguments::command()),
        };
        put(script.as_bytes(), streams)
    }
}

fn script(shell: Shell, mut command: Command) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, "unhang", &mut text);
    String::from_utf8(text).expect("a script is text")
}

/// The script for zsh, to which flags and paths without a command need an explanation.
fn zsh() -> String {
    let whole = Arguments::command();
    let flags = whole.get_arguments().filter(|it| !it.is_positional());
    let command = Command::new("unhang")
        .version(env!("CARGO_PKG_VERSION"))
        .args(flags.cloned())
        .subcommands(whole.get_subcommands().cloned());
    script(Shell::Zsh, command)
        // Behind a command stand its own flags.
        .replacen("options[@]}\" :", "options[@]}\" -A \"-*\" :", 1)
        // Where a command may stand, a path may stand as well.
        .replacen(
            "\":: :_unhang_commands\"",
            "\":: :{_alternative commands:command:_unhang_commands paths:path:_files}\"",
            1,
        )
}

/// Writes the manual page.
pub(super) fn man(streams: &mut Streams) -> Result<Exit, Error> {
    let mut text = Vec::new();
    manual(&mut text).expect("a vector takes all bytes");
    put(&text, streams)
}

/// The page of the program, followed by a section for each command.
fn manual(out: &mut dyn Write) -> io::Result<()> {
    let mut whole = Arguments::command();
    whole.build();
    let page = clap_mangen::Man::new(whole.clone());
    page.render(out)?;
    for command in whole.get_subcommands().filter(|it| it.get_name() != "help") {
        let command: Command = command.clone();
        let name = command.get_name().to_uppercase();
        writeln!(out, ".SH \"UNHANG {name}\"")?;
        let page = clap_mangen::Man::new(command);
        page.render_synopsis_section(out)?;
        page.render_description_section(out)?;
        page.render_options_section(out)?;
        page.render_extra_section(out)?;
    }
    Ok(())
}

fn put(text: &[u8], streams: &mut Streams) -> Result<Exit, Error> {
    let mut out = streams.out();
    unless_closed(out.write_all(text).and_then(|()| out.flush()))?;
    Ok(Exit::Clean)
}
