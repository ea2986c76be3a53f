//! The `kvbench` command: arguments in, exit code out.

mod cli;
mod options;
mod progress;
mod run;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // A worker is this binary too; it takes no options, so that it starts before anything else.
    if std::env::args().nth(1).as_deref() == Some(kvbench::worker::SUBCOMMAND) {
        kvbench::worker::main();
    }
    let cli = cli::Cli::parse();
    match cli.command {
        None => run::run(&cli.run),
        Some(cli::Command::Run(arguments)) => run::run(&arguments),
        Some(cli::Command::Kvcache(arguments)) => run::kvcache(&arguments),
        Some(cli::Command::Fetch) => run::fetch(),
        Some(cli::Command::Completions { shell }) => cli::completions(shell),
    }
}
