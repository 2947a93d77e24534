//! [`Peers`] over HTTP and JSON-RPC.

use std::{collections::BTreeMap, thread, time::Duration};

use ballast_custody::Member;
use serde::Deserialize;
use serde_json::{Value, json};

use super::question::{Asked, NoAnswer, Peers, Question, Said};

/// How long one custodian may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer read, in bytes.
const MAX_ANSWER: usize = 256 << 10;

/// Where the other custodians listen.
#[derive(Debug, Clone)]
pub struct HttpPeers {
    urls: BTreeMap<Member, String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Option<Said>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
    #[serde(default)]
    data: Value,
}

impl HttpPeers {
    /// Custodians at addresses like `http://10.0.0.2:9701`.
    pub fn new(urls: BTreeMap<Member, String>) -> Self {
        Self { urls }
    }

    fn ask_one<Q: Question>(&self, member: Member, asked: &Asked<Q>) -> Result<Said, NoAnswer> {
        let silent = |error: &dyn std::fmt::Display| NoAnswer::Silent(error.to_string());
        let url = self.urls.get(&member).ok_or_else(|| silent(&"no address is configured for it"))?;
        let call = json!({ "jsonrpc": "2.0", "id": 0, "method": Q::METHOD, "params": asked });
        let answer = bitreq::post(url)
            .with_header("Content-Type", "application/json")
            .with_body(call.to_string())
            .with_timeout(TIMEOUT)
            .with_max_redirects(0)
            .with_max_body_size(MAX_ANSWER)
            .send()
            .map_err(|error| silent(&error))?;
        let status = answer.status_code;
        let Answer { result, error } = serde_json::from_slice(answer.as_bytes())
            .map_err(|error| silent(&format_args!("http status {status}: {error}")))?;
        match (result, error) {
            (_, Some(Refusal { message, data })) => {
                let name = data.as_str().unwrap_or("unnamed").to_owned();
                Err(NoAnswer::Refused { name, message })
            }
            (Some(said), None) => Ok(said),
            (None, None) => Err(silent(&"neither a result nor an error")),
        }
    }
}

impl Peers for HttpPeers {
    fn ask<Q: Question>(
        &self,
        members: &[Member],
        asked: &Asked<Q>,
    ) -> BTreeMap<Member, Result<Said, NoAnswer>> {
        thread::scope(|scope| {
            let ask = |member: &Member| {
                let member = *member;
                (member, scope.spawn(move || self.ask_one(member, asked)))
            };
            let asking: Vec<_> = members.iter().map(ask).collect();
            let heard = asking.into_iter().map(|(member, thread)| {
                let lost = |_| Err(NoAnswer::Silent("the call was lost".into()));
                (member, thread.join().unwrap_or_else(lost))
            });
            heard.collect()
        })
    }
}
