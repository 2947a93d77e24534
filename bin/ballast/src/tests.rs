use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn a_password_in_the_address_is_not_shown() {
    let address = "http://alice:secret@127.0.0.1:8332";
    let line = ["ballast", "unbond", "--stake", "x", "--staker-key", "x", "--bitcoin-rpc", address];
    let shown = format!("{:?}", Cli::try_parse_from(line).unwrap());
    assert!(shown.contains("Devnet") && !shown.contains("secret"), "{shown}");
}
