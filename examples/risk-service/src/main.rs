//! Scores payments over HTTP by rules from a folder, which may change while it serves.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use risk_service::catalog::Catalog;
use risk_service::{http, watch};
use tokio::net::TcpListener;

/// Scores payments by the rules of a folder, and takes up rules that change.
#[derive(Parser)]
struct Options {
    /// Folder of the rules.
    #[arg(long, default_value = "rules")]
    rules: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let catalog = Arc::new(Catalog::new(&options.rules)?);
    let _watcher = watch::start(catalog.clone()).map_err(|error| format!("cannot watch the rules: {error}"))?;
    let listener = TcpListener::bind(&options.listen).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, http::router(catalog)).with_graceful_shutdown(stop).await?;
    Ok(())
}
