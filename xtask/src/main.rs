//! Checks, tests and tools of this repository: `cargo xtask --help`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bitcoind;
mod cargo;
mod check;
mod devnet;
mod packages;
mod test;
mod vectors;

/// Checks, tests and tools of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything about the code that needs no test: what CI asks before it tests.
    Check(check::Check),
    /// All tests, with a real bitcoind. Arguments go to `cargo test`.
    Test(test::Test),
    /// A private network on this machine: `ballast devnet`, with everything it needs. Arguments go to it.
    Devnet(devnet::Devnet),
    /// Find a bitcoind or build one, check that it starts, and print its path.
    Bitcoind(bitcoind::Bitcoind),
    /// Check test vectors: FILE... [--json]. The name of a file without its extension is the kind.
    Vectors(vectors::Vectors),
}

fn main() -> ExitCode {
    let passed = match Arguments::parse().task {
        Task::Check(check) => check.run(),
        Task::Test(test) => test.run(),
        Task::Devnet(devnet) => devnet.run(),
        Task::Bitcoind(bitcoind) => bitcoind.run(),
        Task::Vectors(vectors) => vectors.run(),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
