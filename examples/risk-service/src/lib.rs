//! A service that scores payments by rules from a folder, and takes up changed rules while it serves.
//!
//! Each file of the folder that has `#main` is a rule, called by its name: `payments/card.relon` becomes `POST /score/card`. The types that a
//! rule takes and gives are those of `payment`; a rule of other types is refused. What is wrong with a rule is logged and shown at
//! `GET /rules`, and the rule that served before goes on.

pub mod catalog;
pub mod client;
pub mod http;
pub mod payment;
pub mod watch;
