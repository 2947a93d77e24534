//! `ballast reserves`: what pBTC there is, and the bitcoin behind it, output by output.

use anyhow::{Result, ensure};
use ballast_roles::{At, Chain};
use ballast_types::{SystemContract, interfaces::ICustody};
use bitcoin::{Txid, hashes::Hash};
use clap::Args;
use serde_json::{Value, json};

use crate::chain::{ChainArgs, view_at};

/// Print the books of custody, and every output in them
///
/// Reserves are outputs of custody's whose transactions are proven to be on Bitcoin; liabilities are pBTC issued and not
/// burnt. Anybody can look the outputs up on Bitcoin. Fails when the outputs do not add up to the books.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ballast reserves\n  ballast reserves --json")]
pub(crate) struct ReservesCommand {
    #[command(flatten)]
    chain: ChainArgs,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

/// An output of custody's.
struct Held {
    outpoint: String,
    value: u64,
    state: &'static str,
    standing: bool,
}

impl ReservesCommand {
    pub(crate) fn run(self) -> Result<()> {
        let chain = self.chain.connect()?;
        // one block for all: the books move on while they are read
        let at = At::Block(chain.block_number()?);
        let books = view_at(&chain, at, SystemContract::Custody, &ICustody::solvencyCall {})?;
        let count = view_at(&chain, at, SystemContract::Custody, &ICustody::coinCountCall {})?;
        let mut held = Vec::new();
        for number in 1..=count {
            let coin = view_at(&chain, at, SystemContract::Custody, &ICustody::coinCall { number })?;
            let state = match coin.state {
                1 => "refundable",
                2 => "free",
                3 => "in flight",
                _ => continue,
            };
            let outpoint = format!("{}:{}", Txid::from_byte_array(coin.txid.0), coin.vout);
            held.push(Held { outpoint, value: coin.value, state, standing: coin.standing });
        }
        let reserve = |coin: &&Held| coin.standing && coin.state != "refundable";
        let anchored: u64 = held.iter().filter(reserve).map(|coin| coin.value).sum();
        self.print(&books, &held);
        ensure!(
            anchored == books.anchored,
            "the outputs add up to {anchored} sat, the books say {}: do not trust this node",
            books.anchored
        );
        Ok(())
    }

    fn print(&self, books: &ICustody::Books, held: &[Held]) {
        let lines = [
            ("issued_sat", books.issued),
            ("burnt_sat", books.burnt),
            ("liabilities_sat", books.liabilities),
            ("escrow_sat", books.escrow),
            ("reserves_sat", books.anchored),
            ("in_flight_sat", books.inFlight),
            ("unbacked_sat", books.unbacked),
            ("refundable_sat", books.refundable),
            ("surplus_sat", books.surplus),
            ("deficit_sat", books.deficit),
        ];
        if self.json {
            let mut object: serde_json::Map<String, Value> =
                lines.into_iter().map(|(name, sats)| (name.to_owned(), json!(sats))).collect();
            let outputs: Vec<_> = held.iter().map(Held::json).collect();
            object.insert("outputs".to_owned(), Value::Array(outputs));
            println!("{}", Value::Object(object));
            return;
        }
        for (name, sats) in lines {
            println!("{:<16}{sats:>20}", name.trim_end_matches("_sat").replace('_', " "));
        }
        println!("\n{:<70}{:>16}", "output", "sat");
        for coin in held {
            let gone = if coin.standing { "" } else { ", its block has left the best chain" };
            println!("{:<70}{:>16}  {}{gone}", coin.outpoint, coin.value, coin.state);
        }
    }
}

impl Held {
    fn json(&self) -> Value {
        json!({
            "outpoint": self.outpoint, "value_sat": self.value, "state": self.state, "standing": self.standing
        })
    }
}
