//! The `kvbench` command: arguments in, exit code out.

mod agent;
mod cli;
mod commands;
mod compare;
mod deployment;
mod devices;
mod doctor;
mod enumerate;
mod import;
mod load;
mod options;
mod plan;
mod report;
mod run;
mod serve;
mod tune;
mod ui;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use cli::Command;
use signal_hook::consts::SIGXFSZ;

fn main() -> ExitCode {
    // Workers and probes are this binary too; they take no options, and start before anything else.
    match std::env::args().nth(1).as_deref() {
        Some(kvbench::worker::SUBCOMMAND) => kvbench::worker::main(),
        Some(kvbench::serving::SUBCOMMAND) => kvbench::serving::main(),
        Some(kvbench::devices::probe::SUBCOMMAND) => kvbench::devices::probe::main(),
        _ => {}
    }
    outlive_file_size_limit();
    let cli = cli::Cli::parse();
    run::exit(match cli.command {
        None => run::run(&cli.run),
        Some(Command::Run(arguments)) => run::run(&arguments),
        Some(Command::Enumerate(arguments)) => enumerate::enumerate(&arguments),
        Some(Command::Plan(arguments)) => plan::plan(&arguments),
        Some(Command::Compare(arguments)) => compare::compare(&arguments),
        Some(Command::Report(arguments)) => report::report(&arguments),
        Some(Command::Kvcache(arguments)) => commands::kvcache(&arguments),
        Some(Command::Devices(arguments)) => devices::devices(&arguments),
        Some(Command::Doctor(arguments)) => doctor::doctor(&arguments),
        Some(Command::Serve(arguments)) => serve::serve(&arguments),
        Some(Command::Load(arguments)) => load::load(&arguments),
        Some(Command::Import { client }) => import::import(&client),
        Some(Command::Tune(arguments)) => tune::tune(&arguments),
        Some(Command::Agent(arguments)) => agent::agent(&arguments),
        Some(Command::Fetch) => commands::fetch(),
        Some(Command::Completions { shell }) => return cli::completions(shell),
    })
}

/// Lets a write beyond the limit of a file's size (`ulimit -f`) fail and be told, instead of end the process.
fn outlive_file_size_limit() {
    // That the signal came is of no interest: the write says so, and of which file. If it cannot be caught,
    // the process ends by it.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}
