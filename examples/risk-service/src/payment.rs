//! What the service takes and gives: as JSON, and as rules see it.

use relon::{List, Opt, Schema, Str};
use serde::{Deserialize, Serialize};

/// A payment to be scored, as clients send it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Names the payment.
    pub id: String,
    /// Two letters.
    pub country: String,
    /// The payer's address.
    pub email: String,
    /// The amount.
    pub cents: i64,
    /// Days since the account was opened.
    pub account_days: i64,
    /// Earlier payments of the account.
    #[serde(default)]
    pub earlier_cents: Vec<i64>,
    /// A coupon, if one is used.
    pub coupon: Option<String>,
}

/// A payment as rules see it: the schema `Payment`, borrowed from a [`Request`].
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Payment<'a> {
    id: Str<'a>,
    country: Str<'a>,
    email: Str<'a>,
    cents: i64,
    account_days: i64,
    earlier_cents: List<'a, i64>,
    coupon: Opt<Str<'a>>,
}

impl Request {
    /// The payment for a rule. Nothing is copied but addresses.
    pub fn payment(&self) -> Payment<'_> {
        Payment {
            id: (&self.id).into(),
            country: (&self.country).into(),
            email: (&self.email).into(),
            cents: self.cents,
            account_days: self.account_days,
            earlier_cents: (&self.earlier_cents).into(),
            coupon: self.coupon.as_ref().map(Str::from).into(),
        }
    }
}

/// What a rule gives: the schema `Verdict`. It lies in the memory of the call.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Verdict<'a> {
    score: i64,
    decision: Str<'a>,
    reasons: List<'a, Str<'a>>,
}

/// What clients get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The payment's.
    pub id: String,
    /// Which version of the rule gave it: 1 for the first that was loaded.
    pub version: u64,
    /// How suspicious the payment is.
    pub score: i64,
    /// What follows from it: `accept`, `review` or `refuse`.
    pub decision: String,
    /// What contributed to the score.
    pub reasons: Vec<String>,
}

impl Answer {
    /// Copies a verdict out of the memory of the call.
    pub fn new(request: &Request, version: u64, verdict: &Verdict<'_>) -> Self {
        Answer {
            id: request.id.clone(),
            version,
            score: verdict.score,
            decision: verdict.decision.to_string(),
            reasons: verdict.reasons.iter().map(|reason| reason.to_string()).collect(),
        }
    }
}
