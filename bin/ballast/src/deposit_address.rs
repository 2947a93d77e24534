//! `ballast deposit-address`: where to send bitcoin so that it becomes pBTC.
//!
//! The address is computed here from the group key and compared with the chain's own; the node is then asked to watch
//! it, so that its relayer proves what arrives.

use alloy_primitives::{Address, B256};
use anyhow::{Result, ensure};
use ballast_custody::{Action, Deposit, Refund};
use ballast_roles::{Chain, HttpChain};
use ballast_types::{SystemContract, interfaces::ICustody};
use bitcoin::XOnlyPublicKey;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::chain::{ChainArgs, view};
use crate::network::NetworkName;
use crate::report::Output;

/// What arriving bitcoin becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ActionName {
    /// pBTC
    Mint,
    /// stkBTC, or pBTC where it cannot be staked
    Stake,
}

/// Whom an address is for, and what comes of it.
#[derive(Debug, Args)]
pub(crate) struct DepositArgs {
    /// The account that gets the pBTC
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) recipient: Address,
    /// What arriving bitcoin becomes
    #[arg(long, default_value = "mint")]
    pub(crate) action: ActionName,
    /// A key that can take the deposit back if it is not swept in time (x-only, 64 hex digits)
    #[arg(long, value_name = "KEY")]
    pub(crate) refund_key: Option<XOnlyPublicKey>,
}

/// Print the Bitcoin address that stands for an account
///
/// Bitcoin sent there becomes pBTC of that account, less the fee printed here, once it is deep enough.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  ballast deposit-address --recipient 0x1111111111111111111111111111111111111111")]
pub(crate) struct DepositAddressCommand {
    #[command(flatten)]
    deposit: DepositArgs,
    /// The amount to quote depth and minting for, in sat
    #[arg(long, value_name = "SAT", default_value_t = 1_000_000)]
    amount: u64,
    /// The network, for the address's form
    #[arg(long, default_value = "devnet")]
    network: NetworkName,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    output: Output,
}

impl DepositArgs {
    pub(crate) fn action(&self) -> Action {
        match self.action {
            ActionName::Mint => Action::Mint,
            ActionName::Stake => Action::MintAndStake,
        }
    }

    /// The refund key as calls take it.
    pub(crate) fn refund_word(&self) -> B256 {
        self.refund_key.map(|key| key.serialize().into()).unwrap_or_default()
    }

    /// The deposit and the group key; the chain's own script must be the one computed here.
    pub(crate) fn checked(&self, chain: &HttpChain) -> Result<(Deposit, XOnlyPublicKey)> {
        let group = view(chain, SystemContract::Custody, &ICustody::groupKeyCall {})?;
        let group = XOnlyPublicKey::from_slice(group.as_slice())?;
        let refund = match self.refund_key {
            Some(key) => {
                let blocks = view(chain, SystemContract::Custody, &ICustody::refundBlocksCall {})?;
                Some(Refund::new(key, blocks, 1)?)
            }
            None => None,
        };
        let (action, recipient) = (self.action(), self.recipient.into_array());
        let deposit = Deposit { chain_id: chain.chain_id()?, recipient, action, refund };
        let call = ICustody::depositScriptCall {
            recipient: self.recipient,
            action: action as u8,
            refundKey: self.refund_word(),
        };
        let script = view(chain, SystemContract::Custody, &call)?;
        ensure!(
            deposit.script_pubkey(group).as_bytes() == &script[..],
            "the node's script for this deposit is not the one that follows from its group key: do not use this node"
        );
        Ok((deposit, group))
    }
}

impl DepositAddressCommand {
    pub(crate) fn run(self) -> Result<()> {
        let chain = self.chain.connect()?;
        let (deposit, group) = self.deposit.checked(&chain)?;
        let quote =
            view(&chain, SystemContract::Custody, &ICustody::quoteDepositCall { value: self.amount })?;
        let refund = self.deposit.refund_key.map(|_| self.deposit.refund_word());
        let _: Value = chain
            .ask("ballast_watchDeposit", json!([self.deposit.recipient, deposit.action as u8, refund]))?;
        let address = deposit.address(group, self.network.bitcoin());
        self.output.print(vec![
            ("address", json!(address.to_string())),
            ("recipient", json!(self.deposit.recipient)),
            ("minimum_sat", json!(quote.minimum)),
            ("fee_sat", json!(quote.fee)),
            ("amount_sat", json!(self.amount)),
            ("minted_sat", json!(quote.minted)),
            ("depth_blocks", json!(quote.depth)),
            ("group_key", json!(group)),
        ]);
        Ok(())
    }
}
