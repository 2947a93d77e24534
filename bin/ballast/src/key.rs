//! Key files: one WIF private key on one line, readable by its owner only.
//!
//! Commands take keys from files that a flag names, never from a prompt or the command line itself, where a shell
//! history or a process list would keep them. 64 hex digits are read as well, since provider keys often come so.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use ballast_schnorr::SigningKey;
use bitcoin::secp256k1::{SECP256K1, SecretKey, rand::rngs::OsRng};
use bitcoin::{Address, Network, NetworkKind, PrivateKey};
use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use crate::network::NetworkName;

#[cfg(test)]
mod tests;

/// Make and inspect key files.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ballast key new --network devnet --out staker.key")]
pub(crate) struct KeyCommand {
    #[command(subcommand)]
    action: KeyAction,
}

#[derive(Debug, Subcommand)]
enum KeyAction {
    /// Write a fresh private key to a new file (mode 600) and print its public half
    New {
        /// The file to create; an existing one is never overwritten
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        print: PrintArgs,
    },
    /// Print the public half of a key file
    Show {
        /// The key file
        #[arg(long)]
        key: PathBuf,
        #[command(flatten)]
        print: PrintArgs,
    },
}

#[derive(Debug, Args)]
struct PrintArgs {
    /// The network whose addresses to print
    #[arg(long, default_value = "devnet")]
    network: NetworkName,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl KeyCommand {
    pub(crate) fn run(self) -> Result<()> {
        match self.action {
            KeyAction::New { out, print } => {
                let mut key = PrivateKey::new(SecretKey::new(&mut OsRng), kind(print.network));
                let written = write_secret(&out, &Zeroizing::new(key.to_wif()));
                let public = SigningKey::new(key.inner);
                key.inner.non_secure_erase();
                written?;
                print.print(&public);
            }
            KeyAction::Show { key, print } => print.print(&read(&key, print.network)?),
        }
        Ok(())
    }
}

impl PrintArgs {
    fn print(&self, key: &SigningKey) {
        let x_only = key.x_only();
        let address = p2tr(key, self.network.bitcoin());
        if self.json {
            let public_key = key.public_key();
            println!(
                "{}",
                json!({ "x_only": x_only, "public_key": public_key, "address": address.to_string() })
            );
        } else {
            println!("public key  {x_only}\naddress     {address}");
        }
    }
}

/// The BIP-86 address of a key: where the coins that a command spends must lie.
pub(crate) fn p2tr(key: &SigningKey, network: Network) -> Address {
    Address::p2tr(SECP256K1, key.x_only(), None, network)
}

/// Reads a key file. A WIF key says whether it is for mainnet; one that is not for `network` is refused.
pub(crate) fn read(path: &Path, network: NetworkName) -> Result<SigningKey> {
    let text = fs::read_to_string(path).map(Zeroizing::new);
    let text = text.with_context(|| format!("cannot read the key file {}", path.display()))?;
    parse(text.trim(), network).with_context(|| format!("{} holds no key for {network}", path.display()))
}

fn parse(text: &str, network: NetworkName) -> Result<SigningKey> {
    if let Ok(mut key) = PrivateKey::from_wif(text) {
        let signing = SigningKey::new(key.inner);
        key.inner.non_secure_erase();
        let side = |network: NetworkKind| if network.is_mainnet() { "mainnet" } else { "test networks" };
        let (found, expected) = (side(key.network), side(kind(network)));
        ensure!(found == expected, "the key is for {found}, {network} takes one for {expected}");
        return Ok(signing);
    }
    let mut bytes = Zeroizing::new([0; 32]);
    if hex::decode_to_slice(text, bytes.as_mut()).is_err() {
        bail!("expected one WIF private key or 64 hex digits; `ballast key new --out FILE` makes one");
    }
    Ok(SigningKey::from_bytes(&bytes)?)
}

fn kind(network: NetworkName) -> NetworkKind {
    network.bitcoin().into()
}

/// Writes a secret to a new file that only its owner can read.
pub(crate) fn write_secret(path: &Path, secret: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| match path.exists() {
        true => format!("cannot create {}: an existing key file is never overwritten", path.display()),
        false => format!("cannot create the key file {}", path.display()),
    })?;
    let line = Zeroizing::new(format!("{secret}\n"));
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).context("cannot write the key file")
}
