//! `ballast approve`: sign a stake as a member of its covenant.
//!
//! A member trusts nothing in the stake file. The covenant is the one that the member names itself, for the file may
//! come from somebody who fills the other seats; the delegation is judged under the parameters in force now; and only
//! then are the unbonding transaction signed and the slashing signatures locked to the provider's key.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_staking::delegation::covenant_sign;
use bitcoin::XOnlyPublicKey;
use clap::Args;
use serde_json::json;

use crate::key;
use crate::network::BitcoinArgs;
use crate::report::Output;
use crate::stake::{StakeArg, fresh_aux};
use crate::stake_file::{self, JudgedStake};

/// Approve a stake as a covenant member
///
/// Judges the stake, then adds a signature of its unbonding transaction and two adaptor signatures of its slashing
/// transactions to the stake file. The slashing signatures stay locked until the provider's key leaks.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  ballast approve --stake stake.json --covenant 1eee…04 --covenant 4a8c…51 --covenant 9d2b…7e --covenant-key member.key")]
pub(crate) struct ApproveCommand {
    #[command(flatten)]
    stake: StakeArg,
    /// A member of your covenant (x-only key); once for each member. The stake must be under just these
    #[arg(long, value_name = "KEY", required = true)]
    covenant: Vec<XOnlyPublicKey>,
    /// The member's key file; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    covenant_key: Vec<PathBuf>,
    #[command(flatten)]
    bitcoin: BitcoinArgs,
    #[command(flatten)]
    output: Output,
}

impl ApproveCommand {
    pub(crate) fn run(self) -> Result<()> {
        let node = self.bitcoin.connect()?;
        let _lock = stake_file::lock(self.stake.path())?;
        let mut stake = self.stake.read(&self.bitcoin)?;
        let members: Vec<_> = stake.file.covenant.iter().map(ToString::to_string).collect();
        ensure!(
            stake.file.is_under(&self.covenant),
            "the stake is under another covenant than the one named: its members are {}",
            members.join(", ")
        );
        approve(&mut stake, &self.covenant_key, &node)?;
        stake.file.write(self.stake.path())?;
        let (approvals, quorum) = stake.count();
        self.output.print(vec![
            ("approvals", json!(format!("{approvals} of {quorum}"))),
            ("members", json!(stake.file.approvals.keys().collect::<Vec<_>>())),
        ]);
        Ok(())
    }
}

/// Adds the approval of each named member that has not given its own; a quorum needs no more.
pub(crate) fn approve(stake: &mut JudgedStake, keys: &[PathBuf], node: &impl Bitcoin) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let params = stake_file::params(stake.file.network, &stake.file.covenant)?;
    let params = params.at(node.tip()?.height)?;
    let (made, now) = (stake.params.version(), params.version());
    ensure!(
        made == now,
        "the stake was made under parameters version {made}, now in force is {now}: make it anew"
    );
    for path in keys {
        let member = key::read(path, stake.file.network)?;
        let given = stake.file.approvals.contains_key(&member.x_only());
        if given || stake.approvals.has_quorum(&stake.delegation) {
            continue;
        }
        let approval = covenant_sign(&stake.file.facts(), params, &stake.approvals, &member, &fresh_aux())?;
        stake.add(member.x_only(), approval)?;
    }
    Ok(())
}
