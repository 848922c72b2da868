//! `unhang server`: speaks to an editor until it leaves.

use std::io;

use clap::Args;

use crate::lsp::{self, End};

use super::{Error, Exit, pool};

/// Run the language server on the standard input and output, as editors start it.
#[derive(Debug, Args)]
#[command(
    after_help = "Setups for Neovim, VS Code, Helix, Emacs and Vim are in editors/README.md."
)]
pub(super) struct Server {
    /// Accepted, because some editors pass it; there is no other way to speak.
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Server {
    /// Answers until the client ends the session.
    pub(super) fn run(self) -> Result<Exit, Error> {
        let Self { stdio: _ } = self;
        let end = pool(0)?.install(|| lsp::serve(io::BufReader::new(io::stdin()), io::stdout()));
        Ok(match end {
            End::Orderly => Exit::Clean,
            End::Lost => Exit::Findings,
        })
    }
}
