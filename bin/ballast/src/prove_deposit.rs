//! `ballast prove-deposit`: what a relayer does for a watched address, done by hand for any.

use std::thread::sleep;

use alloy_primitives::B256;
use anyhow::{Context, Result, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_light::InclusionProof;
use ballast_roles::chain::{send_duty, waits_already};
use ballast_roles::relayer::claim::inclusion;
use ballast_roles::{ChainError, HttpChain};
use ballast_types::SystemContract;
use ballast_types::interfaces::ICustody;
use bitcoin::consensus::serialize;
use bitcoin::hashes::Hash;
use bitcoin::{Block, OutPoint, Txid};
use clap::Args;
use serde_json::json;

use crate::chain::{ChainArgs, LOOK, named, view};
use crate::deposit_address::DepositArgs;
use crate::network::BitcoinArgs;
use crate::report::Output;

/// Prove a deposit, so that it mints
///
/// Anybody may prove any deposit; it mints for the account that its address stands for, once. A devnet's relayer proves
/// what `ballast deposit-address` has shown by itself. Waits until the deposit is deep enough.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  ballast prove-deposit --txid 4a5e… --vout 0 --recipient 0x1111111111111111111111111111111111111111")]
pub(crate) struct ProveDepositCommand {
    /// The Bitcoin transaction that pays the deposit address
    #[arg(long, value_name = "TXID")]
    txid: Txid,
    /// Which of its outputs
    #[arg(long, value_name = "N", default_value_t = 0)]
    vout: u32,
    #[command(flatten)]
    deposit: DepositArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    bitcoin: BitcoinArgs,
    #[command(flatten)]
    output: Output,
}

impl ProveDepositCommand {
    pub(crate) fn run(self) -> Result<()> {
        let chain = self.chain.connect()?;
        let node = self.bitcoin.connect()?;
        let (deposit, group) = self.deposit.checked(&chain)?;
        let before = self.coin(&chain)?;
        if before == 0 {
            let (block, index) = self.block(&node)?;
            let payment = deposit.payment(group, &block.txdata[index], self.vout)?;
            self.prove(&chain, &block, index, payment.value.to_sat())?;
        }
        let coin = self.coin(&chain)?;
        let shown = view(&chain, SystemContract::Custody, &ICustody::coinCall { number: coin })?;
        self.output.print(vec![
            ("state", json!(if before == 0 { "proven" } else { "proven before" })),
            ("coin", json!(coin)),
            ("outpoint", json!(OutPoint::new(self.txid, self.vout).to_string())),
            ("value_sat", json!(shown.value)),
            ("recipient", json!(self.deposit.recipient)),
        ]);
        Ok(())
    }

    /// The number of the coin that the deposit has become, 0 before.
    fn coin(&self, chain: &HttpChain) -> Result<u64> {
        let txid = B256::from(self.txid.to_byte_array());
        view(chain, SystemContract::Custody, &ICustody::coinAtCall { txid, vout: self.vout })
    }

    /// The block with the transaction, and its place there.
    fn block(&self, node: &impl Bitcoin) -> Result<(Block, usize)> {
        let outpoint = OutPoint::new(self.txid, self.vout);
        let output = node.confirmed_output(&outpoint)?.with_context(|| {
            format!("no block has an unspent output {outpoint}: wait until it is confirmed, or check --txid and --vout")
        })?;
        let height = (node.tip()?.height + 1)
            .checked_sub(output.confirmations)
            .context("bitcoind moved on meanwhile: say it again")?;
        let hash = node.block_hash(height)?.context("bitcoind moved on meanwhile: say it again")?;
        let block =
            node.block(&hash)?.with_context(|| format!("bitcoind has no block {hash}: is it pruned?"))?;
        let index = block.txdata.iter().position(|transaction| transaction.compute_txid() == self.txid);
        Ok((block, index.context("bitcoind moved on meanwhile: say it again")?))
    }

    /// Hands the proof in again and again until the chain has it: it may have to get deeper, or its header to arrive.
    fn prove(&self, chain: &HttpChain, block: &Block, index: usize, value: u64) -> Result<()> {
        let quote = view(chain, SystemContract::Custody, &ICustody::quoteDepositCall { value })?;
        ensure!(value >= quote.minimum, "the deposit is {value} sat, the least is {} sat", quote.minimum);
        let proof = InclusionProof::from_block(block, index)?;
        let call = ICustody::proveDepositCall {
            recipient: self.deposit.recipient,
            action: self.deposit.action() as u8,
            refundKey: self.deposit.refund_word(),
            transaction: serialize(&block.txdata[index]).into(),
            vout: self.vout,
            proof: inclusion(block.block_hash(), &proof),
        };
        let mut waiting = false;
        while self.coin(chain)? == 0 {
            match send_duty(chain, SystemContract::Custody, &call) {
                Ok(_) => {}
                Err(error) if is_early(&error) => {
                    if !waiting {
                        eprintln!(
                            "waiting until it is {} blocks deep in the chain's light client",
                            quote.depth
                        );
                    }
                    waiting = true;
                }
                Err(error) => return Err(named(SystemContract::Custody, error)),
            }
            sleep(LOOK);
        }
        Ok(())
    }
}

/// Whether a refusal passes with time: the block is not known yet or not deep enough, or the same proof waits already.
fn is_early(error: &ChainError) -> bool {
    use alloy_sol_types::SolError;
    use ballast_types::interfaces::ILightClient;
    let ChainError::Refused { message, data, .. } = error else { return false };
    let early = [
        ICustody::Shallow::SELECTOR,
        ICustody::Stale::SELECTOR,
        ICustody::KnownCoin::SELECTOR,
        ILightClient::UnknownBlock::SELECTOR,
    ];
    waits_already(message) || early.iter().any(|selector| data.starts_with(selector))
}
