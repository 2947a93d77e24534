//! Amounts of pBTC and of shares on the command line: decimal, with up to 18 places.

use alloy_primitives::U256;
use alloy_primitives::utils::{format_ether, parse_ether};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// An amount, in wei.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) U256);

impl std::str::FromStr for Amount {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        ensure!(is_number(whole) && is_number(part), "an amount is a decimal number like 0.5");
        // the parser cuts further ones off
        ensure!(part.len() <= 18, "an amount has at most 18 decimals");
        Ok(Self(parse_ether(text).context("an amount is below 2^256 wei")?))
    }
}

/// As much as is named, or all that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    All,
    Some(U256),
}

impl Part {
    /// The amount that is meant of `all`, which is of `what`.
    pub(crate) fn of(self, all: U256, what: &str) -> Result<U256> {
        let meant = match self {
            Self::All => all,
            Self::Some(amount) => amount,
        };
        let held = format_ether(all);
        ensure!(
            !meant.is_zero() && meant <= all,
            "there is {held} {what}: name at most that, and more than 0"
        );
        Ok(meant)
    }
}

impl std::str::FromStr for Part {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "all" { Ok(Self::All) } else { text.parse().map(|Amount(wei)| Self::Some(wei)) }
    }
}

/// An amount as it is printed.
pub(crate) fn shown(wei: U256) -> Value {
    json!(format_ether(wei))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_decimal() {
        let cent = U256::from(10u64.pow(16));
        assert_eq!("0.01".parse::<Part>().unwrap(), Part::Some(cent));
        assert_eq!("all".parse::<Part>().unwrap(), Part::All);
        assert_eq!(shown(cent), json!("0.010000000000000000"));
        for bad in ["", "-1", "1e3", "0.0000000000000000001", "1 btc", "1.2.3", ".", "1.", ".5"] {
            assert!(bad.parse::<Part>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_part_is_a_part() {
        let (one, two) = (U256::from(1), U256::from(2));
        assert_eq!(Part::All.of(two, "wei").unwrap(), two);
        assert_eq!(Part::Some(one).of(two, "wei").unwrap(), one);
        for (part, all) in [(Part::Some(two), one), (Part::Some(U256::ZERO), one), (Part::All, U256::ZERO)] {
            assert!(part.of(all, "wei").unwrap_err().to_string().contains("at most that"));
        }
    }
}
