//! The service as its users see it: started, asked, and given other rules while it serves.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use risk_service::client::Connection;
use serde_json::{Value, json};

/// A running service with rules of its own. It ends with the test.
struct Service {
    process: Child,
    rules: PathBuf,
    address: String,
}

impl Service {
    /// Starts the service on a free port with a copy of the rules.
    fn start(name: &str) -> Service {
        let rules = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("risk-service {name}"));
        let _ = std::fs::remove_dir_all(&rules);
        std::fs::create_dir_all(&rules).expect("a folder");
        for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the rules") {
            let file = file.expect("a file").path();
            std::fs::copy(&file, rules.join(file.file_name().expect("a name"))).expect("a copy");
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_risk-service"));
        command.args(["--listen", "127.0.0.1:0", "--rules"]).arg(&rules).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the service starts");
        let mut log = BufReader::new(process.stderr.take().expect("its log")).lines();
        let listening = log.by_ref().map(|line| line.expect("text")).find(|line| line.starts_with("listening on "));
        let listening = listening.expect("the service listens");
        // Somebody has to read the log, or the service waits.
        std::thread::spawn(move || log.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
        Service { process, rules, address: listening["listening on ".len()..].to_owned() }
    }

    fn rule(&self, name: &str) -> String {
        std::fs::read_to_string(self.rules.join(name)).expect("a rule")
    }

    /// Replaces a rule as a deployment would: at once.
    fn replace(&self, name: &str, text: &str) {
        let new = self.rules.join("new");
        std::fs::write(&new, text).expect("a file");
        std::fs::rename(new, self.rules.join(name)).expect("another rule");
    }

    async fn connect(&self) -> Connection {
        Connection::open(&self.address).await.expect("a connection")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn payment() -> Value {
    json!({
        "id": "P-1", "country": "FR", "email": "ada@example.org", "cents": 129900, "account_days": 12,
        "earlier_cents": [2500, 4900], "coupon": null
    })
}

async fn post(connection: &mut Connection, path: &str, body: &Value) -> (StatusCode, Value) {
    let (status, body) = connection.post(path, body.to_string()).await.expect("an answer");
    let text = String::from_utf8_lossy(&body).into_owned();
    (status, serde_json::from_slice(&body).unwrap_or(Value::String(text)))
}

/// What the service says about a rule.
async fn status(connection: &mut Connection, name: &str) -> Value {
    let (status, body) = connection.get("/rules").await.expect("an answer");
    assert_eq!(status, StatusCode::OK);
    let rules: Vec<Value> = serde_json::from_slice(&body).expect("JSON");
    rules.into_iter().find(|rule| rule["name"] == name).unwrap_or_default()
}

/// Waits until the service says what is awaited about a rule.
async fn until(connection: &mut Connection, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let found = status(connection, name).await;
        if is_so(&found) {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "the service still says {found}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn rules_change_while_the_service_runs() {
    let service = Service::start("change");
    let mut connection = service.connect().await;
    let expected = json!({"id": "P-1", "version": 1, "score": 53, "decision": "review", "reasons": ["new account", "unusual amount"]});
    assert_eq!(post(&mut connection, "/score/card", &payment()).await, (StatusCode::OK, expected));

    let first = service.rule("card.relon");
    service.replace("card.relon", &first.replace("? 35 : 0", "? 85 : 0"));
    until(&mut connection, "card", |rule| rule["version"] == 2).await;
    let second = json!({"id": "P-1", "version": 2, "score": 103, "decision": "refuse", "reasons": ["new account", "unusual amount"]});
    assert_eq!(post(&mut connection, "/score/card", &payment()).await, (StatusCode::OK, second.clone()));

    // A rule with a mistake is shown with its place, and the one before serves.
    service.replace("card.relon", &first.replace("payment.account_days < 30", "payment.account_age < 30"));
    let broken = until(&mut connection, "card", |rule| !rule["problem"].is_null()).await;
    assert_eq!((&broken["version"], &broken["problem"]["kind"]), (&json!(2), &json!("Analyze")));
    assert_eq!(broken["problem"]["span"]["line"], 11, "{broken}");
    let text = broken["problem"]["text"].as_str().expect("text");
    assert!(text.contains("card.relon:11:") && text.contains("account_age"), "{text}");
    assert_eq!(connection.get("/problems").await.expect("an answer").1, text);
    assert_eq!(post(&mut connection, "/score/card", &payment()).await, (StatusCode::OK, second.clone()));

    // So is a rule of other types.
    service.replace("card.relon", "#import { Payment } from \"types.relon\"\n\n#main(Payment payment) -> Int\n\n0\n");
    let other = until(&mut connection, "card", |rule| rule["problem"]["kind"] == "Input").await;
    let message = other["problem"]["message"].as_str().expect("text");
    assert!(message.contains("`result` is Int in the rule and Verdict in Rust"), "{message}");
    assert_eq!((&other["version"], &other["problem"]["span"]["line"]), (&json!(2), &json!(5)));
    assert_eq!(post(&mut connection, "/score/card", &payment()).await, (StatusCode::OK, second));

    // What is good again is taken up again.
    service.replace("card.relon", &first);
    let good = until(&mut connection, "card", |rule| rule["version"] == 3).await;
    assert_eq!(good["problem"], Value::Null);
    assert_eq!(post(&mut connection, "/score/card", &payment()).await.1["score"], 53);
}

#[tokio::test]
async fn files_come_and_go() {
    let service = Service::start("files");
    let mut connection = service.connect().await;
    let (status, body) = post(&mut connection, "/score/cash", &payment()).await;
    assert_eq!((status, &body["message"]), (StatusCode::NOT_FOUND, &json!("no rule is called `cash`")));
    assert_eq!(post(&mut connection, "/score/types", &payment()).await.0, StatusCode::NOT_FOUND);

    // A rule that was never good cannot serve.
    service.replace(
        "cash.relon",
        "#import { Payment, Verdict } from \"types.relon\"\n\n#main(Payment payment) -> Verdict\n\n{ score: 0 }\n",
    );
    until(&mut connection, "cash", |rule| !rule["problem"].is_null()).await;
    let (status, body) = post(&mut connection, "/score/cash", &payment()).await;
    assert_eq!((status, &body["kind"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("Analyze")));
    service.replace("cash.relon", &service.rule("transfer.relon"));
    until(&mut connection, "cash", |rule| rule["version"] == 1).await;
    assert_eq!(post(&mut connection, "/score/cash", &payment()).await.1["decision"], "accept");
    std::fs::remove_file(service.rules.join("cash.relon")).expect("gone");
    until(&mut connection, "cash", Value::is_null).await;
    assert_eq!(post(&mut connection, "/score/cash", &payment()).await.0, StatusCode::NOT_FOUND);

    // A file that rules import changes all of them.
    service.replace("types.relon", &service.rule("types.relon").replace("score >= 50", "score >= 60"));
    until(&mut connection, "transfer", |rule| rule["version"] == 2).await;
    until(&mut connection, "card", |rule| rule["version"] == 2).await;
    assert_eq!(post(&mut connection, "/score/card", &payment()).await.1["decision"], "accept");
}

#[tokio::test]
async fn payments_that_cannot_be_scored_say_why() {
    let service = Service::start("payments");
    let mut connection = service.connect().await;
    let mut with = async |field: &str, value: Value| {
        let mut payment = payment();
        payment[field] = value;
        post(&mut connection, "/score/card", &payment).await
    };
    let (status, body) = with("cents", json!(0)).await;
    assert_eq!((status, &body["kind"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("MainArgTypeMismatch")));
    assert!(body["message"].as_str().is_some_and(|text| text.contains("a payment is for more than nothing")), "{body}");
    assert!(body["span"]["file"].as_str().is_some_and(|file| file.ends_with("types.relon")), "{body}");
    let (status, body) = with("country", json!("XX")).await;
    assert_eq!((status, &body["kind"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("NativeFailed")));
    let (status, body) = with("cents", json!("much")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.as_str().is_some_and(|text| text.contains("cents")), "{body}");
}

#[tokio::test]
async fn rules_change_under_load() {
    let service = Service::start("load");
    let mut connection = service.connect().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-test"));
    command.args(["--address", &service.address, "--connections", "4", "--seconds", "300"]);
    let load = command.stdout(Stdio::piped()).spawn().expect("the load test starts");
    let first = service.rule("card.relon");
    for version in 2..4 {
        service.replace("card.relon", &first.replace("? 35 : 0", &format!("? {} : 0", 35 + version)));
        until(&mut connection, "card", |rule| rule["version"] == version).await;
        service.replace("card.relon", "broken");
        until(&mut connection, "card", |rule| !rule["problem"].is_null()).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let interrupted = Command::new("kill").args(["-INT", &load.id().to_string()]).status().expect("kill runs");
    assert!(interrupted.success());
    let output = load.wait_with_output().expect("the load test ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("errors      0\n") && said.contains("\nversion 3 "), "{said}");
    assert!(said.ends_with(", 0 answers of an older version after a newer\n"), "{said}");
}
