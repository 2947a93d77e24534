//! viem and ethers, unmodified, use a running devnet as wallets and dApps do. The cases are in `testing/clients/tests`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use ballast_testing::Devnet;

fn npm(folder: &Path, arguments: &[&str], devnet: &Devnet) -> anyhow::Result<()> {
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(folder)
        .env("BALLAST_READY_FILE", devnet.ready_file())
        .output()
        .context("cannot run npm; `cargo xtask test` installs it")?;
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    ensure!(output.status.success(), "npm {} failed\n{out}\n{err}", arguments.join(" "));
    Ok(())
}

#[test]
fn real_clients_use_the_node() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--bitcoin-block-time", "1s"])?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
    npm(&folder, &["ci", "--no-audit", "--no-fund"], &devnet)?;
    npm(&folder, &["test"], &devnet)
}
