//! The command line itself: help with examples, and refusals that say what to do.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn ballast(line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args(line.split_whitespace())
        .output()
        .expect("cargo built it")
}

#[test]
fn every_command_has_help_with_an_example() {
    let commands = [
        "key",
        "stake",
        "approve",
        "unbond",
        "withdraw",
        "slash",
        "status",
        "provider-register",
        "provider-unjail",
        "deposit-address",
        "payout",
        "reserves",
    ];
    for command in commands {
        let help = ballast(&format!("{command} --help"));
        let text = String::from_utf8(help.stdout).unwrap();
        assert!(
            help.status.success() && text.contains("Example") && text.contains("ballast "),
            "{command}: {text}"
        );
    }
}

/// A port of this machine on which nobody listens.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// What `unbond` prints when it refuses, with these flags for the node and this variable for the cookie.
fn unbond_refused(flags: &str, cookie_variable: Option<&Path>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ballast"));
    command.args("unbond --stake x.json --staker-key x.key".split(' ')).args(flags.split_whitespace());
    command.env_remove("BALLAST_BITCOIN_RPC").env_remove("BALLAST_BITCOIN_COOKIE");
    command.envs(cookie_variable.map(|path| ("BALLAST_BITCOIN_COOKIE", path)));
    let refused = command.output().expect("cargo built it");
    assert!(!refused.status.success());
    String::from_utf8_lossy(&refused.stderr).into_owned()
}

#[test]
fn a_node_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let cookie = folder.path().join(".cookie");
    let address = format!("http://127.0.0.1:{}", closed_port());
    let flags = format!("--bitcoin-rpc {address} --bitcoin-cookie {}", cookie.display());
    let missing = unbond_refused(&flags, None);
    assert!(missing.contains(&format!("cannot read the cookie {}", cookie.display())), "{missing}");
    fs::write(&cookie, "__cookie__:0123").unwrap();
    let refused = unbond_refused(&flags, None);
    assert!(refused.contains(&format!("no answer from bitcoind at {address}")), "{refused}");
}

#[test]
fn a_flag_counts_more_than_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let [cookie, password, nowhere] = ["cookie", "password", "nowhere"].map(|name| folder.path().join(name));
    fs::write(&cookie, "__cookie__:0123").unwrap();
    fs::write(&password, "0123").unwrap();
    let address = format!("--bitcoin-rpc http://127.0.0.1:{}", closed_port());
    for login in [
        format!("--bitcoin-user alice --bitcoin-password-file {}", password.display()),
        format!("--bitcoin-cookie {}", cookie.display()),
    ] {
        let refused = unbond_refused(&format!("{address} {login}"), Some(&nowhere));
        assert!(refused.contains("no answer from bitcoind"), "{login}: {refused}");
    }
    // Without a flag the variable does count.
    let refused = unbond_refused(&address, Some(&nowhere));
    assert!(refused.contains(&format!("cannot read the cookie {}", nowhere.display())), "{refused}");
}

#[test]
fn a_password_in_the_address_is_refused_and_not_repeated() {
    let refused = unbond_refused("--bitcoin-rpc http://alice:secret@127.0.0.1:1", None);
    assert!(refused.contains("--bitcoin-user") && refused.contains("--bitcoin-password-file"), "{refused}");
    assert!(!refused.contains("secret"), "{refused}");
    let mut help = Command::new(env!("CARGO_BIN_EXE_ballast"));
    help.args(["unbond", "--help"]).env("BALLAST_BITCOIN_RPC", "http://alice:secret@127.0.0.1:1");
    let help = String::from_utf8(help.output().unwrap().stdout).unwrap();
    assert!(help.contains("BALLAST_BITCOIN_RPC") && !help.contains("secret"), "{help}");
}

#[test]
fn a_key_that_was_made_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staker.key");
    let shown = |line: &str| {
        let output = ballast(line);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let made = shown(&format!("key new --out {}", path.display()));
    assert!(made.contains("public key") && made.contains("bcrt1p"), "{made}");
    assert_eq!(shown(&format!("key show --key {}", path.display())), made);
    assert!(shown(&format!("key show --json --network testnet --key {}", path.display())).contains("tb1p"));
    let refused = ballast(&format!("key show --network mainnet --key {}", path.display()));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("mainnet takes one for mainnet"));
}

#[test]
fn a_stake_needs_its_flags() {
    let refused = ballast("stake --amount 1");
    let text = String::from_utf8(refused.stderr).unwrap();
    for flag in ["--staker-key", "--provider", "--covenant", "--time", "--out"] {
        assert!(text.contains(flag), "{flag}: {text}");
    }
}

/// What a command prints when it refuses.
fn refused(line: &str) -> String {
    let refused = ballast(line);
    assert!(!refused.status.success(), "{line}");
    String::from_utf8_lossy(&refused.stderr).into_owned()
}

#[test]
fn a_stake_on_a_chain_needs_an_account_and_no_covenant() {
    let key = "8f5c3a1f1d2c7e4b6a9d0c3e5f7182930a4b5c6d7e8f901223344556677889aa";
    let line = format!("stake --staker-key x --provider {key} --amount 100000 --time 200 --out x");
    let without_account = refused(&format!("{line} --chain http://127.0.0.1:1"));
    assert!(without_account.contains("--account-key"), "{without_account}");
    assert!(!without_account.contains("--covenant"), "{without_account}");
    for flag in ["--wait", "--no-preregister", "--account-key x"] {
        let without_chain = refused(&format!("{line} --covenant {key} {flag}"));
        assert!(without_chain.contains("--chain"), "{flag}: {without_chain}");
    }
    let two_ways = refused(&format!("{line} --chain x --account-key x --covenant-key x"));
    assert!(two_ways.contains("cannot be used with"), "{two_ways}");
}

#[test]
fn a_chain_that_is_not_there_is_named() {
    let address = format!("http://127.0.0.1:{}", closed_port());
    let txid = "00".repeat(32);
    for line in [format!("status {txid} --chain {address}"), format!("reserves --chain {address}")] {
        let text = refused(&line);
        assert!(text.contains(&format!("cannot reach the node at {address}")), "{line}: {text}");
    }
}

#[test]
fn a_commission_is_at_most_the_whole() {
    let text = refused("provider-register --key x --account-key x --commission 10001");
    assert!(text.contains("10001 is not in 0..=10000"), "{text}");
}

#[test]
fn an_amount_is_whole_satoshis() {
    let refused = ballast("stake --amount 0.5");
    assert!(String::from_utf8(refused.stderr).unwrap().contains("whole number of satoshis"));
}
