//! What a command prints when it has done its work: aligned lines, or with `--json` one object.

use std::fmt::Arguments;

use clap::Args;
use serde_json::{Map, Value};

/// How to print.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

impl Output {
    /// Prints the named values in their order.
    pub(crate) fn print(&self, fields: Vec<(&str, Value)>) {
        if self.json {
            let object: Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            println!("{}", Value::Object(object));
            return;
        }
        let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            println!("{:width$}  {text}", name.replace('_', " "));
        }
    }
}

/// Tells the user how far a command is, beside its output.
pub(crate) fn to_stderr(line: Arguments<'_>) {
    eprintln!("{line}");
}
