//! The share of a stake that slashing takes, and how it is rounded.
//!
//! A rate lies strictly between 0 and 1 and has at most four decimals. The slashed amount is
//! `trunc(amount × rate + 0.5)` computed in IEEE doubles, because deployed software computes it so;
//! in rare cases that differs by one sat from exact half-up rounding (`docs/spec/bitcoin-formats.md` §a.4).

use std::fmt;
use std::str::FromStr;

use bitcoin::Amount;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// Decimals of the textual form that parameters use.
const TEXT_DECIMALS: usize = 18;
/// Decimals that may differ from zero.
const DECIMALS: usize = 4;
/// 10^[`DECIMALS`].
const ONE: u16 = 10_000;

/// A slashing rate, held as ten-thousandths: 1 to 9,999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlashingRate(u16);

impl SlashingRate {
    /// The rate in ten-thousandths.
    pub fn ten_thousandths(self) -> u16 {
        self.0
    }

    /// What slashing takes of `amount`, in sats.
    pub fn slashed(self, amount: Amount) -> Amount {
        // The quotient of two exact doubles is correctly rounded, so this is the double nearest to the decimal.
        let rate = f64::from(self.0) / f64::from(ONE);
        // Amounts up to 21e14 sats are exact doubles; the cast truncates.
        Amount::from_sat((amount.to_sat() as f64 * rate + 0.5) as u64)
    }
}

impl FromStr for SlashingRate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > TEXT_DECIMALS {
            return Err(RateError::Malformed { found: text.to_owned() });
        }
        let significant = decimals.trim_end_matches('0');
        if significant.len() > DECIMALS {
            return Err(RateError::TooFine { found: text.to_owned() });
        }
        let value = format!("{significant:0<DECIMALS$}").parse().expect("four digits are a small number");
        if whole.bytes().any(|byte| byte != b'0') || value == 0 {
            return Err(RateError::OutOfRange { found: text.to_owned() });
        }
        Ok(Self(value))
    }
}

impl fmt::Display for SlashingRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0>DECIMALS$}", self.0);
        write!(f, "0.{}", digits.trim_end_matches('0'))
    }
}

/// Why a text is no slashing rate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RateError {
    /// Not a decimal number with at most 18 decimals.
    #[error("slashing rate '{found}' is not a decimal number: write it like 0.1")]
    Malformed {
        /// The text.
        found: String,
    },
    /// 0, 1 or more.
    #[error("slashing rate {found} is not between 0 and 1: choose one strictly between")]
    OutOfRange {
        /// The text.
        found: String,
    },
    /// More than four decimals.
    #[error("slashing rate {found} has more than four decimals: round it")]
    TooFine {
        /// The text.
        found: String,
    },
}
