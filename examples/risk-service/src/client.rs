//! One HTTP connection that asks one thing after the other, for the load test and the tests.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Whatever breaks a connection.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// A connection that is kept.
#[derive(Debug)]
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    address: String,
}

impl Connection {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// Where nothing listens there.
    pub async fn open(address: &str) -> Result<Self, Broken> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // How the connection ends is told by its requests.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Connection { sender, address: address.to_owned() })
    }

    /// Sends JSON; gives the status and the body of the answer.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn post(&mut self, path: &str, json: impl Into<Bytes>) -> Result<(StatusCode, Bytes), Broken> {
        self.ask(Method::POST, path, json.into()).await
    }

    /// Asks for what is there.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn get(&mut self, path: &str) -> Result<(StatusCode, Bytes), Broken> {
        self.ask(Method::GET, path, Bytes::new()).await
    }

    async fn ask(&mut self, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, Bytes), Broken> {
        let request = Request::builder().method(method).uri(path).header("host", &self.address);
        let request = request.header("content-type", "application/json").body(Full::new(body))?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}
