//! The program: everything it does is in the library.

use std::process::ExitCode;

/// Trees and values are many small allocations on several threads, which this one does best.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    unhang::cli::main()
}
