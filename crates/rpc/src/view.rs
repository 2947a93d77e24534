//! Blocks, transactions, receipts and logs as Ethereum's JSON.
//!
//! A duty has no sender, nonce, fee or signature. Clients demand these fields, so it shows the zero address and zeros,
//! with type `0x42` (`docs/spec/ballast-wire.md`, "Duty transaction").

use alloy_consensus::{Transaction as _, TxEnvelope, transaction::Recovered};
use alloy_eips::eip2718::Typed2718;
use alloy_primitives::{Address, B256, Bloom, Bytes, U64, U128, U256};
use alloy_rpc_types_eth as rpc;
use ballast_types::{Block, DUTY_TYPE, Duty, Header, LogEntry, Transaction};
use serde::Serialize;

use crate::{chain::ChainError, context::Executed};

/// A block, with full transactions or their hashes.
pub(crate) type BlockView = rpc::Block<TransactionView>;

/// A transaction of either kind.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum TransactionView {
    Ethereum(Box<rpc::Transaction<TxEnvelope>>),
    Duty(Box<DutyView>),
}

/// A duty in the fields of a transaction.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DutyView {
    r#type: U64,
    hash: B256,
    chain_id: U64,
    from: Address,
    to: Address,
    input: Bytes,
    value: U256,
    nonce: U64,
    gas: U64,
    gas_price: U128,
    v: U64,
    r: U256,
    s: U256,
    block_hash: Option<B256>,
    block_number: Option<U64>,
    transaction_index: Option<U64>,
}

/// A receipt.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptView {
    r#type: U64,
    status: U64,
    transaction_hash: B256,
    transaction_index: U64,
    block_hash: B256,
    block_number: U64,
    from: Address,
    to: Option<Address>,
    contract_address: Option<Address>,
    gas_used: U64,
    cumulative_gas_used: U64,
    effective_gas_price: U128,
    logs: Vec<rpc::Log>,
    logs_bloom: Bloom,
}

/// The block that a transaction is in.
#[derive(Clone, Copy)]
struct Place<'a> {
    header: &'a Header,
    hash: B256,
    index: usize,
}

/// A header, with the size of its block in bytes where that is known.
pub(crate) fn header(hash: B256, header: &Header, size: Option<usize>) -> rpc::Header {
    rpc::Header { hash, inner: header.clone(), total_difficulty: None, size: size.map(U256::from) }
}

/// A block, with its transactions in full or as hashes.
pub(crate) fn block(block: &Block, full: bool) -> Result<BlockView, ChainError> {
    let hash = block.hash();
    let transactions = if full {
        let place = |index| Some(Place { header: &block.header, hash, index });
        let views = block.transactions.iter().enumerate().map(|(index, of)| transaction(of, place(index)));
        rpc::BlockTransactions::Full(views.collect::<Result<_, _>>()?)
    } else {
        rpc::BlockTransactions::Hashes(block.transactions.iter().map(Transaction::hash).collect())
    };
    Ok(rpc::Block::new(header(hash, &block.header, Some(block.encoded_len())), transactions))
}

/// The transaction at `index` of `block`, if there is one.
pub(crate) fn transaction_at(block: &Block, index: usize) -> Result<Option<TransactionView>, ChainError> {
    let Some(of) = block.transactions.get(index) else { return Ok(None) };
    transaction(of, Some(Place { header: &block.header, hash: block.hash(), index })).map(Some)
}

/// A transaction that is in no block yet.
pub(crate) fn pending(of: &Transaction) -> Result<TransactionView, ChainError> {
    transaction(of, None)
}

fn transaction(of: &Transaction, place: Option<Place<'_>>) -> Result<TransactionView, ChainError> {
    match of {
        Transaction::Duty(duty) => Ok(TransactionView::Duty(Box::new(duty_view(duty, place)))),
        Transaction::Ethereum(envelope) => {
            let base_fee = place.and_then(|place| place.header.base_fee_per_gas);
            let view = rpc::Transaction {
                inner: Recovered::new_unchecked(envelope.clone(), sender(of)?),
                block_hash: place.map(|place| place.hash),
                block_number: place.map(|place| place.header.number),
                transaction_index: place.map(|place| place.index as u64),
                effective_gas_price: Some(envelope.effective_gas_price(base_fee)),
                block_timestamp: None,
            };
            Ok(TransactionView::Ethereum(Box::new(view)))
        }
    }
}

fn duty_view(duty: &Duty, place: Option<Place<'_>>) -> DutyView {
    DutyView {
        r#type: U64::from(DUTY_TYPE),
        hash: duty.hash(),
        chain_id: U64::from(duty.chain_id),
        to: duty.to,
        input: duty.input.clone(),
        block_hash: place.map(|place| place.hash),
        block_number: place.map(|place| U64::from(place.header.number)),
        transaction_index: place.map(|place| U64::from(place.index)),
        ..DutyView::default()
    }
}

/// All receipts of a block.
pub(crate) fn receipts(executed: &Executed) -> Result<Vec<ReceiptView>, ChainError> {
    let mut logs = executed.logs().map(|entry| log(&entry)).collect::<Vec<_>>().into_iter();
    let counts = executed.receipts.iter().map(|receipt| receipt.logs.len());
    counts
        .enumerate()
        .map(|(index, count)| receipt(executed, index, logs.by_ref().take(count).collect()))
        .collect()
}

/// The receipt at `index` of a block, if there is one.
pub(crate) fn receipt_at(executed: &Executed, index: usize) -> Result<Option<ReceiptView>, ChainError> {
    if index >= executed.receipts.len() {
        return Ok(None);
    }
    let own = executed.logs().filter(|entry| entry.transaction_index == index);
    receipt(executed, index, own.map(|entry| log(&entry)).collect()).map(Some)
}

fn receipt(executed: &Executed, index: usize, logs: Vec<rpc::Log>) -> Result<ReceiptView, ChainError> {
    let Executed { hash, block, receipts } = executed;
    let (transaction, receipt) = (&block.transactions[index], &receipts[index]);
    let before = index.checked_sub(1).map_or(0, |before| receipts[before].cumulative_gas_used);
    let from = sender(transaction)?;
    let (to, created, price) = match transaction {
        Transaction::Duty(duty) => (Some(duty.to), None, 0),
        Transaction::Ethereum(envelope) => {
            let created = envelope.kind().is_create().then(|| from.create(envelope.nonce()));
            (envelope.to(), created, envelope.effective_gas_price(block.header.base_fee_per_gas))
        }
    };
    Ok(ReceiptView {
        r#type: U64::from(receipt.ty()),
        status: U64::from(receipt.success),
        transaction_hash: transaction.hash(),
        transaction_index: U64::from(index),
        block_hash: *hash,
        block_number: U64::from(block.header.number),
        from,
        to,
        contract_address: created,
        gas_used: U64::from(receipt.cumulative_gas_used.saturating_sub(before)),
        cumulative_gas_used: U64::from(receipt.cumulative_gas_used),
        effective_gas_price: U128::from(price),
        logs,
        logs_bloom: receipt.bloom(),
    })
}

/// A log of a block.
pub(crate) fn log(entry: &LogEntry) -> rpc::Log {
    rpc::Log {
        inner: entry.log.clone(),
        block_hash: Some(entry.block_hash),
        block_number: Some(entry.block_number),
        block_timestamp: Some(entry.block_timestamp),
        transaction_hash: Some(entry.transaction_hash),
        transaction_index: Some(entry.transaction_index as u64),
        log_index: Some(entry.log_index as u64),
        removed: false,
    }
}

fn sender(of: &Transaction) -> Result<Address, ChainError> {
    of.sender().map_err(|error| ChainError::Store(format!("transaction {}: {error}", of.hash())))
}
