//! The relayer's hands: a Ballast node and a bitcoind.

use alloy_sol_types::SolInterface;
use ballast_bitcoin_io::{Bitcoin, BitcoinError};
use ballast_types::interfaces::ILightClient::ILightClientErrors;
use bitcoin::block::Header;
use thiserror::Error;

use super::{Action, Event, Refusal, Relayer};
use crate::{
    chain::{Chain, ChainError, waits_already},
    light_client,
    runner::Hands,
};

/// The two nodes that a relayer stands between.
#[derive(Debug)]
pub struct RelayerHands<C, B> {
    /// The Ballast node.
    pub chain: C,
    /// The Bitcoin node.
    pub bitcoin: B,
}

/// Which node gave no answer.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Bitcoin(#[from] BitcoinError),
}

impl<C: Chain, B: Bitcoin> Hands<Relayer> for RelayerHands<C, B> {
    fn perform(&self, action: Action) -> Option<Event> {
        let done = match action {
            Action::ReadTips => self.read_tips(),
            Action::Compare { height } => self.compare(height),
            Action::ReadHeaders { first, count } => self.read_headers(first, count),
            Action::Submit(headers) => self.submit(&headers),
            Action::Warn(warning) => {
                tracing::warn!(role = "relayer", "{warning}");
                return None;
            }
        };
        Some(done.unwrap_or_else(|failure| Event::Failed(failure.to_string())))
    }
}

impl<C: Chain, B: Bitcoin> RelayerHands<C, B> {
    fn read_tips(&self) -> Result<Event, Failure> {
        let chain = light_client::tip(&self.chain)?;
        let bitcoin = self.bitcoin.tip()?;
        Ok(Event::Tips { chain, bitcoin })
    }

    fn compare(&self, height: u32) -> Result<Event, Failure> {
        let chain = light_client::header_at(&self.chain, height)?;
        let bitcoin = self.bitcoin.block_hash(height)?;
        Ok(Event::Compared { height, chain, bitcoin })
    }

    fn read_headers(&self, first: u32, count: u32) -> Result<Event, Failure> {
        Ok(Event::Headers(self.bitcoin.headers(first, count)?))
    }

    fn submit(&self, headers: &[Header]) -> Result<Event, Failure> {
        match light_client::submit(&self.chain, headers) {
            Ok(hash) => {
                tracing::info!(role = "relayer", headers = headers.len(), %hash, "headers submitted");
                Ok(Event::Submitted)
            }
            Err(ChainError::Refused { method: _, code, message, data }) => Ok(refused(&message, code, &data)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Reads a refusal by the contract's own error where there is one.
pub(super) fn refused(message: &str, code: i64, data: &[u8]) -> Event {
    if waits_already(message) {
        return Event::Submitted;
    }
    Event::Refused(match ILightClientErrors::abi_decode_validate(data) {
        Ok(
            ILightClientErrors::HeaderKnown(_)
            | ILightClientErrors::UnknownParent(_)
            | ILightClientErrors::NotHeavier(_),
        ) => Refusal::Outrun,
        Ok(error) => Refusal::Rule(format!("{error:?}")),
        Err(_) => Refusal::Other(format!("{message} (error {code})")),
    })
}
