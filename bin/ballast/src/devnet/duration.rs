//! Durations as people write them: `200ms`, `1s`, `10m`.

use std::time::Duration;

#[cfg(test)]
mod tests;

/// Parses a whole number with a unit; 0 needs none.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: u32 = digits.parse().map_err(|_| explain(text))?;
    let unit = match &text[digits.len()..] {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3_600),
        _ => return Err(explain(text)),
    };
    Ok(unit * number)
}

fn explain(text: &str) -> String {
    format!("`{text}` is no duration: write a whole number and ms, s, m or h, such as 200ms or 10s")
}
